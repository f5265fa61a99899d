/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change that the office held and an administrator closed, on the author's
 * other devices: those that they have, and one that they get later.  Real
 * device stores and the real engine.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/core/path.h"
#include "common/store/store_int.h"
#include "tests/support/real_device.h"

#define WHY "A person stays open until the council has written."

struct scene {
	struct world w;
	struct dev owner;         /* whose case it is */
	struct real wrote, other; /* of who works on it */
	struct id of_case;
};

static struct id
user_of(const struct scene *s)
{
	return s->wrote.dev.user;
}

static void
grant(struct scene *s, bool end)
{
	world_grant_case(&s->w, user_of(s), s->of_case, end);
}

/* On one device they have set what only the office may set. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->of_case = dev_case(&s->owner, dev_person(&s->owner, "Betty"));
	dev_sync(&s->owner);
	real_start(&s->wrote, &s->w, world_user(&s->w, "Amina"));
	real_start(&s->other, &s->w, user_of(s));
	grant(s, false);
	(void)real_sync(&s->wrote);
	(void)real_sync(&s->other);
	(void)real_save(&s->wrote, &s->of_case, "case", "status", "'closed'");
	(void)real_sync(&s->wrote);
	(void)real_sync(&s->other);
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->wrote);
	real_verifies(&s->other);
	real_end(&s->other);
	real_end(&s->wrote);
	dev_end(&s->owner);
	world_end(&s->w);
}

static void
close_of(struct scene *s, struct id device, uint64_t counter)
{
	world_close_held(&s->w, device, counter, s->owner.user, WHY);
}

static void
close_change(struct scene *s, uint64_t counter)
{
	close_of(s, s->wrote.dev.id, counter);
}

/* The one that a device shows beside a record. */
static void
tells(struct real *r, struct id id, const char *reason, const char *status)
{
	struct record_view v;
	const json_t *one;
	struct err e;

	assert_ok(device_store_get(r->store, id, &v, &e), &e);
	assert_null(path_get(v.record.doc, "status"));
	assert_int_equal(json_array_size(v.closed), 1);
	one = json_array_get(v.closed, 0);
	assert_string_equal(
	    json_string_value(json_object_get(one, "words")), WHY);
	assert_string_equal(
	    json_string_value(json_object_get(one, "reason")), reason);
	one = json_object_get(json_object_get(one, "said"), "status");
	if (status == NULL)
		assert_null(one);
	else
		assert_string_equal(json_string_value(one), status);
	record_view_fini(&v);
}

static size_t
told_of(struct real *r, struct id id)
{
	struct record_view v;
	size_t n;
	struct err e;

	assert_ok(device_store_get(r->store, id, &v, &e), &e);
	n = json_array_size(v.closed);
	record_view_fini(&v);
	return n;
}

static void
the_author_sees_it_on_their_other_device(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_int_equal(told_of(&s.other, s.of_case), 0);
	close_change(&s, 1);
	(void)real_sync(&s.wrote);
	(void)real_sync(&s.other);
	tells(&s.wrote, s.of_case, "office_only", "closed");
	tells(&s.other, s.of_case, "office_only", "closed");
	scene_end(&s);
}

static void
a_device_that_enrols_afterwards_tells_it_too(void **state)
{
	struct real later;
	struct scene s;

	(void)state;
	scene_start(&s);
	close_change(&s, 1);
	real_start(&later, &s.w, user_of(&s));
	(void)real_sync(&later);
	tells(&later, s.of_case, "office_only", "closed");
	real_verifies(&later);
	real_end(&later);
	scene_end(&s);
}

/* The office has nothing of the record: beside an empty one stands what was
 * said. */
static void
what_the_office_has_no_record_of_is_told_too(void **state)
{
	struct scene s;
	struct id id;

	(void)state;
	scene_start(&s);
	id = real_save(&s.wrote, NULL, "case", "status", "'open'");
	(void)real_sync(&s.wrote);
	(void)real_sync(&s.other);
	assert_false(real_has(&s.other, id));
	close_change(&s, 2);
	(void)real_sync(&s.other);
	tells(&s.other, id, "office_only", "open");
	(void)real_sync(&s.other);
	tells(&s.other, id, "office_only", "open");
	scene_end(&s);
}

static void
nobody_else_is_told(void **state)
{
	struct real nia;
	struct scene s;

	(void)state;
	scene_start(&s);
	real_start(&nia, &s.w, s.owner.user);
	(void)real_sync(&nia);
	close_change(&s, 1);
	(void)real_sync(&nia);
	assert_int_equal(told_of(&nia, s.of_case), 0);
	assert_false(real_heard(&nia, "council has written"));
	real_end(&nia);
	scene_end(&s);
}

