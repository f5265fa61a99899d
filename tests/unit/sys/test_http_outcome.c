/* SPDX-License-Identifier: Apache-2.0 */
/* What a call that went wrong is called, and what it says. */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "tests/support/http_device.h"

/* One that gives up on connecting before a test gives up on it. */
static struct http_client *
device_new(void)
{
	return http_device_new(
	    &(const struct http_client_cfg){ .connect_ms = 2000 });
}

static struct http_call
get_from(const char *address)
{
	return (struct http_call){ .method = "GET",
		.address = address,
		.path = "/v1/wait",
		.timeout_ms = 10000 };
}

/* Make the call and expect this outcome and code; the answer is left. */
static void
expect(struct http_client *c, const struct http_call *call,
    enum http_outcome outcome, enum err_code code, struct http_answer *a)
{
	struct err e = { .code = ERR_OK };
	enum err_code rc = http_client_call(c, call, a, &e);

	if (a->outcome != outcome || rc != code || e.code != code)
		fail_msg("%s instead of %s: %s", http_outcome_word(a->outcome),
		    http_outcome_word(outcome), e.msg);
	assert_int_equal(e.msg[0] == '\0', code == ERR_OK);
}

static void
expect_once(struct http_client *c, const struct http_call *call,
    enum http_outcome outcome, enum err_code code)
{
	struct http_answer a;

	expect(c, call, outcome, code, &a);
	assert_int_equal(a.status, 0);
	assert_int_equal(a.body.len, 0);
	http_answer_fini(&a);
}

static void
faults_of_the_office_are_told_apart(void **state)
{
	static const struct {
		enum test_office_fault fault;
		enum http_outcome outcome;
		enum err_code code;
	} cases[] = {
		{ TEST_OFFICE_HANGS_UP, HTTP_OUTCOME_OFFICE_DOWN, ERR_BUSY },
		{ TEST_OFFICE_LEAVES, HTTP_OUTCOME_OFFICE_DOWN, ERR_BUSY },
		{ TEST_OFFICE_IS_MUTE, HTTP_OUTCOME_TIMEOUT, ERR_BUSY },
		{ TEST_OFFICE_PARKS, HTTP_OUTCOME_TIMEOUT, ERR_BUSY },
		{ TEST_OFFICE_IS_PLAIN, HTTP_OUTCOME_FOREIGN, ERR_MALFORMED },
		{ TEST_OFFICE_NONE, HTTP_OUTCOME_OK, ERR_OK },
	};
	struct test_office *o = http_device_office(NULL);
	struct http_call call = get_from(test_office_address(o));

	(void)state;
	call.timeout_ms = 700;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_client *c = device_new();
		struct http_answer a;

		test_office_fault(o, cases[i].fault);
		expect(c, &call, cases[i].outcome, cases[i].code, &a);
		http_answer_fini(&a);
		http_client_free(c);
	}
	test_office_free(o);
}

static void
silence_on_an_open_connection_is_a_timeout_too(void **state)
{
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	struct http_call call = get_from(test_office_address(o));
	struct http_answer a;

	(void)state;
	expect(c, &call, HTTP_OUTCOME_OK, ERR_OK, &a);
	http_answer_fini(&a);
	test_office_fault(o, TEST_OFFICE_PARKS);
	call.timeout_ms = 300;
	expect_once(c, &call, HTTP_OUTCOME_TIMEOUT, ERR_BUSY);
	assert_int_equal(test_office_seen(o).connections, 1);
	http_client_free(c);
	test_office_free(o);
}

static void
an_answer_cut_at_any_byte_is_no_answer(void **state)
{
	struct http_client *c = device_new();
	const size_t len = strlen(http_device_json);

	(void)state;
	for (size_t cut = 0; cut <= len;) {
		struct test_office *o = http_device_office(NULL);
		const struct http_call call = get_from(test_office_address(o));

		test_office_fault(o, TEST_OFFICE_CUTS);
		for (int i = 0; i < 16 && cut <= len; i++, cut++) {
			struct http_answer a;

			test_office_cut_at(o, cut);
			if (cut < len)
				expect(c, &call, HTTP_OUTCOME_OFFICE_DOWN,
				    ERR_BUSY, &a);
			else
				expect(c, &call, HTTP_OUTCOME_OK, ERR_OK, &a);
			assert_int_equal(a.body.len, cut < len ? 0 : 11);
			http_answer_fini(&a);
		}
		test_office_free(o);
	}
	http_client_free(c);
}

static void
a_refused_connection_means_the_office_is_down(void **state)
{
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	char address[64];
	struct http_call call = get_from(address);

	(void)state;
	(void)snprintf(address, sizeof(address), "%s", test_office_address(o));
	test_office_free(o);
	expect_once(c, &call, HTTP_OUTCOME_OFFICE_DOWN, ERR_BUSY);
	http_client_free(c);
}

