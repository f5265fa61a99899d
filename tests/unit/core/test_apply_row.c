/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and whole records: making them, removing them, and bringing them back.
 */
#include "tests/support/check.h"

#include "common/core/conflict_json.h"
#include "common/core/path.h"
#include "tests/support/check_apply.h"

#define ROW "statements/r1"

static struct check_desk d;

/* A note with a row of two columns, made by Ann in version 1. */
static int
set_up(void **state)
{
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	check_op(&c, ROW "/kind", 0, 0, NULL, "'said'");
	check_op(&c, ROW "/text", 0, 0, NULL, "'I want to go home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	check_desk_fini(&d);
	return 0;
}

static enum outcome_kind
removal(unsigned n, uint64_t seen, const char *was)
{
	return check_edit(&d, n, ROW, seen, 0, was, NULL);
}

#define WHOLE "{'kind':'said','text':'I want to go home'}"

static void
a_row_comes_to_be_by_its_columns(void **state)
{
	(void)state;
	check_value(&d, ROW, WHOLE);
	assert_null(record_path(&d.record, ROW));
}

static void
a_removed_row_keeps_its_value_setter_and_version(void **state)
{
	const struct path_state *ps;

	(void)state;
	assert_int_equal(removal(BOB, 1, WHOLE), OUTCOME_APPLIED);
	check_value(&d, ROW, NULL);
	ps = record_path(&d.record, ROW);
	assert_true(ps->is_removed);
	assert_int_equal(json_object_size(ps->was), 2);
	assert_int_equal(record_path_version(&d.record, ROW).seq, 2);
}

static void
removing_what_someone_else_removed_too_is_clean(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	assert_int_equal(removal(CAT, 1, WHOLE), OUTCOME_APPLIED);
	assert_int_equal(d.record.n_conflicts, 0);
	assert_int_equal(record_path(&d.record, ROW)->n_setters, 2);
	assert_int_equal(json_object_size(record_path(&d.record, ROW)->was), 2);
}

static void
a_removal_that_did_not_see_an_edit_beneath_is_a_clash_at_the_row(void **state)
{
	const struct conflict *c;

	(void)state;
	/* The policy of the column does not matter. */
	check_edit(&d, BOB, ROW "/kind", 1, 0, "'said'", "'seen'");
	assert_int_equal(removal(CAT, 1, WHOLE), OUTCOME_CONFLICT);
	check_value(&d, ROW "/kind", "'seen'");
	c = check_conflict(&d, ROW);
	assert_int_equal(json_object_size(c->ancestor), 2);
	check_side(&d, ROW, 0, NULL, CAT, true);
}

static void
an_edit_that_did_not_see_the_removal_above_stands_and_the_removal_asks(
    void **state)
{
	const struct conflict *c;

	(void)state;
	removal(BOB, 1, WHOLE);
	assert_int_equal(
	    check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'"),
	    OUTCOME_CONFLICT);
	check_value(&d, ROW, "{'kind':'seen','text':'I want to go home'}");
	assert_false(record_path(&d.record, ROW)->is_removed);
	c = check_conflict(&d, ROW);
	assert_int_equal(json_object_size(c->ancestor), 2);
	check_side(&d, ROW, 0, NULL, BOB, true);
}

/* Nothing of the row is left, and that somebody removed it stays known. */
static void
who_empties_what_another_removed_leaves_it_removed(void **state)
{
	struct change c;

	(void)state;
	removal(BOB, 1, WHOLE);
	c = check_change(&d, CAT);
	check_op(&c, ROW "/kind", 1, 0, "'said'", NULL);
	check_op(&c, ROW "/text", 1, 0, "'I want to go home'", NULL);
	(void)check_send(&d, &c);
	check_value(&d, ROW, NULL);
	assert_true(record_path(&d.record, ROW)->is_removed);
	assert_int_equal(check_open(&d, ROW), 0);
	assert_int_equal(
	    check_edit(&d, ANN, ROW "/kind", 1, 1, "'said'", "'seen'"),
	    OUTCOME_CONFLICT);
	check_value(&d, ROW, NULL);
	assert_int_equal(check_open(&d, ROW), 1);
}

static void
a_row_and_its_record_that_were_removed_both_come_back(void **state)
{
	(void)state;
	check_edit(&d, ANN, "summary", 1, 1, NULL, "'s'");
	removal(BOB, 1, WHOLE);
	assert_int_equal(check_edit(&d, ANN, "", 3, 2, "{'summary':'s'}", NULL),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'"),
	    OUTCOME_CONFLICT);
	check_value(&d, ROW, "{'kind':'seen','text':'I want to go home'}");
	assert_int_equal(check_open(&d, ROW), 1);
	assert_int_equal(check_open(&d, ""), 1);
}

static void
who_goes_on_after_it_came_back_is_asked_nothing(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'");
	/* Its author, without a network; and others, who had seen neither. */
	assert_int_equal(
	    check_edit(&d, CAT, ROW "/kind", 1, 1, "'seen'", "'shown'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, DEE, ROW "/speaker", 1, 0, NULL, "'Dee'"),
	    OUTCOME_APPLIED);
	assert_int_equal(check_conflict(&d, ROW)->n_sides, 1);
	/* Who did say otherwise is. */
	assert_int_equal(
	    check_edit(&d, ANN, ROW "/speaker", 1, 1, NULL, "'Ann'"),
	    OUTCOME_MERGED);
}

static void
who_removes_what_came_back_must_have_seen_the_edit(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'");
	assert_int_equal(removal(DEE, 1, WHOLE), OUTCOME_CONFLICT);
	check_value(&d, ROW "/kind", "'seen'");
	check_side(&d, ROW, 1, NULL, DEE, true);
}

/* Somebody has decided that the row goes: the last version is 4. */
static void
removed_by_decision(void)
{
	struct change c;

	check_edit(&d, BOB, ROW "/kind", 1, 0, "'said'", "'noticed'");
	removal(DEE, 1, WHOLE);
	c = check_change(&d, ANN);
	check_op(&c, ROW, 3, 1, "{'kind':'noticed','text':'I want to go home'}",
	    NULL);
	check_resolve(&d, &c, ROW, 1, "said by someone else");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, ROW, NULL);
}

/* The side of Cat's: what he left. */
static void
check_cats(const char *want)
{
	const struct conflict *c = check_conflict(&d, ROW);

	assert_int_equal(c->n_sides, 2);
	check_side(&d, ROW, 1, want, CAT, true);
}

static void
a_late_edit_of_what_a_decision_removed_is_a_side(void **state)
{
	struct change c;

	(void)state;
	removed_by_decision();
	c = check_change(&d, CAT);
	check_op(&c, ROW "/kind", 1, 0, "'said'", "'seen'");
	check_op(&c, ROW "/speaker", 1, 0, NULL, "'Betty'");
	check_op(&c, ROW "/text", 1, 0, "'I want to go home'", NULL);
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, ROW, NULL);
	check_cats("{'kind':'seen','speaker':'Betty'}");
}

