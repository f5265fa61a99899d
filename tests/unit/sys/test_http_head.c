/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/sys/http_head.h"

#define HOST "Host: office.example\r\n"

/* Scan and parse; the status, 0 for good, 1 if the end is missing. */
static unsigned
read_head(char *text, size_t len, struct http_head *out)
{
	size_t at = 0;

	switch (http_head_scan((const uint8_t *)text, len, &at)) {
	case HTTP_SCAN_MORE:
		return 1;
	case HTTP_SCAN_BAD:
		return 400;
	case HTTP_SCAN_END:
		break;
	}
	return http_head_parse(text, at, out);
}

static void
a_plain_request_is_read(void **state)
{
	char text[] =
	    "POST /v1/sync?a=1&b=%20 HTTP/1.1\r\n" HOST "Content-Length: 12\r\n"
	    "X-Blank: \t two words \t\r\n"
	    "x-empty:\r\n"
	    "Expect: 100-Continue\r\n"
	    "\r\n";
	struct http_head h;

	(void)state;
	assert_int_equal(read_head(text, sizeof(text) - 1, &h), 0);
	assert_int_equal(h.method, HTTP_POST);
	assert_string_equal(h.path, "/v1/sync");
	assert_string_equal(h.query, "a=1&b=%20");
	assert_int_equal(h.body_len, 12);
	assert_int_equal(h.headers_n, 5);
	assert_string_equal(h.headers[2].value, "two words");
	assert_string_equal(h.headers[3].value, "");
	assert_true(h.wants_continue);
	assert_false(h.wants_close);
}

