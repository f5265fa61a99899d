/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

#include <string.h>

/* A user with a device that may do everything, in an office of its own. */
static void
test_what_is_pushed_is_receipted_applied_and_pulled(void **state)
{
	struct solo s;
	struct id person, of_case, note;

	(void)state;
	solo_start(&s);
	person = dev_person(&s.d, "Betty");
	of_case = dev_case(&s.d, person);
	note = dev_note(&s.d, of_case, "She wants her own room.");
	dev_sync(&s.d);
	assert_int_equal(s.d.receipted, 3);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(dev_outcome(&s.d, i)->kind, OUTCOME_APPLIED);
	assert_string_equal(
	    dev_text(&s.d, note, "summary"), "She wants her own room.");
	assert_string_equal(dev_text(&s.d, person, "full_name"), "Betty");
	assert_non_null(dev_record(&s.d, of_case));
	solo_end(&s);
}

static void
test_a_batch_sent_twice_is_receipted_twice_and_applied_once(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;
	uint64_t head;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	head = world_head(&s.w);
	s.d.receipted = 0; /* the answer was lost */
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(a.receipts[0].counter, 1);
	assert_int_equal(a.receipts[0].intake, 2);
	assert_int_equal(world_head(&s.w), head);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change WHERE device ="
	                     " (SELECT id FROM device WHERE state = 2)"),
	    1);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_a_batch_that_overlaps_what_is_held_adds_only_the_rest(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	(void)dev_person(&s.d, "Dafydd");
	s.d.receipted = 0;
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_false(a.has_refusal);
	assert_int_equal(a.receipts[0].counter, 2);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 2);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_a_gap_is_told_with_the_counter_that_is_wanted(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	(void)dev_person(&s.d, "Dafydd");
	(void)dev_person(&s.d, "Miriam");
	s.d.receipted = 2; /* it believes so, the office does not */
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_GAP);
	assert_int_equal(a.expect, 2);
	assert_int_equal(a.n_receipts, 0);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

/* Send the device's whole journal again and tell how it was refused. */
static enum protocol_word
refusal_of(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;
	enum protocol_word word;

	dev_request(d, &r);
	a = dev_exchange(d, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.n_receipts, 0);
	if (a.refusal == WORD_FORKED) {
		assert_true(a.pull_refused);
		assert_int_equal(a.pull_word, WORD_FORKED);
	}
	word = a.refusal;
	sync_answer_fini(&a);
	sync_request_fini(&r);
	return word;
}

static void
test_another_change_at_a_held_counter_is_a_fork_and_one_alarm(void **state)
{
	struct solo s;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	(void)dev_person(&s.d, "Dafydd");
	dev_push(&s.d);
	/* The device is restored from a copy from before. */
	change_fini(&s.d.journal[--s.d.n_journal]);
	s.d.receipted = 1;
	(void)dev_person(&s.d, "Miriam");
	assert_int_equal(refusal_of(&s.d), WORD_FORKED);
	/* It writes on. */
	(void)dev_person(&s.d, "Jerome");
	assert_int_equal(refusal_of(&s.d), WORD_FORKED);
	s.d.receipted = 2;
	assert_int_equal(refusal_of(&s.d), WORD_FORKED);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM log WHERE kind = 'audit'"),
	    1);
	solo_end(&s);
}

