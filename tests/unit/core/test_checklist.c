/* SPDX-License-Identifier: Apache-2.0 */
/* What the law asks of a kind of work, by the shipped checklists. */
#include "tests/support/check.h"

#include "common/core/checklist.h"
#include "common/core/value.h"
#include "tests/support/check_schema.h"

#define CASE "018f0000-0000-7000-8000-000000000001"
#define TODAY "2026-11-22"

/* Records that are here: {"case": doc or missing, "<type>": [doc]}. */
static enum err_code
look_get(void *arg, const char *id, json_t **out, struct err *e)
{
	(void)e;
	assert_string_equal(id, CASE);
	*out = value_share(json_object_get(arg, "case"));
	return ERR_OK;
}

static enum err_code
look_referring(void *arg, const char *type, const char *field, const char *id,
    json_t **out, struct err *e)
{
	json_t *docs = json_object_get(arg, type);

	(void)e;
	assert_string_equal(field, "case");
	assert_string_equal(id, CASE);
	*out = docs == NULL ? json_array() : json_incref(docs);
	return ERR_OK;
}

struct asked {
	const char *type, *doc, *others;
	const char *day, *nation;
};

/* Whether an item is warned of. */
static bool
warns(const struct asked *a, const char *item)
{
	json_t *others = check_json(a->others == NULL ? "{}" : a->others);
	json_t *doc = check_json(a->doc), *out = json_array();
	const struct checklist_look look = {
		.arg = others, .get = look_get, .referring = look_referring
	};
	const struct checklist_of of = { .schema = the_schema,
		.type = check_type(the_schema, a->type),
		.id = CASE,
		.doc = doc,
		.day = a->day == NULL ? TODAY : a->day,
		.nation = a->nation,
		.look = &look };
	bool found = false;
	struct err e;

	assert_ok(checklist_check(&of, out, &e), &e);
	for (size_t i = 0; i < json_array_size(out); i++) {
		const json_t *one = json_array_get(out, i);

		assert_non_null(json_object_get(one, "reason"));
		assert_non_null(json_object_get(one, "source"));
		if (strcmp(json_string_value(json_object_get(one, "item")),
		        item) == 0)
			found = true;
	}
	json_decref(others);
	json_decref(doc);
	json_decref(out);
	return found;
}

static bool
case_warns(const char *doc, const char *others, const char *item)
{
	const struct asked a = { "case", doc, others, NULL, NULL };

	return warns(&a, item);
}

static void
the_care_act_asks_for_its_two_tests(void **state)
{
	static const char basis[] = "{'legal_basis': 'CARE_ACT_S67'}";

	(void)state;
	assert_true(case_warns(basis, NULL, "substantial_difficulty"));
	assert_false(
	    case_warns(basis, "{'referral': [{'difficulty_retain': true}]}",
	        "substantial_difficulty"));
	assert_true(
	    case_warns(basis, "{'referral': [{'difficulty_retain': false}]}",
	        "substantial_difficulty"));
	/* Somebody suitable is no ground; another ground is one. */
	assert_true(
	    case_warns(basis, "{'referral': [{'appropriate_exists': true}]}",
	        "appropriate_individual"));
	assert_false(case_warns(basis,
	    "{'referral': [{'appropriate_exists': true, "
	    "'other_grounds': ['dispute']}]}",
	    "appropriate_individual"));
}

static void
another_legal_basis_is_asked_other_things(void **state)
{
	static const char imca[] = "{'legal_basis': 'IMCA_39A'}";

	(void)state;
	assert_false(case_warns(imca, NULL, "substantial_difficulty"));
	assert_true(case_warns(imca, NULL, "instruction_verified"));
	assert_true(case_warns(imca, NULL, "agreement"));
	assert_false(case_warns(
	    "{'agreements': {'a': {'result': 'agreed'}}}", NULL, "agreement"));
	assert_true(case_warns("{'agreements': {'a': {'result': 'agreed'}}}",
	    NULL, "confidentiality"));
}

static void
an_objection_wants_a_step(void **state)
{
	static const char rpr[] = "{'legal_basis': 'RPR_PAID'}";

	(void)state;
	assert_false(case_warns(
	    rpr, "{'dols': [{'objects': 'no'}]}", "objection_followed"));
	assert_true(case_warns(
	    rpr, "{'dols': [{'objects': 'yes'}]}", "objection_followed"));
	assert_false(case_warns(rpr,
	    "{'dols': [{'objects': 'yes', "
	    "'review_requested_on': '2026-11-20'}]}",
	    "objection_followed"));
}

static void
a_day_that_has_passed_is_told(void **state)
{
	static const char rpr[] = "{'legal_basis': 'RPR_PAID'}";

	(void)state;
	assert_true(case_warns(rpr,
	    "{'dols': [{'authorisation': {'to': '2026-11-21'}}]}",
	    "not_ended"));
	assert_false(case_warns(rpr,
	    "{'dols': [{'authorisation': {'to': '2026-11-22'}}]}",
	    "not_ended"));
	assert_false(case_warns(rpr, NULL, "not_ended"));
}

static void
an_item_holds_from_its_day_and_in_its_nation(void **state)
{
	struct asked a = { "case", "{'legal_basis': 'CARE_ACT_S67'}", NULL,
		"2015-03-31", NULL };

	(void)state;
	assert_false(warns(&a, "function"));
	a.day = "2015-04-01";
	assert_true(warns(&a, "function"));
	a.nation = "england";
	assert_true(warns(&a, "function"));
	a.nation = "scotland";
	assert_false(warns(&a, "function"));
}

static void
a_note_is_asked_by_the_case_that_it_is_for(void **state)
{
	struct asked a = { "note", "{'case': '" CASE "'}",
		"{'case': {'legal_basis': 'CARE_ACT_S67'}}", NULL, NULL };

	(void)state;
	assert_true(warns(&a, "private"));
	a.doc = "{'case': '" CASE "', 'seen_in_private': true}";
	assert_false(warns(&a, "private"));
	a.doc = "{'case': '" CASE "', 'why_not': 'Staff stayed.'}";
	assert_false(warns(&a, "private"));
	a.others = "{'case': {'legal_basis': 'COMMUNITY'}}";
	a.doc = "{'case': '" CASE "'}";
	assert_false(warns(&a, "private"));
	/* A case that is not here says nothing. */
	a.others = "{}";
	assert_false(warns(&a, "private"));
	a.doc = "{}";
	assert_false(warns(&a, "private"));
}

static void
a_concern_in_a_note_is_written_up(void **state)
{
	struct asked a = { "note",
		"{'case': '" CASE "', 'safeguarding': 'concern'}",
		"{'case': {}}", NULL, NULL };

	(void)state;
	assert_true(warns(&a, "concern"));
	a.others = "{'case': {}, 'concern': "
	           "[{'noticed_at': '2026-11-22T10:00:00.000Z'}]}";
	assert_false(warns(&a, "concern"));
	a.doc = "{'case': '" CASE "', 'safeguarding': 'no_concern'}";
	a.others = NULL;
	assert_false(warns(&a, "concern"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_care_act_asks_for_its_two_tests),
		cmocka_unit_test(another_legal_basis_is_asked_other_things),
		cmocka_unit_test(an_objection_wants_a_step),
		cmocka_unit_test(a_day_that_has_passed_is_told),
		cmocka_unit_test(an_item_holds_from_its_day_and_in_its_nation),
		cmocka_unit_test(a_note_is_asked_by_the_case_that_it_is_for),
		cmocka_unit_test(a_concern_in_a_note_is_written_up),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
