/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader's refusals: the shipped bundle with one thing changed, and the
 * words that must be in the message.
 */
#include "tests/support/check.h"

#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"

static json_t *shipped;

static int
set_up(void **state)
{
	json_error_t error = { 0 };

	(void)state;
	shipped = json_loadb(schema_bundle_bytes, schema_bundle_len, 0, &error);
	return shipped == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(shipped);
	return 0;
}

/* Put value at a place such as "records/note/fields/summary/kind" of a copy
 * of the shipped bundle; NULL takes away what is there. */
static json_t *
changed(const char *place, const char *value)
{
	json_t *bundle = json_deep_copy(shipped), *at = bundle;
	char copy[200], *state = NULL, *key, *next;

	assert_non_null(bundle);
	assert_true(strlen(place) < sizeof(copy));
	memcpy(copy, place, strlen(place) + 1);
	key = strtok_r(copy, "/", &state);
	while ((next = strtok_r(NULL, "/", &state)) != NULL) {
		at = json_is_array(at)
		    ? json_array_get(at, (size_t)strtoul(key, NULL, 10))
		    : json_object_get(at, key);
		assert_non_null(at);
		key = next;
	}
	if (value == NULL)
		assert_int_equal(json_object_del(at, key), 0);
	else
		assert_int_equal(
		    json_object_set_new(at, key, check_json(value)), 0);
	return bundle;
}

