/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile clients, over plain TCP and over TLS: what they send is refused
 * with the right word, nothing of it reaches the application, and the
 * connection is closed in order.
 */
#include "tests/support/check.h"

#include "tests/support/http_app.h"

#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/rng.h"

#define HOST "Host: 127.0.0.1\r\n"
#define SMUGGLED "GET /echo HTTP/1.1\r\n" HOST "\r\n"

static const struct {
	const char *what;
	const char *bytes;
	size_t len; /* 0: a string */
	unsigned status;
} refused[] = {
	{ "differing lengths",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n"
	    "Content-Length: 44\r\n\r\n" SMUGGLED,
	    0, 400 },
	{ "length and encoding",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
	    0, 400 },
	{ "encoding alone",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	    0, 411 },
	{ "bad chunk size",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
	    0, 411 },
	{ "chunk without its line end",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello0\r\n\r\n",
	    0, 411 },
	{ "hidden encoding",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: xchunked\r\n\r\n" SMUGGLED,
	    0, 411 },
	{ "body with GET",
	    "GET /echo HTTP/1.1\r\n" HOST "Content-Length: 44\r\n\r\n" SMUGGLED,
	    0, 400 },
	{ "NUL in a value", "GET /echo HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n", 45,
	    400 },
	{ "two hosts", "GET /echo HTTP/1.1\r\n" HOST HOST "\r\n", 0, 400 },
	{ "no host", "GET /echo HTTP/1.1\r\n\r\n", 0, 400 },
	{ "line feeds alone", "GET /echo HTTP/1.1\nHost: a\n\n", 0, 400 },
	{ "folded line", "GET /echo HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 0,
	    400 },
	{ "blank before the colon",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Length : 44\r\n\r\n" SMUGGLED,
	    0, 400 },
	{ "unknown method", "BREW /echo HTTP/1.1\r\n" HOST "\r\n", 0, 501 },
	{ "CONNECT", "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", 0, 501 },
	{ "absolute target",
	    "GET http://127.0.0.1/echo HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
	{ "HTTP/0.9", "GET /echo\r\n\r\n", 0, 400 },
	{ "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505 },
	{ "body over the limit",
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 1000001\r\n\r\n", 0,
	    413 },
	{ "body over the limit, asked first",
	    "PUT /echo HTTP/1.1\r\n" HOST
	    "Content-Length: 1000001\r\nExpect: 100-continue\r\n\r\n",
	    0, 413 },
	{ "length past 64 bits",
	    "PUT /echo HTTP/1.1\r\n" HOST
	    "Content-Length: 18446744073709551617\r\n\r\n",
	    0, 400 },
};

typedef void over_fn(struct http_app *a);

static void
over_both(over_fn *test, const struct http_limits *limits)
{
	for (int tls = 0; tls < 2; tls++) {
		struct http_app_wish wish = { .tls = tls == 1 };
		struct http_app a;

		wish.limits = *limits;
		http_app_start(&a, &wish);
		test(&a);
		http_app_wait_empty(&a);
		http_app_end(&a);
	}
}

static const struct http_limits small = {
	.head_max = 8192,
	.body_max = 1000000,
	.body_total_max = 1500000,
	.linger_ms = 200,
};

static void
send_refused(struct http_app *a)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct wire *w = http_app_connect(a);
		size_t len = refused[i].len != 0 ? refused[i].len
		                                 : strlen(refused[i].bytes);
		unsigned status;

		assert_true(wire_send(w, refused[i].bytes, len));
		status = wire_status(w);
		if (status != refused[i].status)
			fail_msg("%s: %u", refused[i].what, status);
		/* One answer, then an orderly end. */
		assert_true(wire_closed(w));
		assert_int_equal(wire_got(w)->len, 0);
		wire_close(w);
	}
	assert_int_equal(a->requests, 0);
}

static void
what_breaks_the_rules_is_refused_and_closed(void **state)
{
	(void)state;
	over_both(send_refused, &small);
}

