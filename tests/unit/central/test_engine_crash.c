/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "daemon/central/engine/engine_int.h"

/* Receive what the device has, and stop after that commit as a crash would:
 * nothing is applied and nothing answered. */
static void
receive_and_crash(struct solo *s)
{
	struct received_list list;
	struct job j = { .device = { .id = s->d.id } };
	struct batch b = dev_batch(&s->d, s->d.receipted + 1, s->d.n_journal);
	struct round r;
	struct err e = { 0 };

	received_init(&list);
	receipt_init(&j.receipt);
	j.batches = &b;
	j.n_batches = 1;
	round_init(&r, s->w.g);
	assert_ok(store_begin(s->w.g->store, &e), &e);
	assert_ok(job_receive(&r, &j, &list, &e), &e);
	assert_ok(round_flush(&r, &e), &e);
	assert_ok(store_commit(s->w.g->store, &e), &e);
	assert_true(j.has_receipt);
	round_fini(&r);
	received_fini(&list);
	receipt_fini(&j.receipt);
	batch_fini(&b);
}

/* In an office that was restored, a colleague proposed what the author's device
 * brings itself, just before the crash. */
static void
test_the_authors_own_device_ends_the_question_after_a_crash_too(void **state)
{
	struct dev other;
	struct solo s;

	(void)state;
	solo_start(&s);
	world_sql(&s.w, "UPDATE meta SET value = x'32' WHERE name = 'epoch'");
	world_restart(&s.w);
	dev_start(&other, &s.w, world_user(&s.w, "Bryn"), DEVICE_ACTIVE);
	(void)dev_person(&s.d, "Betty");
	dev_begin(&other, s.d.journal[0].record, "person");
	other.open.author = s.d.user;
	other.open.extra = json_pack("{s:{s:i, s:s}}", "proposal", "counter", 1,
	    "device", id_print(s.d.id).s);
	assert_non_null(other.open.extra);
	dev_set(&other, "full_name", NULL, "'Betty'");
	(void)dev_cut(&other);
	dev_push(&other);
	assert_string_equal(dev_outcome(&other, 1)->reason, "proposal");
	receive_and_crash(&s);
	world_restart(&s.w);
	dev_push(&other);
	assert_int_equal(dev_outcome(&other, 1)->kind, OUTCOME_CLOSED);
	assert_string_equal(dev_outcome(&other, 1)->reason, "replaced");
	dev_sync(&s.d);
	dev_end(&other);
	solo_end(&s);
}

static void
test_what_was_received_before_a_crash_is_applied_after_it(void **state)
{
	struct solo s;
	struct id note;

	(void)state;
	solo_start(&s);
	note =
	    dev_note(&s.d, dev_case(&s.d, dev_person(&s.d, "Betty")), "Kept.");
	receive_and_crash(&s);
	assert_int_equal(world_head(&s.w), 0);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM change WHERE state = 1"),
	    3);
	world_restart(&s.w);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM change WHERE state = 1"),
	    0);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 3);
	/* The device never got its answer: it asks again and is told. */
	dev_sync(&s.d);
	assert_int_equal(s.d.receipted, 3);
	assert_int_equal(dev_outcome(&s.d, 3)->kind, OUTCOME_APPLIED);
	assert_string_equal(dev_text(&s.d, note, "summary"), "Kept.");
	solo_end(&s);
}

static void
test_the_store_as_it_was_between_the_commits_recovers(void **state)
{
	struct solo s;
	struct engine *copy = NULL;
	struct engine_options o;
	struct check_folder folder = check_folder_new();
	char path[FILE_PATH_MAX];
	struct hash32 here, there;
	uint64_t head, head_there;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	(void)dev_case(&s.d, dev_person(&s.d, "Betty"));
	receive_and_crash(&s);
	assert_true(file_join(path, folder.path, "office.db"));
	assert_ok(office_store_backup(engine_store(s.w.g), path, &e), &e);
	o = (struct engine_options){ .data = folder.path, .key = &s.w.key };
	assert_ok(engine_open(&o, &copy, &e), &e);
	assert_ok(store_begin_read(engine_store(copy), &e), &e);
	assert_ok(
	    store_log_head(engine_store(copy), &head_there, &there, &e), &e);
	store_rollback(engine_store(copy));
	engine_close(copy);
	assert_int_equal(head_there, 3); /* two changes and the case's grant */
	/* The one that went on without a crash comes to the same. */
	s.w.g->has_leftover = true;
	(void)engine_work(s.w.g);
	assert_ok(store_begin_read(engine_store(s.w.g), &e), &e);
	assert_ok(store_log_head(engine_store(s.w.g), &head, &here, &e), &e);
	store_rollback(engine_store(s.w.g));
	assert_int_equal(head, 3);
	check_folder_end(&folder);
	solo_end(&s);
}

