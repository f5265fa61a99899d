/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

#include <string.h>

/* Two users with a device each. */
static void
assert_held(const struct dev *d, uint64_t counter, const char *reason)
{
	const struct outcome *o = dev_outcome(d, counter);

	assert_int_equal(o->kind, OUTCOME_HELD);
	assert_string_equal(o->reason, reason);
	assert_true(version_is_never(o->version));
}

static void
assert_done(const struct dev *d, uint64_t counter)
{
	assert_int_equal(dev_outcome(d, counter)->kind, OUTCOME_APPLIED);
	assert_int_equal(dev_outcome(d, counter)->version.epoch, 1);
}

static void
test_a_pending_device_is_heard_and_not_told_until_it_is_approved(void **state)
{
	struct duo s;
	struct sync_request r;
	struct sync_answer a;
	struct dev p;
	struct id person;

	(void)state;
	duo_start(&s);
	dev_start(&p, &s.w, s.a.user, DEVICE_PENDING);
	person = dev_person(&p, "Betty");
	dev_request(&p, &r);
	a = dev_exchange(&p, &r);
	assert_int_equal(a.n_receipts, 1);
	assert_true(a.pull_refused);
	assert_int_equal(a.pull_word, WORD_PENDING);
	assert_int_equal(a.n_page, 0);
	assert_held(&p, 1, "pending_approval");
	world_device_state(&s.w, p.id, DEVICE_ACTIVE);
	dev_sync(&p);
	assert_done(&p, 1);
	assert_non_null(dev_record(&p, person));
	sync_answer_fini(&a);
	sync_request_fini(&r);
	dev_end(&p);
	duo_end(&s);
}

/* Hand over what is unreceipted in envelopes, as a locked device does. */
static struct sync_answer
hand_over(struct dev *d)
{
	static const struct secret_key own;
	struct seal_pub pub = seal_pub_of(&d->w->keys.sealing);
	struct courier_request r;
	struct sync_answer out;
	struct answer a;
	json_t *json = NULL;
	struct err e = { 0 };

	courier_request_init(&r);
	r.device = d->id;
	r.nonce[3] = 9;
	r.n_envelopes = (size_t)(d->n_journal - d->receipted);
	r.envelopes = calloc(r.n_envelopes, sizeof(*r.envelopes));
	assert_non_null(r.envelopes);
	for (size_t i = 0; i < r.n_envelopes; i++) {
		uint64_t n = d->receipted + 1 + i;
		struct batch b = dev_batch(d, n, n);

		assert_ok(
		    envelope_seal(&b, &pub, &own, &r.envelopes[i], &e), &e);
		batch_fini(&b);
	}
	assert_ok(courier_request_to_json(&r, &json, &e), &e);
	a = dev_send(d, WIRE_COURIER, "/v1/courier/envelopes", json, true);
	assert_int_equal(a.status, 200);
	json_decref(json);
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &out, &e), &e);
	assert_memory_equal(out.nonce, r.nonce, sizeof(out.nonce));
	json_decref(json);
	answer_end(&a);
	courier_request_fini(&r);
	return out;
}

static void
test_a_locked_device_hands_over_envelopes_and_gets_receipts_only(void **state)
{
	struct duo s;
	struct sync_answer a;
	struct id person;

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	(void)dev_case(&s.a, person);
	a = hand_over(&s.a);
	assert_false(a.has_refusal);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(a.receipts[0].counter, 2);
	assert_int_equal(a.n_outcomes, 0);
	assert_int_equal(a.n_page, 0);
	assert_false(a.has_cursor);
	s.a.receipted = 2;
	dev_sync(&s.a);
	assert_done(&s.a, 1);
	assert_done(&s.a, 2);
	assert_non_null(dev_record(&s.a, person));
	sync_answer_fini(&a);
	duo_end(&s);
}

static void
test_a_revoked_device_may_hand_over_envelopes_which_are_held(void **state)
{
	struct duo s;
	struct sync_answer a;
	struct answer refused;
	struct sync_request r;
	json_t *json = NULL;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	world_device_state(&s.w, s.a.id, DEVICE_REVOKED);
	dev_request(&s.a, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	refused = dev_send(&s.a, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(answer_word(&refused), WORD_REVOKED);
	a = hand_over(&s.a);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change WHERE state = 3"
	                     " AND reason = 'revoked'"),
	    1);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 0);
	json_decref(json);
	answer_end(&refused);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	duo_end(&s);
}

