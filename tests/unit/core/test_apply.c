/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One change after another at one record: what is concurrent, and that a change
 * goes in whole or not at all.
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

/* ---- what is concurrent ---- */

static void
an_edit_of_what_was_seen_applies(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, "full_name", 0, 0, NULL, "'Ann Bell'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, BOB, "full_name", 1, 0, "'Ann Bell'", "'Anna Bell'"),
	    OUTCOME_APPLIED);
	check_value(&d, "full_name", "'Anna Bell'");
	assert_int_equal(d.record.n_conflicts, 0);
	assert_int_equal(d.record.version.seq, 2);
}

static void
anothers_change_above_seen_makes_an_op_concurrent(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, BOB, "full_name", 1, 0, "'X'", "'Y'");
	assert_int_equal(check_edit(&d, CAT, "full_name", 1, 0, "'X'", "'Z'"),
	    OUTCOME_CONFLICT);
	check_value(&d, "full_name", "'Y'");
	check_side(&d, "full_name", 0, "'Z'", CAT, true);
}

static void
an_own_change_above_own_makes_an_op_concurrent(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	/* Two tabs: the second had not seen what the first saved. */
	check_edit(&d, ANN, "full_name", 1, 1, "'X'", "'Y'");
	assert_int_equal(check_edit(&d, ANN, "full_name", 1, 1, "'X'", "'Z'"),
	    OUTCOME_CONFLICT);
}

static void
an_own_change_up_to_own_is_seen_though_its_version_is_not(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, ANN, "full_name", 0, 1, "'X'", "'Y'");
	assert_int_equal(check_edit(&d, ANN, "full_name", 0, 2, "'Y'", "'Z'"),
	    OUTCOME_APPLIED);
	check_value(&d, "full_name", "'Z'");
}

static void
an_own_change_below_seen_is_seen_without_own(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	assert_int_equal(check_edit(&d, ANN, "full_name", 1, 0, "'X'", "'Y'"),
	    OUTCOME_APPLIED);
}

static void
own_does_not_stand_for_anothers_counter(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	assert_int_equal(check_edit(&d, BOB, "full_name", 0, 9, "'X'", "'Y'"),
	    OUTCOME_CONFLICT);
}

static void
every_setter_counts_not_only_the_last(void **state)
{
	(void)state;
	check_edit(&d, BOB, "full_name", 0, 0, NULL, "'X'");
	/* Ann wrote the same without seeing Bob; hers is the last setter. */
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	assert_int_equal(check_edit(&d, ANN, "full_name", 0, 1, "'X'", "'Z'"),
	    OUTCOME_CONFLICT);
	assert_int_equal(check_edit(&d, ANN, "full_name", 1, 2, "'X'", "'X'"),
	    OUTCOME_APPLIED);
}

static void
a_setter_above_the_path_counts(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'a'");
	check_edit(
	    &d, BOB, "statements/r1", 1, 0, "{'text':'a'}", "{'text':'b'}");
	assert_int_equal(
	    check_edit(&d, CAT, "statements/r1/kind", 1, 0, NULL, "'said'"),
	    OUTCOME_MERGED);
}

static void
a_setter_beneath_the_path_counts(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "statements/r1/kind", 1, 0, NULL, "'said'");
	assert_int_equal(check_edit(&d, CAT, "statements/r1", 1, 0,
	                     "{'text':'a'}", "{'text':'b'}"),
	    OUTCOME_CONFLICT);
}

static void
a_setter_of_another_row_does_not_count(void **state)
{
	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'a'");
	check_edit(&d, BOB, "statements/r2/text", 0, 0, NULL, "'b'");
	assert_int_equal(
	    check_edit(&d, CAT, "statements/r1/kind", 1, 0, NULL, "'said'"),
	    OUTCOME_APPLIED);
}

static void
equal_values_do_not_prove_that_a_thing_was_seen(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, BOB, "full_name", 1, 0, "'X'", "'Y'");
	/* Ann says X again, and had not seen that it is Y now. */
	assert_int_equal(check_edit(&d, ANN, "full_name", 1, 1, "'X'", "'X'"),
	    OUTCOME_CONFLICT);
	check_side(&d, "full_name", 0, "'X'", ANN, true);
	/* The other way round: X was said again, then changed unseen. */
	check_edit(&d, BOB, "preferred_name", 0, 0, NULL, "'X'");
	check_edit(&d, ANN, "preferred_name", 4, 0, "'X'", "'X'");
	assert_int_equal(
	    check_edit(&d, CAT, "preferred_name", 4, 0, "'X'", "'Y'"),
	    OUTCOME_CONFLICT);
}

static void
concurrent_ops_with_the_same_result_are_clean(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, BOB, "full_name", 1, 0, "'X'", "'Y'");
	assert_int_equal(check_edit(&d, CAT, "full_name", 1, 0, "'X'", "'Y'"),
	    OUTCOME_APPLIED);
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
an_op_that_leaves_the_value_as_it_is_still_sets_the_paths_version(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, BOB, "full_name", 1, 0, "'X'", "'X'");
	assert_int_equal(record_path_version(&d.record, "full_name").seq, 2);
	assert_int_equal(record_path(&d.record, "full_name")->n_setters, 2);
}