static void
test_a_change_that_brings_the_engine_down_twice_is_held_unread(void **state)
{
	struct solo s;
	struct id person;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	person = dev_person(&s.d, "Dafydd");
	receive_and_crash(&s);
	/* Two starts began it and did not come to an end. */
	world_sql(&s.w, "UPDATE change SET tries = 2 WHERE counter = 1");
	world_restart(&s.w);
	dev_sync(&s.d);
	assert_int_equal(dev_outcome(&s.d, 1)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.d, 1)->reason, "poison");
	assert_int_equal(dev_outcome(&s.d, 2)->kind, OUTCOME_APPLIED);
	assert_string_equal(dev_text(&s.d, person, "full_name"), "Dafydd");
	solo_end(&s);
}

static void
test_a_try_is_counted_before_it_begins(void **state)
{
	struct solo s;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	receive_and_crash(&s);
	world_restart(&s.w);
	assert_int_equal(
	    world_number(&s.w, "SELECT tries FROM change WHERE counter = 1"),
	    1);
	solo_end(&s);
}

static void
test_a_change_on_a_damaged_record_is_held_and_the_rest_flows(void **state)
{
	struct solo s;
	struct id person, other;

	(void)state;
	solo_start(&s);
	person = dev_person(&s.d, "Betty");
	dev_sync(&s.d);
	world_sql(
	    &s.w, "UPDATE record SET body = x'7b7d' WHERE type = 'person'");
	dev_begin(&s.d, person, "person");
	dev_set_seen(&s.d, "email", NULL, "'b@example.org'",
	    (struct change_base){ .own = 1 });
	(void)dev_cut(&s.d);
	other = dev_person(&s.d, "Dafydd");
	dev_push(&s.d);
	assert_int_equal(dev_outcome(&s.d, 2)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.d, 2)->reason, "poison");
	assert_int_equal(dev_outcome(&s.d, 3)->kind, OUTCOME_APPLIED);
	(void)other;
	solo_end(&s);
}

static void
test_a_change_that_could_not_be_applied_yet_is_tried_again(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	/* Applying fails as on a full disk; receiving does not. */
	world_sql(&s.w,
	    "CREATE TRIGGER full BEFORE INSERT ON log BEGIN"
	    " SELECT raise(ROLLBACK, 'disk full'); END");
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(a.n_outcomes, 0);
	assert_int_equal(engine_work(s.w.g), ENGINE_RETRY_MS);
	world_sql(&s.w, "DROP TRIGGER full");
	assert_int_equal(engine_work(s.w.g), -1);
	dev_sync(&s.d);
	assert_int_equal(dev_outcome(&s.d, 1)->kind, OUTCOME_APPLIED);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_a_group_that_cannot_be_received_fails_for_the_bad_one_alone(void **state)
{
	struct solo s;
	struct dev other;
	struct sync_request r;
	uint64_t tokens[2];
	struct answer a = { 0 };
	struct dev *devs[2];
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	dev_start(&other, &s.w, world_user(&s.w, "Bryn"), DEVICE_ACTIVE);
	world_sql(&s.w,
	    "CREATE TRIGGER bad BEFORE INSERT ON change WHEN NEW.counter = 2"
	    " BEGIN SELECT raise(ABORT, 'no'); END");
	(void)dev_person(&s.d, "Betty");
	(void)dev_person(&s.d, "Dafydd");
	(void)dev_person(&other, "Miriam");
	devs[0] = &s.d;
	devs[1] = &other;
	for (size_t i = 0; i < 2; i++) {
		json_t *json = NULL;

		dev_request(devs[i], &r);
		assert_ok(sync_request_to_json(&r, &json, &e), &e);
		tokens[i] =
		    dev_queue(devs[i], WIRE_SYNC, "/v1/sync", json, false);
		json_decref(json);
		sync_request_fini(&r);
	}
	(void)engine_work(s.w.g);
	assert_true(world_answer(&s.w, tokens[0], &a));
	assert_int_equal(answer_word(&a), WORD_INTERNAL);
	answer_end(&a);
	assert_true(world_answer(&s.w, tokens[1], &a));
	assert_int_equal(a.status, 200);
	answer_end(&a);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 1);
	world_sql(&s.w, "DROP TRIGGER bad");
	dev_sync(&s.d);
	dev_end(&other);
	solo_end(&s);
}

