/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that came after a sign-off, taken back by who wrote them: that is told
 * too, for the addendum stays.
 */
#include "tests/support/check.h"

#include "tests/support/check_sign.h"

static struct check_desk d;

/* Signed by Ann, version 2, who saw one statement. */
static int
set_up(void **state)
{
	struct change c;

	*state = &d;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	check_op(&c, "summary", 0, 0, NULL, "'as signed'");
	check_op(&c, "statements/r1/text", 0, 0, NULL, "'home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "summary", 1, 1, "'as signed'", "'as signed'");
	check_op(&c, "statements/r1/text", 1, 1, "'home'", "'home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	return 0;
}

static void
a_late_row_that_its_author_removes_is_told_as_removed(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r2/text", 1, 0, NULL, "'late'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r2", 1, 1, "{'text':'late'}", NULL),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 2);
	assert_true(check_is_told(&d,
	    "What was said, shown and seen: Words: \xe2\x80\x9c"
	    "late\xe2\x80\x9d \xe2\x86\x92 nothing"));
	check_value(&d, "statements", "{'r1':{'text':'home'}}");
}

static void
late_words_that_are_taken_back_are_told_as_taken_back(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, BOB, "summary", 1, 0, "'as signed'", "'better'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, BOB, "summary", 1, 1, "'better'", "'as signed'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 2);
	assert_true(check_is_told(&d,
	    "Summary in two sentences: \xe2\x80\x9c"
	    "better\xe2\x80\x9d \xe2\x86\x92 \xe2\x80\x9c"
	    "as signed\xe2\x80\x9d"));
	check_value(&d, "summary", "'as signed'");
	assert_int_equal(
	    check_edit(&d, BOB, "views_not_found", 0, 0, NULL, "'none'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, BOB, "views_not_found", 0, 3, "'none'", NULL),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 4);
}

static void
a_row_that_nothing_else_tells_of_is_told_as_removed(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r3", 0, 0, "{'text':'x'}", NULL),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 1);
}

static void
a_row_that_was_removed_before_the_sign_off_too_is_not_told_again(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'home'");
	check_edit(&d, ANN, "statements/r1", 1, 1, "{'text':'home'}", NULL);
	check_edit(&d, ANN, "content", 0, 0, NULL, "'signed'");
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r1", 1, 0, "{'text':'home'}", NULL),
	    OUTCOME_APPLIED);
	assert_int_equal(check_addenda(&d), 0);
}

/* In a type without addenda late words are a side. */
static void
a_late_side_that_its_author_gives_up_is_closed(void **state)
{
	struct change c;
	char key[60];

	(void)state;
	check_desk_fini(&d);
	check_desk_init_without_addenda(&d);
	check_edit(&d, ANN, "method", 0, 0, NULL, "'phone'");
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "method", 1, 1, "'phone'", "'phone'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, BOB, "method", 2, 0, "'phone'", "'email'"),
	    OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, "method"), 1);
	(void)snprintf(
	    key, sizeof(key), "%s", check_conflict(&d, "method")->sides[0].key);
	c = check_change(&d, BOB);
	check_op(&c, "method", 3, 1, "'email'", "'phone'");
	check_base_side(&c, key);
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, "method"), 0);
	check_value(&d, "method", "'phone'");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_late_row_that_its_author_removes_is_told_as_removed),
		TEST(late_words_that_are_taken_back_are_told_as_taken_back),
		TEST(a_row_that_nothing_else_tells_of_is_told_as_removed),
		TEST(
		    a_row_that_was_removed_before_the_sign_off_too_is_not_told_again),
		TEST(a_late_side_that_its_author_gives_up_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