static void
it_goes_with_the_record_when_access_ends(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	close_change(&s, 1);
	(void)real_sync(&s.other);
	assert_int_equal(
	    real_number(&s.other, "SELECT count(*) FROM closing"), 1);
	grant(&s, true);
	(void)real_sync(&s.other);
	assert_false(real_has(&s.other, s.of_case));
	assert_int_equal(
	    real_number(&s.other, "SELECT count(*) FROM closing"), 0);
	scene_end(&s);
}

/* An office that goes on from before the closing holds the change again; one
 * that goes on from after it tells again what it knows. */
static void
a_restored_office_tells_what_it_knows(void **state)
{
	struct scene s;
	struct id id;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, "before.db");
	close_change(&s, 1);
	world_backup(&s.w, "after.db");
	id = real_save(&s.wrote, NULL, "case", "status", "'open'");
	(void)real_sync(&s.wrote);
	close_change(&s, 2);
	(void)real_sync(&s.other);
	tells(&s.other, id, "office_only", "open");
	world_restore(&s.w, "after.db");
	(void)real_sync(&s.other);
	tells(&s.other, s.of_case, "office_only", "closed");
	assert_false(real_has(&s.other, id));
	world_restore(&s.w, "before.db");
	(void)real_sync(&s.other);
	assert_int_equal(told_of(&s.other, s.of_case), 0);
	(void)real_sync(&s.wrote);
	scene_end(&s);
}

/* Its folder was enrolled again before anybody closed what the device had
 * written that it was. */
static void
what_an_earlier_enrolment_wrote_is_told_too(void **state)
{
	struct id was;
	struct scene s;

	(void)state;
	scene_start(&s);
	was = s.wrote.dev.id;
	real_again(&s.wrote);
	(void)real_sync(&s.wrote);
	close_of(&s, was, 1);
	(void)real_sync(&s.wrote);
	tells(&s.wrote, s.of_case, "office_only", "closed");
	scene_end(&s);
}

static void
words_that_are_erased_for_good_leave_it(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	close_change(&s, 1);
	(void)real_sync(&s.other);
	world_erase(&s.w, s.of_case, "status");
	(void)real_sync(&s.other);
	(void)real_sync(&s.wrote);
	tells(&s.other, s.of_case, "office_only", NULL);
	tells(&s.wrote, s.of_case, "office_only", NULL);
	scene_end(&s);
}

/* A device that waits hears of it at once. */
static void
who_waits_is_woken(void **state)
{
	char target[200];
	struct answer a;
	struct scene s;
	uint64_t token;

	(void)state;
	scene_start(&s);
	(void)snprintf(target, sizeof(target),
	    "/v1/wait?epoch=1&floor=%llu&outcomes=0&" DEV_NONCE,
	    (unsigned long long)world_head(&s.w));
	token = dev_queue(&s.other.dev, WIRE_WAIT, target, NULL, false);
	engine_work(s.w.g);
	assert_false(world_answer(&s.w, token, &a));
	close_change(&s, 1);
	engine_work(s.w.g);
	assert_true(world_answer(&s.w, token, &a));
	assert_int_equal(a.status, 204);
	answer_end(&a);
	scene_end(&s);
}

/* The device signs for it as for all that it was told. */
static void
a_closing_that_was_tampered_with_is_found(void **state)
{
	static const char *const sql[] = {
		"UPDATE closing SET changes = replace(changes, 'council',"
		" 'officer')",
		"DELETE FROM closing",
		"UPDATE closing SET type = 'note'",
	};
	struct verify_result v;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	close_change(&s, 1);
	(void)real_sync(&s.other);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		struct real copy;

		real_copy(&s.other, &copy);
		assert_ok(db_run(copy.store->db, sql[i], &e), &e);
		assert_ok(device_store_verify(copy.store, &v, &e), &e);
		assert_false(v.ok);
		assert_non_null(strstr(v.first_bad, "closing"));
		real_copy_end(&copy);
	}
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_author_sees_it_on_their_other_device),
		cmocka_unit_test(a_device_that_enrols_afterwards_tells_it_too),
		cmocka_unit_test(what_the_office_has_no_record_of_is_told_too),
		cmocka_unit_test(nobody_else_is_told),
		cmocka_unit_test(it_goes_with_the_record_when_access_ends),
		cmocka_unit_test(a_restored_office_tells_what_it_knows),
		cmocka_unit_test(what_an_earlier_enrolment_wrote_is_told_too),
		cmocka_unit_test(words_that_are_erased_for_good_leave_it),
		cmocka_unit_test(who_waits_is_woken),
		cmocka_unit_test(a_closing_that_was_tampered_with_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