static void
test_an_expired_certificate_pushes_and_does_not_pull(void **state)
{
	struct duo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_expire(&s.a);
	dev_request(&s.a, &r);
	a = dev_exchange(&s.a, &r);
	assert_int_equal(a.n_receipts, 1);
	assert_done(&s.a, 1);
	assert_true(a.pull_refused);
	assert_int_equal(a.pull_word, WORD_EXPIRED);
	assert_int_equal(a.n_page, 0);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	duo_end(&s);
}

static void
test_another_author_than_the_devices_user_is_held(void **state)
{
	struct duo s;

	(void)state;
	duo_start(&s);
	(void)dev_begin_new(&s.a, "person");
	s.a.open.author = s.b.user;
	dev_set(&s.a, "full_name", NULL, "'Betty'");
	(void)dev_cut(&s.a);
	(void)dev_person(&s.a, "Dafydd"); /* the rest flows */
	dev_sync(&s.a);
	assert_held(&s.a, 1, "wrong_author");
	assert_done(&s.a, 2);
	duo_end(&s);
}

static void
test_who_never_saw_a_record_cannot_write_to_it(void **state)
{
	struct duo s;
	struct id note;

	(void)state;
	duo_start(&s);
	note =
	    dev_note(&s.a, dev_case(&s.a, dev_person(&s.a, "Betty")), "Hers.");
	dev_sync(&s.a);
	dev_begin(&s.b, note, "note");
	dev_set_seen(&s.b, "summary", "'Hers.'", "'His.'",
	    (struct change_base){ .seen = { 1, world_head(&s.w) } });
	(void)dev_cut(&s.b);
	dev_sync(&s.b);
	assert_held(&s.b, 1, "not_yours");
	assert_null(dev_record(&s.b, note));
	dev_sync(&s.a);
	assert_string_equal(dev_text(&s.a, note, "summary"), "Hers.");
	duo_end(&s);
}

static void
test_a_former_holders_work_is_applied(void **state)
{
	struct duo s;
	struct id of_case, note;

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	note = dev_note(&s.a, of_case, "One.");
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	dev_sync(&s.b);
	dev_begin(&s.b, note, "note");
	dev_set_seen(&s.b, "debrief_wanted", NULL, "true",
	    (struct change_base){ .seen = dev_record(&s.b, note)->version });
	(void)dev_cut(&s.b);
	world_grant_case(&s.w, s.b.user, of_case, true);
	dev_sync(&s.b);
	assert_done(&s.b, 1);
	assert_null(dev_record(&s.b, note)); /* and the data has gone */
	duo_end(&s);
}

static void
test_a_change_waits_for_the_held_one_that_its_base_uses(void **state)
{
	struct duo s;
	struct id person;
	struct change_base base = { 0 };

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	dev_begin(&s.a, person, "person");
	s.a.open.author = s.b.user; /* what holds it */
	base.own = 1;
	dev_set_seen(&s.a, "preferred_name", NULL, "'Bets'", base);
	base.own = dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set_seen(&s.a, "preferred_name", "'Bets'", "'Bet'", base);
	(void)dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set_seen(&s.a, "email", NULL, "'b@example.org'",
	    (struct change_base){ .own = 1 });
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	assert_held(&s.a, 2, "wrong_author");
	assert_held(&s.a, 3, "waits");
	assert_done(&s.a, 4); /* does not build on it */
	assert_string_equal(dev_text(&s.a, person, "email"), "b@example.org");

	{ /* The office vouches for the first; the second follows. */
		struct held_step step = { .device = s.a.id, .counter = 2 };
		struct outcome o;
		struct err e = { 0 };

		assert_ok(store_begin(engine_store(s.w.g), &e), &e);
		assert_ok(engine_held(s.w.g, &step, &o, &e), &e);
		assert_ok(store_commit(engine_store(s.w.g), &e), &e);
		assert_int_equal(o.kind, OUTCOME_APPLIED);
	}
	dev_sync(&s.a);
	assert_done(&s.a, 2);
	assert_done(&s.a, 3);
	assert_string_equal(dev_text(&s.a, person, "preferred_name"), "Bet");
	duo_end(&s);
}

static void
test_a_removal_waits_for_the_held_edit_beneath_it(void **state)
{
	struct duo s;
	struct id person;

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	dev_begin(&s.a, person, "person");
	s.a.open.author = s.b.user; /* what holds it */
	dev_set(&s.a, "phones/r1/number", NULL, "'0117 496 0000'");
	(void)dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set(&s.a, "phones/r1/kind", NULL, "'home'");
	(void)dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set_seen(&s.a, "phones/r1",
	    "{'kind': 'home', 'number': '0117 496 0000'}", NULL,
	    (struct change_base){ .own = 3 });
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	assert_held(&s.a, 2, "wrong_author");
	assert_done(&s.a, 3); /* beside it */
	assert_held(&s.a, 4, "waits");
	duo_end(&s);
}

