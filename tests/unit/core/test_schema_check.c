/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path may hold: schema_check_value, one table of right values and one
 * of wrong ones.
 */
#include "tests/support/check.h"

#include "tests/support/check_schema.h"

#define ID1 "018f0000-0000-7000-8000-000000000001"
#define ID2 "018f0000-0000-7000-8000-000000000002"

static void
right_values_are_taken(void **state)
{
	static const struct {
		const char *type, *path, *value;
		unsigned remarks;
	} cases[] = {
		{ "note", "summary", "'Two\\nsentences.'", 0 },
		{ "note", "visit", "'" ID1 "'", 0 },
		{ "note", "seen_in_private", "false", 0 },
		{ "note", "activities/listened", "true", 0 },
		{ "note", "activities", "['listened', 'read_records']", 0 },
		{ "note", "statements/" ID1 "/at", "'2026-11-21T18:05:09.123Z'",
		    0 },
		{ "note", "statements/" ID1,
		    "{'kind': 'SAID_EXACT', 'text': 'No.'}", 0 },
		{ "note", "",
		    "{'content': 'draft', 'statements': {'" ID1
		    "': {'kind': 'SHOWED'}}}",
		    0 },
		{ "visit", "cases/" ID1, "true", 0 },
		{ "visit", "cases", "['" ID1 "', '" ID2 "']", 0 },
		{ "visit", "travel_minutes", "0", 0 },
		{ "visit", "planned", "{'start': '2026-11-21T18:05:09.123Z'}",
		    0 },
		{ "person", "date_of_birth", "'1928-02-29'", 0 },
		{ "person", "location", "{'site': '" ID1 "', 'room': '12'}",
		    0 },
		{ "person", "addresses/" ID1 "/address", "{'town': 'York'}",
		    0 },
		{ "person", "nhs_number", "'943 476 5919'", 0 },
		{ "person", "nhs_number", "'9434765919'", 0 },
		{ "person", "nhs_number", "'943 476 5918'",
		    SCHEMA_REMARK_CHECK_DIGIT },
		{ "person", "nhs_number", "'12'", SCHEMA_REMARK_CHECK_DIGIT },
		{ "person", "client_group/newer", "true",
		    SCHEMA_REMARK_UNKNOWN_CODE },
		{ "note", "mode", "'newer'", SCHEMA_REMARK_UNKNOWN_CODE },
		{ "note", "newer", "{'a': [1, 'b']}",
		    SCHEMA_REMARK_UNKNOWN_NAME },
		{ "note", "newer/x/y", "true", SCHEMA_REMARK_UNKNOWN_NAME },
		{ "note", "statements/" ID1 "/newer", "3",
		    SCHEMA_REMARK_UNKNOWN_NAME },
		{ "person", "location", "{'room': '12', 'bed': 2}",
		    SCHEMA_REMARK_UNKNOWN_NAME },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		unsigned remarks = 99;
		json_t *value = check_json(cases[i].value);

		assert_ok(
		    schema_check_value(check_type(the_schema, cases[i].type),
		        cases[i].path, value, &remarks, &e),
		    &e);
		if (remarks != cases[i].remarks)
			fail_msg("%s: remarks %u", cases[i].path, remarks);
		json_decref(value);
	}
}

