/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions: which sides they close, and what opens a conflict again.
 */
#include "tests/support/check.h"

#include "common/core/conflict_json.h"
#include "common/sys/json.h"
#include "tests/support/check_apply.h"

#define NAME "full_name"

static struct check_desk d;

/* Cat had not seen Bob's either: a second side, version 4. */
static int
set_up(void **state)
{
	*state = &d;
	check_desk_clash(&d);
	check_edit(&d, CAT, NAME, 1, 0, "'X'", "'C'");
	return 0;
}

static const char *
key(size_t i)
{
	return check_conflict(&d, NAME)->sides[i].key;
}

/* A decision: an op with the value, and the first `sides` sides named. */
static struct change
decision(
    unsigned n, uint64_t seen, const char *was, const char *now, size_t sides)
{
	struct change c = check_change(&d, n);

	check_op(&c, NAME, seen, 0, was, now);
	check_resolve(&d, &c, NAME, sides, "asked her");
	return c;
}

static void
a_decision_closes_the_sides_that_it_names_and_is_written_down(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'A'", 2);
	const struct conflict *k;
	json_t *last;

	(void)state;
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, NAME, "'A'");
	assert_int_equal(check_open(&d, NAME), 0);
	k = check_conflict(&d, NAME);
	assert_int_equal(json_array_size(k->decisions), 1);
	last = json_array_get(k->decisions, 0);
	assert_string_equal(
	    json_string_value(json_object_get(last, "value")), "A");
	assert_string_equal(
	    json_string_value(json_object_get(last, "reason")), "asked her");
	assert_string_equal(json_string_value(json_object_get(last, "by")),
	    id_print(check_author(DEE)).s);
	assert_int_equal(
	    json_integer_value(json_object_get(last, "counter")), 1);
	assert_int_equal(json_integer_value(json_array_get(
	                     json_object_get(last, "version"), 1)),
	    5);
	assert_true(json_has(last, "at") && json_has(last, "device"));
	/* Authors see their own words, also after. */
	check_side(&d, NAME, 1, "'C'", CAT, false);
}

static void
a_side_that_a_decision_did_not_name_stays_open(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 1);

	(void)state;
	check_send(&d, &c);
	check_side(&d, NAME, 0, "'A'", ANN, false);
	check_side(&d, NAME, 1, "'C'", CAT, true);
}

static void
a_side_that_changed_after_it_was_seen_stays_open(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2), edit;

	(void)state;
	edit = check_change(&d, ANN);
	check_op(&edit, NAME, 2, 2, "'A'", "'A2'");
	check_base_side(&edit, key(0));
	check_send(&d, &edit);
	check_send(&d, &c);
	check_value(&d, NAME, "'D'");
	check_side(&d, NAME, 0, "'A2'", ANN, true);
	check_side(&d, NAME, 1, "'C'", CAT, false);
}

static void
a_decision_without_an_op_keeps_the_current_value(void **state)
{
	struct change c = check_change(&d, DEE);

	(void)state;
	check_resolve(&d, &c, NAME, 2, "Bob was there");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, NAME), 0);
	assert_string_equal(
	    json_string_value(json_object_get(
	        json_array_get(check_conflict(&d, NAME)->decisions, 0),
	        "value")),
	    "Y");
}

