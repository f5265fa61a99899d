/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of what is signed only goes on, and what somebody else had written
 * into it is proposed until its author accepts it.
 */
#include "tests/support/check.h"
#include "tests/support/check_apply.h"

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;

/* Ann's note, version 1, which she signed, version 2. */
static int
set_up(void **state)
{
	struct change c;

	*state = &d;
	check_desk_init(&d, "note");
	check_edit(&d, ANN, "summary", 0, 0, NULL, "'as Ann saw it'");
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "summary", 1, 1, "'as Ann saw it'", "'as Ann saw it'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	return 0;
}

static void
what_is_signed_does_not_become_a_draft_again(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, "content", 2, 2, "'signed'", "'draft'"),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "signed");
	assert_int_equal(check_edit(&d, BOB, "content", 2, 0, "'signed'", NULL),
	    OUTCOME_HELD);
	d.by_office = true;
	assert_int_equal(
	    check_edit(&d, CAT, "content", 2, 0, "'signed'", "'draft'"),
	    OUTCOME_HELD);
	check_value(&d, "content", "'signed'");
}

static void
a_device_does_not_mark_it_as_an_error_by_itself(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, "content", 2, 2, "'signed'", "'error'"),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "two_people");
	d.by_office = true;
	assert_int_equal(
	    check_edit(&d, BOB, "content", 2, 0, "'signed'", "'error'"),
	    OUTCOME_APPLIED);
	/* Marked, it stays so. */
	assert_int_equal(
	    check_edit(&d, BOB, "content", 3, 0, "'error'", "'signed'"),
	    OUTCOME_HELD);
	check_value(&d, "content", "'error'");
}

/* Of two states set unseen the one that is further on stands. */
static void
an_error_outranks_an_addendum_that_did_not_know_of_it(void **state)
{
	(void)state;
	d.by_office = true;
	check_edit(&d, CAT, "content", 2, 0, "'signed'", "'error'");
	d.by_office = false;
	assert_int_equal(
	    check_edit(&d, ANN, "content", 2, 2, "'signed'", "'addended'"),
	    OUTCOME_MERGED);
	check_value(&d, "content", "'error'");
}

static const char *
row_of_late_words(void)
{
	static char path[120];

	check_edit(&d, BOB, "summary", 1, 0, "'as Ann saw it'", "'as Bob did'");
	(void)snprintf(path, sizeof(path), "addenda/%s/state",
	    json_object_iter_key(
	        json_object_iter(json_object_get(d.record.doc, "addenda"))));
	return path;
}

static void
words_that_come_late_are_proposed(void **state)
{
	(void)state;
	check_value(&d, row_of_late_words(), "'proposed'");
	check_value(&d, "summary", "'as Ann saw it'");
}

static void
its_author_accepts_or_declines_what_is_proposed(void **state)
{
	const char *path;

	(void)state;
	path = row_of_late_words();
	/* Not whoever wrote it, and not a third. */
	assert_int_equal(
	    check_edit(&d, BOB, path, 3, 0, "'proposed'", "'accepted'"),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "wrong_author");
	assert_int_equal(
	    check_edit(&d, CAT, path, 3, 0, "'proposed'", "'declined'"),
	    OUTCOME_HELD);
	assert_int_equal(
	    check_edit(&d, ANN, path, 3, 0, "'proposed'", "'accepted'"),
	    OUTCOME_APPLIED);
	check_value(&d, path, "'accepted'");
}

static void
two_answers_to_a_proposal_are_for_a_person(void **state)
{
	const char *path;

	(void)state;
	path = row_of_late_words();
	check_edit(&d, ANN, path, 3, 0, "'proposed'", "'accepted'");
	d.by_office = true;
	assert_int_equal(
	    check_edit(&d, CAT, path, 3, 0, "'proposed'", "'declined'"),
	    OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, path), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_signed_does_not_become_a_draft_again),
		TEST(a_device_does_not_mark_it_as_an_error_by_itself),
		TEST(an_error_outranks_an_addendum_that_did_not_know_of_it),
		TEST(words_that_come_late_are_proposed),
		TEST(its_author_accepts_or_declines_what_is_proposed),
		TEST(two_answers_to_a_proposal_are_for_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
