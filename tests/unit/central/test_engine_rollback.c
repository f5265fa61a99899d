/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An office whose store was put back without its knowing: a machine's snapshot,
 * a file copied by hand.  Devices have its own signed word for what it lacks.
 */
#include "tests/support/check.h"

#include "common/core/log_head.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

struct scene {
	struct world w;
	struct real r, other;
	struct id kept, lost;
};

/* One person is in the backup; one, of another's writing, came after it. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Nia"));
	real_start(&s->other, &s->w, world_user(&s->w, "Amina"));
	s->kept = real_save(&s->r, NULL, "site", "name", "'Oak House'");
	(void)real_sync(&s->r);
	(void)real_sync(&s->other);
	world_backup(&s->w, BACKUP);
	s->lost = real_save(&s->r, NULL, "site", "name", "'Elm View'");
	(void)real_sync(&s->r);
	(void)real_sync(&s->other);
	assert_true(real_has(&s->other, s->lost));
}

static void
scene_end(struct scene *s)
{
	real_end(&s->other);
	real_end(&s->r);
	world_end(&s->w);
}

static bool
verifies(struct real *r)
{
	struct verify_result v;
	struct err e;

	assert_ok(device_store_verify(r->store, &v, &e), &e);
	return v.ok;
}

static uint64_t
unsent(struct real *r)
{
	struct store_status st;
	struct err e;

	assert_ok(device_store_status(r->store, &st, &e), &e);
	return st.unsent;
}

static void
a_device_shows_it_and_a_new_epoch_begins(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_roll_back(&s.w, BACKUP);
	assert_int_equal(s.w.g->epoch, 1);
	(void)real_sync(&s.r);
	assert_int_equal(s.w.g->epoch, 2);
	/* What it wrote is with the office again; pages wait for two people. */
	assert_int_equal(unsent(&s.r), 0);
	assert_false(engine_access_is_open(s.w.g));
	assert_true(real_has(&s.r, s.lost));
	world_confirm(&s.w);
	(void)real_sync(&s.r);
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 2);
	assert_true(real_has(&s.other, s.lost));
	assert_true(verifies(&s.r));
	assert_true(verifies(&s.other));
	scene_end(&s);
}

/* Who wrote nothing knows it as well, and offers what others wrote. */
static void
who_only_read_shows_it_too(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_roll_back(&s.w, BACKUP);
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&s.other);
	assert_true(real_number(&s.other, "SELECT count(*) FROM journal") > 0);
	(void)real_sync(&s.r);
	(void)real_sync(&s.other);
	assert_true(real_has(&s.other, s.lost));
	assert_true(verifies(&s.other));
	scene_end(&s);
}

/* Receipts number on where they were: none is given in the epoch that is over.
 */
static void
nothing_is_received_before_it_is_shown(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_roll_back(&s.w, BACKUP);
	(void)real_save(&s.other, NULL, "site", "name", "'Ash Lodge'");
	assert_true(real_round(&s.other));
	assert_int_equal(s.other.last.receipts, 0);
	(void)real_sync(&s.other);
	assert_int_equal(unsent(&s.other), 0);
	world_confirm(&s.w);
	(void)real_sync(&s.other);
	scene_end(&s);
}

/* The next request of the device says this of the head. */
static void (*spoil)(struct log_head *);

static void
ask_with(struct scene *s)
{
	struct sync_request request;
	json_t *json = NULL;
	struct answer a;
	struct err e;

	sync_request_init(&request);
	assert_ok(
	    device_store_sync_request(s->r.store, false, &request, &e), &e);
	assert_true(request.has_proof);
	spoil(&request.proof);
	assert_ok(sync_request_to_json(&request, &json, &e), &e);
	a = dev_send(&s->r.dev, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(a.status, 200);
	json_decref(json);
	answer_end(&a);
	sync_request_fini(&request);
}

static void
of_a_later_epoch(struct log_head *h)
{
	h->at.epoch++;
}

static void
of_a_later_number(struct log_head *h)
{
	h->at.seq++;
}

static void
of_another_link(struct log_head *h)
{
	h->link.b[0] ^= 1;
}

static void
only_what_the_office_signed_proves_it(void **state)
{
	static void (*const spoils[])(struct log_head *) = { of_a_later_epoch,
		of_a_later_number, of_another_link };
	struct scene s;

	(void)state;
	scene_start(&s);
	world_roll_back(&s.w, BACKUP);
	assert_true(real_round(&s.r)); /* and the next shows the head */
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		spoil = spoils[i];
		ask_with(&s);
		assert_int_equal(s.w.g->epoch, 1);
	}
	(void)real_sync(&s.r);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&s.r);
	scene_end(&s);
}