static void
a_decision_to_keep_a_value_that_changed_meanwhile_decides_nothing(void **state)
{
	struct change c = check_change(&d, DEE);
	const json_t *late;

	(void)state;
	check_resolve(&d, &c, NAME, 2, "Bob was there");
	check_edit(&d, BOB, NAME, 2, 0, "'Y'", "'YY'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, NAME), 2);
	late = json_array_get(check_conflict(&d, NAME)->decisions, 0);
	assert_true(json_is_true(json_object_get(late, "late")));
	assert_false(json_has(late, "value"));
	assert_string_equal(json_string_value(json_object_get(late, "reason")),
	    "Bob was there");
	assert_null(conflict_decision(check_conflict(&d, NAME)));
}

static void
a_second_decision_that_had_not_seen_the_first_reopens_the_conflict(void **state)
{
	struct change first = decision(DEE, 2, "'Y'", "'A'", 2);
	struct change second = decision(BOB, 2, "'Y'", "'C'", 2);
	const json_t *late;

	(void)state;
	check_send(&d, &first);
	assert_int_equal(check_send(&d, &second), OUTCOME_CONFLICT);
	check_value(&d, NAME, "'A'");
	assert_int_equal(check_open(&d, NAME), 1);
	check_side(&d, NAME, 2, "'Y'", BOB, false);
	check_side(&d, NAME, 3, "'C'", BOB, true);
	/* It decided nothing, and says why it was made all the same. */
	late = json_array_get(check_conflict(&d, NAME)->decisions, 1);
	assert_true(json_is_true(json_object_get(late, "late")));
	assert_string_equal(
	    json_string_value(json_object_get(late, "value")), "C");
	assert_string_equal(
	    json_string_value(json_object_get(late, "reason")), "asked her");
	assert_string_equal(json_string_value(json_object_get(late, "by")),
	    id_print(check_author(BOB)).s);
	assert_ptr_equal(conflict_decision(check_conflict(&d, NAME)),
	    json_array_get(check_conflict(&d, NAME)->decisions, 0));
}

static void
a_second_decision_for_the_same_value_agrees(void **state)
{
	struct change first = decision(DEE, 2, "'Y'", "'A'", 2);
	struct change second = decision(BOB, 2, "'Y'", "'A'", 2);

	(void)state;
	check_send(&d, &first);
	assert_int_equal(check_send(&d, &second), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, NAME), 0);
	assert_int_equal(
	    json_array_size(check_conflict(&d, NAME)->decisions), 2);
}

static void
decided_texts_are_not_mixed_with_one_another(void **state)
{
	struct change first, second;

	(void)state;
	check_edit(&d, ANN, "contact_rules", 0, 0, NULL, "'a b c d e'");
	check_edit(&d, BOB, "contact_rules", 0, 0, NULL, "'x'");
	first = check_change(&d, DEE);
	check_op(&first, "contact_rules", 5, 0, "'a b c d e'", "'A b c d e'");
	check_resolve(&d, &first, "contact_rules", 1, "");
	second = check_change(&d, CAT);
	check_op(&second, "contact_rules", 5, 0, "'a b c d e'", "'a b c d E'");
	check_resolve(&d, &second, "contact_rules", 1, "");
	check_send(&d, &first);
	assert_int_equal(check_send(&d, &second), OUTCOME_CONFLICT);
	check_value(&d, "contact_rules", "'A b c d e'");
	check_side(&d, "contact_rules", 2, "'a b c d E'", CAT, true);
}

static void
an_edit_of_a_closed_side_reopens_the_conflict(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2);

	(void)state;
	check_send(&d, &c);
	c = check_change(&d, ANN);
	check_op(&c, NAME, 5, 2, "'A'", "'A2'");
	check_base_side(&c, key(0));
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, NAME), 1);
	check_side(&d, NAME, 0, "'A2'", ANN, true);
	check_value(&d, NAME, "'D'");
}

static void
an_offline_edit_of_ones_own_decided_words_reopens_the_conflict(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2);

	(void)state;
	check_send(&d, &c);
	/* Ann has not heard of any of it yet. */
	assert_int_equal(
	    check_edit(&d, ANN, NAME, 1, 2, "'A'", "'A2'"), OUTCOME_CONFLICT);
	assert_int_equal(check_conflict(&d, NAME)->n_sides, 3);
	check_side(&d, NAME, 0, "'A2'", ANN, true);
}

static void
an_own_side_that_its_author_left_aside_is_not_replaced(void **state)
{
	(void)state;
	/* Ann saw Bob's name and goes on from it; her A stays open beside. */
	assert_int_equal(
	    check_edit(&d, ANN, NAME, 2, 0, "'Y'", "'Y1'"), OUTCOME_APPLIED);
	check_edit(&d, BOB, NAME, 5, 0, "'Y1'", "'Y2'");
	/* She goes on from her Y1, and clashes. */
	assert_int_equal(
	    check_edit(&d, ANN, NAME, 2, 3, "'Y1'", "'Y3'"), OUTCOME_CONFLICT);
	check_side(&d, NAME, 0, "'A'", ANN, true);
	check_side(&d, NAME, 2, "'Y3'", ANN, true);
}

