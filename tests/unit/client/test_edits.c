/* SPDX-License-Identifier: Apache-2.0 */
/* What a person types becomes values, or a sentence that helps. */
#include "tests/support/check.h"

#include "client/core/edits.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"

#define NOW_MS 1795298400000U /* 2026-11-21T22:00:00Z */

static uint8_t next_random;

static void
count(uint8_t out[static 10])
{
	memset(out, 0, 10);
	out[9] = ++next_random;
}

static struct edits
edits_for(const struct schema *s, const char *type, const json_t *doc)
{
	struct edits l;

	edits_init(&l, check_type(s, type), doc);
	l.now_ms = NOW_MS;
	l.random = count;
	return l;
}

static enum err_code
set(struct edits *l, const char *path, const char *text, struct err *e)
{
	return edits_set(l, path, text, strlen(text), EDIT_TEXT, e);
}

static void
each_kind_is_read_as_people_type_it(void **state)
{
	static const struct {
		const char *type, *path, *text, *value;
	} cases[] = {
		{ "note", "summary", "Two\r\nlines\n", "'Two\\nlines'" },
		{ "note", "summary", "", "null" },
		{ "note", "seen_in_private", "Yes", "true" },
		{ "note", "seen_in_private", "false", "false" },
		{ "note", "activities", "[]", "null" },
		{ "note", "signed_at", "now", "'2026-11-21T22:00:00.000Z'" },
		{ "note", "signed_at", "2026-11-21T18:05Z",
		    "'2026-11-21T18:05:00.000Z'" },
		{ "note", "safeguarding", "concern", "'concern'" },
		{ "visit", "travel_minutes", "40", "40" },
		{ "visit", "cases/01a20035-5d9b-7a73-914f-0f7565d4d0d3", "yes",
		    "true" },
		{ "person", "date_of_birth", "1940-02-03", "'1940-02-03'" },
		{ "person", "client_group/dementia", "no", "null" },
		{ "person", "location", "{\"room\": \"12\"}",
		    "{'room': '12'}" },
	};
	struct schema *s = check_schema_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edits l = edits_for(s, cases[i].type, NULL);
		struct err e;

		assert_ok(set(&l, cases[i].path, cases[i].text, &e), &e);
		assert_int_equal(l.n, 1);
		assert_string_equal(l.items[0].path, cases[i].path);
		if (strcmp(cases[i].value, "null") == 0) {
			assert_null(l.items[0].now);
		} else {
			json_t *want = check_json(cases[i].value);

			if (!json_equal(l.items[0].now, want))
				fail_msg(
				    "%s: %s", cases[i].path, cases[i].text);
			json_decref(want);
		}
		edits_fini(&l);
	}
	schema_free(s);
}

static void
a_member_named_as_people_read_it_is_the_code(void **state)
{
	struct schema *s = check_schema_new();
	struct edits l = edits_for(s, "person", NULL);
	struct err e;

	(void)state;
	assert_ok(set(&l, "client_group/Dementia", "yes", &e), &e);
	assert_ok(set(&l, "client_group/DEMENTIA", "", &e), &e);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.items[0].path, "client_group/dementia");
	edits_fini(&l);
	schema_free(s);
}

static void
a_mistake_is_told_with_what_to_do(void **state)
{
	static const struct {
		const char *type, *path, *text, *says;
	} cases[] = {
		{ "note", "sumary", "x", "did you mean \"summary\"" },
		{ "note", "statements/+/txt", "x", "did you mean \"text\"" },
		{ "visit", "actual/begin", "now", "has no field \"begin\"" },
		{ "note", "summary/x", "x", "is not the name of a field" },
		{ "note", "", "x", "is not the name of a field" },
		{ "note", "a/b/c/d/e", "x", "is not the name of a field" },
		{ "note", "summary", "\xff\xfe", "is not UTF-8" },
		{ "note", "seen_in_private", "perhaps", "yes or no" },
		{ "note", "safeguarding", "cocern", "did you mean" },
		{ "note", "mode", "zzzzzz", "choose from" },
		{ "note", "visit", "12", "visit list shows them" },
		{ "note", "signed_at", "noon", "give the time as" },
		{ "note", "signed_at", "2026-02-30 10:00", "give the time as" },
		{ "note", "signed_at", "2026-02-30T10:00Z",
		    "give the time as" },
		{ "note", "signed_at", "2026-11-31T10:00:00Z",
		    "give the time as" },
		{ "visit", "travel_minutes", "1e3", "whole number" },
		{ "visit", "travel_minutes", "99999", "whole number" },
		{ "person", "date_of_birth", "3/2/1940", "as 2026-11-21" },
		{ "person", "client_group", "dementia,zzzzz", "choose from" },
		{ "person", "client_group/dementai", "yes", "did you mean" },
		{ "person", "location", "{room}", "JSON object" },
	};
	struct schema *s = check_schema_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edits l = edits_for(s, cases[i].type, NULL);
		struct err e = { .code = ERR_OK };

		assert_int_equal(
		    set(&l, cases[i].path, cases[i].text, &e), ERR_INVALID);
		if (strstr(e.msg, cases[i].says) == NULL)
			fail_msg("%s=%s: \"%s\" does not say \"%s\"",
			    cases[i].path, cases[i].text, e.msg, cases[i].says);
		assert_int_equal(l.n, 0);
		edits_fini(&l);
	}
	schema_free(s);
}

