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

/* ---- rows that come again ---- */

#define TABLE(name) "table " name " is not as it was when it was written"

static void
outcomes_that_are_told_again_add_up(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(&s.r, &s.person, "person", "how_i_communicate", "'A'");
	(void)real_sync(&s.r);
	(void)real_save(&s.r, &s.person, "person", "how_i_communicate", "'B'");
	(void)real_sync(&s.r);
	lose(&s, "DELETE FROM outcome");
	assert_said(&s, TABLE("outcome"));
	(void)real_save(&s.r, &s.person, "person", "how_i_communicate", "'C'");
	(void)real_sync(&s.r);
	assert_int_equal(real_number(&s.r, "SELECT count(*) FROM outcome"), 3);
	assert_said(&s, "");
	scene_end(&s);
}

/* The office gives another receipt, which covers what the lost one did. */
static void
receipts_that_are_given_again_add_up(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	for (int i = 0; i < 2; i++) {
		(void)real_save(&s.r, &s.person, "person", "how_i_communicate",
		    i == 0 ? "'A'" : "'B'");
		(void)real_sync(&s.r);
	}
	lose(&s, "DELETE FROM receipt WHERE counter = 2");
	assert_said(&s, TABLE("receipt"));
	(void)real_sync(&s.r);
	assert_int_equal(real_number(&s.r, "SELECT count(*) FROM receipt"), 2);
	assert_said(&s, "");
	scene_end(&s);
}

static void
grant(struct scene *s, struct id user, struct id of_case, bool end)
{
	world_grant_case(&s->w, user, of_case, end);
	(void)real_sync(&s->r);
}

/* Somebody else's device, which wrote a note and may not see the case any more:
 * the record is dropped, and what was written waits sealed. */
static struct id
dropped_start(struct scene *s, struct id *user_out)
{
	struct id of_case;

	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	of_case = dev_case(&s->owner, s->person);
	dev_sync(&s->owner);
	*user_out = world_user(&s->w, "Amina");
	real_start(&s->r, &s->w, *user_out);
	grant(s, *user_out, of_case, false);
	(void)real_note(&s->r, of_case, "He sang");
	(void)real_sync(&s->r);
	grant(s, *user_out, of_case, true);
	assert_true(real_number(&s->r, "SELECT count(*) FROM dropped") > 0);
	assert_true(real_number(&s->r, "SELECT count(*) FROM sealed") > 0);
	assert_said(s, "");
	return of_case;
}

static void
records_that_are_dropped_again_add_up(void **state)
{
	struct scene s;
	struct id user, of_case;

	(void)state;
	of_case = dropped_start(&s, &user);
	lose(&s, "DELETE FROM dropped");
	assert_said(&s, TABLE("dropped"));
	grant(&s, user, of_case, false);
	grant(&s, user, of_case, true);
	assert_said(&s, "");
	scene_end(&s);
}

static void
what_was_lost_sealed_is_not_missed_when_a_backup_has_it(void **state)
{
	struct scene s;
	struct id user;

	(void)state;
	(void)dropped_start(&s, &user);
	lose(&s, "DELETE FROM sealed");
	assert_said(&s, TABLE("sealed"));
	(void)real_sync(&s.r);
	assert_said(&s, TABLE("sealed"));
	world_sql(&s.w, "UPDATE device SET backed_up = counter");
	(void)real_sync(&s.r);
	assert_said(&s, "");
	s.w.is_unchecked = true; /* no entry says that there is a backup */
	scene_end(&s);
}

/* What is gone and does not come again is told of, also when others come; and
 * so is what was changed. */
static void
what_was_tampered_with_is_found_after_others_came(void **state)
{
	static const char *const list[] = {
		"DELETE FROM outcome WHERE no = 1",
		"UPDATE outcome SET kind = 1 WHERE no = 1",
		"UPDATE receipt SET intake = intake + 1 WHERE counter = 1",
	};
	struct verify_result v;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct scene s;

		scene_start(&s);
		for (int k = 0; k < 3; k++) {
			(void)real_save(&s.r, &s.person, "person",
			    "how_i_communicate", k % 2 == 0 ? "'A'" : "'B'");
			(void)real_sync(&s.r);
			if (k == 1)
				lose(&s, list[i]);
		}
		(void)real_sync(&s.r);
		assert_ok(device_store_verify(s.r.store, &v, &e), &e);
		assert_false(v.ok);
		scene_end(&s);
	}
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
		cmocka_unit_test(outcomes_that_are_told_again_add_up),
		cmocka_unit_test(receipts_that_are_given_again_add_up),
		cmocka_unit_test(records_that_are_dropped_again_add_up),
		cmocka_unit_test(
		    what_was_lost_sealed_is_not_missed_when_a_backup_has_it),
		cmocka_unit_test(
		    what_was_tampered_with_is_found_after_others_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