static void
the_authors_next_offline_change_goes_on_with_the_same_side(void **state)
{
	(void)state;
	removed_by_decision();
	check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'");
	check_edit(&d, CAT, ROW "/kind", 1, 1, "'seen'", "'shown'");
	check_edit(&d, CAT, ROW "/speaker", 1, 0, NULL, "'Betty'");
	check_cats(
	    "{'kind':'shown','speaker':'Betty','text':'I want to go home'}");
	/* Someone else's is another. */
	check_edit(&d, DEE, ROW "/speaker", 1, 0, NULL, "'Dee'");
	assert_int_equal(check_conflict(&d, ROW)->n_sides, 3);
}

static void
an_edit_beneath_a_removal_that_was_seen_is_held(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	assert_int_equal(check_edit(&d, CAT, ROW "/kind", 2, 0, NULL, "'seen'"),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "removed");
}

static void
a_row_is_restored_by_setting_its_path(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	assert_int_equal(
	    check_edit(&d, CAT, ROW, 2, 0, NULL, "{'text':'back'}"),
	    OUTCOME_APPLIED);
	check_value(&d, ROW, "{'text':'back'}");
	assert_false(record_path(&d.record, ROW)->is_removed);
	assert_int_equal(
	    check_edit(&d, ANN, ROW "/text", 3, 0, "'back'", "'b'"),
	    OUTCOME_APPLIED);
}

