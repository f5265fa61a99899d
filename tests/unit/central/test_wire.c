/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "daemon/central/wire.h"

#define MESSAGE_MAX ((size_t)1 << 20)

static const char body[] = "any\nbytes\0at all";

static const struct wire_request sample = {
	.kind = WIRE_SYNC,
	.method = "POST",
	.target = "/v1/sync",
	.has_cert = true,
	.cert = "not really DER",
	.cert_len = 14,
	.sig = "c2ln",
	.dict = "none",
	.peer = "192.0.2.7",
	.body = body,
	.body_len = sizeof(body),
};

static void
a_request_comes_out_as_it_went_in(void **state)
{
	struct wire_request_text *text;
	struct wire_request r;
	struct hash32 hash = crypto_sha256(sample.cert, sample.cert_len);
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, MESSAGE_MAX);
	assert_ok(wire_request_enc(&sample, &b, &e), &e);
	assert_ok(wire_request_dec(WIRE_SYNC, b.ptr, b.len, &r, &text, &e), &e);
	assert_int_equal(r.kind, WIRE_SYNC);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.target, "/v1/sync");
	assert_string_equal(r.sig, "c2ln");
	assert_string_equal(r.dict, "none");
	assert_string_equal(r.peer, "192.0.2.7");
	assert_true(r.has_cert);
	assert_int_equal(r.cert_len, sample.cert_len);
	assert_memory_equal(r.cert, sample.cert, sample.cert_len);
	assert_true(hash32_equal(r.cert_sha256, hash));
	assert_int_equal(r.body_len, sizeof(body));
	assert_memory_equal(r.body, body, sizeof(body));
	wire_request_text_free(text);
	buf_fini(&b);
}

static void
an_answer_comes_out_as_it_went_in(void **state)
{
	const struct wire_answer in = { .status = 503,
		.content_type = "application/problem+json",
		.sig = "",
		.dict = "none",
		.retry_after_s = 7,
		.body = body,
		.body_len = sizeof(body) };
	struct wire_request_text *text;
	struct wire_answer out;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, MESSAGE_MAX);
	assert_ok(wire_answer_enc(&in, &b, &e), &e);
	assert_ok(wire_answer_dec(b.ptr, b.len, &out, &text, &e), &e);
	assert_int_equal(out.status, 503);
	assert_int_equal(out.retry_after_s, 7);
	assert_string_equal(out.content_type, in.content_type);
	assert_string_equal(out.sig, "");
	assert_string_equal(out.dict, "none");
	assert_int_equal(out.body_len, sizeof(body));
	assert_memory_equal(out.body, body, sizeof(body));
	wire_request_text_free(text);
	buf_fini(&b);
}

static void
a_listener_may_send_its_own_kinds_only(void **state)
{
	(void)state;
	for (uint16_t kind = 0; kind < 64; kind++) {
		const bool devices = kind >= 1 && kind <= 9;
		const bool people = kind >= 20 && kind <= 22;

		assert_int_equal(wire_kind_allowed(WIRE_DEVICES, kind),
		    devices || kind == WIRE_GONE);
		assert_int_equal(wire_kind_allowed(WIRE_PEOPLE, kind),
		    people || kind == WIRE_GONE);
	}
}

static void
refused(const char *bytes)
{
	struct wire_request_text *text;
	struct wire_request r;
	struct err e;

	assert_int_equal(
	    wire_request_dec(WIRE_SYNC, bytes, strlen(bytes), &r, &text, &e),
	    ERR_MALFORMED);
}

static void
what_is_no_request_is_refused(void **state)
{
	(void)state;
	refused("");
	refused("no line end");
	refused("\n");
	refused("{}\n");
	refused("[]\n");
	refused("{\"dict\":\"\",\"method\":\"GET\",\"peer\":\"\",\"sig\":\"\","
	        "\"target\":\"v1\"}\n");
	refused("{\"dict\":\"\\n\",\"method\":\"GET\",\"peer\":\"\","
	        "\"sig\":\"\",\"target\":\"/v1\"}\n");
	refused("{\"dict\":\"\",\"method\":\"GETTINGLONG\",\"peer\":\"\","
	        "\"sig\":\"\",\"target\":\"/v1\"}\n");
	refused("{\"cert\":\"!\",\"dict\":\"\",\"method\":\"GET\","
	        "\"peer\":\"\",\"sig\":\"\",\"target\":\"/v1\"}\n");
}

static void
damaged_messages_are_refused_or_read_never_worse(void **state)
{
	struct rng rng = rng_make(check_seed("damaged wire messages"));
	struct wire_request_text *text;
	struct wire_request r;
	struct wire_answer a;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, MESSAGE_MAX);
	for (int i = 0; i < 20000; i++) {
		buf_reset(&b);
		assert_ok(wire_request_enc(&sample, &b, &e), &e);
		for (uint64_t n = rng_below(&rng, 4); n > 0; n--)
			b.ptr[rng_below(&rng, b.len)] =
			    (char)rng_below(&rng, 256);
		if (rng_below(&rng, 4) == 0)
			b.len = rng_below(&rng, b.len);
		if (wire_request_dec(WIRE_SYNC, b.ptr, b.len, &r, &text, &e) ==
		    ERR_OK)
			wire_request_text_free(text);
		if (wire_answer_dec(b.ptr, b.len, &a, &text, &e) == ERR_OK)
			wire_request_text_free(text);
	}
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_out_as_it_went_in),
		cmocka_unit_test(an_answer_comes_out_as_it_went_in),
		cmocka_unit_test(a_listener_may_send_its_own_kinds_only),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(
		    damaged_messages_are_refused_or_read_never_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