/* What a device hands over while it is locked: it gets a receipt, and no head.
 * The receipt is its to take up at the next unlocking. */
static void
hand_over(struct real *r)
{
	struct sync_request request;
	struct sync_answer told;
	json_t *json = NULL;
	struct answer a;
	struct err e;

	sync_request_init(&request);
	assert_ok(device_store_sync_request(r->store, false, &request, &e), &e);
	request.pull = false;
	assert_ok(sync_request_to_json(&request, &json, &e), &e);
	a = dev_send(&r->dev, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &told, &e), &e);
	assert_int_equal(told.n_receipts, 1);
	assert_ok(
	    outside_receipt_add(r->store->outside, &told.receipts[0], &e), &e);
	device_store_close(r->store);
	assert_ok(
	    device_store_open(r->folder.path, &r->key, &r->store, &e), &e);
	sync_answer_fini(&told);
	json_decref(json);
	answer_end(&a);
	sync_request_fini(&request);
}

/* It has never seen a head, or only one from before. */
static void
who_only_handed_over_sealed_shows_the_receipt(void **state)
{
	struct scene s;
	struct real late;

	(void)state;
	scene_start(&s);
	real_start(&late, &s.w, world_user(&s.w, "Ceri"));
	world_backup(&s.w, "later.db");
	(void)real_save(&late, NULL, "site", "name", "'Ash Lodge'");
	hand_over(&late);
	world_roll_back(&s.w, "later.db");
	(void)real_save(&late, NULL, "site", "name", "'Fir House'");
	(void)real_sync(&late);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&late);
	assert_int_equal(unsent(&late), 0);
	assert_true(verifies(&late));
	real_end(&late);
	scene_end(&s);
}

static bool
shows_receipt(struct real *r)
{
	struct sync_request request;
	struct err e;
	bool shows;

	sync_request_init(&request);
	assert_ok(device_store_sync_request(r->store, false, &request, &e), &e);
	shows = request.has_receipt;
	sync_request_fini(&request);
	return shows;
}

static void
a_receipt_of_what_is_here_proves_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_false(shows_receipt(&s.r));
	(void)real_save(&s.other, NULL, "site", "name", "'Ash Lodge'");
	hand_over(&s.other);
	assert_true(shows_receipt(&s.other));
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 1);
	/* It is shown no more. */
	assert_false(shows_receipt(&s.other));
	scene_end(&s);
}

/* All that is lost is the number of a receipt: what it is for was brought
 * twice, and the log has nothing new since. */
static void
a_receipt_of_what_was_there_already_shows_it(void **state)
{
	struct scene s;
	struct sync_request request;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_save(&s.other, NULL, "site", "name", "'Ash Lodge'");
	sync_request_init(&request);
	assert_ok(
	    device_store_sync_request(s.other.store, false, &request, &e), &e);
	real_lose(&s.other, &request);
	sync_request_fini(&request);
	world_backup(&s.w, "later.db");
	(void)real_sync(&s.other);
	(void)real_sync(&s.other);
	assert_int_equal(unsent(&s.other), 0);
	world_roll_back(&s.w, "later.db");
	(void)real_save(&s.other, NULL, "site", "name", "'Fir House'");
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&s.other);
	assert_int_equal(unsent(&s.other), 0);
	assert_true(verifies(&s.other));
	scene_end(&s);
}

