/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of what is signed, as people see it.
 */
#include "tests/support/check.h"
#include "tests/support/check_schema.h"

#include "common/core/content.h"

static struct schema *schema;
static const struct schema_type *note, *person;

static int
set_up(void **state)
{
	(void)state;
	schema = check_schema_new();
	note = schema_type(schema, "note");
	person = schema_type(schema, "person");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	schema_free(schema);
	return 0;
}

/* The word for a document of this state with rows of addenda in these. */
static void
check_word(
    const char *want, const char *state, const char *one, const char *two)
{
	json_t *rows = json_pack(
	    "{s:{s:s*}, s:{s:s*}}", "r1", "state", one, "r2", "state", two);
	json_t *doc =
	    json_pack("{s:s*, s:o}", "content", state, "addenda", rows);
	const char *got;

	assert_non_null(doc);
	got = content_word(note, doc);
	assert_non_null(got);
	assert_string_equal(got, want);
	json_decref(doc);
}

static void
what_has_no_state_yet_is_in_the_first_open_one(void **state)
{
	json_t *empty = json_object();

	(void)state;
	assert_string_equal(content_word(note, empty), "draft");
	assert_string_equal(content_of_state(note, ""), "draft");
	assert_null(content_word(person, empty));
	json_decref(empty);
}

static void
addenda_count_when_they_are_written_or_accepted(void **state)
{
	(void)state;
	check_word("signed", "signed", "proposed", "declined");
	check_word("addended", "signed", "proposed", "accepted");
	check_word("addended", "signed", NULL, "declined");
	check_word("addended", "addended", "proposed", "proposed");
	check_word("draft", NULL, NULL, NULL);
}

static void
an_error_is_one_whatever_was_added(void **state)
{
	(void)state;
	check_word("error", "error", NULL, "accepted");
	assert_true(content_is_error(note, "error"));
	assert_false(content_is_error(note, "signed"));
	assert_false(content_is_error(note, NULL));
	assert_false(content_is_error(person, "error"));
}

static void
proposals_are_counted_apart(void **state)
{
	json_t *doc = json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{}}}", "content",
	    "signed", "addenda", "a", "state", "proposed", "b", "state",
	    "declined", "c");

	(void)state;
	assert_int_equal(content_addenda(note, doc, true), 1);
	assert_int_equal(content_addenda(note, doc, false), 1);
	assert_int_equal(content_addenda(person, doc, false), 0);
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_has_no_state_yet_is_in_the_first_open_one),
		cmocka_unit_test(
		    addenda_count_when_they_are_written_or_accepted),
		cmocka_unit_test(an_error_is_one_whatever_was_added),
		cmocka_unit_test(proposals_are_counted_apart),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
