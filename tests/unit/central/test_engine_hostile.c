/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "common/base/rng.h"
#include "common/core/body.h"
#include "common/sys/json.h"
#include "common/sys/zip.h"

/* Send bytes as a sync's body: the word of the problem. */
static enum protocol_word
word_for(struct solo *s, const void *body, size_t len)
{
	struct answer a =
	    dev_send_bytes(&s->d, WIRE_SYNC, "/v1/sync", body, len);
	enum protocol_word word = answer_word(&a);

	answer_end(&a);
	return word;
}

static struct buf
packed(const void *text, size_t len)
{
	struct buf out;
	struct err e = { 0 };

	buf_init(&out, (size_t)64 * 1024 * 1024);
	assert_ok(zip_pack(1, NULL, text, len, &out, &e), &e);
	return out;
}

static void
test_bodies_outside_the_protocol_are_told_so(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{}",
		"{\"v\":1}", "{\"v\":1.5}", "{\"v\":1,\"v\":1}",
		"{\"nonce\":\"00\",\"pull\":true,\"v\":1}", "\xff\xfe" };
	struct solo s;

	(void)state;
	solo_start(&s);
	assert_int_equal(word_for(&s, "garbage", 7), WORD_MALFORMED);
	assert_int_equal(word_for(&s, "", 0), WORD_MALFORMED);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf b = packed(texts[i], strlen(texts[i]));

		assert_int_equal(word_for(&s, b.ptr, b.len), WORD_MALFORMED);
		buf_fini(&b);
	}
	{
		struct buf b = packed("{\"v\":2}", 7);

		assert_int_equal(word_for(&s, b.ptr, b.len), WORD_NEWER);
		buf_fini(&b);
	}
	dev_sync(&s.d); /* and it still serves */
	solo_end(&s);
}

