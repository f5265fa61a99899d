/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two machines that are one device to the office, and the one that comes late
 * has nothing to offer: every change of its is covered by a receipt that a
 * restored office has forgotten.  A real device store and the real engine.
 */
#include "tests/support/check.h"

#include "tests/support/real_device.h"

#define BACKUP "backup.db"
#define ROUNDS 6

struct scene {
	struct world w;
	struct real first, copy;
};

/* The first wrote `n` changes, with receipts, that a restored office lacks; the
 * copy, of before them, has written `others` in their place, and was heard. */
static void
scene_start(struct scene *s, unsigned n, unsigned others)
{
	world_start(&s->w);
	real_start(&s->first, &s->w, world_user(&s->w, "Amina"));
	(void)real_save(
	    &s->first, NULL, "person", "full_name", "'From before'");
	(void)real_sync(&s->first);
	world_backup(&s->w, BACKUP);
	real_copy(&s->first, &s->copy);
	for (unsigned i = 0; i < n; i++)
		(void)real_save(
		    &s->first, NULL, "person", "full_name", "'The first'");
	(void)real_sync(&s->first);
	world_restore(&s->w, BACKUP);
	for (unsigned i = 0; i < others; i++)
		(void)real_save(
		    &s->copy, NULL, "person", "full_name", "'The copy'");
	(void)real_sync(&s->copy);
}

static void
scene_end(struct scene *s)
{
	real_copy_end(&s->copy);
	real_end(&s->first);
	world_end(&s->w);
}

/* What was written here, and what of it is with the office, by the device. */
static struct store_status
status(struct real *r)
{
	struct store_status st;
	struct err e;

	assert_ok(device_store_status(r->store, &st, &e), &e);
	return st;
}

static void
hears_that_it_is_a_copy(struct scene *s, uint64_t in_common)
{
	const uint64_t written = status(&s->first).written;
	const int64_t held =
	    real_number(&s->first, "SELECT count(*) FROM confirmed");
	unsigned rounds = 0;

	while (real_round(&s->first) && ++rounds < ROUNDS)
		;
	assert_in_range(rounds, 0, ROUNDS - 1);
	assert_true(status(&s->first).is_forked);
	/* What it has in common is covered when it has offered all. */
	(void)real_round(&s->first);
	assert_true(status(&s->first).is_forked);
	assert_int_equal(status(&s->first).written, written);
	assert_int_equal(status(&s->first).receipted, in_common);
	/* Of what its twin wrote it took nothing. */
	assert_int_equal(
	    real_number(&s->first, "SELECT count(*) FROM confirmed"), held);
	assert_int_equal(
	    real_number(&s->first, "SELECT count(*) FROM staged"), 0);
	/* The office knows of it, and told it in its own words. */
	assert_true(real_heard(&s->first, "\"refusal\":\"forked\""));
	/* Its twin goes on. */
	(void)real_save(&s->copy, NULL, "person", "full_name", "'Still here'");
	(void)real_sync(&s->copy);
	assert_false(status(&s->copy).is_forked);
	assert_int_equal(status(&s->copy).unsent, 0);
}

static void
one_that_wrote_as_many_is_told(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 1, 1);
	hears_that_it_is_a_copy(&s, 1);
	scene_end(&s);
}

static void
one_that_wrote_more_is_told(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 3, 1);
	hears_that_it_is_a_copy(&s, 1);
	scene_end(&s);
}

static void
one_that_wrote_fewer_is_told(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, 1, 3);
	hears_that_it_is_a_copy(&s, 1);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_wrote_as_many_is_told),
		cmocka_unit_test(one_that_wrote_more_is_told),
		cmocka_unit_test(one_that_wrote_fewer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
