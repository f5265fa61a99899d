/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for a person, by the commands of the office.
 */
#include "tests/support/conflict_scene.h"
#include "tests/support/world_command.h"

#include <string.h>

#include "common/sys/json.h"

/* An office, and an advocate who edited a name that the office had changed. */
struct scene {
	struct world w;
	struct id user, administrator;
	struct dev a;
	struct id person;
	char conflict[ID_TEXT_LEN + 1];
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	s->user = world_user(&s->w, "Amina");
	s->administrator = world_colleague(&s->w, "Ada", "RES", NULL);
	dev_start(&s->a, &s->w, s->user, DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	dev_sync(&s->a);
	conflict_with_office(&s->a, s->person, s->conflict);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	world_end(&s->w);
}

static void
both_sides_of_a_conflict_are_shown(void **state)
{
	struct scene s;
	json_t *shown;
	const json_t *side;

	(void)state;
	scene_start(&s);
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(text_of(shown, "path"), "preferred_name");
	assert_string_equal(text_of(shown, "state"), "open");
	assert_string_equal(text_of(shown, "ancestor"), "Betty");
	assert_string_equal(text_of(shown, "current"), "Elizabeth");
	assert_true(json_is_null(json_object_get(shown, "decision")));
	side = json_array_get(json_object_get(shown, "sides"), 0);
	assert_string_equal(text_of(side, "value"), "Bets");
	assert_string_equal(text_of(side, "author"), id_print(s.user).s);
	json_decref(shown);
	scene_end(&s);
}

static void
a_decision_on_what_has_moved_is_refused(void **state)
{
	struct scene s;
	json_t *shown, *decided;
	char seen[40];

	(void)state;
	scene_start(&s);
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(text_of(json_object_get(shown, "current_by"), "by"),
	    "00000000-0000-0000-0000-000000000000");
	(void)snprintf(seen, sizeof(seen), "%s", text_of(shown, "seen"));
	json_decref(shown);
	/* Meanwhile the office says something else. */
	json_decref(world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:b}]}", "do",
	        "record edit", "type", "person", "id", id_print(s.person).s,
	        "set", "path", "preferred_name", "value", "Eliza", "inline",
	        1)));
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "take", "current", "as", "Ada",
	        "reason", "she says so", "seen", seen),
	    "conflict");
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(text_of(shown, "state"), "open");
	(void)snprintf(seen, sizeof(seen), "%s", text_of(shown, "seen"));
	json_decref(shown);
	/* A side is also named by the number that it is shown with. */
	decided = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "take", "1", "as", "Ada", "reason",
	        "she says so", "seen", seen));
	assert_string_equal(text_of(decided, "value"), "Bets");
	json_decref(decided);
	scene_end(&s);
}

static void
of_two_ways_to_settle_it_neither_is_done(void **state)
{
	struct scene s;
	json_t *shown;

	(void)state;
	scene_start(&s);
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Ada", "ask", 1, "undo", 1,
	        "reason", "who knows"),
	    "invalid");
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Ada", "ask", 1, "take",
	        "current", "reason", "who knows"),
	    "invalid");
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_int_equal(
	    json_array_size(json_object_get(shown, "decisions")), 0);
	json_decref(shown);
	scene_end(&s);
}

static void
a_side_that_is_taken_stands_on_every_device(void **state)
{
	struct scene s;
	json_t *shown, *decided;
	char side[80];

	(void)state;
	scene_start(&s);
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	(void)snprintf(side, sizeof(side), "%s",
	    text_of(
	        json_array_get(json_object_get(shown, "sides"), 0), "side"));
	json_decref(shown);
	decided = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "take", side, "as", "Ada", "reason",
	        "she says so herself"));
	assert_null(json_object_get(decided, "error"));
	assert_string_equal(text_of(decided, "state"), "decided");
	assert_string_equal(text_of(decided, "value"), "Bets");
	assert_true(json_has(decided, "counter"));
	json_decref(decided);
	dev_sync(&s.a);
	assert_string_equal(dev_text(&s.a, s.person, "preferred_name"), "Bets");
	shown = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "conflict show", "conflict",
	        s.conflict, "record", id_print(s.person).s));
	assert_string_equal(
	    text_of(json_object_get(shown, "decision"), "reason"),
	    "she says so herself");
	assert_string_equal(text_of(json_object_get(shown, "decision"), "by"),
	    id_print(s.administrator).s);
	json_decref(shown);
	shown = world_command(&s.w, json_pack("{s:s}", "do", "conflict list"));
	assert_int_equal(
	    json_array_size(json_object_get(shown, "conflicts")), 0);
	json_decref(shown);
	scene_end(&s);
}

