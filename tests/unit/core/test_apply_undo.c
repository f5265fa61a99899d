/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decision took the place of stays readable; a decision is taken back.
 */
#include "tests/support/check.h"
#include "tests/support/check_apply.h"

#include "common/core/change.h"

#define NAME "full_name"
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_clash(&d);
	return 0;
}

/* Dee decides for a value, having seen all; version 4. */
static enum outcome_kind
decide(const char *now)
{
	struct change c = check_change(&d, DEE);

	check_op(&c, NAME, 2, 0, "'Y'", now);
	check_resolve(&d, &c, NAME, 1, "asked her");
	return check_send(&d, &c);
}

/* Take back the decision that this change made. */
static enum outcome_kind
undo(unsigned who, unsigned decider, unsigned counter, const char *reason)
{
	struct change c = check_change(&d, who);

	check_resolve(&d, &c, NAME, 0, reason);
	(void)snprintf(c.resolves[0].undo, sizeof(c.resolves[0].undo), "%s/%u",
	    id_print(check_device(decider)).s, counter);
	return check_send(&d, &c);
}

static const json_t *
decision(size_t i)
{
	return json_array_get(check_conflict(&d, NAME)->decisions, i);
}

static void
what_a_decision_replaces_is_kept_as_a_closed_side(void **state)
{
	(void)state;
	assert_int_equal(decide("'A'"), OUTCOME_APPLIED);
	check_value(&d, NAME, "'A'");
	assert_int_equal(check_open(&d, NAME), 0);
	assert_int_equal(check_conflict(&d, NAME)->n_sides, 2);
	check_side(&d, NAME, 0, "'A'", ANN, false);
	check_side(&d, NAME, 1, "'Y'", BOB, false);
}

static void
a_decision_for_what_stands_keeps_nothing_more(void **state)
{
	(void)state;
	assert_int_equal(decide("'Y'"), OUTCOME_APPLIED);
	assert_int_equal(check_conflict(&d, NAME)->n_sides, 1);
}

static void
an_undone_decision_opens_the_conflict_with_all_its_sides(void **state)
{
	(void)state;
	decide("'Z'");
	assert_int_equal(undo(ANN, DEE, 1, "wrong person"), OUTCOME_CONFLICT);
	check_value(&d, NAME, "'Z'");
	assert_int_equal(check_open(&d, NAME), 2);
	check_side(&d, NAME, 0, "'A'", ANN, true);
	check_side(&d, NAME, 1, "'Y'", BOB, true);
}

/* It is with its authors again, and the time that they have begins anew. */
static void
what_is_open_again_has_been_so_since_then(void **state)
{
	(void)state;
	assert_int_equal(check_conflict(&d, NAME)->opened_at, 3000);
	(void)decide("'A'");
	assert_int_equal(check_conflict(&d, NAME)->opened_at, 3000);
	(void)undo(DEE, DEE, 1, "it was another one");
	assert_true(check_open(&d, NAME) > 0);
	assert_int_equal(check_conflict(&d, NAME)->opened_at, 5000);
	/* While it is open, no further side moves that. */
	check_edit(&d, CAT, NAME, 1, 0, "'X'", "'C'");
	assert_int_equal(check_conflict(&d, NAME)->opened_at, 5000);
}

static void
what_stands_after_an_undo_is_no_side_of_itself(void **state)
{
	(void)state;
	decide("'A'");
	undo(ANN, DEE, 1, "wrong person");
	check_value(&d, NAME, "'A'");
	check_side(&d, NAME, 0, "'A'", ANN, false);
	check_side(&d, NAME, 1, "'Y'", BOB, true);
}

