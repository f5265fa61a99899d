/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of record begins with, and what it is asked. */
#include "tests/support/check.h"

#include "common/core/schema_template.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"

#define TODAY "2026-11-22"

/* What a document is asked by the template it has. */
static bool
is_asked(const struct schema *schema, const char *doc_text, const char *field)
{
	const struct schema_type *note = check_type(schema, "note");
	const struct template_version *v = NULL;
	const struct schema_field *f;
	json_t *doc = check_json(doc_text);
	bool is = false;
	size_t i = 0;

	assert_int_equal(
	    schema_template_of(schema, note, doc, &v), TEMPLATE_KNOWN);
	while ((f = schema_template_missing(v, doc, TODAY, &i)) != NULL)
		is = is || strcmp(f->name, field) == 0;
	json_decref(doc);
	return is;
}

static void
every_kind_of_note_of_the_domain_has_a_template(void **state)
{
	static const char *const names[] = { "care_home_visit",
		"non_instructed_observation", "rpr_visit", "imca_interview",
		"ward_visit", "meeting", "phone_call", "childrens_home_visit",
		"complaint_support" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct schema_template *t =
		    schema_template(the_schema, names[i]);
		const struct template_version *v;

		if (t == NULL)
			fail_msg("there is no template %s", names[i]);
		v = schema_template_current(t, TODAY);
		assert_non_null(v);
		assert_true(v->fields_n > 5);
		assert_ptr_equal(schema_template_version(t, v->version), v);
	}
	assert_null(schema_template(the_schema, "nothing"));
	assert_null(schema_template_current(
	    schema_template(the_schema, "meeting"), "2001-01-01"));
}

static void
a_template_asks_by_what_is_there(void **state)
{
#define NOTE "'template': 'care_home_visit', 'template_version': 1"
	(void)state;
	assert_true(is_asked(the_schema, "{" NOTE "}", "mode"));
	assert_false(
	    is_asked(the_schema, "{" NOTE ", 'mode': 'instructed'}", "mode"));
	assert_false(is_asked(
	    the_schema, "{" NOTE ", 'mode': 'instructed'}", "approach"));
	assert_true(
	    is_asked(the_schema, "{" NOTE ", 'mode': 'mixed'}", "approach"));
	assert_true(is_asked(
	    the_schema, "{" NOTE ", 'seen_in_private': false}", "why_not"));
	assert_false(is_asked(
	    the_schema, "{" NOTE ", 'seen_in_private': true}", "why_not"));
	/* One may be filled in instead of another. */
	assert_true(is_asked(the_schema, "{" NOTE "}", "statements"));
	assert_false(is_asked(the_schema,
	    "{" NOTE ", 'views_not_found': 'Asleep.'}", "statements"));
#undef NOTE
}

static void
every_question_wants_its_answer(void **state)
{
#define NOTE                                                                   \
	"'template': 'imca_interview', 'template_version': 1, 'answers': {"    \
	"'a': {'question': 'Who?', 'text': 'The council.'}, "
	(void)state;
	assert_true(is_asked(
	    the_schema, "{" NOTE "'b': {'question': 'Why?'}}}", "answers"));
	assert_false(is_asked(the_schema,
	    "{" NOTE "'b': {'question': 'Why?', 'text': 'Not yet.'}}}",
	    "answers"));
#undef NOTE
}

/* The shipped bundle with a second version of a template. */
static struct schema *
newer(void)
{
	json_t *bundle =
	    json_loadb(schema_bundle_bytes, schema_bundle_len, 0, NULL);
	json_t *versions = json_object_get(
	    json_object_get(json_object_get(bundle, "templates"), "phone_call"),
	    "versions");
	struct schema *later = NULL;
	struct err e;

	assert_int_equal(json_array_append_new(versions,
	                     check_json("{'version': 2, 'from': '2026-11-01', "
	                                "'fields': [{'field': 'interpreter', "
	                                "'ask': true}]}")),
	    0);
	assert_ok(schema_load(bundle, &later, &e), &e);
	json_decref(bundle);
	return later;
}

static void
a_draft_keeps_its_version_when_a_newer_one_comes(void **state)
{
	static const char old[] =
	    "{'template': 'phone_call', 'template_version': 1}";
	static const char new[] =
	    "{'template': 'phone_call', 'template_version': 2}";
	struct schema *later = newer();

	(void)state;
	assert_int_equal(
	    schema_template_current(schema_template(later, "phone_call"), TODAY)
	        ->version,
	    2);
	assert_true(is_asked(later, old, "mode"));
	assert_false(is_asked(later, old, "interpreter"));
	assert_true(is_asked(later, new, "interpreter"));
	assert_false(is_asked(later, new, "mode"));
	schema_free(later);
}

static void
a_template_that_is_not_here_is_said_to_be_newer(void **state)
{
	static const struct {
		const char *doc;
		enum template_of of;
	} cases[] = { { "{}", TEMPLATE_NONE },
		{ "{'template': 'phone_call', 'template_version': 1}",
		    TEMPLATE_KNOWN },
		{ "{'template': 'phone_call', 'template_version': 9}",
		    TEMPLATE_NEWER },
		{ "{'template': 'phone_call'}", TEMPLATE_NEWER },
		{ "{'template': 'other', 'template_version': 1}",
		    TEMPLATE_NEWER } };
	const struct template_version *v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *doc = check_json(cases[i].doc);

		assert_int_equal(schema_template_of(the_schema,
		                     check_type(the_schema, "note"), doc, &v),
		    cases[i].of);
		assert_int_equal(schema_template_of(the_schema,
		                     check_type(the_schema, "site"), doc, &v),
		    TEMPLATE_NONE);
		json_decref(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_kind_of_note_of_the_domain_has_a_template),
		cmocka_unit_test(a_template_asks_by_what_is_there),
		cmocka_unit_test(every_question_wants_its_answer),
		cmocka_unit_test(
		    a_draft_keeps_its_version_when_a_newer_one_comes),
		cmocka_unit_test(
		    a_template_that_is_not_here_is_said_to_be_newer),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
