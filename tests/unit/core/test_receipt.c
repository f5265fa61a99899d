/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/receipt.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"

static enum err_code
again(const json_t *json, json_t **out, struct err *e)
{
	struct receipt r;
	enum err_code code = receipt_from_json(json, &r, e);

	if (code != ERR_OK)
		return code;
	code = receipt_to_json(&r, true, out, e);
	receipt_fini(&r);
	return code;
}

/* The full form: its members stand beside the signed bytes. */
static enum err_code
again_full(const json_t *json, json_t **out, struct err *e)
{
	struct receipt r;
	enum err_code code = receipt_from_json(json, &r, e);

	if (code != ERR_OK)
		return code;
	code = receipt_to_json(&r, false, out, e);
	receipt_fini(&r);
	return code;
}

static void
random_receipt(struct journal *j, struct receipt *r)
{
	struct err e;

	receipt_init(r);
	r->office = j->office;
	r->device = j->device;
	r->counter = rng_below(&j->rng, 1000);
	rng_bytes(&j->rng, r->link.b, HASH32_LEN);
	r->intake = 1 + rng_below(&j->rng, 5000);
	r->epoch = 1 + rng_below(&j->rng, 3);
	r->time = 1795132800000 + rng_below(&j->rng, 1000000);
	r->audit_seq = rng_below(&j->rng, 100000);
	rng_bytes(&j->rng, r->audit_link.b, HASH32_LEN);
	assert_ok(receipt_sign(r, &j->key, &e), &e);
}

static void
a_receipt_reads_back_in_both_forms_and_is_checked(void **state)
{
	struct journal j = journal_make(check_seed(__func__));

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct receipt r, back;
		json_t *json = NULL;
		struct err e;

		random_receipt(&j, &r);
		assert_ok(receipt_to_json(&r, i % 2 == 0, &json, &e), &e);
		assert_int_equal(json_object_size(json), i % 2 == 0 ? 2 : 10);
		assert_ok(receipt_from_json(json, &back, &e), &e);
		assert_ok(
		    receipt_check(&back, &j.pub, j.office, j.device, &e), &e);
		assert_int_equal(back.counter, r.counter);
		assert_true(hash32_equal(back.link, r.link));
		assert_int_equal(back.intake, r.intake);
		assert_int_equal(back.epoch, r.epoch);
		assert_int_equal(back.time, r.time);
		assert_int_equal(back.audit_seq, r.audit_seq);
		assert_true(hash32_equal(back.audit_link, r.audit_link));
		json_decref(json);
		receipt_fini(&r);
		receipt_fini(&back);
	}
}

static void
any_flipped_bit_of_receipt_or_signature_earns_nothing(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct receipt r;
	struct err e;

	(void)state;
	random_receipt(&j, &r);
	for (size_t i = 0; i < r.signed_bytes.len * 8; i++) {
		r.signed_bytes.ptr[i / 8] =
		    (char)(r.signed_bytes.ptr[i / 8] ^ (1 << i % 8));
		assert_int_equal(
		    receipt_check(&r, &j.pub, j.office, j.device, &e),
		    ERR_AUTH);
		r.signed_bytes.ptr[i / 8] =
		    (char)(r.signed_bytes.ptr[i / 8] ^ (1 << i % 8));
	}
	for (size_t i = 0; i < (size_t)SIGN_SIG_LEN * 8; i++) {
		r.sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    receipt_check(&r, &j.pub, j.office, j.device, &e),
		    ERR_AUTH);
		r.sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_ok(receipt_check(&r, &j.pub, j.office, j.device, &e), &e);
	assert_int_equal(
	    receipt_check(&r, &j.pub, journal_id(8), j.device, &e), ERR_AUTH);
	assert_int_equal(
	    receipt_check(&r, &j.pub, j.office, journal_id(8), &e), ERR_AUTH);
	receipt_fini(&r);
}

