/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device had pulled of others' work, and a restored office lacks, stands
 * on that device alone: whatever fails on the way to the office, and however
 * often, it is offered, and in view until a person or its author's own device
 * has answered.
 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/store/store_int.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

struct scene {
	struct world w;
	struct real author, other;
	struct id lost;
};

/* A site of the author's that came after the backup, and that the other device
 * pulled before the office was restored. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	real_start(&s->author, &s->w, world_user(&s->w, "Nia"));
	real_start(&s->other, &s->w, world_user(&s->w, "Amina"));
	(void)real_save(&s->author, NULL, "site", "name", "'Oak House'");
	(void)real_sync(&s->author);
	(void)real_sync(&s->other);
	world_backup(&s->w, BACKUP);
	s->lost = real_save(&s->author, NULL, "site", "name", "'Elm View'");
	(void)real_sync(&s->author);
	(void)real_sync(&s->other);
	world_restore(&s->w, BACKUP);
}

static void
scene_end(struct scene *s)
{
	struct verify_result v;
	struct err e;

	assert_ok(device_store_verify(s->other.store, &v, &e), &e);
	assert_string_equal(v.ok ? "" : v.first_bad, "");
	real_end(&s->other);
	real_end(&s->author);
	world_end(&s->w);
}

static int64_t
held(struct scene *s)
{
	return world_number(&s->w,
	    "SELECT count(*) FROM change WHERE state = 3"
	    " AND reason = 'proposal'");
}

/* A round whose answer the device cannot write. */
static void
fail_round(struct real *r)
{
	struct sync_request request;
	struct sync_answer answer;
	struct sync_progress p;
	json_t *json = NULL;
	struct answer a;
	struct err e;

	sync_request_init(&request);
	assert_ok(device_store_sync_request(r->store, false, &request, &e), &e);
	assert_ok(sync_request_to_json(&request, &json, &e), &e);
	a = dev_send(&r->dev, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	sync_request_fini(&request);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &answer, &e), &e);
	assert_int_not_equal(device_store_sync_answer(r->store, &answer,
	                         clock_mono_ms(), clock_mono_ms(), &p, &e),
	    ERR_OK);
	json_decref(json);
	answer_end(&a);
	sync_answer_fini(&answer);
}

static void
run(struct real *r, const char *sql)
{
	struct err e;

	assert_ok(db_run(r->store->db, sql, &e), &e);
}

/* Wherever the writing of it fails: of the proposal, of what the office tells
 * in the place of what it told, of the cursor that comes with both. */
static void
an_answer_that_cannot_be_written_leaves_what_was_pulled(void **state)
{
	static const char *const failing[] = {
		"CREATE TEMP TRIGGER fails BEFORE INSERT ON main.journal"
		" BEGIN SELECT RAISE(FAIL, 'the disk is full'); END",
		"CREATE TEMP TRIGGER fails AFTER INSERT ON main.journal"
		" BEGIN SELECT RAISE(FAIL, 'the disk is full'); END",
		"CREATE TEMP TRIGGER fails BEFORE DELETE ON main.confirmed"
		" BEGIN SELECT RAISE(FAIL, 'the disk is full'); END",
		"CREATE TEMP TRIGGER fails BEFORE UPDATE ON main.meta"
		" WHEN NEW.name = 'cursor'"
		" BEGIN SELECT RAISE(FAIL, 'the disk is full'); END",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		struct scene s;

		scene_start(&s);
		run(&s.other, failing[i]);
		fail_round(&s.other);
		fail_round(&s.other);
		assert_true(real_has(&s.other, s.lost));
		assert_int_equal(
		    real_number(&s.other, "SELECT count(*) FROM confirmed"), 2);
		assert_int_equal(
		    real_number(&s.other, "SELECT count(*) FROM journal"), 0);
		run(&s.other, "DROP TRIGGER temp.fails");
		(void)real_sync(&s.other);
		assert_int_equal(held(&s), 1);
		assert_true(real_has(&s.other, s.lost));
		scene_end(&s);
	}
}

/* Its request arrives, and the answer with the receipt does not. */
static void
a_proposal_whose_receipt_was_lost_is_offered_again_and_is_one(void **state)
{
	struct sync_request request;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_round(&s.other);
	assert_int_equal(
	    real_number(&s.other, "SELECT count(*) FROM journal"), 1);
	assert_int_equal(held(&s), 0);
	sync_request_init(&request);
	assert_ok(
	    device_store_sync_request(s.other.store, false, &request, &e), &e);
	real_lose(&s.other, &request);
	sync_request_fini(&request);
	assert_int_equal(held(&s), 1);
	assert_true(real_has(&s.other, s.lost));
	(void)real_sync(&s.other);
	assert_int_equal(held(&s), 1);
	assert_true(real_has(&s.other, s.lost));
	scene_end(&s);
}

/* The author's own change ends it, and only when the office has that for good:
 * one that it refuses to take leaves the proposal as it is. */
static void
only_what_the_office_has_for_good_takes_its_place(void **state)
{
	struct sync_request request;
	json_t *json = NULL;
	struct answer a;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_sync(&s.other);
	assert_int_equal(held(&s), 1);
	/* The first round tells it of the epoch; the second one offers. */
	sync_request_init(&request);
	(void)real_round(&s.author);
	world_sql(&s.w,
	    "CREATE TRIGGER fails BEFORE INSERT ON receipt"
	    " BEGIN SELECT RAISE(FAIL, 'the disk is full'); END");
	assert_ok(
	    device_store_sync_request(s.author.store, false, &request, &e), &e);
	assert_true(request.n_batches > 0);
	assert_ok(sync_request_to_json(&request, &json, &e), &e);
	a = dev_send(&s.author.dev, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_not_equal(a.status, 200);
	answer_end(&a);
	json_decref(json);
	sync_request_fini(&request);
	assert_int_equal(held(&s), 1);
	world_sql(&s.w, "DROP TRIGGER fails");
	(void)real_sync(&s.author);
	assert_int_equal(held(&s), 0);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change WHERE state = 4"
	                     " AND reason = 'replaced'"),
	    1);
	(void)real_sync(&s.other);
	assert_true(real_has(&s.other, s.lost));
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_answer_that_cannot_be_written_leaves_what_was_pulled),
		cmocka_unit_test(
		    a_proposal_whose_receipt_was_lost_is_offered_again_and_is_one),
		cmocka_unit_test(
		    only_what_the_office_has_for_good_takes_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
