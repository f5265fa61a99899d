/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each policy makes of a change that meets another.
 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

static struct check_desk d;

/* Most tests ask about a person; those that need another type begin with it. */
static int
set_up(void **state)
{
	*state = &d;
	check_desk_init(&d, "person");
	return 0;
}

static void
a_fixed_value_is_set_once_and_a_different_later_one_is_held(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	assert_int_equal(check_edit(&d, ANN, "template", 0, 0, NULL, "'a'"),
	    OUTCOME_APPLIED);
	assert_int_equal(check_edit(&d, BOB, "template", 0, 0, NULL, "'a'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, ANN, "template", 2, 1, "'a'", "'b'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "fixed");
	assert_string_equal(d.result.path, "template");
	assert_int_equal(
	    check_edit(&d, ANN, "template", 2, 1, "'a'", NULL), OUTCOME_HELD);
	check_value(&d, "template", "'a'");
}

static void
the_later_accepted_value_of_latest_stands_with_the_other_beside_it(void **state)
{
	const struct conflict *c;

	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 1, 0, "'a'", "'b'");
	assert_int_equal(
	    check_edit(&d, CAT, "parking_notes", 1, 0, "'a'", "'c'"),
	    OUTCOME_MERGED);
	check_value(&d, "parking_notes", "'c'");
	c = check_conflict(&d, "parking_notes");
	assert_int_equal(c->kind, CONFLICT_BESIDE);
	check_side(&d, "parking_notes", 0, "'b'", BOB, true);
	/* With who and when. */
	assert_true(c->sides[0].made_at > 0);
	assert_int_equal(c->sides[0].clock_offset, -BOB);
	assert_int_equal(c->sides[0].counter, 1);
	assert_int_equal(
	    record_path_version(&d.record, "parking_notes").seq, 3);
}

/* Saved on a page that was opened before it, the third waits for nothing. */
static void
a_value_let_go_after_its_authors_later_one_stands_beside_that(void **state)
{
	struct change held, late;

	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	held = check_change(&d, ANN);
	check_op(&held, "parking_notes", 0, 1, "'a'", "'b'");
	late = check_change(&d, ANN);
	check_op(&late, "parking_notes", 0, 0, NULL, "'c'");
	assert_int_equal(check_send(&d, &late), OUTCOME_MERGED);
	assert_int_equal(check_send(&d, &held), OUTCOME_MERGED);
	check_value(&d, "parking_notes", "'c'");
	/* Who had seen none of it takes none away. */
	check_edit(&d, BOB, "parking_notes", 0, 0, NULL, "'d'");
	check_value(&d, "parking_notes", "'d'");
	assert_int_equal(check_open(&d, "parking_notes"), 2);
	check_side(&d, "parking_notes", 0, "'b'", ANN, true);
	check_side(&d, "parking_notes", 1, "'c'", ANN, true);
}

/* ... and what another said between the two changes nothing of that. */
static void
a_value_let_go_after_its_authors_later_one_and_anothers_is_kept(void **state)
{
	struct change held, late;

	(void)state;
	check_desk_again(&d, "site");
	held = check_change(&d, ANN);
	late = check_change(&d, ANN);
	check_op(&held, "parking_notes", 0, 0, NULL, "'a'");
	check_op(&late, "parking_notes", 0, 0, NULL, "'b'");
	(void)check_send(&d, &late);
	check_edit(&d, BOB, "parking_notes", 0, 0, NULL, "'c'");
	assert_int_equal(check_send(&d, &held), OUTCOME_MERGED);
	check_value(&d, "parking_notes", "'a'");
	check_edit(&d, CAT, "parking_notes", 0, 0, NULL, "'d'");
	assert_int_equal(check_open(&d, "parking_notes"), 3);
	check_side(&d, "parking_notes", 0, "'b'", ANN, true);
	check_side(&d, "parking_notes", 1, "'c'", BOB, true);
	check_side(&d, "parking_notes", 2, "'a'", ANN, true);
}