static void
test_what_waited_for_a_closed_change_becomes_a_proposal(void **state)
{
	struct duo s;
	struct id person;
	struct change_base base = { .own = 1 };
	struct held_step step = { .counter = 2, .close = true };
	struct outcome o;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	(void)dev_begin_new(&s.a, "person");
	person = s.a.open.record;
	dev_set(&s.a, "preferred_name", NULL, "'Betty'");
	(void)dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	s.a.open.author = s.b.user;
	dev_set_seen(&s.a, "preferred_name", "'Betty'", "'Bets'", base);
	base.own = dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set_seen(&s.a, "preferred_name", "'Bets'", "'Bet'", base);
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	step.device = s.a.id;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_int_equal(
	    engine_held(s.w.g, &step, &o, &e), ERR_INVALID); /* no reason */
	step.reason = "Not hers to say.";
	assert_ok(engine_held(s.w.g, &step, &o, &e), &e);
	assert_ok(store_commit(engine_store(s.w.g), &e), &e);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, 2)->kind, OUTCOME_CLOSED);
	assert_int_equal(dev_outcome(&s.a, 3)->kind, OUTCOME_CONFLICT);
	assert_string_equal(dev_text(&s.a, person, "preferred_name"), "Betty");
	duo_end(&s);
}

static void
test_an_edit_waits_for_its_record_and_is_released_by_it(void **state)
{
	struct duo s;
	struct id person;

	(void)state;
	duo_start(&s);
	/* Bryn's device has it from a time that the office has lost. */
	person = dev_person(&s.a, "Betty");
	dev_begin(&s.b, person, "person");
	dev_set_seen(&s.b, "email", NULL, "'b@example.org'",
	    (struct change_base){ .seen = { 1, 40 } });
	(void)dev_cut(&s.b);
	dev_sync(&s.b);
	assert_held(&s.b, 1, "waits");
	dev_sync(&s.a);
	assert_done(&s.a, 1);
	dev_sync(&s.b);
	/* It is looked at again, and now it is another reason. */
	assert_held(&s.b, 1, "not_yours");
	duo_end(&s);
}

static void
test_work_on_a_record_whose_creation_is_held_waits_with_it(void **state)
{
	struct duo s;
	struct id person;

	(void)state;
	duo_start(&s);
	person = dev_begin_new(&s.a, "person");
	dev_set(&s.a, "full_name", NULL, "'Betty'");
	dev_set(&s.a, "local_ref", NULL, "'OWN-1'"); /* only the office may */
	(void)dev_cut(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set(&s.a, "email", NULL, "'b@example.org'");
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	assert_held(&s.a, 1, "office_only");
	assert_held(&s.a, 2, "waits");
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 0);
	duo_end(&s);
}

static void
test_a_wrong_decision_about_a_held_change_is_told(void **state)
{
	struct duo s;
	struct held_step step = { .counter = 1, .close = true, .reason = "r" };
	struct outcome o;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	step.device = s.a.id;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_int_equal(engine_held(s.w.g, &step, &o, &e), ERR_INVALID);
	step.counter = 9;
	assert_int_equal(engine_held(s.w.g, &step, &o, &e), ERR_NOTFOUND);
	store_rollback(engine_store(s.w.g));
	duo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_pending_device_is_heard_and_not_told_until_it_is_approved),
		cmocka_unit_test(
		    test_a_locked_device_hands_over_envelopes_and_gets_receipts_only),
		cmocka_unit_test(
		    test_a_revoked_device_may_hand_over_envelopes_which_are_held),
		cmocka_unit_test(
		    test_an_expired_certificate_pushes_and_does_not_pull),
		cmocka_unit_test(
		    test_another_author_than_the_devices_user_is_held),
		cmocka_unit_test(
		    test_who_never_saw_a_record_cannot_write_to_it),
		cmocka_unit_test(test_a_former_holders_work_is_applied),
		cmocka_unit_test(
		    test_a_change_waits_for_the_held_one_that_its_base_uses),
		cmocka_unit_test(
		    test_a_removal_waits_for_the_held_edit_beneath_it),
		cmocka_unit_test(
		    test_what_waited_for_a_closed_change_becomes_a_proposal),
		cmocka_unit_test(
		    test_an_edit_waits_for_its_record_and_is_released_by_it),
		cmocka_unit_test(
		    test_work_on_a_record_whose_creation_is_held_waits_with_it),
		cmocka_unit_test(
		    test_a_wrong_decision_about_a_held_change_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
