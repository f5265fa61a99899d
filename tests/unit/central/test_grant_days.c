/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An assignment gives its case from its first day to its last, both counted.
 */
#include "tests/support/world_command.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

#define DAY_MS ((uint64_t)24 * 3600 * 1000)

struct scene {
	struct world w;
	struct id user;
	struct dev d;
	struct id of_case;
	char days[10][CLOCK_DAY_MAX]; /* [3] is today */
};

static void
set(struct scene *s, const char *path, const char *value)
{
	json_decref(world_done(&s->w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "case", "id", id_print(s->of_case).s, "set", "path",
	        path, "value", value)));
}

static void
scene_start(struct scene *s)
{
	json_t *made;

	world_start(&s->w);
	for (int i = 0; i < 10; i++)
		clock_day(clock_unix_ms() + (uint64_t)(i + 4) * DAY_MS -
		        (uint64_t)7 * DAY_MS,
		    s->days[i]);
	s->user = world_user(&s->w, "Amina");
	dev_start(&s->d, &s->w, s->user, DEVICE_ACTIVE);
	(void)engine_work(s->w.g); /* the office knows what day it is */
	made = world_done(&s->w,
	    json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "do", "record new", "type",
	        "case", "set", "path", "model", "value", "professional"));
	assert_true(id_parse(
	    json_string_value(json_object_get(made, "id")), &s->of_case));
	json_decref(made);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->d);
	world_end(&s->w);
}

/* Assign Amina from and to days of the scene; -1: not said. */
static void
assign(struct scene *s, int from, int to)
{
	if (from >= 0)
		set(s, "assignments/r1/from", s->days[from]);
	if (to >= 0)
		set(s, "assignments/r1/to", s->days[to]);
	set(s, "assignments/r1/advocate", id_print(s->user).s);
}

static bool
sees(struct scene *s)
{
	dev_sync(&s->d);
	return dev_record(&s->d, s->of_case) != NULL;
}

/* Let the day come, to its end. */
static void
day_comes(struct scene *s, int day)
{
	bool more = true;
	struct err e = { 0 };

	while (more)
		assert_ok(days_step(s->w.g, s->days[day], &more, &e), &e);
}

static void
test_a_row_gives_from_its_first_day_to_its_last(void **state)
{
	static const struct {
		int from, to;
		bool given;
	} cases[] = { { -1, -1, true }, { 2, -1, true }, { 3, -1, true },
		{ 4, -1, false }, { -1, 2, false }, { -1, 3, true },
		{ -1, 4, true }, { 2, 4, true }, { 4, 5, false },
		{ 1, 2, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;

		scene_start(&s);
		assign(&s, cases[i].from, cases[i].to);
		if (sees(&s) != cases[i].given)
			fail_msg("from %d to %d", cases[i].from, cases[i].to);
		scene_end(&s);
	}
}

static void
test_the_day_itself_gives_and_ends(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 4, 5);
	assert_false(sees(&s));
	day_comes(&s, 4);
	assert_true(sees(&s));
	day_comes(&s, 5);
	assert_true(sees(&s));
	/* A clock that went back undoes nothing. */
	day_comes(&s, 3);
	assert_true(sees(&s));
	day_comes(&s, 6);
	assert_false(sees(&s));
	scene_end(&s);
}

/* Does the office give it to her now?  She does not ask, which would tell the
 * office what day it is. */
static bool
is_given(struct scene *s)
{
	bool sees = false;
	struct err e = { 0 };

	assert_ok(store_begin_read(s->w.g->store, &e), &e);
	assert_ok(store_user_sees(
	              s->w.g->store, s->user, s->of_case, false, &sees, &e),
	    &e);
	store_rollback(s->w.g->store);
	return sees;
}

/* The office's clock said a day far ahead for a while: it ended what had days
 * left. */
