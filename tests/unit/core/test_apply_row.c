/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and whole records: making them, removing them, and bringing them back.
 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

#define ROW CHECK_ROW
#define WHOLE CHECK_ROW_WHOLE

static struct check_desk d;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_row(&d);
	return 0;
}

static enum outcome_kind
removal(unsigned n, uint64_t seen, const char *was)
{
	return check_edit(&d, n, ROW, seen, 0, was, NULL);
}

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

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_comes_to_be_by_its_columns),
		TEST(a_removed_row_keeps_its_value_setter_and_version),
		TEST(removing_what_someone_else_removed_too_is_clean),
		TEST(who_empties_what_another_removed_leaves_it_removed),
		TEST(a_row_and_its_record_that_were_removed_both_come_back),
		TEST(who_goes_on_after_it_came_back_is_asked_nothing),
		TEST(who_removes_what_came_back_must_have_seen_the_edit),
		TEST(an_edit_beneath_a_removal_that_was_seen_is_held),
		TEST(a_row_is_restored_by_setting_its_path),
		TEST(a_whole_row_set_without_seeing_the_removal_is_a_clash),
		TEST(the_removal_of_a_record_is_like_that_of_a_row),
		TEST(
		    a_record_that_was_seen_removed_comes_back_whole_or_not_at_all),
		TEST(a_restored_record_brings_back_its_removed_rows),
		TEST(rows_that_are_only_added_to_are_never_removed),
		TEST(a_whole_row_may_not_change_a_fixed_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