/* What is changed, to what, and what the message must name and say. */
#define NOTE "records/note.json: "
#define REFERRAL "records/referral.json: "
#define DISCLOSURE "records/disclosure.json: "
static const struct {
	const char *place, *value, *file, *message;
} cases[] = {
	{ "version", "0", "bundle.json: ", "version" },
	{ "version", NULL, "bundle.json: ", "version" },
	{ "records", "[]", "bundle.json: ", "must be objects" },
	{ "extra", "1", "bundle.json: ", "\"extra\"" },
	{ "guard", NULL, "bundle.json: ", "guard" },
	{ "guard/negation/list", "'other'",
	    "guard/negation.json: ", "file's name" },
	{ "guard/negation/reach", "'far'", "guard/negation.json: ", "reach" },
	{ "guard/negation/source", NULL, "guard/negation.json: ", "source" },
	{ "guard/negation/words", "['Not']",
	    "guard/negation.json: ", "small letters" },
	{ "guard/negation/stems", "'no'",
	    "guard/negation.json: ", "list of words" },
	{ "guard/negation/endings", "[7]", "guard/negation.json: ", "endings" },
	{ "guard/negation/colour", "'red'", "guard/negation.json: ", "colour" },
	{ "holidays", NULL, "bundle.json: ", "holidays" },
	{ "holidays/scotland/list", "'other'",
	    "holidays/scotland.json: ", "file's name" },
	{ "holidays/scotland/source", NULL,
	    "holidays/scotland.json: ", "source" },
	{ "holidays/scotland/nation", "['mars']",
	    "holidays/scotland.json: ", "nation" },
	{ "holidays/scotland/nation", "['wales']", "holidays/", "already" },
	{ "holidays/scotland/from", "'2022-02-30'",
	    "holidays/scotland.json: ", "from" },
	{ "holidays/scotland/to", "'2024-12-31'",
	    "holidays/scotland.json: ", "between" },
	{ "holidays/scotland/days/3/on", "'2022-01-05'",
	    "holidays/scotland.json: ", "behind" },
	{ "holidays/scotland/days/0/on", "'2022-01-02'",
	    "holidays/scotland.json: ", "Saturday" },
	{ "holidays/scotland/days", "[]", "holidays/scotland.json: ", "days" },
	{ "records/disclosure/agreed", "[]", DISCLOSURE, "not an object" },
	{ "records/disclosure/agreed/when", "1", DISCLOSURE, "when" },
	{ "records/disclosure/agreed/of", "'letter'", DISCLOSURE,
	    "no type \"letter\"" },
	{ "records/disclosure/agreed/ref", "'person'", DISCLOSURE,
	    "person does not refer to consent" },
	{ "records/disclosure/agreed/who", "'by'", DISCLOSURE,
	    "no ref of both" },
	{ "records/disclosure/agreed/at", "'what'", DISCLOSURE, "wrong kind" },
	{ "records/disclosure/agreed/on", "'what'", DISCLOSURE, "wrong kind" },
	{ "records/disclosure/agreed/to", NULL, DISCLOSURE, "with needs to" },
	{ "records/disclosure/agreed/yes", "['perhaps']", DISCLOSURE, "yes" },
	{ "records/disclosure/agreed/no", "[]", DISCLOSURE, "no" },
	{ "records/disclosure/agreed/lawful", "['perhaps']", DISCLOSURE,
	    "lawful" },
	{ "records/disclosure/agreed/role", "'BOSS'", DISCLOSURE,
	    "is no role" },
	{ "records/referral/intake", "[]", REFERRAL, "not an object" },
	{ "records/referral/intake/colour", "1", REFERRAL, "colour" },
	{ "records/referral/intake/case", "'person_aware'", REFERRAL,
	    "wrong kind" },
	{ "records/referral/intake/accepted", "'perhaps'", REFERRAL,
	    "accepted" },
	{ "records/referral/intake/waits", "[]", REFERRAL, "waits" },
	{ "records/referral/intake/declined_as", "[]", REFERRAL,
	    "declined_as" },
	{ "records/referral/intake/declined_as/perhaps", "'withdrawn'",
	    REFERRAL, "declined_as" },
	{ "records/referral/intake/declined_as/other", "'perhaps'", REFERRAL,
	    "declined_as" },
	{ "records/referral/intake/declined_as/other", "'new'", REFERRAL,
	    "says no to nothing" },
	{ "records/referral/intake/nation", "'early'", REFERRAL, "wrong kind" },
	{ "records/referral/intake/steps", "[]", REFERRAL, "steps" },
	{ "records/referral/intake/steps/0/within", "'nation'", REFERRAL,
	    "wrong kind" },
	{ "records/referral/intake/steps/0/field", "'status'", REFERRAL,
	    "wrong kind" },
	{ "records/referral/intake/steps/2/event/type", "'none'", REFERRAL,
	    "none" },
	{ "records/referral/intake/steps/2/event/case", "'site'", REFERRAL,
	    "does not refer" },
	{ "records/referral/intake/steps/2/event/at",
	    "'actual/changed_because'", REFERRAL, "wrong kind" },
	{ "records/referral/intake/steps/2/event/in", "['gone']", REFERRAL,
	    "visit_result" },
	{ "records/referral/intake/makes/copy", "['reasons']", REFERRAL,
	    "same" },
	{ "records/referral/intake/makes/open", "'ajar'", REFERRAL, "open" },
	{ "records/referral/intake/makes/parts/0/type", "'none'", REFERRAL,
	    "no field" },
	{ "records/referral/intake/makes/parts/0/in", "['gone']", REFERRAL,
	    "legal_basis" },
#define PERSON "records/person.json: "
	{ "records/person/same", "[]", PERSON, "not an object" },
	{ "records/person/same/colour", "1", PERSON, "colour" },
	{ "records/person/same/field", NULL, PERSON, "field is missing" },
	{ "records/person/same/field", "'full_name'", PERSON, "wrong kind" },
	{ "records/person/same/names", NULL, PERSON, "names is missing" },
	{ "records/person/same/names", "['date_of_birth']", PERSON,
	    "wrong kind" },
	{ "records/person/same/born", "'full_name'", PERSON, "wrong kind" },
	{ "records/person/same/numbers", "[]", PERSON, "numbers" },
	{ "records/person/same/places", "['location/room']", PERSON,
	    "wrong kind" },
	{ "records/person/fields/same_as/policy", "'latest'", PERSON,
	    "only the office" },
	{ "records/person/fields/same_as/ref", "'site'", PERSON,
	    "its own type" },
#undef PERSON
	{ "words/Bad Key", "'x'", "words.json: ", "Bad Key" },
	{ "words/content.draft", "''", "words.json", "content.draft" },
	{ "codes/model/list", "'other'", "codes/model.json: ", "file's name" },
	{ "codes/model/items", "[]", "codes/model.json: ", "items" },
	{ "codes/model/items/0/code", "'Bad Code'", "codes/model.json",
	    "Bad Code" },
	{ "codes/model/items/0/code", "'peer'", "codes/model.json", "twice" },
	{ "codes/model/items/0/from", "'2026-02-30'", "codes/model.json",
	    "dates" },
	{ "codes/model/items/0/nation", "['mars']", "codes/model.json",
	    "nation" },
	{ "codes/model/items/0/colour", "'red'", "codes/model.json", "colour" },
	{ "records/note/type", "'other'", NOTE, "file's name" },
	{ "records/note/label", NULL, NOTE, "label is missing" },
	{ "records/note/retention", "'LONG'", NOTE, "LONG" },
	{ "records/note/fields", "{}", NOTE, "fields" },
	{ "records/note/title", "['nothing']", NOTE, "nothing" },
	{ "records/note/title", "['statements']", NOTE, "statements" },
	{ "records/note/scope", "[]", NOTE, "scope" },
	{ "records/note/scope", "[{'rule': 'magic'}]", NOTE, "magic" },
	{ "records/note/scope", "[{'rule': 'ref', 'field': 'mode'}]", NOTE,
	    "wrong kind" },
	{ "records/note/scope", "[{'rule': 'ref', 'field': 'none'}]", NOTE,
	    "no field" },
	{ "records/note/scope/0/in", "['gone']", NOTE, "content_state" },
	{ "records/person/scope/0/field", "'case_ref'",
	    "records/person.json: ", "wrong kind" },
	{ "records/site/scope",
	    "[{'rule': 'back', 'type': 'case', 'field': 'person'}]",
	    "records/site.json: ", "does not refer" },
	{ "records/note/signing/addenda", "'summary'", NOTE, "wrong kind" },
	{ "records/note/signing/addendum", NULL, NOTE, "go together" },
	{ "records/note/signing/addenda", NULL, NOTE, "go together" },
	{ "records/note/signing/addendum/text", "'author'", NOTE,
	    "wrong kind" },
	{ "records/note/signing/addendum/path", NULL, NOTE, "path is missing" },
	{ "records/note/signing/addendum/later", "'sooner'", NOTE,
	    "not in the list" },
#define MEETING "templates/meeting.json: "
#define PLACE "templates/meeting/"
	{ "records/note/template/name", "'mode'", NOTE, "wrong kind" },
	{ "records/note/template", NULL, "templates/", "keeps its template" },
	{ "templates", "[]", "bundle.json: ", "templates" },
	{ PLACE "template", "'other'", MEETING, "file's name" },
	{ PLACE "type", "'site'", MEETING, "keeps its template" },
	{ PLACE "versions", "[]", MEETING, "versions" },
	{ PLACE "versions/0/version", "0", MEETING, "numbered" },
	{ PLACE "versions/0/from", NULL, MEETING, "from" },
	{ PLACE "versions/0/from", "'soon'", MEETING, "dates" },
	{ PLACE "versions/0/colour", "'red'", MEETING, "colour" },
	{ PLACE "versions/0/set", "{'nothing': 1}", MEETING, "nothing" },
	{ PLACE "versions/0/set", "{'mode': 'other'}", MEETING, "mode" },
	{ PLACE "versions/0/rows", "{'mode': [{'a': 'b'}]}", MEETING,
	    "wrong kind" },
	{ PLACE "versions/0/rows", "{'answers': [{'colour': 'red'}]}", MEETING,
	    "answers" },
	{ PLACE "versions/0/fields", "[]", MEETING, "fields" },
	{ PLACE "versions/0/fields/0/field", "'nothing'", MEETING, "nothing" },
	{ PLACE "versions/0/fields/0/each", "'text'", MEETING, "each" },
	{ PLACE "versions/0/fields/0/when", "[{'field': 'nothing'}]", MEETING,
	    "nothing" },
	{ PLACE "versions/0/fields/0/when",
	    "[{'field': 'mode', 'in': ['gone']}]", MEETING, "mode" },
	{ PLACE "versions/0/fields/0/when",
	    "[{'at': 'case', 'field': 'status'}]", MEETING, "own fields" },
	{ "templates/rpr_visit/versions/0/copy/0/by", "'site'",
	    "templates/rpr_visit.json: ", "different types" },
	{ "templates/rpr_visit/versions/0/copy/0/from", "'set_on'",
	    "templates/rpr_visit.json: ", "wrong kind" },
#undef PLACE
#undef MEETING
#define CASE "records/case.json: "
#define ADULT "retention/case_adult.json: "
#define PLACE "retention/case_adult/"
	{ "retention", "[]", "bundle.json: ", "retention" },
	{ PLACE "retention", "'other'", ADULT, "file's name" },
	{ PLACE "class", "'NOTHING'", ADULT, "retention_class" },
	{ PLACE "part_of", "'NOTHING'", ADULT, "retention_class" },
	{ PLACE "source", NULL, ADULT, "source is missing" },
	{ PLACE "starts", "'some day'", ADULT, "end, birth or year" },
	{ PLACE "years", NULL, ADULT, "years is missing" },
	{ PLACE "years", "-1", ADULT, "number of years" },
	{ PLACE "late_from", "17", ADULT, "go together" },
	{ PLACE "year_ends", "'03-31'", ADULT, "starts: year" },
	{ PLACE "as", "'CASE'", ADULT, "neither starts nor years" },
	{ PLACE "type", "'case'", ADULT, "go together" },
	{ "retention/finance/year_ends", "'02-30'",
	    "retention/finance.json: ", "such as 03-31" },
	{ "retention/case_mental_health/when/0/in", "['gone']",
	    "retention/case_menta", "legal_basis" },
	{ "records/case/kept/ended", "'status'", CASE, "wrong kind" },
	{ "records/case/kept/closed", "['gone']", CASE, "closed" },
	{ "records/case/kept/work", "[]", CASE, "kept: work" },
	{ "records/case/kept/work/0/case", "'site'", CASE, "names a site" },
	{ "records/case/kept/work/0/on", "'purpose'", CASE, "wrong kind" },
	{ "records/case/kept/work/0/on", "'gone'", CASE, "kept: on" },
	{ "records/case/kept/work/0/ask", "'Ask.'", CASE, "go together" },
#undef PLACE
#define IMHA "checklists/imha.json: "
#define PLACE "checklists/imha/"
	{ "checklists", "[]", "bundle.json: ", "checklists" },
	{ PLACE "checklist", "'other'", IMHA, "file's name" },
	{ PLACE "version", "0", IMHA, "version" },
	{ PLACE "type", "'nothing'", IMHA, "nothing" },
	{ PLACE "when/0/in", "['gone']", IMHA, "legal_basis" },
	{ PLACE "items", "[]", IMHA, "items" },
	{ PLACE "items/0/item", "'status'", IMHA, "twice" },
	{ PLACE "items/0/source", NULL, IMHA, "source" },
	{ PLACE "items/0/reason", NULL, IMHA, "reason" },
	{ PLACE "items/0/met", NULL, IMHA, "enough" },
	{ PLACE "items/0/nation", "['mars']", IMHA, "nation" },
	{ PLACE "items/0/met/0/by", "'site'", IMHA, "does not refer" },
	{ PLACE "items/0/met/0/row", "{'colour': ['red']}", IMHA, "colour" },
#undef PLACE
#undef IMHA
	{ "records/case/grants/interest/clear", "['gone']",
	    "records/case.json: ", "interest_result" },
	{ "records/case/grants/needs/0/competence", "'gone'",
	    "records/case.json: ", "no competence" },
	{ "records/user/account/competences/what", "'evidence'",
	    "records/user.json: ", "wrong kind" },
	{ "records/user/account", NULL, "bundle.json: ", "no type" },
	{ "records/user/account/active", "'name'",
	    "records/user.json: ", "wrong kind" },
	{ "records/note/account",
	    "{'name': 'template', 'role': 'mode',"
	    "'active': 'seen_in_private'}",
	    "records/user.json: ", "has one already" },
	{ "records/note/signing/open", "[]", NOTE, "open" },
	{ "records/note/signing/closes", "'sealed'", NOTE, "not in the list" },
	{ "records/note/signing/at", "'author'", NOTE, "wrong kind" },
	{ "records/note/signing", NULL, NOTE, "is not signed" },
	{ "records/note/fields/content/lock", "'signed'", NOTE,
	    "cannot lock itself" },
	{ "records/case/grants/user", "'handover'",
	    "records/case.json: ", "wrong kind" },
	{ "records/note/fields/summary/kind", "'story'",
	    "records/note.json: field summary: ", "story" },
	{ "records/note/fields/summary/policy", "'newest'", NOTE, "newest" },
	{ "records/note/fields/summary/policy", "'set'", NOTE,
	    "does not go with" },
	{ "records/note/fields/summary/policy", NULL, NOTE,
	    "policy is missing" },
	{ "records/note/fields/summary/colour", "'red'", NOTE, "colour" },
	{ "records/note/fields/summary/label", "'a\\nb'", NOTE, "label" },
	{ "records/note/fields/summary/lock", "'maybe'", NOTE, "lock" },
	{ "records/note/fields/summary/instead", "'none'", NOTE, "instead" },
	{ "records/note/fields/summary/order", "[]", NOTE, "order" },
	{ "records/note/fields/summary/max", "0", NOTE, "max" },
	{ "records/note/fields/summary/check", "'nhs_number'", NOTE, "check" },
	{ "records/note/fields/summary/codes", "'model'", NOTE,
	    "codes does not go" },
	{ "records/note/fields/Summary", "{}", NOTE, "Summary" },
	{ "records/note/fields/mode/codes", "'none'", NOTE, "no code list" },
	{ "records/note/fields/visit/ref", "'none'", NOTE, "no record type" },
	{ "records/note/fields/safeguarding/order", "['concern']", NOTE,
	    "all 3" },
	{ "records/note/fields/safeguarding/order",
	    "['unsure', 'unsure', 'concern']", NOTE, "once" },
	{ "records/note/fields/statements/columns/text/kind", "'refs'",
	    "field statements/text: ", "cannot be inside" },
	{ "records/note/fields/statements/columns", NULL, NOTE,
	    "columns is missing" },
	{ "records/visit/fields/actual/members/start/policy", "'ask'",
	    "field actual/start: ", "group's policy" },
	{ "records/visit/fields/actual/members/start/kind", "'group'",
	    "field actual/start: ", "cannot be inside" },
};