static void
test_a_body_that_unpacks_to_too_much_is_refused_at_the_limit(void **state)
{
	struct solo s;
	struct buf zeros, b;

	(void)state;
	solo_start(&s);
	buf_init(&zeros, (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < (size_t)33 * 1024; i++) {
		static const char block[1024];

		assert_true(buf_add(&zeros, block, sizeof(block)));
	}
	b = packed(zeros.ptr, zeros.len);
	assert_true(b.len < (size_t)64 * 1024);
	assert_int_equal(word_for(&s, b.ptr, b.len), WORD_MALFORMED);
	assert_int_equal(
	    word_for(&s, zeros.ptr, LIMIT_BODY_PACKED + 1), WORD_TOO_LARGE);
	buf_fini(&zeros);
	buf_fini(&b);
	solo_end(&s);
}

static void
test_a_dictionary_that_is_not_known_is_told_by_a_word(void **state)
{
	struct sync_request r;
	struct solo s;
	json_t *json = NULL;
	struct answer a;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_request(&s.d, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	s.d.dict = "0badd1c7";
	a = dev_send(&s.d, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(answer_word(&a), WORD_DICTIONARY);
	assert_string_equal(a.dict, ""); /* a problem is not packed */
	answer_end(&a);
	assert_int_equal(world_head(&s.w), 0);
	/* The same without one is received. */
	s.d.dict = NULL;
	a = dev_send(&s.d, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.dict, "none");
	answer_end(&a);
	assert_int_equal(world_head(&s.w), 1);
	/* A request without a body can be answered. */
	s.d.dict = "0badd1c7";
	a = dev_send(&s.d, WIRE_COMMANDS, DEV_COMMANDS, NULL, true);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.dict, "none");
	answer_end(&a);
	json_decref(json);
	sync_request_fini(&r);
	solo_end(&s);
}

static void
test_an_answer_is_packed_with_what_the_request_named(void **state)
{
	static const struct body_level level = { .small = 15, .large = 9 };
	static const struct json_limits limits = { .bytes_max =
		                                       LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH };
	struct body_codec *codec = NULL;
	struct body_packed body;
	struct sync_request r;
	struct solo s;
	json_t *json = NULL;
	struct answer a;
	struct buf sent;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	assert_ok(body_codec_new(&codec, &e), &e);
	s.d.dict = body_codec_best(codec);
	(void)dev_person(&s.d, "Betty");
	dev_request(&s.d, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	buf_init(&sent, LIMIT_BODY_PACKED);
	assert_ok(body_pack(codec, s.d.dict, level, json, &sent, &e), &e);
	json_decref(json);
	a = dev_send_bytes(&s.d, WIRE_SYNC, "/v1/sync", sent.ptr, sent.len);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.dict, s.d.dict);
	body = (struct body_packed){
		.dict = a.dict, .ptr = a.body.ptr, .len = a.body.len
	};
	assert_ok(body_unpack(codec, &body, &limits, &json, &e), &e);
	assert_int_equal(json_array_size(json_object_get(json, "receipts")), 1);
	/* Without the dictionary nobody reads it. */
	json_decref(json);
	body.dict = BODY_DICT_NONE;
	assert_int_equal(
	    body_unpack(codec, &body, &limits, &json, &e), ERR_MALFORMED);
	answer_end(&a);
	buf_fini(&sent);
	sync_request_fini(&r);
	body_codec_free(codec);
	solo_end(&s);
}

static void
test_a_body_of_too_many_tokens_or_too_deep_is_refused(void **state)
{
	struct solo s;
	struct buf text, b;

	(void)state;
	solo_start(&s);
	buf_init(&text, (size_t)8 * 1024 * 1024);
	(void)buf_add_str(&text, "{\"v\":1,\"x\":[");
	for (size_t i = 0; i < LIMIT_JSON_TOKENS; i++)
		(void)buf_add_str(&text, "{},");
	(void)buf_add_str(&text, "{}]}");
	b = packed(text.ptr, text.len);
	assert_int_equal(word_for(&s, b.ptr, b.len), WORD_MALFORMED);
	buf_fini(&b);
	buf_reset(&text);
	for (size_t i = 0; i < 100000; i++)
		(void)buf_add_char(&text, '[');
	b = packed(text.ptr, text.len);
	assert_int_equal(word_for(&s, b.ptr, b.len), WORD_MALFORMED);
	buf_fini(&b);
	buf_fini(&text);
	solo_end(&s);
}

static void
test_any_changed_byte_of_a_body_is_a_problem_or_harmless(void **state)
{
	struct solo s;
	struct sync_request r;
	struct rng rng = rng_make(check_seed(__func__));
	struct buf text, b;
	json_t *json = NULL;
	struct err e = { 0 };

	(void)state;
	solo_start(&s);
	(void)dev_case(&s.d, dev_person(&s.d, "Betty"));
	dev_request(&s.d, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	buf_init(&text, (size_t)1024 * 1024);
	assert_ok(json_print(json, &text, &e), &e);
	for (size_t i = 0; i < 400; i++) {
		size_t at = (size_t)rng_below(&rng, text.len);
		char kept = text.ptr[at];
		struct answer a;

		text.ptr[at] = (char)rng_below(&rng, 256);
		b = packed(text.ptr, text.len);
		a = dev_send_bytes(&s.d, WIRE_SYNC, "/v1/sync", b.ptr, b.len);
		assert_true(a.status == 200 || a.status == 400);
		answer_end(&a);
		buf_fini(&b);
		text.ptr[at] = kept;
	}
	/* Nothing of it was taken that the device did not write. */
	assert_true(world_number(&s.w,
	                "SELECT count(*) FROM change WHERE"
	                " device = (SELECT id FROM device WHERE"
	                " state = 2)") <= 2);
	buf_fini(&text);
	json_decref(json);
	sync_request_fini(&r);
	dev_sync(&s.d);
	solo_end(&s);
}

/* The word for a request of this kind with that certificate. */
static enum protocol_word
word_of(struct dev *d, enum wire_kind kind, const char *target, bool as_courier)
{
	struct answer a = dev_send(d, kind, target, NULL, as_courier);
	enum protocol_word word = answer_word(&a);

	answer_end(&a);
	return word;
}

static void
test_each_certificate_opens_its_own_doors_only(void **state)
{
	static const struct {
		enum wire_kind kind;
		const char *target;
	} full[] = { { WIRE_SYNC, "/v1/sync" }, { WIRE_RENEW, "/v1/renew" },
		{ WIRE_WAIT, "/v1/wait?epoch=1&floor=0&outcomes=0" },
		{ WIRE_HISTORY, "/v1/records/x/history" },
		{ WIRE_BLOB_PUT, "/v1/blobs/x" },
		{ WIRE_BLOB_GET, "/v1/blobs/x" } };
	struct solo s;
	struct answer a;
	json_t *json;

	(void)state;
	solo_start(&s);
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++)
		assert_int_equal(
		    word_of(&s.d, full[i].kind, full[i].target, true),
		    WORD_NOT_ALLOWED);
	assert_int_equal(
	    word_of(&s.d, WIRE_COURIER, "/v1/courier/envelopes", false),
	    WORD_NOT_ALLOWED);
	assert_int_equal(word_of(&s.d, WIRE_COMMANDS, DEV_COMMANDS, false),
	    WORD_NOT_ALLOWED);
	a = dev_send(&s.d, WIRE_COMMANDS, DEV_COMMANDS, NULL, true);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	assert_null(json_object_get(json, "commands"));
	json_decref(json);
	answer_end(&a);
	solo_end(&s);
}

static void
test_a_request_signed_by_another_key_is_refused(void **state)
{
	struct solo s;
	struct sign_key other;
	struct sign_key own;

	(void)state;
	solo_start(&s);
	own = s.d.sign_key;
	sign_key_make(&other);
	s.d.sign_key = other;
	assert_int_equal(
	    word_of(&s.d, WIRE_SYNC, "/v1/sync", false), WORD_BAD_SIGNATURE);
	s.d.sign_key = own;
	dev_sync(&s.d);
	solo_end(&s);
}

static void
test_a_device_that_only_the_certificate_knows_is_unknown(void **state)
{
	struct solo s;

	(void)state;
	solo_start(&s);
	world_sql(&s.w, "DELETE FROM device WHERE state = 2");
	assert_int_equal(word_of(&s.d, WIRE_WAIT,
	                     "/v1/wait?epoch=1&floor=0&outcomes=0", false),
	    WORD_UNKNOWN_DEVICE);
	/* A certificate of ours that the row does not name is good all the
	 * same: the answer to a renewal was lost. */
	dev_end(&s.d);
	dev_start(&s.d, &s.w, world_user(&s.w, "Bryn"), DEVICE_ACTIVE);
	world_sql(&s.w,
	    "UPDATE device SET tls_sha256 = zeroblob(32) WHERE state = 2");
	dev_sync(&s.d);
	/* Bytes that are no certificate of ours open nothing. */
	s.d.tls_cert.ptr[s.d.tls_cert.len - 4] ^= 1;
	s.d.tls_sha256 = crypto_sha256(s.d.tls_cert.ptr, s.d.tls_cert.len);
	assert_int_equal(
	    word_of(&s.d, WIRE_SYNC, "/v1/sync", false), WORD_NOT_ALLOWED);
	/* Nor does a hash that is not that of the bytes. */
	s.d.tls_sha256.b[0] ^= 1;
	assert_int_equal(
	    word_of(&s.d, WIRE_SYNC, "/v1/sync", false), WORD_MALFORMED);
	solo_end(&s);
}

static void
test_kinds_of_the_other_listener_are_refused(void **state)
{
	static const uint16_t kinds[] = { WIRE_HEALTH, WIRE_METRICS, WIRE_PAGE,
		0, 10, 19, 99, 65535 };
	struct solo s;
	struct answer a;

	(void)state;
	solo_start(&s);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct wire_request r = { .kind = kinds[i],
			.method = "GET",
			.target = "/",
			.sig = "",
			.dict = "",
			.peer = "",
			.cert = "",
			.body = "" };

		engine_take(s.w.g, ++s.w.token, WIRE_DEVICES, &r);
		assert_true(world_answer(&s.w, s.w.token, &a));
		assert_int_equal(a.status, 400);
		answer_end(&a);
		r.kind = WIRE_HEALTH;
		engine_take(s.w.g, ++s.w.token, WIRE_PEOPLE, &r);
		(void)engine_work(s.w.g);
		assert_true(world_answer(&s.w, s.w.token, &a));
		assert_int_equal(a.status, 200);
		answer_end(&a);
	}
	solo_end(&s);
}

static void
test_changes_in_another_devices_name_are_not_received(void **state)
{
	struct solo s;
	struct dev other;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	solo_start(&s);
	dev_start(&other, &s.w, world_user(&s.w, "Bryn"), DEVICE_ACTIVE);
	(void)dev_person(&other, "Betty");
	dev_request(&other, &r);
	a = dev_exchange(&s.d, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_MALFORMED);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM change"), 0);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	dev_end(&other);
	solo_end(&s);
}

static void
test_bodies_that_unpack_to_much_are_worked_on_a_few_at_a_time(void **state)
{
	struct solo s;
	json_t *json = json_pack("{s:s, s:b, s:i}", "nonce",
	    "00112233445566778899aabbccddeeff", "pull", 1, "v", 1);
	json_t *filler = json_array();
	size_t rounds = 0;

	(void)state;
	solo_start(&s);
	for (size_t i = 0; i < 150000; i++)
		(void)json_array_append_new(filler, json_string("aaaaaaa"));
	(void)json_object_set_new(json, "unknown", filler);
	for (size_t i = 0; i < 20; i++)
		(void)dev_queue(&s.d, WIRE_SYNC, "/v1/sync", json, false);
	while (s.w.n_answers < 20 && rounds < 21) {
		(void)engine_work(s.w.g);
		rounds++;
	}
	assert_int_equal(s.w.n_answers, 20);
	assert_true(rounds > 2); /* 1.5 MB each, 8 MiB at a time */
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(s.w.answers[i].status, 200);
	json_decref(json);
	solo_end(&s);
}

static void
test_more_requests_than_the_queue_holds_are_told_to_come_later(void **state)
{
	struct solo s;
	size_t busy = 0, served = 0;

	(void)state;
	solo_start(&s);
	for (size_t i = 0; i < 4100; i++)
		(void)dev_queue(&s.d, WIRE_COMMANDS, DEV_COMMANDS, NULL, true);
	(void)engine_work(s.w.g);
	for (size_t i = 0; i < s.w.n_answers; i++) {
		busy += s.w.answers[i].status == 503;
		served += s.w.answers[i].status == 200;
	}
	assert_int_equal(served, 4096);
	assert_int_equal(busy, 4);
	solo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies_outside_the_protocol_are_told_so),
		cmocka_unit_test(
		    test_a_body_that_unpacks_to_too_much_is_refused_at_the_limit),
		cmocka_unit_test(
		    test_a_dictionary_that_is_not_known_is_told_by_a_word),
		cmocka_unit_test(
		    test_an_answer_is_packed_with_what_the_request_named),
		cmocka_unit_test(
		    test_a_body_of_too_many_tokens_or_too_deep_is_refused),
		cmocka_unit_test(
		    test_any_changed_byte_of_a_body_is_a_problem_or_harmless),
		cmocka_unit_test(
		    test_each_certificate_opens_its_own_doors_only),
		cmocka_unit_test(
		    test_a_request_signed_by_another_key_is_refused),
		cmocka_unit_test(
		    test_a_device_that_only_the_certificate_knows_is_unknown),
		cmocka_unit_test(test_kinds_of_the_other_listener_are_refused),
		cmocka_unit_test(
		    test_changes_in_another_devices_name_are_not_received),
		cmocka_unit_test(
		    test_bodies_that_unpack_to_much_are_worked_on_a_few_at_a_time),
		cmocka_unit_test(
		    test_more_requests_than_the_queue_holds_are_told_to_come_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