/* Put the office back to a backup, in a new epoch, as `restore` does. */
static void
restore(struct solo *s, const char *backup)
{
	char path[FILE_PATH_MAX], name[FILE_PATH_MAX + 8];
	struct err e = { 0 };

	engine_close(s->w.g);
	assert_true(file_join(path, s->w.folder.path, "office.db"));
	(void)snprintf(name, sizeof(name), "%s-wal", path);
	assert_ok(file_remove(name, &e), &e);
	(void)snprintf(name, sizeof(name), "%s-shm", path);
	assert_ok(file_remove(name, &e), &e);
	assert_ok(file_rename(backup, path, &e), &e);
	world_sql(&s->w,
	    "UPDATE meta SET value = CAST('2' AS BLOB) WHERE name = 'epoch'");
	{
		struct engine_options o = { .data = s->w.folder.path,
			.key = &s->w.key };

		assert_ok(engine_open(&o, &s->w.g, &e), &e);
	}
}

static void
test_a_restored_office_asks_for_what_it_lost_and_gives_all_anew(void **state)
{
	struct solo s;
	struct id kept, lost;
	char path[FILE_PATH_MAX];
	struct sync_request r;
	struct sync_answer a;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	kept = dev_person(&s.d, "Betty");
	dev_sync(&s.d);
	assert_true(file_join(path, s.w.folder.path, "backup.db"));
	assert_ok(office_store_backup(engine_store(s.w.g), path, &e), &e);
	lost = dev_person(&s.d, "Dafydd");
	dev_begin(&s.d, lost, "person");
	dev_set_seen(&s.d, "email", NULL, "'d@example.org'",
	    (struct change_base){ .own = 2 });
	(void)dev_cut(&s.d);
	dev_sync(&s.d);
	restore(&s, path);
	world_reply(&s.w);
	(void)dev_person(&s.d, "Miriam");
	/* It offers what is new: something before it is missing there. */
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_int_equal(a.epoch, 2);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_GAP);
	assert_int_equal(a.expect, 2);
	assert_int_equal(a.n_page, 0); /* it may be a copy that asks */
	assert_false(a.has_cursor);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	/* So it offers from there, and begins its pull again. */
	s.d.receipted = 1;
	s.d.has_cursor = false;
	dev_sync(&s.d);
	assert_int_equal(s.d.receipted, 4);
	assert_string_equal(dev_text(&s.d, kept, "full_name"), "Betty");
	assert_string_equal(dev_text(&s.d, lost, "email"), "d@example.org");
	assert_int_equal(dev_outcome(&s.d, 3)->version.epoch, 2);
	s.w.is_unchecked = false; /* two epochs add up as well */
	solo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_authors_own_device_ends_the_question_after_a_crash_too),
		cmocka_unit_test(
		    test_what_was_received_before_a_crash_is_applied_after_it),
		cmocka_unit_test(
		    test_the_store_as_it_was_between_the_commits_recovers),
		cmocka_unit_test(
		    test_a_change_that_brings_the_engine_down_twice_is_held_unread),
		cmocka_unit_test(test_a_try_is_counted_before_it_begins),
		cmocka_unit_test(
		    test_a_change_on_a_damaged_record_is_held_and_the_rest_flows),
		cmocka_unit_test(
		    test_a_change_that_could_not_be_applied_yet_is_tried_again),
		cmocka_unit_test(
		    test_a_restored_office_asks_for_what_it_lost_and_gives_all_anew),
		cmocka_unit_test(
		    test_a_group_that_cannot_be_received_fails_for_the_bad_one_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