static void
a_bad_definition_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *bundle = changed(cases[i].place, cases[i].value);
		struct schema *s = NULL;
		struct err e = { 0 };

		if (schema_load(bundle, &s, &e) != ERR_INVALID)
			fail_msg("%s is taken", cases[i].place);
		assert_null(s);
		if (strstr(e.msg, cases[i].file) == NULL ||
		    strstr(e.msg, cases[i].message) == NULL)
			fail_msg("%s: \"%s\"", cases[i].place, e.msg);
		json_decref(bundle);
	}
}

static void
a_bundle_of_format_1_has_no_guard(void **state)
{
	json_t *bundle = changed("format", "1"),
	       *newer = changed("guard", NULL);
	struct schema *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(schema_load(bundle, &s, &e), &e);
	assert_non_null(schema_guard(s));
	schema_free(s);
	json_decref(bundle);
	assert_int_equal(
	    json_object_set_new(newer, "format", json_integer(1)), 0);
	assert_ok(schema_load(newer, &s, &e), &e);
	assert_null(schema_guard(s));
	assert_null(schema_find_field(check_type(s, "note"), "summary")->guard);
	schema_free(s);
	json_decref(newer);
}

static void
a_newer_format_is_left_to_a_newer_program(void **state)
{
	json_t *bundle = changed("format", "6");
	struct schema *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(schema_load(bundle, &s, &e), ERR_NEWER);
	json_decref(bundle);
}