static void
a_whole_row_set_without_seeing_the_removal_is_a_clash(void **state)
{
	(void)state;
	removal(BOB, 1, WHOLE);
	assert_int_equal(
	    check_edit(&d, CAT, ROW, 1, 0, WHOLE, "{'text':'mine'}"),
	    OUTCOME_CONFLICT);
	check_value(&d, ROW, NULL);
	check_side(&d, ROW, 0, "{'text':'mine'}", CAT, true);
}

static void
deciding_for_the_edited_row_brings_it_back(void **state)
{
	struct change c;

	(void)state;
	removed_by_decision();
	check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'seen'");
	c = check_change(&d, ANN);
	check_op(
	    &c, ROW, 4, 0, NULL, "{'kind':'seen','text':'I want to go home'}");
	check_resolve(&d, &c, ROW, 2, "it was said");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, ROW "/kind", "'seen'");
	assert_int_equal(check_open(&d, ROW), 0);
}

static void
deciding_for_the_removal_removes_the_row(void **state)
{
	struct change c;

	(void)state;
	check_edit(&d, BOB, ROW "/kind", 1, 0, "'said'", "'seen'");
	removal(CAT, 1, WHOLE);
	c = check_change(&d, ANN);
	check_op(
	    &c, ROW, 2, 0, "{'kind':'seen','text':'I want to go home'}", NULL);
	check_resolve(&d, &c, ROW, 1, "said by someone else");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, ROW, NULL);
	assert_int_equal(check_open(&d, ROW), 0);
}

/* Two texts at ROW/text that clash: the side has version 3. */
static void
clash_beneath(void)
{
	check_edit(&d, BOB, ROW "/text", 1, 0, "'I want to go home'", "'b'");
	assert_int_equal(check_edit(&d, CAT, ROW "/text", 1, 0,
	                     "'I want to go home'", "'c'"),
	    OUTCOME_CONFLICT);
}

static void
a_removal_that_does_not_name_an_open_side_beneath_is_a_clash(void **state)
{
	(void)state;
	clash_beneath();
	assert_int_equal(
	    removal(DEE, 2, "{'kind':'said','text':'b'}"), OUTCOME_CONFLICT);
	check_value(&d, ROW "/text", "'b'");
	check_side(&d, ROW, 0, NULL, DEE, true);
	assert_int_equal(check_open(&d, ROW "/text"), 1);
}

static void
a_removal_that_names_the_open_sides_beneath_goes_through(void **state)
{
	struct change c;

	(void)state;
	clash_beneath();
	c = check_change(&d, DEE);
	check_op(&c, ROW, 2, 0, "{'kind':'said','text':'b'}", NULL);
	check_resolve(&d, &c, ROW "/text", 1, "not hers");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, ROW, NULL);
	assert_int_equal(check_open(&d, ROW "/text"), 0);
}