static void
both_reasons_are_kept_and_the_undo_names_the_decision(void **state)
{
	const json_t *undone;

	(void)state;
	decide("'A'");
	undo(ANN, DEE, 1, "wrong person");
	assert_int_equal(
	    json_array_size(check_conflict(&d, NAME)->decisions), 2);
	assert_string_equal(
	    json_string_value(json_object_get(decision(0), "reason")),
	    "asked her");
	undone = decision(1);
	assert_string_equal(
	    json_string_value(json_object_get(undone, "reason")),
	    "wrong person");
	assert_non_null(
	    strstr(json_string_value(json_object_get(undone, "undo")), "/1"));
	assert_null(json_object_get(undone, "value"));
}

static void
an_undo_of_a_decision_that_was_not_made_is_held(void **state)
{
	(void)state;
	decide("'A'");
	assert_int_equal(undo(ANN, DEE, 7, "why"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "not_found");
	assert_int_equal(check_open(&d, NAME), 0);
}

static void
after_an_undo_it_is_decided_again(void **state)
{
	struct change c;

	(void)state;
	decide("'A'");
	undo(ANN, DEE, 1, "wrong person");
	c = check_change(&d, BOB);
	check_op(&c, NAME, 4, 0, "'A'", "'Y'");
	check_resolve(&d, &c, NAME, 1, "her passport");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, NAME), 0);
	check_value(&d, NAME, "'Y'");
}

static void
an_undo_that_had_not_seen_a_new_conflict_joins_it(void **state)
{
	struct change c;
	size_t closed;

	(void)state;
	decide("'A'");
	/* Seen by everyone, and clashing anew: another conflict. */
	check_edit(&d, BOB, NAME, 4, 0, "'A'", "'E'");
	check_edit(&d, CAT, NAME, 4, 0, "'A'", "'F'");
	assert_int_equal(d.record.n_conflicts, 2);
	c = check_change(&d, ANN);
	closed = conflict_is_open(&d.record.conflicts[0]) ? 1 : 0;
	c.resolves = calloc(1, sizeof(*c.resolves));
	assert_non_null(c.resolves);
	c.n_resolves = 1;
	c.resolves[0].conflict = d.record.conflicts[closed].id;
	(void)snprintf(c.resolves[0].undo, sizeof(c.resolves[0].undo), "%s/1",
	    id_print(check_device(DEE)).s);
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	/* One that is open at a path, and nobody's words are lost. */
	assert_int_equal(check_open(&d, NAME), 3);
}

static void
an_undo_is_in_all_three_forms_of_a_change(void **state)
{
	struct change c = check_change(&d, ANN), back;
	struct buf one, two;
	json_t *json = NULL;
	struct err e;

	(void)state;
	check_resolve(&d, &c, NAME, 0, "why");
	(void)snprintf(c.resolves[0].undo, sizeof(c.resolves[0].undo), "a/1");
	assert_ok(change_to_json(&c, &json, &e), &e);
	assert_ok(change_from_json(json, &back, &e), &e);
	assert_string_equal(back.resolves[0].undo, "a/1");
	buf_init(&one, 4096);
	buf_init(&two, 4096);
	assert_ok(change_signed_form(&c, &one, &e), &e);
	assert_ok(change_signed_form(&back, &two, &e), &e);
	assert_string_equal(one.ptr, two.ptr);
	assert_non_null(strstr(one.ptr, "\"undo\":\"a/1\""));
	buf_fini(&one);
	buf_fini(&two);
	json_decref(json);
	change_fini(&c);
	change_fini(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_decision_replaces_is_kept_as_a_closed_side),
		TEST(a_decision_for_what_stands_keeps_nothing_more),
		TEST(an_undone_decision_opens_the_conflict_with_all_its_sides),
		TEST(what_is_open_again_has_been_so_since_then),
		TEST(what_stands_after_an_undo_is_no_side_of_itself),
		TEST(both_reasons_are_kept_and_the_undo_names_the_decision),
		TEST(an_undo_of_a_decision_that_was_not_made_is_held),
		TEST(after_an_undo_it_is_decided_again),
		TEST(an_undo_that_had_not_seen_a_new_conflict_joins_it),
		TEST(an_undo_is_in_all_three_forms_of_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
