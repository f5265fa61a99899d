/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disk lost without a word and a repair brought back is what the
 * device signs for, so that verify has nothing to say any more; and nothing is
 * signed for that the office has not shown to be right.
 */
#include "tests/support/check.h"

#include "common/store/store_int.h"
#include "tests/support/real_device.h"

struct scene {
	struct world w;
	struct dev owner;
	struct real r;
	struct id person;
};

/* A device that has a person and two cases. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	(void)dev_case(&s->owner, s->person);
	(void)dev_case(&s->owner, s->person);
	dev_sync(&s->owner);
	real_start(&s->r, &s->w, s->owner.user);
	(void)real_sync(&s->r);
	assert_int_equal(
	    real_number(&s->r, "SELECT count(*) FROM confirmed"), 3);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->r);
	dev_end(&s->owner);
	world_end(&s->w);
}

static void
lose(struct scene *s, const char *sql)
{
	struct err e = { 0 };

	assert_ok(db_run(s->r.store->db, sql, &e), &e);
}

/* What verify says; "" for nothing. */
static void
assert_said(struct scene *s, const char *said)
{
	struct verify_result v;
	struct err e = { 0 };

	assert_ok(device_store_verify(s->r.store, &v, &e), &e);
	assert_string_equal(v.ok ? "" : v.first_bad, said);
}

static void
what_the_disk_lost_and_a_repair_brought_back_is_verified(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_said(&s, "");
	lose(&s,
	    "DELETE FROM confirmed_scope WHERE record IN"
	    " (SELECT record FROM confirmed WHERE type = 'person');"
	    "DELETE FROM confirmed WHERE type = 'person';"
	    "UPDATE scope_digest SET sum = zeroblob(32)");
	(void)real_sync(&s.r);
	assert_true(real_has(&s.r, s.person));
	assert_said(&s, "");
	assert_int_equal(real_sync(&s.r), 1);
	scene_end(&s);
}

/* The sums that are kept hide the loss, until something else is repaired. */
static void
a_loss_that_the_kept_sums_hide_is_repaired_before_it_is_signed_for(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	lose(&s,
	    "DELETE FROM confirmed WHERE type = 'case';"
	    "INSERT INTO scope_digest (scope, sum)"
	    " VALUES ('case:none', zeroblob(32))");
	(void)real_sync(&s.r);
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM confirmed"), 3);
	assert_said(&s, "");
	assert_int_equal(real_sync(&s.r), 1);
	scene_end(&s);
}

/* No repair, and so nobody has shown that it is right. */
static void
what_was_changed_is_not_signed_for_by_a_sync_without_a_repair(void **state)
{
	static const char said[] =
	    "table confirmed is not as it was when it was written";
	struct scene s;

	(void)state;
	scene_start(&s);
	lose(&s, "UPDATE confirmed SET own = own + 1 WHERE type = 'person'");
	assert_said(&s, said);
	(void)real_sync(&s.r);
	assert_said(&s, said);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_the_disk_lost_and_a_repair_brought_back_is_verified),
		cmocka_unit_test(
		    a_loss_that_the_kept_sums_hide_is_repaired_before_it_is_signed_for),
		cmocka_unit_test(
		    what_was_changed_is_not_signed_for_by_a_sync_without_a_repair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