static void
a_name_that_cannot_be_found_means_offline(void **state)
{
	struct http_client *c = device_new();
	const struct http_call call = get_from("office.invalid:8443");

	(void)state;
	expect_once(c, &call, HTTP_OUTCOME_OFFLINE, ERR_BUSY);
	http_client_free(c);
}

/* TCP has no way to a broadcast address on any network, which the kernel says
 * as it says that there is no network at all. */
static void
no_way_to_the_office_means_offline(void **state)
{
	struct http_client *c = device_new();
	const struct http_call call = get_from("255.255.255.255:8443");

	(void)state;
	expect_once(c, &call, HTTP_OUTCOME_OFFLINE, ERR_BUSY);
	http_client_free(c);
}

static void
old_tls_is_foreign(void **state)
{
	const struct test_office_cfg cfg = { .chain = { http_device_pki.office,
		                                 http_device_pki.issuing },
		.is_tls12 = true };
	struct test_office *o = test_office_new(&cfg);
	struct http_client *c = device_new();
	const struct http_call call = get_from(test_office_address(o));

	(void)state;
	expect_once(c, &call, HTTP_OUTCOME_FOREIGN, ERR_MALFORMED);
	assert_int_equal(test_office_seen(o).handshakes, 0);
	http_client_free(c);
	test_office_free(o);
}

static void
what_is_not_http_is_foreign(void **state)
{
	static const char *const answers[] = { "hello\r\n\r\n",
		"SSH-2.0-OpenSSH\r\n", "\0\0\0\0" };
	struct test_office *o = http_device_office(NULL);
	const struct http_call call = get_from(test_office_address(o));

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct http_client *c = device_new();

		test_office_answer(o, answers[i],
		    answers[i][0] != '\0' ? strlen(answers[i]) : 4);
		expect_once(c, &call, HTTP_OUTCOME_FOREIGN, ERR_MALFORMED);
		http_client_free(c);
	}
	test_office_free(o);
}

static void
an_answer_or_headers_over_the_cap_are_foreign(void **state)
{
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	struct http_call call = get_from(test_office_address(o));
	struct http_answer a;
	struct buf raw;

	(void)state;
	call.answer_cap = 10;
	expect_once(c, &call, HTTP_OUTCOME_FOREIGN, ERR_MALFORMED);
	call.answer_cap = 11;
	expect(c, &call, HTTP_OUTCOME_OK, ERR_OK, &a);
	assert_int_equal(a.body.len, 11);
	http_answer_fini(&a);
	buf_init(&raw, 1 << 20);
	assert_true(buf_add_str(&raw, "HTTP/1.1 200 OK\r\n"));
	for (int i = 0; i < 3000; i++)
		assert_true(buf_printf(&raw, "X-%d: y\r\n", i));
	assert_true(buf_add_str(&raw, "Content-Length: 0\r\n\r\n"));
	test_office_answer(o, raw.ptr, raw.len);
	expect_once(c, &call, HTTP_OUTCOME_FOREIGN, ERR_MALFORMED);
	buf_fini(&raw);
	http_client_free(c);
	test_office_free(o);
}

static void
a_busy_answer_is_office_down_and_still_readable(void **state)
{
	static const char busy[] = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n"
	                           "Content-Type: application/problem+json\r\n"
	                           "Content-Length: 2\r\n\r\n{}";
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	const struct http_call call = get_from(test_office_address(o));
	struct http_answer a;

	(void)state;
	test_office_answer(o, busy, sizeof(busy) - 1);
	expect(c, &call, HTTP_OUTCOME_OFFICE_DOWN, ERR_BUSY, &a);
	assert_int_equal(a.status, 503);
	assert_int_equal(a.retry_after_s, 7);
	assert_string_equal(a.body.ptr, "{}");
	assert_string_equal(a.content_type, "application/problem+json");
	assert_false(http_answer_is_portal(&a));
	http_answer_fini(&a);
	http_client_free(c);
	test_office_free(o);
}

static void
redirects_are_not_followed_and_portals_are_known(void **state)
{
	static const struct {
		const char *raw;
		unsigned status;
		bool is_portal;
	} cases[] = {
		{ "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n"
		  "Content-Length: 0\r\n\r\n",
		    302, true },
		{ "HTTP/1.1 511 Sign in\r\nContent-Length: 0\r\n\r\n", 511,
		    true },
		{ "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML ;x=y\r\n"
		  "Content-Length: 2\r\n\r\nhi",
		    200, true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n"
		  "\r\n <!DocType HTML>",
		    200, true },
		{ "HTTP/1.1 404 No\r\nContent-Type: application/json\r\n"
		  "Content-Length: 2\r\n\r\n{}",
		    404, false },
		{ "HTTP/1.1 204 Empty\r\n\r\n", 204, false },
	};
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	const struct http_call call = get_from(test_office_address(o));

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_answer a;

		test_office_answer(o, cases[i].raw, strlen(cases[i].raw));
		expect(c, &call, HTTP_OUTCOME_OK, ERR_OK, &a);
		assert_int_equal(a.status, cases[i].status);
		assert_int_equal(http_answer_is_portal(&a), cases[i].is_portal);
		http_answer_fini(&a);
		assert_int_equal(test_office_seen(o).requests, i + 1);
	}
	http_client_free(c);
	test_office_free(o);
}

