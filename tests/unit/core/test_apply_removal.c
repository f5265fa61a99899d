/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removals that clash with an edit, at the row or beneath it, and what a
 * decision makes of them.
 */
#include "tests/support/check.h"

#include "common/core/conflict_json.h"
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

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    a_removal_that_did_not_see_an_edit_beneath_is_a_clash_at_the_row),
		TEST(
		    an_edit_that_did_not_see_the_removal_above_stands_and_the_removal_asks),
		TEST(a_late_edit_of_what_a_decision_removed_is_a_side),
		TEST(
		    the_authors_next_offline_change_goes_on_with_the_same_side),
		TEST(ops_that_go_on_from_two_own_sides_make_one_side_with_both),
		TEST(deciding_for_the_edited_row_brings_it_back),
		TEST(deciding_for_the_removal_removes_the_row),
		TEST(
		    a_removal_that_does_not_name_an_open_side_beneath_is_a_clash),
		TEST(a_removal_that_names_the_open_sides_beneath_goes_through),
		TEST(
		    sides_that_were_to_go_with_a_removal_stay_open_when_it_clashes),
		TEST(the_removal_of_a_record_that_someone_edited_is_a_clash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
