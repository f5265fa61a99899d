/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranked values: what lost is not gone, and is not overruled by somebody who
 * never saw it.
 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

#define PATH "safeguarding"
#define CONSENT "consent_change"
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;

/* Ann has a concern, version 1.  Bob, who has not seen that, is unsure: what
 * he says loses, version 2. */
static int
set_up(void **state)
{
	*state = &d;
	check_desk_init(&d, "note");
	check_edit(&d, ANN, PATH, 0, 0, NULL, "'concern'");
	check_edit(&d, BOB, PATH, 0, 0, NULL, "'unsure'");
	check_side(&d, PATH, 0, "'unsure'", BOB, true);
	return 0;
}

static const struct setter *
last_setter(void)
{
	const struct path_state *ps = record_path(&d.record, PATH);

	return &ps->setters[ps->n_setters - 1];
}

/* Ann goes on from her own word, without a network. */
static void
what_lost_stands_before_a_lesser_word_of_who_never_saw_it(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 0, 1, "'concern'", "'no_concern'"),
	    OUTCOME_MERGED);
	check_value(&d, PATH, "'unsure'");
	assert_true(id_equal(last_setter()->author, check_author(BOB)));
	assert_int_equal(last_setter()->version.seq, 3);
	/* It is told what she said, and no more what stands. */
	assert_int_equal(check_open(&d, PATH), 1);
	check_side(&d, PATH, 0, "'unsure'", BOB, false);
	check_side(&d, PATH, 1, "'no_concern'", ANN, true);
	/* Who saw all of this says what is so. */
	assert_int_equal(
	    check_edit(&d, CAT, PATH, 3, 0, "'unsure'", "'no_concern'"),
	    OUTCOME_APPLIED);
	check_value(&d, PATH, "'no_concern'");
}

static void
the_most_protective_of_several_that_lost_stands(void **state)
{
	(void)state;
	check_edit(&d, CAT, PATH, 0, 0, NULL, "'no_concern'");
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 0, 1, "'concern'", NULL), OUTCOME_MERGED);
	check_value(&d, PATH, "'unsure'");
	assert_int_equal(check_open(&d, PATH), 2);
}

/* Ann comes to say what Bob had said, without having seen it: that is his word
 * too, and she does not go below it unseen. */
static void
what_lost_and_stands_after_all_is_its_authors_word(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 0, 1, "'concern'", "'unsure'"),
	    OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, PATH), 0);
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 0, 2, "'unsure'", "'no_concern'"),
	    OUTCOME_MERGED);
	check_value(&d, PATH, "'unsure'");
	check_side(&d, PATH, 1, "'no_concern'", ANN, true);
}

/* Bob had said it before Cat had a concern, and Cat was shown that later: that
 * it lost to her own word since is news to nobody who saw it stand. */
static void
what_was_seen_while_it_stood_is_seen_where_it_lost(void **state)
{
	(void)state;
	check_edit(&d, BOB, CONSENT, 0, 0, NULL, "'limited'");
	check_edit(&d, CAT, CONSENT, 0, 0, NULL, "'withdrawn'");
	check_side(&d, CONSENT, 0, "'limited'", BOB, true);
	/* She is less sure than he was: nothing that she did not know stands
	 * before that. */
	assert_int_equal(
	    check_edit(&d, CAT, CONSENT, 3, 1, "'withdrawn'", "'new'"),
	    OUTCOME_APPLIED);
	check_value(&d, CONSENT, "'new'");
}

/* ... nor is it, when she comes to say what he had said. */
static void
who_comes_to_say_what_they_saw_stand_goes_on_from_there(void **state)
{
	(void)state;
	check_edit(&d, BOB, CONSENT, 0, 0, NULL, "'limited'");
	check_edit(&d, CAT, CONSENT, 0, 0, NULL, "'withdrawn'");
	assert_int_equal(
	    check_edit(&d, CAT, CONSENT, 3, 1, "'withdrawn'", "'limited'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, CAT, CONSENT, 3, 2, "'limited'", "'new'"),
	    OUTCOME_APPLIED);
	check_value(&d, CONSENT, "'new'");
}

/* She sees it between the two. */
static void
who_saw_it_lose_before_they_go_below_it_may(void **state)
{
	(void)state;
	check_edit(&d, ANN, PATH, 0, 1, "'concern'", "'unsure'");
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 2, 2, "'unsure'", "'no_concern'"),
	    OUTCOME_APPLIED);
	check_value(&d, PATH, "'no_concern'");
}