static void
test_a_clock_that_had_run_ahead_is_made_up_for(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 2, 4);
	day_comes(&s, 6);
	assert_false(is_given(&s));
	world_restart(&s.w);
	day_comes(&s, 3); /* it is read what was done, */
	day_comes(&s, 3); /* and then put right */
	assert_true(is_given(&s));
	/* Its last day comes after all, and the days go on from there. */
	day_comes(&s, 4);
	assert_true(is_given(&s));
	day_comes(&s, 5);
	assert_false(is_given(&s));
	assign(&s, 6, 6);
	day_comes(&s, 6);
	assert_true(is_given(&s));
	scene_end(&s);
}

/* It ran ahead, and then further, before anybody saw it. */
static void
test_a_clock_that_ran_ahead_twice_is_made_up_for(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 2, 4);
	day_comes(&s, 6);
	day_comes(&s, 9);
	assert_false(is_given(&s));
	world_restart(&s.w);
	day_comes(&s, 4);
	day_comes(&s, 4);
	assert_true(is_given(&s));
	day_comes(&s, 5);
	assert_false(is_given(&s));
	scene_end(&s);
}

/* A day that it did say, before it left others out, is another wrong clock. */
static void
test_a_clock_that_is_back_before_the_last_gap_undoes_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 3, 5);
	day_comes(&s, 5);
	day_comes(&s, 6);
	day_comes(&s, 9);
	day_comes(&s, 5);
	assert_false(is_given(&s));
	scene_end(&s);
}

static void
test_what_was_given_too_early_ends_until_its_day(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 5, -1);
	day_comes(&s, 6);
	assert_true(is_given(&s));
	/* From before the days that it skipped: that is another wrong clock. */
	day_comes(&s, 2);
	assert_true(is_given(&s));
	day_comes(&s, 4);
	assert_false(is_given(&s));
	day_comes(&s, 5);
	assert_true(is_given(&s));
	scene_end(&s);
}

static void
test_days_that_passed_while_the_office_was_off_are_made_up_for(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 4, 4);
	world_restart(&s.w);
	/* It came and went: nothing is given, and nothing is left over. */
	day_comes(&s, 6);
	assert_false(sees(&s));
	assign(&s, 4, 6);
	scene_end(&s);
}

static void
test_what_was_given_or_ended_by_hand_stays_so(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assign(&s, 2, -1);
	assert_true(sees(&s));
	world_grant_case(&s.w, s.user, s.of_case, true);
	day_comes(&s, 4);
	assert_false(sees(&s));
	world_grant_case(&s.w, s.user, s.of_case, false);
	day_comes(&s, 5);
	assert_true(sees(&s));
	scene_end(&s);
}

static void
test_many_records_are_walked_in_pieces(void **state)
{
	struct scene s;
	bool more = true;
	unsigned steps = 0;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	assign(&s, 4, -1);
	for (int i = 0; i < 150; i++)
		json_decref(world_done(&s.w,
		    json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "do", "record new",
		        "type", "case", "set", "path", "model", "value",
		        "professional")));
	for (; more; steps++)
		assert_ok(days_step(s.w.g, s.days[4], &more, &e), &e);
	assert_true(steps >= 3);
	assert_true(sees(&s));
	/* Done is done. */
	assert_ok(days_step(s.w.g, s.days[4], &more, &e), &e);
	assert_false(more);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_row_gives_from_its_first_day_to_its_last),
		cmocka_unit_test(test_the_day_itself_gives_and_ends),
		cmocka_unit_test(
		    test_a_clock_that_had_run_ahead_is_made_up_for),
		cmocka_unit_test(
		    test_a_clock_that_ran_ahead_twice_is_made_up_for),
		cmocka_unit_test(
		    test_a_clock_that_is_back_before_the_last_gap_undoes_nothing),
		cmocka_unit_test(
		    test_what_was_given_too_early_ends_until_its_day),
		cmocka_unit_test(
		    test_days_that_passed_while_the_office_was_off_are_made_up_for),
		cmocka_unit_test(test_what_was_given_or_ended_by_hand_stays_so),
		cmocka_unit_test(test_many_records_are_walked_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
