/* SPDX-License-Identifier: Apache-2.0 */
/* May this colleague be given this case? */
#include "tests/support/check.h"

#include "common/core/allocate.h"
#include "tests/support/check_schema.h"

#define ANN "018f0000-0000-7000-8000-000000000001"
#define BEN "018f0000-0000-7000-8000-000000000002"

static void
the_last_declaration_of_the_colleague_counts(void **state)
{
#define ROW(on, who, result)                                                   \
	"{'who': '" who "', 'made_on': '" on "', 'result': '" result "'}"
	static const struct {
		const char *rows;
		enum allocate_interest found;
	} cases[] = {
		{ "{}", ALLOCATE_UNDECLARED },
		{ "{'a': " ROW("2026-01-01", BEN, "none") "}",
		    ALLOCATE_UNDECLARED },
		{ "{'a': " ROW("2026-01-01", ANN, "none") "}", ALLOCATE_CLEAR },
		{ "{'a': " ROW("2026-01-01", ANN, "declared") "}",
		    ALLOCATE_CONFLICT },
		{ "{'a': " ROW("2026-01-02", ANN, "managed") ", 'b': " ROW(
		      "2026-01-01", ANN, "declared") "}",
		    ALLOCATE_CLEAR },
		{ "{'a': " ROW("2026-01-02", ANN, "declared") ", 'b': " ROW(
		      "2026-01-01", ANN, "none") "}",
		    ALLOCATE_CONFLICT },
		/* Two of one day: the less clear one. */
		{ "{'a': " ROW("2026-01-01", ANN, "declared") ", 'b': " ROW(
		      "2026-01-01", ANN, "none") "}",
		    ALLOCATE_CONFLICT },
		{ "{'a': " ROW("2026-01-01", ANN, "none") ", 'b': " ROW(
		      "2026-01-01", ANN, "declared") "}",
		    ALLOCATE_CONFLICT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *doc = json_object();

		json_object_set_new(
		    doc, "conflicts_of_interest", check_json(cases[i].rows));
		assert_int_equal(
		    allocate_interest(check_type(the_schema, "case"), doc, ANN),
		    cases[i].found);
		assert_int_equal(
		    allocate_interest(check_type(the_schema, "site"), doc, ANN),
		    ALLOCATE_NOT_ASKED);
		json_decref(doc);
	}
#undef ROW
}

static size_t
lacking(const char *doc_text, const char *colleague_text)
{
	json_t *doc = check_json(doc_text), *out = json_array();
	json_t *colleague =
	    colleague_text == NULL ? NULL : check_json(colleague_text);
	struct err e;
	size_t n;

	assert_ok(allocate_lacking(the_schema, check_type(the_schema, "case"),
	              doc, colleague, "2026-11-22", out, &e),
	    &e);
	n = json_array_size(out);
	json_decref(doc);
	json_decref(colleague);
	json_decref(out);
	return n;
}

static void
what_the_work_asks_for_is_in_force_today(void **state)
{
	static const char imca[] = "{'legal_basis': 'IMCA_S37'}";

	(void)state;
	assert_int_equal(lacking("{'legal_basis': 'COMMUNITY'}", NULL), 0);
	assert_int_equal(lacking(imca, NULL), 1);
	assert_int_equal(
	    lacking(imca, "{'competences': {'a': {'what': 'imha'}}}"), 1);
	assert_int_equal(
	    lacking(imca, "{'competences': {'a': {'what': 'imca'}}}"), 0);
	assert_int_equal(lacking(imca,
	                     "{'competences': {'a': {'what': 'imca', "
	                     "'to': '2026-11-21'}}}"),
	    1);
	assert_int_equal(lacking(imca,
	                     "{'competences': {'a': {'what': 'imca', "
	                     "'from': '2026-11-23'}}}"),
	    1);
	assert_int_equal(lacking("{'legal_basis': 'IMCA_S37', "
	                         "'instructed_mode': 'non_instructed'}",
	                     NULL),
	    2);
}

static void
who_is_given_work_by_new_rows_is_named_once(void **state)
{
	static const struct {
		const char *before, *now;
		size_t n;
	} cases[] = {
		{ "{'a': {'advocate': 'x'}}", "{'a': {'advocate': 'x'}}", 0 },
		{ "{}", "{'a': {'advocate': 'x'}, 'b': {'advocate': 'x'}}", 1 },
		{ "{'a': {'advocate': 'x'}}",
		    "{'a': {'advocate': 'x'}, 'b': {'advocate': 'y'}}", 1 },
		/* An ended row is history, and its end taken back is new. */
		{ "{}", "{'a': {'advocate': 'x', 'to': '2026-11-21'}}", 0 },
		{ "{'a': {'advocate': 'x', 'to': '2026-11-21'}}",
		    "{'a': {'advocate': 'x'}}", 1 },
		{ "{}", "{'a': {'advocate': 'x', 'to': '2026-11-22'}}", 1 },
		{ "{'a': {'advocate': 'x'}}", "{}", 0 },
		{ "{}", "{'a': {'from': '2026-11-22'}}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *before = json_object(), *now = json_object();
		json_t *out = json_array();
		struct err e;

		json_object_set_new(
		    before, "assignments", check_json(cases[i].before));
		json_object_set_new(
		    now, "assignments", check_json(cases[i].now));
		assert_ok(allocate_given(check_type(the_schema, "case"), before,
		              now, "2026-11-22", out, &e),
		    &e);
		assert_int_equal(json_array_size(out), cases[i].n);
		/* A site gives nobody anything. */
		assert_ok(allocate_given(check_type(the_schema, "site"), before,
		              now, "2026-11-22", out, &e),
		    &e);
		assert_int_equal(json_array_size(out), cases[i].n);
		json_decref(before);
		json_decref(now);
		json_decref(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_declaration_of_the_colleague_counts),
		cmocka_unit_test(what_the_work_asks_for_is_in_force_today),
		cmocka_unit_test(who_is_given_work_by_new_rows_is_named_once),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