static void
words_of_people_are_not_taken_from_an_argument(void **state)
{
	static const char *const paths[] = { "summary", "why_not",
		"statements/+/text", "statements/+/speaker", "statements" };
	struct schema *s = check_schema_new();
	struct edits l = edits_for(s, "note", NULL);
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(
		    edits_set(&l, paths[i], "x", 1, EDIT_ARGUMENT, &e),
		    ERR_INVALID);
		assert_non_null(strstr(e.msg, "@FILE"));
	}
	/* Emptying one says nothing about anybody. */
	assert_ok(edits_set(&l, "summary", "", 0, EDIT_ARGUMENT, &e), &e);
	assert_ok(
	    edits_set(&l, "mode", "instructed", 10, EDIT_ARGUMENT, &e), &e);
	assert_false(l.has_text);
	edits_fini(&l);
	schema_free(s);
}

static void
a_new_row_has_one_id_all_through_a_list(void **state)
{
	struct schema *s = check_schema_new();
	struct edits l = edits_for(s, "note", NULL);
	struct err e;

	(void)state;
	assert_ok(set(&l, "statements/+/text", "I want to go home.", &e), &e);
	assert_ok(set(&l, "statements/+/kind", "SAID_EXACT", &e), &e);
	assert_ok(set(&l, "statements/+2/text", "She wept.", &e), &e);
	assert_ok(set(&l, "actions/+/text", "Ring the council.", &e), &e);
	assert_int_equal(l.n, 4);
	assert_memory_equal(l.items[0].path, l.items[1].path,
	    strlen("statements/") + ID_TEXT_LEN);
	assert_memory_not_equal(l.items[0].path, l.items[2].path,
	    strlen("statements/") + ID_TEXT_LEN);
	assert_int_equal(l.rows_n, 3);
	edits_fini(&l);
	schema_free(s);
}

static void
a_groups_member_keeps_the_others(void **state)
{
	struct schema *s = check_schema_new();
	json_t *doc = check_json("{'location': {'room': '12',"
	                         " 'site': "
	                         "'01a20035-5d9b-7a73-914f-0f7565d4d0d3'}}");
	json_t *want = check_json("{'room': '14',"
	                          " 'site': "
	                          "'01a20035-5d9b-7a73-914f-0f7565d4d0d3'}");
	struct edits l = edits_for(s, "person", doc);
	struct err e;

	(void)state;
	assert_ok(set(&l, "location/room", "14", &e), &e);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.items[0].path, "location");
	assert_true(json_equal(l.items[0].now, want));
	assert_ok(set(&l, "location/room", "", &e), &e);
	assert_ok(set(&l, "location/site", "", &e), &e);
	assert_int_equal(l.n, 1);
	assert_null(l.items[0].now);
	assert_ok(set(&l, "addresses/+/address/town", "Mold", &e), &e);
	assert_int_equal(l.n, 2);
	assert_string_equal(
	    json_string_value(json_object_get(l.items[1].now, "town")), "Mold");
	edits_fini(&l);
	json_decref(doc);
	json_decref(want);
	schema_free(s);
}

static void
a_document_is_many_values(void **state)
{
	struct schema *s = check_schema_new();
	json_t *doc = check_json("{'summary': 'Short.', 'statements':"
	                         " {'+': {'text': 'No.'}, '+2':"
	                         " {'text': 'Yes.'}}}");
	json_t *bad = check_json("{'nothing': 1}");
	struct edits l = edits_for(s, "note", NULL);
	struct err e;

	(void)state;
	assert_ok(edits_doc(&l, doc, &e), &e);
	assert_int_equal(l.n, 2);
	assert_true(edits_touch(&l, "summary"));
	assert_true(edits_touch(&l, "statements/x/text"));
	assert_false(edits_touch(&l, "actions"));
	assert_int_equal(l.rows_n, 2);
	assert_int_equal(edits_doc(&l, bad, &e), ERR_INVALID);
	assert_int_equal(edits_doc(&l, json_true(), &e), ERR_INVALID);
	edits_fini(&l);
	json_decref(doc);
	json_decref(bad);
	schema_free(s);
}

static void
plain_text_goes_to_the_main_field_if_there_is_one(void **state)
{
	struct schema *s = check_schema_new();

	(void)state;
	assert_string_equal(
	    edits_main_field(check_type(s, "note"))->name, "summary");
	assert_null(edits_main_field(check_type(s, "person")));
	schema_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_read_as_people_type_it),
		cmocka_unit_test(a_member_named_as_people_read_it_is_the_code),
		cmocka_unit_test(a_mistake_is_told_with_what_to_do),
		cmocka_unit_test(
		    words_of_people_are_not_taken_from_an_argument),
		cmocka_unit_test(a_new_row_has_one_id_all_through_a_list),
		cmocka_unit_test(a_groups_member_keeps_the_others),
		cmocka_unit_test(a_document_is_many_values),
		cmocka_unit_test(
		    plain_text_goes_to_the_main_field_if_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