static void
wrong_values_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *type, *path, *value, *message;
	} cases[] = {
		{ "note", "summary", "''", "must be text" },
		{ "note", "summary", "7", "must be text" },
		{ "note", "summary", "'a\\u0007b'", "cannot be shown" },
		{ "note", "why_not", "'a\\nb'", "one line" },
		{ "note", "visit", "'12'", "id of a visit" },
		{ "note", "seen_in_private", "'yes'", "yes or no" },
		{ "note", "seen_in_private", "null", "yes or no" },
		{ "note", "activities", "['read_records', 'listened']",
		    "sorted" },
		{ "note", "activities", "['listened', 'listened']", "once" },
		{ "note", "activities", "[]", "not empty" },
		{ "note", "activities", "[1]", "must be a code" },
		{ "note", "activities/listened", "false", "(true)" },
		{ "note", "activities/Listened", "true", "must be a code" },
		{ "note", "mode", "'Not a code'", "must be a code" },
		{ "note", "statements", "{}", "must have a row" },
		{ "note", "statements", "{'a b': {'text': 'x'}}", "bad name" },
		{ "note", "statements/r1", "{}", "something" },
		{ "note", "statements/r1", "true", "something" },
		{ "note", "statements/r1/at", "'2026-11-21T18:05:09Z'",
		    "must be a time" },
		{ "note", "statements/r1/at", "'2026-11-31T18:05:09.123Z'",
		    "must be a time" },
		{ "note", "summary/x", "'x'", "nothing at this place" },
		{ "note", "", "{'summary': 7}", "must be text" },
		{ "note", "newer", "1.5", "no value" },
		{ "note", "newer", "{'a': null}", "no value" },
		{ "note", "newer", "[[[[[1]]]]]", "no value" },
		{ "visit", "cases/x", "true", "id of a case" },
		{ "visit", "travel_minutes", "-1", "0 or more" },
		{ "visit", "travel_minutes", "1441", "1440 or less" },
		{ "visit", "travel_minutes", "'5'", "whole number" },
		{ "visit", "planned", "{'start': 'noon'}", "Planned start" },
		{ "person", "date_of_birth", "'1927-02-29'", "must be a date" },
		{ "person", "date_of_birth", "'1900-02-29'", "must be a date" },
		{ "person", "date_of_birth", "'1927-2-01'", "must be a date" },
		{ "person", "date_of_birth", "'1927-00-01'", "must be a date" },
		{ "person", "date_of_birth", "'0000-01-01'", "must be a date" },
		{ "person", "location", "{}", "something" },
		{ "person", "nhs_number", "'943 476 59190'", "too long" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		unsigned remarks = 99;
		json_t *value = check_json(cases[i].value);

		if (schema_check_value(check_type(the_schema, cases[i].type),
		        cases[i].path, value, &remarks, &e) != ERR_INVALID)
			fail_msg("%s takes %s", cases[i].path, cases[i].value);
		if (strstr(e.msg, cases[i].message) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"",
			    cases[i].path, e.msg, cases[i].message);
		assert_int_equal(remarks, 99);
		json_decref(value);
	}
}

static void
absent_is_always_allowed_where_a_path_can_be(void **state)
{
	static const char *const paths[] = { "", "summary", "activities",
		"activities/listened", "statements", "statements/r1",
		"statements/r1/text", "newer" };
	const struct schema_type *note = check_type(the_schema, "note");
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_ok(
		    schema_check_value(note, paths[i], NULL, NULL, &e), &e);
	assert_int_equal(
	    schema_check_value(note, "summary/x", NULL, NULL, &e), ERR_INVALID);
}

static void
a_text_over_its_length_says_by_how_much(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	const struct schema_field *f = schema_find_field(note, "summary");
	char *text = malloc(f->max_len + 4);
	struct err e = { 0 };
	json_t *value;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', f->max_len + 3);
	text[f->max_len + 3] = '\0';
	value = json_string(text);
	assert_int_equal(
	    schema_check_value(note, "summary", value, NULL, &e), ERR_INVALID);
	assert_non_null(strstr(e.msg, "too long by 3 bytes"));
	json_decref(value);
	text[f->max_len] = '\0';
	value = json_string(text);
	assert_ok(schema_check_value(note, "summary", value, NULL, &e), &e);
	json_decref(value);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_values_are_taken),
		cmocka_unit_test(wrong_values_are_refused_with_the_place),
		cmocka_unit_test(absent_is_always_allowed_where_a_path_can_be),
		cmocka_unit_test(a_text_over_its_length_says_by_how_much),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
