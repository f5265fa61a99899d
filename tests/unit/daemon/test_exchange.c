/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's folder and a stub office speak over HTTPS in one loop: what
 * counts as the office's answer, what does not, and what each is called.
 */
#include "tests/support/check.h"

#include "daemon/sync/access.h"
#include "daemon/sync/courier.h"
#include "daemon/sync/exchange.h"
#include "tests/support/stub_office.h"

/* SHA-256 of schema/dictionary's newest begins so. */
#define NEWEST_DICT "afd6d3f8"

struct result {
	bool is_done;
	struct sync_report report;
	struct err local;
};

static void
on_done(void *arg, const struct sync_report *r, const struct err *e)
{
	struct result *result = arg;

	result->report = *r;
	result->local = *e;
	result->is_done = true;
}

static bool
is_done(const void *arg)
{
	return ((const struct result *)arg)->is_done;
}

static struct result
sync_now(struct stub_office *o)
{
	struct device_store *store = stub_device_open(o);
	struct exchange *x = NULL;
	struct office *office = NULL;
	struct result result = { .is_done = false };
	struct err e;

	assert_ok(access_full(o->loop, store, &office, &e), &e);
	assert_ok(exchange_start(store, office, on_done, &result, &x, &e), &e);
	stub_until(o, is_done, &result);
	office_close(office);
	device_store_close(store);
	return result;
}

static struct result
courier_from(struct stub_office *o, const uint64_t *after)
{
	struct courier_task task = { .outside = NULL };
	struct result result = { .is_done = false };
	struct courier *c = NULL;
	struct err e;

	assert_ok(outside_open(o->folder.path, &task.outside, &e), &e);
	assert_ok(courier_receipted(task.outside, &task.after, &e), &e);
	if (after != NULL)
		task.after = *after;
	assert_ok(access_courier(o->loop, task.outside, &task.office, &e), &e);
	assert_ok(courier_start(&task, on_done, &result, &c, &e), &e);
	stub_until(o, is_done, &result);
	office_close(task.office);
	outside_close(task.outside);
	return result;
}

static struct result
courier_now(struct stub_office *o)
{
	return courier_from(o, NULL);
}

static int
setup(void **state)
{
	struct stub_office *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	stub_office_start(o);
	*state = o;
	return 0;
}

static int
teardown(void **state)
{
	stub_office_end(*state);
	free(*state);
	return 0;
}

static void
a_saved_change_comes_back_as_a_verified_receipt(void **state)
{
	struct stub_office *o = *state;
	struct result r;

	stub_device_save(o, "Betty");
	stub_device_save(o, "Owain");
	assert_int_equal(stub_device_status(o).unsent, 2);
	r = sync_now(o);
	assert_int_equal(r.local.code, ERR_OK);
	assert_int_equal(r.report.outcome, SYNC_DONE);
	assert_int_equal(r.report.round_trips, 1);
	assert_int_equal(r.report.sent, 2);
	assert_int_equal(r.report.receipts, 1);
	assert_true(r.report.bytes_up > 500);
	assert_true(r.report.bytes_down > 200);
	assert_int_equal(o->counter, 2);
	assert_int_equal(o->strangers, 0);
	assert_int_equal(stub_device_status(o).unsent, 0);
	assert_string_equal(stub_device_status(o).last_outcome, "done");
	assert_true(stub_device_status(o).last_contact > 0);

	r = sync_now(o); /* quiet: one small request and one small answer */
	assert_int_equal(r.report.sent, 0);
	assert_int_equal(r.report.round_trips, 1);
	assert_true(r.report.bytes_up < 1200);
	assert_true(r.report.bytes_down < 1200);
}

static void
an_office_without_our_dictionary_is_asked_again_without_it(void **state)
{
	struct stub_office *o = *state;
	struct result r;

	o->mode = STUB_OLD;
	stub_device_save(o, "Betty");
	r = sync_now(o);
	assert_int_equal(r.report.outcome, SYNC_DONE);
	assert_int_equal(r.report.receipts, 1);
	assert_int_equal(stub_device_status(o).unsent, 0);
	assert_string_equal(o->dicts, NEWEST_DICT " none ");
}

static void
every_request_names_the_newest_dictionary(void **state)
{
	struct stub_office *o = *state;

	stub_device_save(o, "Betty");
	assert_int_equal(sync_now(o).report.outcome, SYNC_DONE);
	assert_string_equal(o->dicts, NEWEST_DICT " ");
	o->dicts[0] = '\0';
	stub_device_save(o, "Owain");
	assert_int_equal(courier_now(o).report.outcome, SYNC_DONE);
	/* Commands: no body, and an answer that may be packed with it. */
	assert_int_equal(courier_now(o).report.outcome, SYNC_DONE);
	assert_string_equal(o->dicts, NEWEST_DICT " " NEWEST_DICT " ");
}