/* An office whose store was put back gave the number twice. */
static void
a_value_seen_by_its_number_only_stays_beside_the_later_one(void **state)
{
	const struct conflict *c;

	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 1, 0, "'a'", "'b'");
	assert_int_equal(
	    check_edit(&d, CAT, "parking_notes", 2, 0, "'lost'", "'c'"),
	    OUTCOME_MERGED);
	check_value(&d, "parking_notes", "'c'");
	c = check_conflict(&d, "parking_notes");
	assert_int_equal(c->kind, CONFLICT_BESIDE);
	check_side(&d, "parking_notes", 0, "'b'", BOB, true);
}

static void
what_stands_beside_goes_when_someone_who_saw_both_sets_the_path(void **state)
{
	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 0, 0, NULL, "'b'");
	assert_int_equal(check_open(&d, "parking_notes"), 1);
	/* Dee had seen only the first: both others stand beside hers. */
	check_edit(&d, DEE, "parking_notes", 1, 0, "'a'", "'d'");
	assert_int_equal(check_open(&d, "parking_notes"), 2);
	/* Saying what is there is setting it. */
	check_edit(&d, CAT, "parking_notes", 3, 0, "'d'", "'d'");
	assert_int_equal(check_open(&d, "parking_notes"), 0);
	assert_int_equal(check_conflict(&d, "parking_notes")->version.seq, 4);
}

static void
an_authors_own_earlier_word_does_not_stand_beside_the_next(void **state)
{
	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 0, 0, NULL, "'b1'");
	check_edit(&d, BOB, "parking_notes", 0, 1, "'b1'", "'b2'");
	check_value(&d, "parking_notes", "'b2'");
	assert_int_equal(check_conflict(&d, "parking_notes")->n_sides, 1);
	check_side(&d, "parking_notes", 0, "'a'", ANN, true);
}

/* Bob says what Ann says without having seen it, and then something else: her
 * word is not gone for his having been the same. */
static void
saying_the_same_unseen_and_then_another_overrules_nobody_in_silence(
    void **state)
{
	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, ANN, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "parking_notes", 0, 1, "'a'", "'b'");
	check_value(&d, "parking_notes", "'b'");
	check_side(&d, "parking_notes", 0, "'a'", ANN, true);
	assert_int_equal(check_open(&d, "parking_notes"), 1);
}