static void
who_says_what_they_saw_lose_goes_on_from_there(void **state)
{
	(void)state;
	check_edit(&d, ANN, PATH, 2, 1, "'concern'", "'unsure'");
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 2, 2, "'unsure'", "'no_concern'"),
	    OUTCOME_APPLIED);
	check_value(&d, PATH, "'no_concern'");
}

static void
who_saw_what_lost_may_say_less(void **state)
{
	(void)state;
	/* What a device is shown with the value has the notice's version. */
	assert_int_equal(record_path_version(&d.record, PATH).seq, 1);
	assert_int_equal(record_related_version(&d.record, PATH).seq, 2);
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 2, 1, "'concern'", "'no_concern'"),
	    OUTCOME_APPLIED);
	check_value(&d, PATH, "'no_concern'");
	check_side(&d, PATH, 0, "'unsure'", BOB, true);
}

static void
more_than_what_lost_stands_as_ever(void **state)
{
	(void)state;
	check_edit(&d, ANN, "consent_change", 0, 0, NULL, "'withdrawn'");
	check_edit(&d, BOB, "consent_change", 0, 0, NULL, "'new'");
	assert_int_equal(check_edit(&d, ANN, "consent_change", 0, 2,
	                     "'withdrawn'", "'limited'"),
	    OUTCOME_APPLIED);
	check_value(&d, "consent_change", "'limited'");
	check_side(&d, "consent_change", 0, "'new'", BOB, true);
}

/* Bob's own word that lost is no other's to him. */
static void
an_own_word_that_lost_is_seen(void **state)
{
	(void)state;
	check_edit(&d, CAT, PATH, 2, 0, "'concern'", "'no_concern'");
	assert_int_equal(check_edit(&d, BOB, PATH, 3, 1, "'no_concern'", NULL),
	    OUTCOME_APPLIED);
	check_value(&d, PATH, NULL);
}

/* A reading of it, as of every notice, ends it. */
static void
what_was_read_is_nobodys_any_more(void **state)
{
	struct change c;

	(void)state;
	c = check_change(&d, DEE);
	check_resolve(&d, &c, PATH, 1, "read");
	(void)check_send(&d, &c);
	assert_int_equal(check_open(&d, PATH), 0);
	assert_int_equal(
	    check_edit(&d, ANN, PATH, 0, 1, "'concern'", "'no_concern'"),
	    OUTCOME_APPLIED);
}

/* What lost, and stood after all, loses once more: it is told once more. */
static void
what_lost_and_stood_after_all_is_told_when_it_loses_again(void **state)
{
	(void)state;
	check_edit(&d, ANN, PATH, 0, 1, "'concern'", "'no_concern'");
	check_value(&d, PATH, "'unsure'");
	check_side(&d, PATH, 0, "'unsure'", BOB, false);
	check_edit(&d, DEE, PATH, 0, 0, NULL, "'concern'");
	check_value(&d, PATH, "'concern'");
	check_side(&d, PATH, 0, "'unsure'", BOB, true);
	check_side(&d, PATH, 1, "'no_concern'", ANN, true);
}

/* Who held that state and is sent what is new has what the office has. */
static void
check_news(struct record *held)
{
	json_t *delta;
	struct err e = { 0 };
	char *want = check_text(&d.record), *got;

	assert_ok(record_delta(&d.record, held->version, &delta, &e), &e);
	assert_ok(record_merge_delta(held, delta, &e), &e);
	got = check_text(held);
	assert_string_equal(got, want);
	free(got);
	free(want);
	json_decref(delta);
	record_fini(held);
}

/* Ann's first was held, and her second waited for nothing: it was saved on a
 * page that was opened before the first. */
static void
a_held_answer_that_stands_after_a_later_one_of_its_device_is_told(void **state)
{
	struct change held = check_change(&d, ANN);
	struct change late = check_change(&d, ANN);
	struct record shown;
	struct err e = { 0 };

	(void)state;
	check_op(&held, CONSENT, 0, 0, NULL, "'limited'");
	check_op(&late, CONSENT, 0, 0, NULL, "'new'");
	assert_int_equal(check_send(&d, &late), OUTCOME_APPLIED);
	assert_ok(record_copy(&d.record, &shown, &e), &e);
	assert_int_equal(check_send(&d, &held), OUTCOME_MERGED);
	check_value(&d, CONSENT, "'limited'");
	check_news(&shown);
	check_side(&d, CONSENT, 0, "'new'", ANN, true);
	check_edit(&d, BOB, CONSENT, 0, 0, NULL, "'withdrawn'");
	check_value(&d, CONSENT, "'withdrawn'");
	assert_int_equal(check_open(&d, CONSENT), 2);
	check_side(&d, CONSENT, 1, "'limited'", ANN, true);
}