static void
two_ops_of_one_change_see_each_other(void **state)
{
	struct change c;

	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'a'");
	c = check_change(&d, ANN);
	check_op(&c, "statements/r1", 1, 1, "{'text':'a'}", NULL);
	check_op(&c, "statements/r1", 1, 1, NULL, "{'text':'b'}");
	check_op(&c, "statements/r1/text", 1, 1, "'b'", "'c'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, "statements/r1/text", "'c'");
}

static void
a_chain_of_offline_edits_works_by_itself(void **state)
{
	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(&d, BOB, "full_name", 1, 0, "'X'", "'Bob'");
	/* Cat wrote three times without a network. */
	assert_int_equal(check_edit(&d, CAT, "full_name", 1, 0, "'X'", "'1'"),
	    OUTCOME_CONFLICT);
	assert_int_equal(check_edit(&d, CAT, "full_name", 1, 1, "'1'", "'2'"),
	    OUTCOME_CONFLICT);
	assert_int_equal(check_edit(&d, CAT, "full_name", 1, 2, "'2'", "'3'"),
	    OUTCOME_CONFLICT);
	check_value(&d, "full_name", "'Bob'");
	assert_int_equal(check_conflict(&d, "full_name")->n_sides, 1);
	check_side(&d, "full_name", 0, "'3'", CAT, true);
}

/* ---- whole or not at all ---- */

static void
one_bad_op_among_good_ones_leaves_the_record_untouched(void **state)
{
	struct change c;
	char *before, *after;

	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, ANN, "template", 0, 0, NULL, "'a'");
	check_edit(&d, ANN, "statements/r1/text", 0, 0, NULL, "'a'");
	before = check_text(&d.record);
	c = check_change(&d, BOB);
	check_op(&c, "summary", 0, 0, NULL, "'mine'");
	check_op(&c, "statements/r1/text", 1, 0, NULL, "'clash'");
	check_op(&c, "statements/r1", 2, 0, "{'text':'a'}", NULL);
	check_op(&c, "template", 1, 0, "'a'", "'b'");
	check_op(&c, "activities/x", 0, 0, NULL, "true");
	assert_int_equal(check_send(&d, &c), OUTCOME_HELD);
	after = check_text(&d.record);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
a_type_that_the_schema_does_not_know_is_held(void **state)
{
	(void)state;
	check_desk_again(&d, "spaceship");
	assert_int_equal(
	    check_edit(&d, ANN, "engine", 0, 0, NULL, "'x'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "unknown_type");
}

static void
a_change_of_another_type_is_held(void **state)
{
	struct change c = check_change(&d, ANN);

	(void)state;
	check_op(&c, "summary", 0, 0, NULL, "'x'");
	(void)snprintf(c.type, sizeof(c.type), "note");
	assert_int_equal(check_send(&d, &c), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "wrong_type");
}

static void
an_edit_of_a_record_that_is_not_here_is_held(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, ANN, "full_name", 3, 0, "'a'", "'b'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "not_found");
	assert_int_equal(
	    check_edit(&d, ANN, "full_name", 0, 1, "'a'", "'b'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "not_found");
}

static void
a_value_of_the_wrong_kind_is_held_but_an_unknown_code_is_not(void **state)
{
	static const char *const bad[][2] = {
		{ "full_name", "7" },
		{ "full_name", "'two\\nlines'" },
		{ "date_of_birth", "'2026-02-31'" },
		{ "dob_estimated", "'yes'" },
		{ "client_group/dementia", "false" },
		{ "client_group/a/b", "true" },
		{ "phones/p1", "'x'" },
		{ "location", "'x'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    check_edit(&d, ANN, bad[i][0], 0, 0, NULL, bad[i][1]),
		    OUTCOME_HELD);
		assert_string_equal(d.result.reason, "bad_value");
		assert_string_equal(d.result.path, bad[i][0]);
	}
	assert_int_equal(
	    check_edit(&d, ANN, "preferred_language", 0, 0, NULL, "'klingon'"),
	    OUTCOME_APPLIED);
}

static void
a_version_that_does_not_rise_is_the_callers_mistake(void **state)
{
	struct change c;
	struct apply_context ctx = { .schema = d.schema, .version = { 1, 1 } };
	struct apply_result result;
	struct err e = { 0 };

	(void)state;
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'X'");
	c = check_change(&d, ANN);
	assert_int_equal(
	    apply_change(&d.record, &c, &ctx, &result, &e), ERR_INVALID);
	change_fini(&c);
}

static void
outcomes_have_words(void **state)
{
	enum outcome_kind kind;

	(void)state;
	for (int k = 0; k < OUTCOME_N; k++) {
		assert_true(
		    outcome_parse(outcome_word((enum outcome_kind)k), &kind));
		assert_int_equal(kind, k);
	}
	assert_false(outcome_parse("done", &kind));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_edit_of_what_was_seen_applies),
		TEST(anothers_change_above_seen_makes_an_op_concurrent),
		TEST(an_own_change_above_own_makes_an_op_concurrent),
		TEST(an_own_change_up_to_own_is_seen_though_its_version_is_not),
		TEST(an_own_change_below_seen_is_seen_without_own),
		TEST(own_does_not_stand_for_anothers_counter),
		TEST(every_setter_counts_not_only_the_last),
		TEST(a_setter_above_the_path_counts),
		TEST(a_setter_beneath_the_path_counts),
		TEST(a_setter_of_another_row_does_not_count),
		TEST(equal_values_do_not_prove_that_a_thing_was_seen),
		TEST(concurrent_ops_with_the_same_result_are_clean),
		TEST(
		    an_op_that_leaves_the_value_as_it_is_still_sets_the_paths_version),
		TEST(two_ops_of_one_change_see_each_other),
		TEST(a_chain_of_offline_edits_works_by_itself),
		TEST(one_bad_op_among_good_ones_leaves_the_record_untouched),
		TEST(a_type_that_the_schema_does_not_know_is_held),
		TEST(a_change_of_another_type_is_held),
		TEST(an_edit_of_a_record_that_is_not_here_is_held),
		TEST(
		    a_value_of_the_wrong_kind_is_held_but_an_unknown_code_is_not),
		TEST(a_version_that_does_not_rise_is_the_callers_mistake),
		TEST(outcomes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