static void
adding_to_a_set_wins_over_a_concurrent_removal(void **state)
{
	(void)state;
	check_edit(&d, ANN, "client_group/dementia", 0, 0, NULL, "true");
	check_edit(&d, BOB, "client_group/dementia", 1, 0, "true", "true");
	assert_int_equal(
	    check_edit(&d, CAT, "client_group/dementia", 1, 0, "true", NULL),
	    OUTCOME_MERGED);
	check_value(&d, "client_group/dementia", "true");
	/* Who saw all of it may take it out. */
	assert_int_equal(
	    check_edit(&d, CAT, "client_group/dementia", 3, 0, "true", NULL),
	    OUTCOME_APPLIED);
	check_value(&d, "client_group", NULL);
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
members_of_a_set_do_not_meet(void **state)
{
	(void)state;
	check_edit(&d, ANN, "client_group/dementia", 0, 0, NULL, "true");
	assert_int_equal(
	    check_edit(&d, BOB, "client_group/physical", 0, 0, NULL, "true"),
	    OUTCOME_APPLIED);
	check_value(&d, "client_group", "['dementia','physical']");
}

static void
texts_that_do_not_touch_merge_and_others_are_for_a_person(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(
	    &d, ANN, "summary", 0, 0, NULL, "'alpha beta gamma delta omega'");
	check_edit(&d, BOB, "summary", 1, 0, "'alpha beta gamma delta omega'",
	    "'ALPHA beta gamma delta omega'");
	assert_int_equal(check_edit(&d, CAT, "summary", 1, 0,
	                     "'alpha beta gamma delta omega'",
	                     "'alpha beta gamma delta OMEGA'"),
	    OUTCOME_MERGED);
	check_value(&d, "summary", "'ALPHA beta gamma delta OMEGA'");
	assert_int_equal(d.record.n_conflicts, 0);
	assert_int_equal(check_edit(&d, DEE, "summary", 1, 0,
	                     "'alpha beta gamma delta omega'",
	                     "'always beta gamma delta omega'"),
	    OUTCOME_CONFLICT);
	check_side(
	    &d, "summary", 0, "'always beta gamma delta omega'", DEE, true);
	assert_int_equal(check_conflict(&d, "summary")->kind, CONFLICT_ASK);
}

static void
a_merged_text_with_a_word_of_weight_is_put_up_for_review(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "summary", 0, 0, NULL, "'he may go home today'");
	check_edit(&d, BOB, "summary", 1, 0, "'he may go home today'",
	    "'he may not go home today'");
	assert_int_equal(
	    check_edit(&d, CAT, "summary", 1, 0, "'he may go home today'",
	        "'he can go home today'"),
	    OUTCOME_CONFLICT);
	check_edit(&d, ANN, "views_not_found", 0, 0, NULL,
	    "'he may well go back home with us today'");
	check_edit(&d, BOB, "views_not_found", 4, 0,
	    "'he may well go back home with us today'",
	    "'he may not go back home with us today'");
	assert_int_equal(check_edit(&d, CAT, "views_not_found", 4, 0,
	                     "'he may well go back home with us today'",
	                     "'he may well go back home with us tonight'"),
	    OUTCOME_MERGED);
	check_value(
	    &d, "views_not_found", "'he may not go back home with us tonight'");
	assert_int_equal(
	    check_conflict(&d, "views_not_found")->kind, CONFLICT_REVIEW);
	check_side(&d, "views_not_found", 0,
	    "'he may not go back home with us today'", BOB, true);
	check_side(&d, "views_not_found", 1,
	    "'he may well go back home with us tonight'", CAT, true);
}

static void
the_more_protective_value_stands_and_a_human_is_told(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "safeguarding", 0, 0, NULL, "'no_concern'");
	check_edit(&d, BOB, "safeguarding", 1, 0, "'no_concern'", "'concern'");
	assert_int_equal(check_edit(&d, CAT, "safeguarding", 1, 0,
	                     "'no_concern'", "'unsure'"),
	    OUTCOME_MERGED);
	check_value(&d, "safeguarding", "'concern'");
	assert_int_equal(
	    check_conflict(&d, "safeguarding")->kind, CONFLICT_NOTICE);
	check_side(&d, "safeguarding", 0, "'unsure'", CAT, true);
	/* The record's version rises with a lost value, the path's does not. */
	assert_int_equal(d.record.version.seq, 3);
	assert_int_equal(record_path_version(&d.record, "safeguarding").seq, 2);
	/* The other way round the later value stands. */
	check_edit(&d, ANN, "consent_change", 0, 0, NULL, "'none'");
	assert_int_equal(
	    check_edit(&d, BOB, "consent_change", 0, 0, NULL, "'withdrawn'"),
	    OUTCOME_MERGED);
	check_value(&d, "consent_change", "'withdrawn'");
	check_side(&d, "consent_change", 0, "'none'", ANN, true);
	assert_int_equal(
	    record_path_version(&d.record, "consent_change").seq, 5);
}