static void
another_text_may_stand_instead_of_both(void **state)
{
	struct scene s;
	json_t *decided;

	(void)state;
	scene_start(&s);
	decided = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "text", "Lizzie", "as", "Amina"));
	assert_null(json_object_get(decided, "error"));
	assert_string_equal(text_of(decided, "value"), "Lizzie");
	json_decref(decided);
	dev_sync(&s.a);
	assert_string_equal(
	    dev_text(&s.a, s.person, "preferred_name"), "Lizzie");
	scene_end(&s);
}

static void
a_decision_has_a_name_and_is_made_once(void **state)
{
	struct scene s;
	json_t *answer;

	(void)state;
	scene_start(&s);
	/* Nobody named; nothing chosen; no such side. */
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "conflict decide", "conflict",
	        s.conflict, "take", "current"),
	    "invalid");
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "conflict decide", "conflict",
	        s.conflict, "as", "Amina"),
	    "invalid");
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Amina", "take", "x/1"),
	    "not_found");
	/* Somebody who wrote none of it and settles nothing. */
	(void)world_colleague(&s.w, "Vera", "VOL", NULL);
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Vera", "take", "current"),
	    "conflict");
	/* The author of a side may. */
	answer = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Amina", "take", "current"));
	assert_null(json_object_get(answer, "error"));
	json_decref(answer);
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Ada", "take", "current"),
	    "conflict");
	scene_end(&s);
}

static void
a_conflict_can_be_passed_on(void **state)
{
	struct scene s;
	json_t *answer;

	(void)state;
	scene_start(&s);
	answer = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:b}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Amina", "ask", 1));
	assert_null(json_object_get(answer, "error"));
	assert_string_equal(text_of(answer, "state"), "open");
	json_decref(answer);
	scene_end(&s);
}

/* A device that waits for approval pushes, and what it pushed is held. */
static void
held_changes_are_listed_retried_and_closed(void **state)
{
	struct scene s;
	struct dev b;
	json_t *list, *answer;
	char first[80], second[80];
	const json_t *held;

	(void)state;
	scene_start(&s);
	dev_start(&b, &s.w, s.user, DEVICE_PENDING);
	(void)dev_person(&b, "Carol");
	(void)dev_person(&b, "Dilys");
	dev_push(&b);
	list = world_command(&s.w, json_pack("{s:s}", "do", "held list"));
	held = json_object_get(list, "held");
	assert_int_equal(json_array_size(held), 2);
	assert_string_equal(
	    text_of(json_array_get(held, 0), "reason"), "pending_approval");
	(void)snprintf(first, sizeof(first), "%s",
	    text_of(json_array_get(held, 0), "change"));
	(void)snprintf(second, sizeof(second), "%s",
	    text_of(json_array_get(held, 1), "change"));
	json_decref(list);
	answer = world_command(
	    &s.w, json_pack("{s:s, s:s}", "do", "held show", "change", first));
	assert_true(json_is_object(json_object_get(answer, "content")));
	json_decref(answer);
	answer = world_command(
	    &s.w, json_pack("{s:s, s:s}", "do", "held retry", "change", first));
	assert_string_equal(text_of(answer, "outcome"), "applied");
	json_decref(answer);
	world_refused(&s.w,
	    json_pack("{s:s, s:s}", "do", "held close", "change", second),
	    "invalid");
	answer = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "held close", "change", second,
	        "reason", "a test device"));
	assert_string_equal(text_of(answer, "outcome"), "closed");
	json_decref(answer);
	answer = world_command(
	    &s.w, json_pack("{s:s, s:s}", "do", "receipt", "change", second));
	assert_true(json_is_object(json_object_get(answer, "receipt")));
	json_decref(answer);
	list = world_command(&s.w, json_pack("{s:s}", "do", "held list"));
	assert_int_equal(json_array_size(json_object_get(list, "held")), 0);
	json_decref(list);
	dev_end(&b);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_of_a_conflict_are_shown),
		cmocka_unit_test(a_decision_on_what_has_moved_is_refused),
		cmocka_unit_test(of_two_ways_to_settle_it_neither_is_done),
		cmocka_unit_test(a_side_that_is_taken_stands_on_every_device),
		cmocka_unit_test(another_text_may_stand_instead_of_both),
		cmocka_unit_test(a_decision_has_a_name_and_is_made_once),
		cmocka_unit_test(a_conflict_can_be_passed_on),
		cmocka_unit_test(held_changes_are_listed_retried_and_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