static void
send_long_head(struct http_app *a)
{
	const size_t len = (size_t)1 << 20;
	char *value = malloc(len);
	struct wire *w = http_app_connect(a);

	memset(value, 'v', len);
	assert_true(wire_send_text(w, "GET /echo HTTP/1.1\r\n" HOST "A: "));
	(void)wire_send(w, value, len);
	assert_int_equal(wire_status(w), 431);
	assert_true(wire_closed(w));
	wire_close(w);
	/* One endless line, the first. */
	w = http_app_connect(a);
	(void)wire_send(w, value, len);
	assert_int_equal(wire_status(w), 431);
	wire_close(w);
	free(value);
	assert_int_equal(a->requests, 0);
}

static void
a_head_of_a_mebibyte_is_refused_and_the_answer_arrives(void **state)
{
	(void)state;
	over_both(send_long_head, &small);
}

static void
send_body_anyway(struct http_app *a)
{
	const size_t len = (size_t)2 << 20;
	char *body = calloc(1, len);
	struct wire *w = http_app_connect(a);

	assert_true(wire_send_text(w,
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 2097152\r\n\r\n"));
	assert_true(wire_send(w, body, len));
	assert_int_equal(wire_status(w), 413);
	assert_true(wire_closed(w));
	wire_close(w);
	free(body);
}

static void
the_answer_survives_a_body_that_nobody_reads(void **state)
{
	(void)state;
	over_both(send_body_anyway, &small);
}

static void
bodies_in_flight(struct http_app *a)
{
	char *body = calloc(1, 1000000);
	struct wire *parked = http_app_connect(a);
	struct wire *second = http_app_connect(a);

	assert_true(wire_send_text(parked,
	    "PUT /park HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n"));
	assert_true(wire_send(parked, body, 1000000));
	http_app_wait_parked(a, 1);
	assert_true(wire_send_text(second,
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 500001\r\n\r\n"));
	assert_int_equal(wire_status(second), 503);
	wire_close(second);
	http_app_answer(a, 0, "ok");
	assert_int_equal(wire_status(parked), 200);
	/* The room is free again. */
	assert_true(wire_send_text(parked,
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n"));
	assert_true(wire_send(parked, body, 1000000));
	assert_int_equal(wire_status(parked), 200);
	/* Also after a client that left half way. */
	assert_true(wire_send_text(parked,
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nx"));
	wire_turn(a->loop, 5);
	wire_close(parked);
	http_app_wait_empty(a);
	second = http_app_connect(a);
	assert_true(wire_send_text(second,
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n"));
	assert_true(wire_send(second, body, 1000000));
	assert_int_equal(wire_status(second), 200);
	wire_close(second);
	free(body);
}

static void
bytes_in_flight_are_bounded_over_all_connections(void **state)
{
	(void)state;
	over_both(bodies_in_flight, &small);
}

static const struct http_limits hasty = {
	.head_ms = 300,
	.body_ms = 300,
	.reply_ms = 300,
	.idle_ms = 300,
	.linger_ms = 200,
};

/* Send byte after byte, never pausing for long, until the server has had
 * enough; the milliseconds that it took. */
static uint64_t
drip(struct http_app *a, struct wire *w, const char *bytes)
{
	uint64_t began = clock_mono_ms();

	for (size_t i = 0; bytes[i] != '\0'; i++) {
		if (!wire_send(w, bytes + i, 1))
			break;
		wire_turn(a->loop, 10);
		if (http_server_connections(a->server) == 0)
			break;
	}
	return clock_mono_ms() - began;
}

static void
drip_head(struct http_app *a)
{
	static const char head[] =
	    "GET /echo HTTP/1.1\r\n" HOST
	    "A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "\r\n\r\n";
	struct wire *w = http_app_connect(a);

	(void)drip(a, w, head);
	assert_int_equal(wire_status(w), 408);
	wire_close(w);
	assert_int_equal(a->requests, 0);
}

static void
a_head_that_drips_ends_at_its_deadline(void **state)
{
	(void)state;
	over_both(drip_head, &hasty);
}

static void
drip_body(struct http_app *a)
{
	char body[201];
	struct wire *w = http_app_connect(a);

	memset(body, 'b', 200);
	body[200] = '\0';
	assert_true(wire_send_text(
	    w, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 200\r\n\r\n"));
	(void)drip(a, w, body);
	assert_int_equal(wire_status(w), 408);
	wire_close(w);
	assert_int_equal(a->requests, 0);
}

static void
a_body_that_drips_ends_at_its_deadline(void **state)
{
	(void)state;
	over_both(drip_body, &hasty);
}

static void
say_nothing(struct http_app *a)
{
	struct wire *fresh = http_app_connect(a);
	struct wire *idle = http_app_connect(a);

	assert_true(wire_send_text(idle, "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(idle), 200);
	assert_true(wire_closed(idle));
	assert_int_equal(wire_got(idle)->len, 0);
	(void)wire_closed(fresh);
	assert_int_equal(wire_got(fresh)->len, 0);
	wire_close(fresh);
	wire_close(idle);
}

static void
a_client_that_says_nothing_is_closed_without_a_word(void **state)
{
	(void)state;
	over_both(say_nothing, &hasty);
}

static bool
is_empty(void *arg)
{
	const struct http_app *a = arg;

	return http_server_connections(a->server) == 0;
}

static void
take_no_reply(struct http_app *a)
{
	struct wire *w = http_app_connect(a);
	int little = 4096;

	assert_int_equal(setsockopt(wire_fd(w), SOL_SOCKET, SO_RCVBUF, &little,
	                     sizeof(little)),
	    0);
	assert_true(wire_send_text(w, "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(w), 200);
	assert_true(wire_send_text(w, "GET /large HTTP/1.1\r\n" HOST "\r\n"));
	wire_until(a->loop, is_empty, a);
	wire_close(w);
}

/* 4 MiB have 17 times the time for a small reply: just under a second. */
static void
a_client_that_takes_no_reply_is_cut_off(void **state)
{
	const struct http_limits limits = { .reply_ms = 50 };

	(void)state;
	over_both(take_no_reply, &limits);
}

static void
random_bytes(struct http_app *a)
{
	struct rng r = rng_make(check_seed("hostile bytes"));

	for (int round = 0; round < 100; round++) {
		char bytes[600] = "POST /echo HTTP/1.1\r\n" HOST
		                  "Content-Length: 9\r\n\r\n123456789";
		size_t len = 1 + rng_below(&r, sizeof(bytes));
		struct wire *w = http_app_connect(a);

		for (size_t i = strlen(bytes); i < sizeof(bytes); i++)
			bytes[i] = (char)rng_next(&r);
		for (size_t i = rng_below(&r, 4); i > 0; i--)
			bytes[rng_below(&r, 60)] = (char)rng_next(&r);
		(void)wire_send(w, bytes, len);
		if (rng_below(&r, 2) == 0)
			wire_turn(a->loop, 1);
		wire_close(w);
	}
}

static void
random_bytes_and_sudden_ends_never_hurt(void **state)
{
	(void)state;
	over_both(random_bytes, &small);
}

static void
bytes_that_are_no_tls_are_dropped(void **state)
{
	const struct http_app_wish wish = { .tls = true };
	struct http_app a;
	struct wire *w;

	(void)state;
	http_app_start(&a, &wish);
	w = wire_open(a.loop, a.address.s, NULL);
	assert_true(wire_send_text(w, SMUGGLED));
	(void)wire_closed(w);
	assert_int_equal(a.requests, 0);
	wire_close(w);
	http_app_wait_empty(&a);
	http_app_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_breaks_the_rules_is_refused_and_closed),
		cmocka_unit_test(
		    a_head_of_a_mebibyte_is_refused_and_the_answer_arrives),
		cmocka_unit_test(the_answer_survives_a_body_that_nobody_reads),
		cmocka_unit_test(
		    bytes_in_flight_are_bounded_over_all_connections),
		cmocka_unit_test(a_head_that_drips_ends_at_its_deadline),
		cmocka_unit_test(a_body_that_drips_ends_at_its_deadline),
		cmocka_unit_test(
		    a_client_that_says_nothing_is_closed_without_a_word),
		cmocka_unit_test(a_client_that_takes_no_reply_is_cut_off),
		cmocka_unit_test(random_bytes_and_sudden_ends_never_hurt),
		cmocka_unit_test(bytes_that_are_no_tls_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