/* Everything that is not a good answer of the office's leaves the store as it
 * was, but for the word that says what happened. */
static void
nothing_is_believed_without_the_offices_own_signature(void **state)
{
	static const struct {
		enum stub_mode mode;
		enum protocol_word word;
		enum sync_outcome outcome;
		bool has_word;
	} cases[] = {
		{ STUB_UNSIGNED, WORD_N, SYNC_PORTAL, false },
		{ STUB_WRONG_KEY, WORD_N, SYNC_PORTAL, false },
		{ STUB_REPLAY, WORD_N, SYNC_PORTAL, false },
		{ STUB_PORTAL, WORD_N, SYNC_PORTAL, false },
		{ STUB_REDIRECT, WORD_N, SYNC_PORTAL, false },
		{ STUB_PROXY_502, WORD_N, SYNC_OFFICE_DOWN, false },
		{ STUB_FRONT_503, WORD_N, SYNC_OFFICE_DOWN, false },
		{ STUB_NONCE, WORD_MALFORMED, SYNC_REFUSED, true },
		{ STUB_GARBAGE, WORD_MALFORMED, SYNC_REFUSED, true },
		{ STUB_BAD_RECEIPT, WORD_MALFORMED, SYNC_REFUSED, true },
		{ STUB_BUSY, WORD_BUSY, SYNC_OFFICE_DOWN, true },
		{ STUB_WORD, WORD_REVOKED, SYNC_REFUSED, true },
		{ STUB_WORD, WORD_INTERNAL, SYNC_OFFICE_DOWN, true },
		{ STUB_REFUSES, WORD_FORKED, SYNC_REFUSED, true },
		{ STUB_OTHER_JOURNAL, WORD_FORKED, SYNC_REFUSED, true },
	};
	struct stub_office *o = *state;

	stub_device_save(o, "Betty");
	(void)sync_now(o);
	stub_device_save(o, "Owain");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct store_status before = stub_device_status(o);
		struct store_status after;
		struct result r;

		print_message("mode %d\n", (int)cases[i].mode);
		o->mode = cases[i].mode;
		o->word = cases[i].word;
		r = sync_now(o);
		after = stub_device_status(o);
		assert_int_equal(r.report.outcome, cases[i].outcome);
		assert_int_equal(r.report.has_word, cases[i].has_word);
		if (cases[i].has_word)
			assert_int_equal(r.report.word, cases[i].word);
		assert_int_equal(r.report.receipts, 0);
		assert_int_equal(after.receipted, before.receipted);
		assert_int_equal(after.unsent, 1);
		assert_string_equal(
		    after.last_outcome, sync_outcome_word(cases[i].outcome));
		if (cases[i].mode != STUB_REFUSES &&
		    cases[i].mode != STUB_OTHER_JOURNAL)
			assert_int_equal(
			    after.last_contact, before.last_contact);
	}
	/* All that while the office may have received it more than once. */
	o->mode = STUB_GOOD;
	assert_int_equal(sync_now(o).report.outcome, SYNC_DONE);
	assert_int_equal(stub_device_status(o).unsent, 0);
	assert_int_equal(o->strangers, 0);
}

static void
a_busy_office_says_when_to_come_again(void **state)
{
	struct stub_office *o = *state;

	o->mode = STUB_BUSY;
	assert_int_equal(sync_now(o).report.retry_after_s, 7);
}

static void
an_office_that_is_not_there_is_down(void **state)
{
	struct stub_office *o = *state;
	struct result r;

	stub_office_down(o);
	r = sync_now(o);
	assert_int_equal(r.report.outcome, SYNC_OFFICE_DOWN);
	assert_int_equal(r.report.round_trips, 0);
}

static bool
has_synced(const void *arg)
{
	return ((const struct stub_office *)arg)->parked != NULL;
}

static void
never(void *arg, struct office_answer *a)
{
	(void)arg;
	(void)a;
	fail_msg("%s", "a cancelled call came back");
}

static bool
has_left(const void *arg)
{
	return ((const struct stub_office *)arg)->gone == 1;
}

static void
a_cancelled_call_leaves_the_office_at_once(void **state)
{
	struct stub_office *o = *state;
	const struct office_ask ask = { .method = "GET",
		.target = "/v1/wait?epoch=1&floor=0&outcomes=0",
		.park_s = 60 };
	struct device_store *store = stub_device_open(o);
	struct office_job *job = NULL;
	struct office *office = NULL;
	struct err e;

	assert_ok(access_full(o->loop, store, &office, &e), &e);
	assert_ok(office_call(office, &ask, never, NULL, &job, &e), &e);
	stub_until(o, has_synced, o);
	office_cancel(job);
	stub_until(o, has_left, o);
	office_close(office);
	device_store_close(store);
	assert_int_equal(o->strangers, 0);
}