static void
a_new_clash_after_everyone_saw_the_end_is_a_new_conflict(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2);

	(void)state;
	check_send(&d, &c);
	check_edit(&d, ANN, NAME, 5, 0, "'D'", "'E'");
	check_edit(&d, BOB, NAME, 5, 0, "'D'", "'F'");
	assert_int_equal(d.record.n_conflicts, 2);
	assert_int_equal(check_open(&d, NAME), 1);
}

static void
a_late_edit_from_before_the_end_goes_to_the_same_conflict(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2);

	(void)state;
	check_send(&d, &c);
	check_edit(&d, DEE + 1, NAME, 1, 0, "'X'", "'L'");
	assert_int_equal(d.record.n_conflicts, 1);
	check_side(&d, NAME, 3, "'L'", DEE + 1, true);
}

static void
asking_passes_the_conflict_on_and_decides_nothing(void **state)
{
	static const enum conflict_owner owners[] = { OWNER_SENIOR,
		OWNER_ADMINISTRATOR, OWNER_ADMINISTRATOR };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct change c = check_change(&d, ANN);
		json_t *entry;

		check_resolve(&d, &c, NAME, 2, "I do not remember");
		c.resolves[0].ask = true;
		assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
		assert_int_equal(check_conflict(&d, NAME)->owner, owners[i]);
		assert_int_equal(check_open(&d, NAME), 2);
		entry = json_array_get(check_conflict(&d, NAME)->decisions, i);
		assert_true(json_is_true(json_object_get(entry, "ask")));
		assert_false(json_has(entry, "value"));
	}
	assert_int_equal(check_conflict(&d, NAME)->version.seq, 7);
}

static void
a_decision_on_a_conflict_that_is_not_here_is_held(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 2);

	(void)state;
	c.resolves[0].conflict = check_id(99);
	assert_int_equal(check_send(&d, &c), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "not_found");
	check_value(&d, NAME, "'Y'");
}

static void
hostile_sides_in_a_decision_name_nothing(void **state)
{
	struct change c = decision(DEE, 2, "'Y'", "'D'", 0);
	json_t *sides = c.resolves[0].sides;

	(void)state;
	json_array_append_new(sides, json_integer(3));
	json_array_append_new(sides, json_array());
	json_array_append_new(sides, json_pack("[s]", key(0)));
	json_array_append_new(sides, json_pack("[s,s]", key(0), "x"));
	json_array_append_new(sides, json_pack("[s,[i,i]]", key(0), 1, 2));
	check_send(&d, &c);
	assert_int_equal(check_open(&d, NAME), 2);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    a_decision_closes_the_sides_that_it_names_and_is_written_down),
		TEST(a_side_that_a_decision_did_not_name_stays_open),
		TEST(a_side_that_changed_after_it_was_seen_stays_open),
		TEST(a_decision_without_an_op_keeps_the_current_value),
		TEST(
		    a_decision_to_keep_a_value_that_changed_meanwhile_decides_nothing),
		TEST(
		    a_second_decision_that_had_not_seen_the_first_reopens_the_conflict),
		TEST(a_second_decision_for_the_same_value_agrees),
		TEST(decided_texts_are_not_mixed_with_one_another),
		TEST(an_edit_of_a_closed_side_reopens_the_conflict),
		TEST(
		    an_offline_edit_of_ones_own_decided_words_reopens_the_conflict),
		TEST(an_own_side_that_its_author_left_aside_is_not_replaced),
		TEST(a_new_clash_after_everyone_saw_the_end_is_a_new_conflict),
		TEST(a_late_edit_from_before_the_end_goes_to_the_same_conflict),
		TEST(asking_passes_the_conflict_on_and_decides_nothing),
		TEST(a_decision_on_a_conflict_that_is_not_here_is_held),
		TEST(hostile_sides_in_a_decision_name_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