static void
test_a_batch_signed_by_another_key_is_refused(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_request(&s.d, &r);
	r.batches[0].sig.b[7] ^= 1;
	a = dev_exchange(&s.d, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_BAD_SIGNATURE);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_a_changed_word_in_a_batch_is_refused(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_request(&s.d, &r);
	json_decref(r.batches[0].changes[0].ops[0].now);
	r.batches[0].changes[0].ops[0].now = json_string("Bertha");
	a = dev_exchange(&s.d, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_MALFORMED);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM change"), 0);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

/* Push the journal's changes above what is receipted, with every `was` left
 * out. */
static struct sync_answer
push_without_was(struct dev *d)
{
	bool omit[8] = { true, true, true, true, true, true, true, true };
	struct sync_request r;
	struct sync_answer a;
	struct err e = { 0 };

	dev_request(d, &r);
	for (size_t i = 0; i < r.batches[0].n_changes; i++)
		assert_ok(
		    change_shrink(&r.batches[0].changes[i], omit, &e), &e);
	a = dev_exchange(d, &r);
	sync_request_fini(&r);
	return a;
}

static void
test_values_left_out_are_found_by_what_the_base_names(void **state)
{
	struct solo s;
	struct sync_answer a;
	struct id note;
	struct change_base base = { 0 };

	(void)state;
	solo_start(&s);
	note = dev_note(&s.d, dev_case(&s.d, dev_person(&s.d, "Betty")),
	    "A first long sentence that stands. A second one.");
	dev_sync(&s.d);
	/* What was pulled ... */
	base.seen = dev_record(&s.d, note)->version;
	dev_begin(&s.d, note, "note");
	dev_set_seen(&s.d, "debrief_wanted", NULL, "true", base);
	(void)dev_cut(&s.d);
	dev_sync(&s.d);
	base.seen =
	    record_related_version(dev_record(&s.d, note), "debrief_wanted");
	dev_begin(&s.d, note, "note");
	dev_set_seen(&s.d, "debrief_wanted", "true", "false", base);
	base.own = dev_cut(&s.d);
	/* ... and the change before, in the same batch. */
	dev_begin(&s.d, note, "note");
	dev_set_seen(&s.d, "debrief_wanted", "false", "true", base);
	(void)dev_cut(&s.d);
	a = push_without_was(&s.d);
	assert_false(a.has_refusal);
	assert_int_equal(s.d.receipted, s.d.n_journal);
	sync_answer_fini(&a);
	solo_end(&s);
}

static void
test_a_value_that_is_not_held_is_asked_for(void **state)
{
	struct solo s;
	struct sync_answer a;
	struct id person;
	struct change_base base = { .seen = { .epoch = 1, .seq = 77 } };

	(void)state;
	solo_start(&s);
	person = dev_person(&s.d, "Betty");
	dev_sync(&s.d);
	dev_begin(&s.d, person, "person");
	dev_set_seen(&s.d, "preferred_name", "'Not what it was'", "'B'", base);
	(void)dev_cut(&s.d);
	a = push_without_was(&s.d);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_RESEND_FULL);
	sync_answer_fini(&a);
	dev_push(&s.d);
	assert_int_equal(s.d.receipted, 2);
	solo_end(&s);
}

static void
test_many_devices_in_one_group_all_get_their_answers(void **state)
{
	struct dev devs[5];
	uint64_t tokens[5];
	struct world w;

	(void)state;
	world_start(&w);
	for (size_t i = 0; i < 5; i++) {
		struct sync_request r;
		json_t *json = NULL;
		struct err e = { 0 };

		dev_start(&devs[i], &w, world_user(&w, "U"), DEVICE_ACTIVE);
		(void)dev_case(&devs[i], dev_person(&devs[i], "Betty"));
		dev_request(&devs[i], &r);
		if (i == 3) /* one is bad, and alone in that */
			r.batches[0].sig.b[0] ^= 1;
		assert_ok(sync_request_to_json(&r, &json, &e), &e);
		tokens[i] =
		    dev_queue(&devs[i], WIRE_SYNC, "/v1/sync", json, false);
		json_decref(json);
		sync_request_fini(&r);
	}
	(void)engine_work(w.g);
	for (size_t i = 0; i < 5; i++) {
		struct answer a = { 0 };

		assert_true(world_answer(&w, tokens[i], &a));
		assert_int_equal(a.status, 200);
		answer_end(&a);
	}
	assert_int_equal(world_number(&w, "SELECT count(*) FROM record"), 8);
	for (size_t i = 0; i < 5; i++)
		dev_end(&devs[i]);
	world_end(&w);
}

static void
test_a_quiet_sync_is_small(void **state)
{
	struct solo s;
	struct sync_request r;
	struct answer a;
	json_t *json = NULL;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	(void)dev_case(&s.d, dev_person(&s.d, "Betty"));
	dev_sync(&s.d);
	dev_request(&s.d, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	a = dev_send(&s.d, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(a.status, 200);
	assert_true(a.body.len + strlen(a.sig) < 700);
	json_decref(json);
	answer_end(&a);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_the_link_at_an_echoed_head_is_answered(void **state)
{
	struct solo s;
	struct sync_request r;
	struct sync_answer a, b;

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	dev_request(&s.d, &r);
	a = dev_exchange(&s.d, &r);
	assert_false(a.has_echo);
	r.head_seq = a.head_seq;
	r.head_link = a.head_link;
	(void)dev_person(&s.d, "Dafydd");
	dev_push(&s.d);
	r.outcome_no = s.d.outcome_no;
	b = dev_exchange(&s.d, &r);
	assert_true(b.has_echo);
	assert_true(hash32_equal(b.echo_link, a.head_link));
	assert_true(b.head_seq > a.head_seq);
	sync_answer_fini(&a);
	sync_answer_fini(&b);
	sync_request_fini(&r);
	solo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_what_is_pushed_is_receipted_applied_and_pulled),
		cmocka_unit_test(
		    test_a_batch_sent_twice_is_receipted_twice_and_applied_once),
		cmocka_unit_test(
		    test_a_batch_that_overlaps_what_is_held_adds_only_the_rest),
		cmocka_unit_test(
		    test_a_gap_is_told_with_the_counter_that_is_wanted),
		cmocka_unit_test(
		    test_another_change_at_a_held_counter_is_a_fork_and_one_alarm),
		cmocka_unit_test(test_a_batch_signed_by_another_key_is_refused),
		cmocka_unit_test(test_a_changed_word_in_a_batch_is_refused),
		cmocka_unit_test(
		    test_values_left_out_are_found_by_what_the_base_names),
		cmocka_unit_test(test_a_value_that_is_not_held_is_asked_for),
		cmocka_unit_test(
		    test_many_devices_in_one_group_all_get_their_answers),
		cmocka_unit_test(test_a_quiet_sync_is_small),
		cmocka_unit_test(test_the_link_at_an_echoed_head_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
