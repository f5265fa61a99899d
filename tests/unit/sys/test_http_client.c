/* SPDX-License-Identifier: Apache-2.0 */
/* What a call sends, brings back and counts. */
#include "tests/support/check.h"

#include "common/sys/http_client.h"
#include "tests/support/test_office.h"

#define ADDRESS_LEN 64
#define JSON_ANSWER                                                            \
	"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n" \
	"Visitbook-Signature:  abc \r\nContent-Length: "                       \
	"11\r\n\r\n{\"a\":\"bc\"}\n"
#define CLOSING_ANSWER                                                         \
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

static struct test_pki pki;

static int
set_up(void **state)
{
	(void)state;
	pki = test_pki_make();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	test_pki_free(&pki);
	return 0;
}

/* An office that shows this leaf, with the issuing certificate behind it. */
static struct test_office *
office_showing(const struct test_cert *leaf)
{
	const struct test_office_cfg cfg = { .chain = { leaf, pki.issuing } };
	struct test_office *o = test_office_new(&cfg);

	test_office_answer(o, JSON_ANSWER, sizeof(JSON_ANSWER) - 1);
	return o;
}

static struct http_client *
device_new(void)
{
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	struct err e;

	cfg.root = test_cert_der(pki.root, &cfg.root_len);
	assert_ok(http_client_new(&cfg, &c, &e), &e);
	return c;
}

static struct http_call
sync_call(const struct test_office *o)
{
	return (struct http_call){ .method = "POST",
		.address = test_office_address(o),
		.path = "/v1/sync",
		.body = "hello",
		.body_len = 5,
		.timeout_ms = 10000 };
}

static void
a_call_sends_what_was_given_and_brings_the_answer(void **state)
{
	static const char *const headers[] = { "Content-Type: text/x",
		"Visitbook-Nonce: 7", NULL };
	struct test_office *o = office_showing(pki.office);
	struct http_client *c = device_new();
	struct http_call call = sync_call(o);
	struct http_answer a;
	struct buf last, want;
	char value[16];
	struct err e;

	(void)state;
	call.headers = headers;
	assert_ok(http_client_call(c, &call, &a, &e), &e);
	assert_int_equal(a.outcome, HTTP_OUTCOME_OK);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.content_type, "application/json");
	assert_string_equal(a.body.ptr, "{\"a\":\"bc\"}\n");
	assert_true(http_answer_header(&a, "visitbook-signature", value, 16));
	assert_string_equal(value, "abc");
	assert_false(http_answer_header(&a, "visitbook-signature", value, 3));
	assert_false(http_answer_header(&a, "Visitbook", value, 16));
	assert_false(http_answer_is_portal(&a));
	buf_init(&last, 4096);
	buf_init(&want, 4096);
	test_office_last(o, &last);
	assert_true(buf_printf(&want,
	    "POST /v1/sync HTTP/1.1\r\nHost: %s\r\nContent-Type: text/x\r\n"
	    "Visitbook-Nonce: 7\r\nContent-Length: 5\r\n\r\nhello",
	    test_office_address(o)));
	assert_string_equal(last.ptr, want.ptr);
	buf_fini(&last);
	buf_fini(&want);
	http_answer_fini(&a);
	http_client_free(c);
	test_office_free(o);
}

static void
every_byte_of_http_is_counted_once(void **state)
{
	static const size_t body_lens[] = { 0, 5, 70000, 3000000 };
	static const size_t answer_lens[] = { 0, 1, 100000, 2000000 };
	struct test_office *o = office_showing(pki.office);
	struct http_client *c = device_new();
	struct http_call call = sync_call(o);
	char *body = calloc(1, 3000000);
	uint64_t sent = 0, received = 0;
	struct http_answer a;
	struct buf raw;
	struct err e;

	(void)state;
	assert_non_null(body);
	buf_init(&raw, 3000000);
	call.body = body;
	for (size_t i = 0; i < 4; i++) {
		struct test_office_seen seen;

		buf_reset(&raw);
		assert_true(buf_printf(&raw,
		    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
		    answer_lens[i]));
		assert_true(buf_add(&raw, body, answer_lens[i]));
		test_office_answer(o, raw.ptr, raw.len);
		call.method = i % 2 == 0 ? "POST" : "PUT";
		call.body_len = body_lens[i];
		assert_ok(http_client_call(c, &call, &a, &e), &e);
		assert_int_equal(a.body.len, answer_lens[i]);
		assert_int_equal(a.is_reused, i > 0);
		sent += a.sent_bytes;
		received += a.received_bytes;
		http_answer_fini(&a);
		seen = test_office_seen(o);
		assert_int_equal(sent, seen.request_bytes);
		assert_int_equal(received, seen.answer_bytes);
	}
	buf_fini(&raw);
	free(body);
	http_client_free(c);
	test_office_free(o);
}