/* Another's, or one that somebody wrote into. */
static void
only_the_devices_own_receipt_proves_it(void **state)
{
	struct sync_request request;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_save(&s.other, NULL, "site", "name", "'Ash Lodge'");
	hand_over(&s.other);
	world_roll_back(&s.w, BACKUP);
	for (unsigned i = 0; i < 2; i++) {
		struct real *asks = i == 0 ? &s.r : &s.other;
		json_t *json = NULL;
		struct answer a;

		sync_request_init(&request);
		assert_ok(device_store_sync_request(
		              s.other.store, false, &request, &e),
		    &e);
		assert_true(request.has_receipt);
		if (i == 1)
			request.receipt.sig.b[0] ^= 1;
		assert_ok(sync_request_to_json(&request, &json, &e), &e);
		a = dev_send(&asks->dev, WIRE_SYNC, "/v1/sync", json, false);
		assert_int_equal(s.w.g->epoch, 1);
		json_decref(json);
		answer_end(&a);
		sync_request_fini(&request);
	}
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&s.other);
	assert_true(verifies(&s.other));
	scene_end(&s);
}

/* A head of an epoch that is over proves nothing of the one that followed. */
static void
a_restore_that_was_said_begins_one_epoch(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_restore(&s.w, BACKUP);
	(void)real_sync(&s.r);
	(void)real_sync(&s.other);
	(void)real_sync(&s.r);
	assert_int_equal(s.w.g->epoch, 2);
	assert_true(verifies(&s.r));
	scene_end(&s);
}

/* What somebody wrote in the meantime got a number by which another had seen
 * something else: it is not overruled in silence. */
static void
a_number_that_was_given_twice_overrules_nobody(void **state)
{
	struct scene s;
	struct record record;
	const struct conflict *c;
	struct dev third;
	struct err e;

	(void)state;
	scene_start(&s);
	for (unsigned i = 0; i < 8; i++)
		(void)real_save(&s.r, NULL, "site", "name", "'Ash Lodge'");
	(void)real_save(&s.r, &s.kept, "site", "name", "'Lost Hall'");
	(void)real_sync(&s.r);
	(void)real_sync(&s.other);
	world_roll_back(&s.w, BACKUP);
	dev_start(&third, &s.w, world_user(&s.w, "Ola"), DEVICE_ACTIVE);
	dev_sync(&third);
	dev_begin(&third, s.kept, "site");
	dev_set(&third, "name", "'Oak House'", "'Fir House'");
	(void)dev_cut(&third);
	dev_sync(&third);
	(void)real_save(&s.other, &s.kept, "site", "name", "'Elm House'");
	(void)real_sync(&s.other);
	assert_int_equal(s.w.g->epoch, 2);
	world_confirm(&s.w);
	(void)real_sync(&s.other);
	assert_ok(
	    store_record_get(engine_store(s.w.g), s.kept, &record, &e), &e);
	c = record_open_conflict(&record, "name");
	assert_non_null(c);
	assert_int_equal(c->kind, CONFLICT_BESIDE);
	assert_true(c->sides[c->n_sides - 1].is_open);
	assert_string_equal(
	    json_string_value(c->sides[c->n_sides - 1].value), "Fir House");
	record_fini(&record);
	dev_end(&third);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_shows_it_and_a_new_epoch_begins),
		cmocka_unit_test(who_only_read_shows_it_too),
		cmocka_unit_test(nothing_is_received_before_it_is_shown),
		cmocka_unit_test(only_what_the_office_signed_proves_it),
		cmocka_unit_test(who_only_handed_over_sealed_shows_the_receipt),
		cmocka_unit_test(a_receipt_of_what_is_here_proves_nothing),
		cmocka_unit_test(a_receipt_of_what_was_there_already_shows_it),
		cmocka_unit_test(only_the_devices_own_receipt_proves_it),
		cmocka_unit_test(a_restore_that_was_said_begins_one_epoch),
		cmocka_unit_test(
		    a_number_that_was_given_twice_overrules_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
