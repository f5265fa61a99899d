/* SPDX-License-Identifier: Apache-2.0 */
/* What a call sends, brings back and counts. */
#include "tests/support/check.h"

#include "tests/support/http_device.h"

#define ADDRESS_LEN 64

static void
a_call_sends_what_was_given_and_brings_the_answer(void **state)
{
	static const char *const headers[] = { "Content-Type: text/x",
		"Visitbook-Nonce: 7", NULL };
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = http_device_new(NULL);
	struct http_call call = http_device_call(o);
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
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = http_device_new(NULL);
	struct http_call call = http_device_call(o);
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
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = http_device_new(NULL);
	const struct http_call call = http_device_call(o);
	struct http_answer a;
	struct err e;

	(void)state;
	http_device_answer(o, http_device_closing);
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
		.chain = { http_device_pki.office, http_device_pki.issuing },
		.client_root = http_device_pki.root,
	};
	struct test_office *o = test_office_new(&office);
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	const struct http_call call = http_device_call(o);
	struct http_answer a;
	struct buf chain;
	struct err e;

	(void)state;
	buf_init(&chain, 16384);
	assert_true(buf_add_str(&chain, test_cert_pem(http_device_pki.device)));
	assert_true(
	    buf_add_str(&chain, test_cert_pem(http_device_pki.issuing)));
	cfg.root = test_cert_pem(http_device_pki.root);
	cfg.root_len = strlen(cfg.root);
	cfg.cert = chain.ptr;
	cfg.cert_len = chain.len;
	cfg.key = test_cert_key_pem(http_device_pki.device);
	cfg.key_len = strlen(cfg.key);
	assert_ok(http_client_new(&cfg, &c, &e), &e);
	http_device_answer(o, http_device_closing);
	for (int i = 0; i < 2; i++) {
		assert_ok(http_client_call(c, &call, &a, &e), &e);
		http_answer_fini(&a);
	}
	assert_int_equal(test_office_seen(o).client_certs, 2);
	assert_int_equal(test_office_seen(o).resumed, 1);
	http_client_free(c);
	cfg.key = test_cert_key_pem(http_device_pki.office);
	cfg.key_len = strlen(cfg.key);
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	buf_fini(&chain);
	test_office_free(o);
}

static void
a_proxy_is_used_and_trusted_with_nothing(void **state)
{
	const struct test_office_cfg honest = { .is_proxy = true,
		.chain = { http_device_pki.office, http_device_pki.issuing } };
	const struct test_office_cfg rogue = { .is_proxy = true,
		.chain = {
		    http_device_pki.stranger, http_device_pki.stranger_root } };
	struct test_office *proxy = test_office_new(&honest);
	struct test_office *bad = test_office_new(&rogue);
	struct http_client *c = http_device_new(NULL);
	struct http_call call = http_device_call(proxy);
	char url[ADDRESS_LEN];
	struct http_answer a;
	struct err e;

	(void)state;
	call.address = "office.test:8443";
	(void)snprintf(
	    url, sizeof(url), "http://%s", test_office_address(proxy));
	assert_int_equal(setenv("https_proxy", url, 1), 0);
	http_device_answer(proxy, http_device_json);
	assert_ok(http_client_call(c, &call, &a, &e), &e);
	assert_int_equal(a.status, 200);
	assert_int_equal(test_office_seen(proxy).connects, 1);
	http_answer_fini(&a);
	http_client_free(c);

	(void)snprintf(url, sizeof(url), "http://%s", test_office_address(bad));
	assert_int_equal(setenv("https_proxy", url, 1), 0);
	c = http_device_new(NULL);
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

	return cmocka_run_group_tests(
	    tests, http_device_set_up, http_device_tear_down);
}