/* Sign a text that the office's own code would not have written. */
static json_t *
signed_text(const struct journal *j, const char *text)
{
	struct sign_sig sig;
	json_t *json = json_object();
	struct err e;

	sign_make(&j->key, text, strlen(text), &sig);
	assert_ok(json_put_base64(json, "signed", text, strlen(text), &e), &e);
	assert_ok(json_put_base64(json, "sig", sig.b, sizeof(sig.b), &e), &e);
	return json;
}

static void
a_receipt_has_one_spelling(void **state)
{
	static const char *const edits[][2] = {
		{ "vb/receipt/v1\n", "vb/receipt/v2\n" },
		{ "vb/receipt/v1\n", "" },
		{ "\"audit_head\":\"", "\"audit_head\":\"0" },
		{ "\"audit_head\":\"", "\"audit_head\":\"+" },
		{ "\"audit_head\":\"", "\"audit_head\":\" " },
		{ "\"audit_head\":\"",
		    "\"audit_head\":\"99999999999999999999" },
		{ "{", "{ " },
		{ "{", "{\"a_later_member\":1," },
		{ "}", ",\"z\":1}" },
		{ "\"counter\":", "\"counter\":-" },
	};
	struct journal j = journal_make(check_seed(__func__));
	struct receipt r, back;
	struct err e;

	(void)state;
	random_receipt(&j, &r);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *at = strstr(r.signed_bytes.ptr, edits[i][0]);
		struct buf text;
		json_t *json;

		assert_non_null(at);
		buf_init(&text, 4096);
		(void)buf_add(&text, r.signed_bytes.ptr,
		    (size_t)(at - r.signed_bytes.ptr));
		(void)buf_add_str(&text, edits[i][1]);
		(void)buf_add_str(&text, at + strlen(edits[i][0]));
		json = signed_text(&j, text.ptr);
		if (receipt_from_json(json, &back, &e) != ERR_MALFORMED)
			fail_msg("taken: %s", text.ptr);
		json_decref(json);
		buf_fini(&text);
	}
	receipt_fini(&r);
}

static void
a_receipt_that_is_too_long_is_the_peers_mistake(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	char text[4000];
	struct receipt back;
	json_t *json;
	struct err e;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "vb/receipt/v1\n", 14);
	text[sizeof(text) - 1] = '\0';
	json = signed_text(&j, text);
	assert_int_equal(receipt_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
}

/* What the members beside the signed bytes say counts for nothing. */
static void
only_signed_members_are_believed(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct receipt r, back;
	json_t *json = NULL;
	struct err e;

	(void)state;
	random_receipt(&j, &r);
	assert_ok(receipt_to_json(&r, false, &json, &e), &e);
	(void)json_object_set_new(json, "counter", json_integer(123456));
	assert_ok(receipt_from_json(json, &back, &e), &e);
	assert_int_equal(back.counter, r.counter);
	json_decref(json);
	receipt_fini(&r);
	receipt_fini(&back);
}

static void
reading_a_receipt_is_total(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct receipt r;
	struct buf text;
	json_t *json = NULL;
	struct err e;

	(void)state;
	random_receipt(&j, &r);
	assert_ok(receipt_to_json(&r, true, &json, &e), &e);
	buf_init(&text, 4096);
	assert_ok(json_print(json, &text, &e), &e);
	json_decref(json);
	(void)assert_total(text.ptr, text.len, again, &j.rng, 10000);
	/* Full form: with the members untouched it comes back the same. */
	json = NULL;
	assert_ok(receipt_to_json(&r, false, &json, &e), &e);
	{
		json_t *out = NULL;

		assert_ok(again_full(json, &out, &e), &e);
		assert_true(json_equal(json, out));
		json_decref(out);
	}
	json_decref(json);
	buf_fini(&text);
	receipt_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_receipt_reads_back_in_both_forms_and_is_checked),
		cmocka_unit_test(
		    any_flipped_bit_of_receipt_or_signature_earns_nothing),
		cmocka_unit_test(a_receipt_has_one_spelling),
		cmocka_unit_test(
		    a_receipt_that_is_too_long_is_the_peers_mistake),
		cmocka_unit_test(only_signed_members_are_believed),
		cmocka_unit_test(reading_a_receipt_is_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