static void
only_the_office_sets_an_office_field(void **state)
{
	(void)state;
	check_desk_again(&d, "case");
	assert_int_equal(
	    check_edit(&d, ANN, "status", 0, 0, NULL, "'open'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "office_only");
	assert_int_equal(
	    check_edit(&d, ANN, "assignments/a1/handover", 0, 0, NULL, "'x'"),
	    OUTCOME_HELD);
	d.by_office = true;
	assert_int_equal(check_edit(&d, DEE, "status", 0, 0, NULL, "'open'"),
	    OUTCOME_APPLIED);
	check_edit(&d, DEE, "assignments/a1/from", 0, 0, NULL, "'2026-11-01'");
	d.by_office = false;
	/* The note for who comes next is the advocate's. */
	assert_int_equal(
	    check_edit(&d, ANN, "assignments/a1/handover", 0, 0, NULL, "'x'"),
	    OUTCOME_APPLIED);
	assert_int_equal(check_edit(&d, ANN, "assignments/a1", 3, 1,
	                     "{'from':'2026-11-01','handover':'x'}", NULL),
	    OUTCOME_HELD);
	/* Nor round about: the whole record. */
	assert_int_equal(check_edit(&d, ANN, "", 3, 1,
	                     "{'status':'open','assignments':{'a1':"
	                     "{'from':'2026-11-01','handover':'x'}}}",
	                     NULL),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "office_only");
}

static void
a_group_is_one_value(void **state)
{
	(void)state;
	check_edit(&d, ANN, "location", 0, 0, NULL, "{'room':'12'}");
	assert_int_equal(
	    check_edit(&d, BOB, "location", 0, 0, NULL, "{'room':'21'}"),
	    OUTCOME_CONFLICT);
	check_value(&d, "location", "{'room':'12'}");
	check_side(&d, "location", 0, "{'room':'21'}", BOB, true);
	assert_int_equal(
	    check_edit(&d, BOB, "location/room", 2, 0, NULL, "'3'"),
	    OUTCOME_HELD);
}

static void
fields_that_the_schema_does_not_know_are_kept_and_asked_about(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, "favourite_tea", 0, 0, NULL, "'Assam'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, BOB, "favourite_tea", 0, 0, NULL, "'Darjeeling'"),
	    OUTCOME_CONFLICT);
	check_edit(&d, ANN, "teas/assam", 0, 0, NULL, "true");
	check_edit(&d, ANN, "teas/ceylon", 0, 0, NULL, "true");
	check_edit(&d, ANN, "teas/assam", 3, 0, "true", NULL);
	check_value(&d, "teas", "['ceylon']");
	check_edit(&d, ANN, "pots/p1/colour", 0, 0, NULL, "'blue'");
	check_edit(&d, ANN, "pots/p1", 6, 0, "{'colour':'blue'}", NULL);
	check_value(&d, "pots", NULL);
	assert_true(record_path(&d.record, "pots/p1")->is_removed);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    a_fixed_value_is_set_once_and_a_different_later_one_is_held),
		TEST(
		    the_later_accepted_value_of_latest_stands_with_the_other_beside_it),
		TEST(
		    a_value_let_go_after_its_authors_later_one_stands_beside_that),
		TEST(
		    a_value_let_go_after_its_authors_later_one_and_anothers_is_kept),
		TEST(
		    a_value_seen_by_its_number_only_stays_beside_the_later_one),
		TEST(
		    what_stands_beside_goes_when_someone_who_saw_both_sets_the_path),
		TEST(
		    an_authors_own_earlier_word_does_not_stand_beside_the_next),
		TEST(
		    saying_the_same_unseen_and_then_another_overrules_nobody_in_silence),
		TEST(adding_to_a_set_wins_over_a_concurrent_removal),
		TEST(members_of_a_set_do_not_meet),
		TEST(texts_that_do_not_touch_merge_and_others_are_for_a_person),
		TEST(a_merged_text_with_a_word_of_weight_is_put_up_for_review),
		TEST(the_more_protective_value_stands_and_a_human_is_told),
		TEST(only_the_office_sets_an_office_field),
		TEST(a_group_is_one_value),
		TEST(
		    fields_that_the_schema_does_not_know_are_kept_and_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