static void
what_is_no_bundle_is_refused(void **state)
{
	struct schema *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(schema_load(NULL, &s, &e), ERR_INVALID);
	assert_int_equal(schema_load(json_true(), &s, &e), ERR_INVALID);
	assert_int_equal(schema_parse("{", 1, &s, &e), ERR_INVALID);
	assert_int_equal(schema_parse("{}", 2, &s, &e), ERR_INVALID);
	assert_null(s);
}

static void
a_schema_does_not_need_its_bundle_any_more(void **state)
{
	json_t *bundle = json_deep_copy(shipped);
	struct schema *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(schema_load(bundle, &s, &e), &e);
	json_object_clear(bundle);
	json_decref(bundle);
	assert_string_equal(check_type(s, "note")->label, "Note");
	assert_int_equal(schema_version(s),
	    json_integer_value(json_object_get(shipped, "version")));
	schema_free(s);
	schema_free(NULL);
}

/* The smallest bundle: what a test of another part may write by hand. */
static void
a_type_is_data_alone(void **state)
{
	json_t *bundle = check_json(
	    "{'version': 7, 'words': {}, 'codes': {'rank': {'list': 'rank',"
	    "'version': 1, 'label': 'Rank', 'items': [{'code': 'cox',"
	    "'label': 'Cox'}]}}, 'records': {'boat': {"
	    "'type': 'boat', 'version': 1, 'label': 'Boat', 'plural': 'Boats',"
	    "'retention': 'X', 'scope': [{'rule': 'everyone'}],"
	    "'account': {'name': 'name', 'role': 'rank', 'active': 'afloat'},"
	    "'title': ['name'], 'fields': {'name': {'kind': 'line',"
	    "'policy': 'latest', 'label': 'Name'}, 'rank': {'kind': 'code',"
	    "'codes': 'rank', 'policy': 'ask', 'label': 'Rank'}, 'afloat': {"
	    "'kind': 'yes_no', 'policy': 'ask', 'label': 'Afloat'}}}}}");
	struct schema *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(schema_load(bundle, &s, &e), &e);
	assert_int_equal(schema_version(s), 7);
	assert_string_equal(
	    schema_find_field(check_type(s, "boat"), "name")->label, "Name");
	assert_ptr_equal(schema_account_type(s), check_type(s, "boat"));
	schema_free(s);
	json_decref(bundle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_definition_is_named),
		cmocka_unit_test(a_bundle_of_format_1_has_no_guard),
		cmocka_unit_test(a_newer_format_is_left_to_a_newer_program),
		cmocka_unit_test(what_is_no_bundle_is_refused),
		cmocka_unit_test(a_schema_does_not_need_its_bundle_any_more),
		cmocka_unit_test(a_type_is_data_alone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