static void
another_authoritys_office_gets_not_one_byte(void **state)
{
	struct stub_office *o = *state;
	struct stub_office other;
	struct device_store *store = stub_device_open(o);
	const struct device_identity *i = device_store_identity(store);
	struct result result = { .is_done = false };
	struct exchange *x = NULL;
	struct office *office = NULL;
	struct office_cfg cfg = { .office = i->office,
		.receipt_pub = i->receipt_pub,
		.sign_key = &i->sign_key,
		.root_pem = &i->root_pem,
		.issuing_pem = &i->issuing_pem,
		.cert_pem = &i->tls_cert_pem,
		.key_pem = &i->tls_key_pem };
	struct err e;

	stub_office_start(&other);
	cfg.address = other.address.s;
	assert_ok(office_open(other.loop, &cfg, &office, &e), &e);
	assert_ok(exchange_start(store, office, on_done, &result, &x, &e), &e);
	stub_until(&other, is_done, &result);
	assert_int_equal(result.report.outcome, SYNC_CERTIFICATE);
	assert_int_equal(result.report.bytes_up, 0);
	office_close(office);
	device_store_close(store);
	stub_office_end(&other);
}

static void
the_courier_hands_over_what_was_sealed_and_keeps_receipts(void **state)
{
	struct stub_office *o = *state;
	struct outside *outside = NULL;
	struct receipt *list = NULL;
	struct result r;
	size_t n = 0;
	struct err e;

	stub_device_save(o, "Betty");
	stub_device_save(o, "Owain");
	r = courier_now(o);
	assert_int_equal(r.report.outcome, SYNC_DONE);
	assert_int_equal(r.report.sent, 2);
	assert_int_equal(r.report.receipts, 1);
	assert_int_equal(r.report.pulled, 0);
	assert_int_equal(o->counter, 2);
	assert_ok(outside_open(o->folder.path, &outside, &e), &e);
	assert_ok(outside_receipts(outside, &list, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].counter, 2);
	receipt_fini(&list[0]);
	free(list);
	outside_close(outside);

	/* Nothing is handed over twice; the office is asked all the same, */
	r = courier_now(o);
	assert_int_equal(r.report.outcome, SYNC_DONE);
	assert_int_equal(r.report.sent, 0);
	assert_int_equal(o->couriers, 1);
	assert_int_equal(o->commands, 1);
	/* and at unlock the store takes the receipts in. */
	assert_int_equal(stub_device_status(o).unsent, 0);
}

static void
the_courier_believes_no_stranger(void **state)
{
	static const enum stub_mode modes[] = { STUB_UNSIGNED, STUB_WRONG_KEY,
		STUB_NONCE, STUB_PORTAL, STUB_GARBAGE, STUB_BAD_RECEIPT };
	struct stub_office *o = *state;

	/* Not even that there is nothing, nor the same words said again. */
	assert_int_equal(courier_now(o).report.outcome, SYNC_DONE);
	o->mode = STUB_REPLAY;
	assert_int_equal(courier_now(o).report.outcome, SYNC_PORTAL);

	stub_device_save(o, "Betty");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct result r;

		o->mode = modes[i];
		r = courier_now(o);
		assert_int_not_equal(r.report.outcome, SYNC_DONE);
		assert_int_equal(r.report.receipts, 0);
	}
	assert_int_equal(stub_device_status(o).unsent, 1);
	o->mode = STUB_GOOD;
	assert_int_equal(courier_now(o).report.outcome, SYNC_DONE);
	assert_int_equal(stub_device_status(o).unsent, 0);
}

static void
the_courier_goes_on_where_the_office_wants_it(void **state)
{
	struct stub_office *o = *state;
	const uint64_t believed = 1; /* as after a restore of the office */
	struct result r;

	stub_device_save(o, "Betty");
	stub_device_save(o, "Owain");
	r = courier_from(o, &believed);
	assert_int_equal(r.report.outcome, SYNC_DONE);
	assert_int_equal(r.report.round_trips, 2);
	assert_int_equal(o->counter, 2);
}

#define EXCHANGE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EXCHANGE_TEST(a_saved_change_comes_back_as_a_verified_receipt),
		EXCHANGE_TEST(
		    nothing_is_believed_without_the_offices_own_signature),
		EXCHANGE_TEST(
		    an_office_without_our_dictionary_is_asked_again_without_it),
		EXCHANGE_TEST(every_request_names_the_newest_dictionary),
		EXCHANGE_TEST(a_busy_office_says_when_to_come_again),
		EXCHANGE_TEST(an_office_that_is_not_there_is_down),
		EXCHANGE_TEST(a_cancelled_call_leaves_the_office_at_once),
		EXCHANGE_TEST(another_authoritys_office_gets_not_one_byte),
		EXCHANGE_TEST(
		    the_courier_hands_over_what_was_sealed_and_keeps_receipts),
		EXCHANGE_TEST(the_courier_believes_no_stranger),
		EXCHANGE_TEST(the_courier_goes_on_where_the_office_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