/* Bob and Cat say the same, neither knowing of the other, and give way to
 * Dee: one word is told, in Cat's name. */
static void
two_give_way(void)
{
	check_edit(&d, BOB, CONSENT, 0, 0, NULL, "'limited'");
	check_edit(&d, CAT, CONSENT, 0, 0, NULL, "'limited'");
	check_edit(&d, DEE, CONSENT, 0, 0, NULL, "'withdrawn'");
	assert_int_equal(check_open(&d, CONSENT), 1);
	check_side(&d, CONSENT, 0, "'limited'", CAT, true);
}

static void
who_goes_on_from_what_another_said_too_does_not_take_it_along(void **state)
{
	(void)state;
	two_give_way();
	check_edit(&d, CAT, CONSENT, 0, 1, "'limited'", "'new'");
	check_value(&d, CONSENT, "'withdrawn'");
	assert_int_equal(check_open(&d, CONSENT), 2);
	check_side(&d, CONSENT, 0, "'limited'", CAT, true);
	check_side(&d, CONSENT, 1, "'new'", CAT, true);
	/* What she says from here on is hers alone. */
	check_edit(&d, CAT, CONSENT, 0, 2, "'new'", NULL);
	assert_int_equal(check_open(&d, CONSENT), 2);
	check_side(&d, CONSENT, 0, "'limited'", CAT, true);
	check_side(&d, CONSENT, 1, NULL, CAT, true);
}

/* She says what stands now, and Bob's word is told all the same. */
static void
who_gives_up_what_another_said_too_gives_up_their_own(void **state)
{
	struct change c;

	(void)state;
	two_give_way();
	c = check_change(&d, CAT);
	check_op(&c, CONSENT, 0, 1, "'limited'", "'withdrawn'");
	check_base_side(&c, check_conflict(&d, CONSENT)->sides[0].key);
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, CONSENT, "'withdrawn'");
	assert_int_equal(check_open(&d, CONSENT), 1);
	check_side(&d, CONSENT, 0, "'limited'", CAT, true);
}

static void
who_had_seen_that_another_said_it_too_goes_on_for_both(void **state)
{
	(void)state;
	two_give_way();
	check_edit(&d, CAT, CONSENT, 3, 1, "'limited'", "'new'");
	assert_int_equal(check_open(&d, CONSENT), 1);
	check_side(&d, CONSENT, 0, "'new'", CAT, true);
}

/* Bob had said something else, and is told beside with that. */
static void
who_goes_on_from_a_word_that_was_theirs_alone_replaces_it(void **state)
{
	(void)state;
	check_edit(&d, BOB, CONSENT, 0, 0, NULL, "'new'");
	check_edit(&d, CAT, CONSENT, 0, 0, NULL, "'limited'");
	check_edit(&d, DEE, CONSENT, 0, 0, NULL, "'withdrawn'");
	assert_int_equal(check_open(&d, CONSENT), 2);
	check_edit(&d, CAT, CONSENT, 0, 1, "'limited'", NULL);
	assert_int_equal(check_open(&d, CONSENT), 2);
	check_side(&d, CONSENT, 0, "'new'", BOB, true);
	check_side(&d, CONSENT, 1, NULL, CAT, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_lost_stands_before_a_lesser_word_of_who_never_saw_it),
		TEST(the_most_protective_of_several_that_lost_stands),
		TEST(what_lost_and_stands_after_all_is_its_authors_word),
		TEST(what_was_seen_while_it_stood_is_seen_where_it_lost),
		TEST(who_comes_to_say_what_they_saw_stand_goes_on_from_there),
		TEST(who_saw_it_lose_before_they_go_below_it_may),
		TEST(who_says_what_they_saw_lose_goes_on_from_there),
		TEST(who_saw_what_lost_may_say_less),
		TEST(more_than_what_lost_stands_as_ever),
		TEST(an_own_word_that_lost_is_seen),
		TEST(what_was_read_is_nobodys_any_more),
		TEST(what_lost_and_stood_after_all_is_told_when_it_loses_again),
		TEST(
		    a_held_answer_that_stands_after_a_later_one_of_its_device_is_told),
		TEST(
		    who_goes_on_from_what_another_said_too_does_not_take_it_along),
		TEST(who_gives_up_what_another_said_too_gives_up_their_own),
		TEST(who_had_seen_that_another_said_it_too_goes_on_for_both),
		TEST(who_goes_on_from_a_word_that_was_theirs_alone_replaces_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