static void
keeping_the_connection_is_the_rule_but_not_for_http_1_0(void **state)
{
	static const struct {
		const char *text;
		bool close;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", false },
		{ "GET / HTTP/1.0\r\n" HOST "\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: te, CLOSE\r\n\r\n",
		    true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[200];
		struct http_head h;

		(void)snprintf(text, sizeof(text), "%s", cases[i].text);
		assert_int_equal(read_head(text, strlen(text), &h), 0);
		assert_int_equal(h.wants_close, cases[i].close);
		assert_null(h.query);
	}
}

static const struct {
	unsigned status;
	const char *text;
} refused[] = {
	{ 400, "\r\nGET / HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, " GET / HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET  / HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET / HTTP/1.1 \r\n" HOST "\r\n" },
	{ 400, "GET /\r\n" HOST "\r\n" },
	{ 400, "GET\r\n" HOST "\r\n" },
	{ 400, "G@T / HTTP/1.1\r\n" HOST "\r\n" },
	{ 501, "get / HTTP/1.1\r\n" HOST "\r\n" },
	{ 501, "BREW / HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET / http/1.1\r\n" HOST "\r\n" },
	{ 400, "GET / HTTP/1.10\r\n" HOST "\r\n" },
	{ 505, "GET / HTTP/1.2\r\n" HOST "\r\n" },
	{ 505, "GET / HTTP/2.0\r\n" HOST "\r\n" },
	{ 400, "GET http://a/ HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET * HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /%zz HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /% HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET / HTTP/1.1\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST ": empty\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "Name : x\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "N(me: x\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "A: b\r\n folded\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\n" HOST "\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n" },
	{ 400, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1 2\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n" },
	{ 400, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n" },
	{ 400,
	    "POST / HTTP/1.1\r\n" HOST
	    "Content-Length: 1000000000000000000\r\n\r\n" },
	{ 400,
	    "POST / HTTP/1.1\r\n" HOST
	    "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
	{ 400,
	    "POST / HTTP/1.1\r\n" HOST
	    "Content-Length: 1\r\nTransfer-Encoding: x\r\n\r\n" },
	{ 411,
	    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n" },
	{ 411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n" },
	{ 417, "POST / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n" },
};

static void
what_is_outside_the_rules_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char text[300];
		struct http_head h;
		unsigned status;

		(void)snprintf(text, sizeof(text), "%s", refused[i].text);
		status = read_head(text, strlen(text), &h);
		if (status != refused[i].status)
			fail_msg("%u instead of %u for case %zu:\n%s", status,
			    refused[i].status, i, refused[i].text);
	}
}

static void
nul_bytes_and_too_many_fields_are_refused(void **state)
{
	char nul[] = "GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n";
	char many[4096];
	struct http_head h;
	size_t len;

	(void)state;
	assert_int_equal(read_head(nul, sizeof(nul) - 1, &h), 400);
	len = (size_t)snprintf(many, sizeof(many), "GET / HTTP/1.1\r\n" HOST);
	for (int i = 1; i < HTTP_HEADERS_MAX; i++)
		len += (size_t)snprintf(
		    many + len, sizeof(many) - len, "A: b\r\n");
	len += (size_t)snprintf(many + len, sizeof(many) - len, "\r\n");
	assert_int_equal(read_head(many, len, &h), 0);
	assert_int_equal(h.headers_n, HTTP_HEADERS_MAX);
	len = (size_t)snprintf(many, sizeof(many), "GET / HTTP/1.1\r\n" HOST);
	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		len += (size_t)snprintf(
		    many + len, sizeof(many) - len, "A: b\r\n");
	len += (size_t)snprintf(many + len, sizeof(many) - len, "\r\n");
	assert_int_equal(read_head(many, len, &h), 431);
}

/* Near-valid bytes: a head with pieces left out, doubled or put elsewhere,
 * and now and then a random byte. */
static size_t
make_bytes(struct rng *r, char *out, size_t cap)
{
	static const char *const pieces[] = { "GET", " ", "/a%41?x=y", " ",
		"HTTP/1.1", "\r\n", "Host: a", "\r\n", "Content-Length: 0",
		"\r\n", "A: b", "\r\n", "Connection: close", "\r\n", "\r\n",
		"Transfer-Encoding: chunked", "\n", "\r", "\t" };
	const size_t n = sizeof(pieces) / sizeof(pieces[0]);
	size_t len = 0;

	for (size_t i = 0; i < 15; i++) {
		size_t which = rng_below(r, 40) == 0 ? rng_below(r, n) : i;
		const char *piece = pieces[which];

		if (rng_below(r, 40) == 0)
			continue;
		if (len + strlen(piece) + 2 > cap)
			break;
		len += (size_t)snprintf(out + len, cap - len, "%s", piece);
		if (rng_below(r, 100) == 0)
			out[len++] = (char)rng_next(r);
	}
	return len;
}

static void
where_the_bytes_are_cut_changes_nothing(void **state)
{
	struct rng r = rng_make(check_seed("http heads"));
	unsigned good = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char text[512];
		size_t len = make_bytes(&r, text, sizeof(text));
		size_t whole_at = 0, part_at = 0, part = 0;
		enum http_scan whole =
		    http_head_scan((const uint8_t *)text, len, &whole_at);
		enum http_scan parts = HTTP_SCAN_MORE;
		struct http_head h;

		while (parts == HTTP_SCAN_MORE && part < len) {
			part += 1 + rng_below(&r, len - part);
			parts = http_head_scan(
			    (const uint8_t *)text, part, &part_at);
		}
		assert_int_equal(whole, parts);
		if (whole != HTTP_SCAN_END)
			continue;
		assert_int_equal(whole_at, part_at);
		if (http_head_parse(text, whole_at, &h) == 0) {
			good++;
			assert_int_equal(h.path[0], '/');
		}
	}
	print_message("  %u of them were requests\n", good);
	assert_true(good > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request_is_read),
		cmocka_unit_test(
		    keeping_the_connection_is_the_rule_but_not_for_http_1_0),
		cmocka_unit_test(what_is_outside_the_rules_is_refused),
		cmocka_unit_test(nul_bytes_and_too_many_fields_are_refused),
		cmocka_unit_test(where_the_bytes_are_cut_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