static void
sides_that_were_to_go_with_a_removal_stay_open_when_it_clashes(void **state)
{
	struct change c;

	(void)state;
	clash_beneath();
	c = check_change(&d, DEE);
	check_op(&c, ROW, 2, 0, "{'kind':'said','text':'b'}", NULL);
	check_resolve(&d, &c, ROW "/text", 1, "not hers");
	/* Meanwhile someone else edits the row. */
	check_edit(&d, ANN, ROW "/speaker", 0, 0, NULL, "'Ann'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, ROW "/text", "'b'");
	assert_int_equal(check_open(&d, ROW "/text"), 1);
	assert_null(conflict_decision(check_conflict(&d, ROW "/text")));
	assert_int_equal(check_open(&d, ROW), 1);
}

static void
the_removal_of_a_record_is_like_that_of_a_row(void **state)
{
	const struct path_state *ps;

	(void)state;
	assert_int_equal(check_edit(&d, ANN, "", 1, 1,
	                     "{'statements':{'r1':" WHOLE "}}", NULL),
	    OUTCOME_APPLIED);
	ps = record_path(&d.record, "");
	assert_true(ps->is_removed);
	assert_int_equal(json_object_size(d.record.doc), 0);
	/* An edit that did not see it. */
	assert_int_equal(check_edit(&d, BOB, "summary", 0, 0, NULL, "'mine'"),
	    OUTCOME_CONFLICT);
	check_value(&d, "", "{'statements':{'r1':" WHOLE "},'summary':'mine'}");
	check_side(&d, "", 0, NULL, ANN, true);
}

static void
a_record_that_was_seen_removed_comes_back_whole_or_not_at_all(void **state)
{
	(void)state;
	check_edit(&d, ANN, "", 1, 1, "{'statements':{'r1':" WHOLE "}}", NULL);
	assert_int_equal(
	    check_edit(&d, BOB, "summary", 2, 0, NULL, "'mine'"), OUTCOME_HELD);
	assert_int_equal(
	    check_edit(&d, CAT, "", 2, 0, NULL, "{'summary':'back'}"),
	    OUTCOME_APPLIED);
	check_value(&d, "", "{'summary':'back'}");
}

static void
the_removal_of_a_record_that_someone_edited_is_a_clash(void **state)
{
	(void)state;
	check_edit(&d, BOB, "summary", 0, 0, NULL, "'mine'");
	assert_int_equal(check_edit(&d, ANN, "", 1, 1,
	                     "{'statements':{'r1':" WHOLE "}}", NULL),
	    OUTCOME_CONFLICT);
	check_value(&d, "summary", "'mine'");
	check_side(&d, "", 0, NULL, ANN, true);
}

static void
a_restored_record_brings_back_its_removed_rows(void **state)
{
	json_t *delta;
	struct record behind;
	struct err e = { 0 };
	char *a, *b;

	(void)state;
	removal(ANN, 1, WHOLE);
	check_edit(&d, ANN, "", 2, 2, NULL, NULL);
	assert_ok(record_copy(&d.record, &behind, &e), &e);
	check_edit(&d, ANN, "", 3, 3, NULL,
	    "{'statements':{'r1':{'kind':"
	    "'said'}}}");
	assert_false(record_path(&d.record, ROW)->is_removed);
	/* What brought it back travels, even when it is gone again. */
	check_edit(&d, ANN, ROW "/kind", 4, 4, "'said'", NULL);
	assert_ok(
	    record_delta(&d.record, (struct version){ 1, 3 }, &delta, &e), &e);
	assert_ok(record_merge_delta(&behind, delta, &e), &e);
	a = check_text(&d.record);
	b = check_text(&behind);
	assert_string_equal(a, b);
	free(a);
	free(b);
	json_decref(delta);
	record_fini(&behind);
}

static void
rows_that_are_only_added_to_are_never_removed(void **state)
{
	(void)state;
	check_edit(&d, ANN, "addenda/a1/text", 0, 0, NULL, "'more'");
	assert_int_equal(
	    check_edit(&d, ANN, "addenda/a1", 2, 2, "{'text':'more'}", NULL),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "fixed");
	assert_int_equal(check_edit(&d, ANN, "addenda/a1", 2, 2,
	                     "{'text':'more'}", "{'text':'less'}"),
	    OUTCOME_HELD);
	assert_int_equal(check_edit(&d, ANN, "addenda/a2", 0, 0, NULL,
	                     "{'text':'and more'}"),
	    OUTCOME_APPLIED);
}

static void
a_whole_row_may_not_change_a_fixed_column(void **state)
{
	(void)state;
	check_edit(&d, ANN, "checklist/k1/item", 0, 0, NULL, "'IMCA'");
	assert_int_equal(check_edit(&d, ANN, "checklist/k1", 2, 2,
	                     "{'item':'IMCA'}", "{'item':'IMHA'}"),
	    OUTCOME_HELD);
	assert_string_equal(d.result.reason, "fixed");
	assert_int_equal(
	    check_edit(&d, ANN, "checklist/k1", 2, 2, "{'item':'IMCA'}", NULL),
	    OUTCOME_APPLIED);
}

/* Two earlier changes left a side each, and the next goes on from both. */
static void
ops_that_go_on_from_two_own_sides_make_one_side_with_both(void **state)
{
	const struct conflict *k;
	struct change c;
	bool has_both = false;

	(void)state;
	removed_by_decision();
	assert_int_equal(
	    check_edit(&d, CAT, ROW "/kind", 1, 0, "'said'", "'shown'"),
	    OUTCOME_CONFLICT);
	/* Not the words of that side: he had seen another value. */
	assert_int_equal(
	    check_edit(&d, CAT, ROW "/text", 0, 0, "'other'", "'home'"),
	    OUTCOME_CONFLICT);
	c = check_change(&d, CAT);
	check_op(&c, ROW "/kind", 1, 1, "'shown'", "'seen'");
	check_op(&c, ROW "/text", 0, 2, "'home'", "'my home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	k = check_conflict(&d, ROW);
	for (size_t i = 0; i < k->n_sides; i++) {
		const char *kind = json_string_value(
		    json_object_get(k->sides[i].value, "kind"));
		const char *text = json_string_value(
		    json_object_get(k->sides[i].value, "text"));

		has_both = has_both ||
		    (k->sides[i].is_open && strcmp(kind, "seen") == 0 &&
		        strcmp(text, "my home") == 0);
	}
	assert_true(has_both);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_comes_to_be_by_its_columns),
		TEST(a_removed_row_keeps_its_value_setter_and_version),
		TEST(removing_what_someone_else_removed_too_is_clean),
		TEST(
		    a_removal_that_did_not_see_an_edit_beneath_is_a_clash_at_the_row),
		TEST(
		    an_edit_that_did_not_see_the_removal_above_stands_and_the_removal_asks),
		TEST(who_empties_what_another_removed_leaves_it_removed),
		TEST(a_row_and_its_record_that_were_removed_both_come_back),
		TEST(who_goes_on_after_it_came_back_is_asked_nothing),
		TEST(who_removes_what_came_back_must_have_seen_the_edit),
		TEST(a_late_edit_of_what_a_decision_removed_is_a_side),
		TEST(
		    the_authors_next_offline_change_goes_on_with_the_same_side),
		TEST(ops_that_go_on_from_two_own_sides_make_one_side_with_both),
		TEST(an_edit_beneath_a_removal_that_was_seen_is_held),
		TEST(a_row_is_restored_by_setting_its_path),
		TEST(a_whole_row_set_without_seeing_the_removal_is_a_clash),
		TEST(deciding_for_the_edited_row_brings_it_back),
		TEST(deciding_for_the_removal_removes_the_row),
		TEST(
		    a_removal_that_does_not_name_an_open_side_beneath_is_a_clash),
		TEST(a_removal_that_names_the_open_sides_beneath_goes_through),
		TEST(
		    sides_that_were_to_go_with_a_removal_stay_open_when_it_clashes),
		TEST(the_removal_of_a_record_is_like_that_of_a_row),
		TEST(
		    a_record_that_was_seen_removed_comes_back_whole_or_not_at_all),
		TEST(the_removal_of_a_record_that_someone_edited_is_a_clash),
		TEST(a_restored_record_brings_back_its_removed_rows),
		TEST(rows_that_are_only_added_to_are_never_removed),
		TEST(a_whole_row_may_not_change_a_fixed_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