static void
a_second_connection_resumes_the_session(void **state)
{
	struct test_office *o = office_showing(pki.office);
	struct http_client *c = device_new();
	const struct http_call call = sync_call(o);
	struct http_answer a;
	struct err e;

	(void)state;
	test_office_answer(o, CLOSING_ANSWER, sizeof(CLOSING_ANSWER) - 1);
	for (int i = 0; i < 3; i++) {
		assert_ok(http_client_call(c, &call, &a, &e), &e);
		assert_false(a.is_reused);
		assert_int_equal(a.is_resumed, i > 0);
		http_answer_fini(&a);
	}
	assert_int_equal(test_office_seen(o).handshakes, 3);
	assert_int_equal(test_office_seen(o).resumed, 2);
	http_client_free(c);
	test_office_free(o);
}

static void
the_device_shows_its_certificate_and_resumes_with_it(void **state)
{
	const struct test_office_cfg office = {
		.chain = { pki.office, pki.issuing },
		.client_root = pki.root,
	};
	struct test_office *o = test_office_new(&office);
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	const struct http_call call = sync_call(o);
	struct http_answer a;
	struct buf chain;
	struct err e;

	(void)state;
	buf_init(&chain, 16384);
	assert_true(buf_add_str(&chain, test_cert_pem(pki.device)));
	assert_true(buf_add_str(&chain, test_cert_pem(pki.issuing)));
	cfg.root = test_cert_pem(pki.root);
	cfg.root_len = strlen(cfg.root);
	cfg.cert = chain.ptr;
	cfg.cert_len = chain.len;
	cfg.key = test_cert_key_pem(pki.device);
	cfg.key_len = strlen(cfg.key);
	assert_ok(http_client_new(&cfg, &c, &e), &e);
	test_office_answer(o, CLOSING_ANSWER, sizeof(CLOSING_ANSWER) - 1);
	for (int i = 0; i < 2; i++) {
		assert_ok(http_client_call(c, &call, &a, &e), &e);
		http_answer_fini(&a);
	}
	assert_int_equal(test_office_seen(o).client_certs, 2);
	assert_int_equal(test_office_seen(o).resumed, 1);
	http_client_free(c);
	cfg.key = test_cert_key_pem(pki.office);
	cfg.key_len = strlen(cfg.key);
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	buf_fini(&chain);
	test_office_free(o);
}

static void
a_proxy_is_used_and_trusted_with_nothing(void **state)
{
	const struct test_office_cfg honest = { .is_proxy = true,
		.chain = { pki.office, pki.issuing } };
	const struct test_office_cfg rogue = { .is_proxy = true,
		.chain = { pki.stranger, pki.stranger_root } };
	struct test_office *proxy = test_office_new(&honest);
	struct test_office *bad = test_office_new(&rogue);
	struct http_client *c = device_new();
	struct http_call call = sync_call(proxy);
	char url[ADDRESS_LEN];
	struct http_answer a;
	struct err e;

	(void)state;
	call.address = "office.test:8443";
	(void)snprintf(
	    url, sizeof(url), "http://%s", test_office_address(proxy));
	assert_int_equal(setenv("https_proxy", url, 1), 0);
	test_office_answer(proxy, JSON_ANSWER, sizeof(JSON_ANSWER) - 1);
	assert_ok(http_client_call(c, &call, &a, &e), &e);
	assert_int_equal(a.status, 200);
	assert_int_equal(test_office_seen(proxy).connects, 1);
	http_answer_fini(&a);
	http_client_free(c);

	(void)snprintf(url, sizeof(url), "http://%s", test_office_address(bad));
	assert_int_equal(setenv("https_proxy", url, 1), 0);
	c = device_new();
	assert_int_equal(http_client_call(c, &call, &a, &e), ERR_AUTH);
	assert_int_equal(a.outcome, HTTP_OUTCOME_CERTIFICATE);
	assert_int_equal(test_office_seen(bad).connects, 1);
	assert_int_equal(test_office_seen(bad).requests, 0);
	http_answer_fini(&a);
	assert_int_equal(unsetenv("https_proxy"), 0);
	http_client_free(c);
	test_office_free(proxy);
	test_office_free(bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_call_sends_what_was_given_and_brings_the_answer),
		cmocka_unit_test(every_byte_of_http_is_counted_once),
		cmocka_unit_test(a_second_connection_resumes_the_session),
		cmocka_unit_test(
		    the_device_shows_its_certificate_and_resumes_with_it),
		cmocka_unit_test(a_proxy_is_used_and_trusted_with_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
