/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices propose to a restored office that it has lost of others' work:
 * an administrator decides, or the author's own device does.
 */
#include "tests/support/engine_world.h"

#include <string.h>

/* Two colleagues in the second epoch of an office. */
struct scene {
	struct world w;
	struct dev author, other;
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	world_sql(&s->w, "UPDATE meta SET value = x'32' WHERE name = 'epoch'");
	world_restart(&s->w);
	dev_start(&s->author, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->other, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->author);
	dev_end(&s->other);
	world_end(&s->w);
}

/* The other device had the person that the author's first change made. */
static struct id
propose(struct scene *s)
{
	const struct change *lost = &s->author.journal[0];

	dev_begin(&s->other, lost->record, "person");
	s->other.open.author = s->author.user;
	s->other.open.extra = json_pack("{s:{s:I, s:s}}", "proposal", "counter",
	    (json_int_t)1, "device", id_print(s->author.id).s);
	assert_non_null(s->other.open.extra);
	dev_set(&s->other, "full_name", NULL, "'Betty'");
	(void)dev_cut(&s->other);
	dev_push(&s->other);
	return lost->record;
}

static struct outcome
decide(struct scene *s, bool close)
{
	struct held_step step = { .device = s->other.id,
		.counter = 1,
		.close = close,
		.reason = "it was hers" };
	struct outcome o;
	struct err e;

	assert_ok(store_begin(engine_store(s->w.g), &e), &e);
	assert_ok(engine_held(s->w.g, &step, &o, &e), &e);
	assert_ok(store_commit(engine_store(s->w.g), &e), &e);
	return o;
}

static void
a_proposal_waits_for_a_person_and_applies_in_its_authors_name(void **state)
{
	struct scene s;
	struct id betty;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.author, "Betty");
	betty = propose(&s);
	assert_int_equal(dev_outcome(&s.other, 1)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.other, 1)->reason, "proposal");
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 0);
	assert_int_equal(decide(&s, false).kind, OUTCOME_APPLIED);
	dev_sync(&s.author);
	assert_string_equal(dev_text(&s.author, betty, "full_name"), "Betty");
	assert_true(
	    id_equal(dev_record(&s.author, betty)->author, s.author.user));
	scene_end(&s);
}

static void
the_authors_own_device_ends_the_question(void **state)
{
	struct scene s;
	struct id betty;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.author, "Betty");
	betty = propose(&s);
	dev_sync(&s.author);
	assert_string_equal(dev_text(&s.author, betty, "full_name"), "Betty");
	dev_push(&s.other);
	assert_int_equal(dev_outcome(&s.other, 1)->kind, OUTCOME_CLOSED);
	assert_string_equal(dev_outcome(&s.other, 1)->reason, "replaced");
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM log WHERE kind = 'change'"),
	    1);
	scene_end(&s);
}

static void
what_is_here_already_is_no_question(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.author, "Betty");
	dev_push(&s.author);
	(void)propose(&s);
	assert_int_equal(dev_outcome(&s.other, 1)->kind, OUTCOME_CLOSED);
	assert_string_equal(dev_outcome(&s.other, 1)->reason, "replaced");
	scene_end(&s);
}

static void
what_builds_on_a_proposal_waits_for_it(void **state)
{
	struct change_base base = { .own = 1 };
	struct scene s;
	struct id betty;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.author, "Betty");
	betty = propose(&s);
	dev_begin(&s.other, betty, "person");
	dev_set_seen(&s.other, "full_name", "'Betty'", "'Betty Ann'", base);
	(void)dev_cut(&s.other);
	dev_push(&s.other);
	assert_string_equal(dev_outcome(&s.other, 2)->reason, "waits");
	dev_sync(&s.author);
	dev_push(&s.other);
	/* This one never saw the person at the office as it is now. */
	assert_string_equal(dev_outcome(&s.other, 2)->reason, "not_yours");
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_proposal_waits_for_a_person_and_applies_in_its_authors_name),
		cmocka_unit_test(the_authors_own_device_ends_the_question),
		cmocka_unit_test(what_is_here_already_is_no_question),
		cmocka_unit_test(what_builds_on_a_proposal_waits_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