static bool
give_up(void *arg, uint64_t sent, uint64_t received)
{
	unsigned *asked = arg;

	(void)sent;
	(void)received;
	return ++*asked < 3;
}

static void
a_call_can_be_cancelled_while_it_waits(void **state)
{
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	struct http_call call = get_from(test_office_address(o));
	unsigned asked = 0;

	(void)state;
	test_office_fault(o, TEST_OFFICE_PARKS);
	call.progress = give_up;
	call.progress_arg = &asked;
	expect_once(c, &call, HTTP_OUTCOME_CANCELLED, ERR_BUSY);
	assert_int_equal(asked, 3);
	http_client_free(c);
	test_office_free(o);
}

static void
silence_ends_a_call_before_its_time(void **state)
{
	struct test_office *o = http_device_office(NULL);
	struct http_client *c = device_new();
	struct http_call call = get_from(test_office_address(o));
	const uint64_t start = clock_mono_ms();

	(void)state;
	test_office_fault(o, TEST_OFFICE_PARKS);
	call.idle_s = 1;
	call.timeout_ms = 60000;
	expect_once(c, &call, HTTP_OUTCOME_TIMEOUT, ERR_BUSY);
	assert_true(clock_mono_ms() - start < 9000);
	http_client_free(c);
	test_office_free(o);
}

static void
wrong_calls_are_refused_and_nothing_is_sent(void **state)
{
	static const char *const addresses[] = { "", ":1", "a b", "a/b",
		"a:", "a:x", "a:70000", "a:1:2", "[::1", "[]:1", "u@a",
		"[::1]x", "a?b", "a#b", "a%41", "h\xc3\xa9" };
	static const char *const paths[] = { "", "v1", "/a b", "/a\r\nb", "/#",
		"/\xc3\xa9" };
	static const char *const bad_headers[] = { "x", ": y", "a: b\r\nc: d",
		"a: b\nc" };
	struct http_client *c = device_new();
	struct http_call call;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(char *); i++) {
		call = get_from(addresses[i]);
		expect_once(c, &call, HTTP_OUTCOME_LOCAL, ERR_INVALID);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(char *); i++) {
		call = get_from("127.0.0.1:1");
		call.path = paths[i];
		expect_once(c, &call, HTTP_OUTCOME_LOCAL, ERR_INVALID);
	}
	for (size_t i = 0; i < sizeof(bad_headers) / sizeof(char *); i++) {
		const char *const headers[] = { bad_headers[i], NULL };

		call = get_from("127.0.0.1:1");
		call.headers = headers;
		expect_once(c, &call, HTTP_OUTCOME_LOCAL, ERR_INVALID);
	}
	call = get_from("127.0.0.1:1");
	call.method = "BREW";
	expect_once(c, &call, HTTP_OUTCOME_LOCAL, ERR_INVALID);
	call.method = "GET";
	call.body = "x";
	call.body_len = 1;
	expect_once(c, &call, HTTP_OUTCOME_LOCAL, ERR_INVALID);
	http_client_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_of_the_office_are_told_apart),
		cmocka_unit_test(
		    silence_on_an_open_connection_is_a_timeout_too),
		cmocka_unit_test(an_answer_cut_at_any_byte_is_no_answer),
		cmocka_unit_test(a_refused_connection_means_the_office_is_down),
		cmocka_unit_test(a_name_that_cannot_be_found_means_offline),
		cmocka_unit_test(no_way_to_the_office_means_offline),
		cmocka_unit_test(old_tls_is_foreign),
		cmocka_unit_test(what_is_not_http_is_foreign),
		cmocka_unit_test(an_answer_or_headers_over_the_cap_are_foreign),
		cmocka_unit_test(
		    a_busy_answer_is_office_down_and_still_readable),
		cmocka_unit_test(
		    redirects_are_not_followed_and_portals_are_known),
		cmocka_unit_test(a_call_can_be_cancelled_while_it_waits),
		cmocka_unit_test(silence_ends_a_call_before_its_time),
		cmocka_unit_test(wrong_calls_are_refused_and_nothing_is_sent),
	};

	return cmocka_run_group_tests(
	    tests, http_device_set_up, http_device_tear_down);
}
