/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/http_app.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "Host: 127.0.0.1\r\n"

/* Run one test over plain TCP and over TLS. */
typedef void over_fn(struct http_app *a);

static void
over_both(over_fn *test, const struct http_limits *limits)
{
	for (int tls = 0; tls < 2; tls++) {
		struct http_app_wish wish = { .tls = tls == 1 };
		struct http_app a;

		if (limits != NULL)
			wish.limits = *limits;
		http_app_start(&a, &wish);
		test(&a);
		http_app_end(&a);
	}
}

static void
assert_body(struct wire *w, const char *wanted)
{
	size_t len = 0;
	const char *body;

	assert_int_equal(wire_reply(w, &len), 200);
	body = strstr(wire_got(w)->ptr, "\r\n\r\n") + 4;
	assert_memory_equal(body, wanted, strlen(wanted));
	assert_int_equal(
	    (size_t)(body - wire_got(w)->ptr) + strlen(wanted), len);
	wire_take(w, len);
}

static void
many_on_one(struct http_app *a)
{
	struct wire *w = http_app_connect(a);

	for (int i = 0; i < 3; i++) {
		assert_true(wire_send_text(
		    w, "GET /echo?n=1 HTTP/1.1\r\n" HOST "\r\n"));
		assert_body(w, "GET /echo?n=1\n");
		assert_true(wire_send_text(w,
		    "POST /echo HTTP/1.1\r\n" HOST
		    "Content-Length: 5\r\n\r\nhello"));
		assert_body(w, "POST /echo\nhello");
	}
	assert_int_equal(http_server_connections(a->server), 1);
	wire_close(w);
	http_app_wait_empty(a);
	assert_int_equal(a->gone, 0);
}

static void
requests_on_one_connection_are_answered_in_turn(void **state)
{
	(void)state;
	over_both(many_on_one, NULL);
}

static void
head_and_date(struct http_app *a)
{
	struct wire *w = http_app_connect(a);

	assert_true(wire_send_text(w,
	    "HEAD /echo HTTP/1.1\r\n" HOST "\r\n"
	    "GET /none HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
	assert_true(wire_closed(w));
	/* The length of what GET would give, and not a byte of it. */
	assert_non_null(
	    strstr(wire_got(w)->ptr, "Content-Length: 11\r\n\r\nHTTP/1.1 404"));
	assert_non_null(strstr(wire_got(w)->ptr, "\r\nDate: "));
	assert_non_null(strstr(wire_got(w)->ptr, " GMT\r\n"));
	assert_non_null(
	    strstr(wire_got(w)->ptr, "Connection: close\r\n\r\nno\n"));
	wire_close(w);
}

static void
head_has_no_body_and_a_last_request_gets_its_reply(void **state)
{
	(void)state;
	over_both(head_and_date, NULL);
}

static void
http_1_0_closes(struct http_app *a)
{
	struct wire *w = http_app_connect(a);

	assert_true(wire_send_text(
	    w, "GET /echo HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n"));
	assert_body(w, "GET /echo\n");
	assert_true(wire_closed(w));
	wire_close(w);
}

static void
http_1_0_is_answered_and_closed(void **state)
{
	(void)state;
	over_both(http_1_0_closes, NULL);
}

static void
large_both_ways(struct http_app *a)
{
	const size_t len = (size_t)3 << 20;
	char *body = malloc(len);
	struct wire *w = http_app_connect(a);
	size_t got = 0;
	char head[128];

	memset(body, 'b', len);
	(void)snprintf(head, sizeof(head),
	    "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", len);
	assert_true(wire_send_text(w, head));
	assert_true(wire_send(w, body, len));
	assert_int_equal(wire_reply(w, &got), 200);
	assert_true(got > len);
	assert_memory_equal(wire_got(w)->ptr + got - len, body, len);
	wire_take(w, got);
	assert_true(wire_send_text(w, "GET /large HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_reply(w, &got), 200);
	assert_true(got > HTTP_APP_LARGE);
	free(body);
	wire_close(w);
}

static void
megabytes_pass_in_both_directions(void **state)
{
	(void)state;
	over_both(large_both_ways, NULL);
}

static void
expect_continue(struct http_app *a)
{
	struct wire *w = http_app_connect(a);
	size_t len = 0;

	assert_true(wire_send_text(w,
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
	assert_int_equal(wire_reply(w, &len), 100);
	wire_take(w, len);
	assert_true(wire_send_text(w, "ok"));
	assert_body(w, "POST /echo\nok");
	wire_close(w);
}

static void
a_client_that_asks_first_is_told_to_go_on(void **state)
{
	(void)state;
	over_both(expect_continue, NULL);
}

static void
park_and_answer(struct http_app *a)
{
	struct wire *w[3];

	for (unsigned i = 0; i < 3; i++) {
		w[i] = http_app_connect(a);
		assert_true(
		    wire_send_text(w[i], "GET /park HTTP/1.1\r\n" HOST "\r\n"));
		http_app_wait_parked(a, i + 1);
	}
	/* Pipelined bytes on a parked request wait, however many. */
	for (int i = 0; i < 20; i++)
		assert_true(
		    wire_send_text(w[1], "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	wire_turn(a->loop, 20);
	assert_int_equal(a->requests, 3);
	assert_int_equal(a->gone, 0);
	http_app_answer(a, 1, "second");
	assert_body(w[1], "second");
	for (int i = 0; i < 20; i++)
		assert_body(w[1], "GET /echo\n");
	http_app_answer(a, 0, "first");
	http_app_answer(a, 2, "third");
	assert_body(w[0], "first");
	assert_body(w[2], "third");
	/* The connection goes on after a parked request. */
	assert_true(wire_send_text(w[0], "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_body(w[0], "GET /echo\n");
	for (unsigned i = 0; i < 3; i++)
		wire_close(w[i]);
}

static void
parked_requests_are_answered_in_any_order(void **state)
{
	(void)state;
	over_both(park_and_answer, NULL);
}

static void
vanish_while_parked(struct http_app *a)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct wire *w[3];

	for (unsigned i = 0; i < 3; i++) {
		w[i] = http_app_connect(a);
		assert_true(
		    wire_send_text(w[i], "GET /park HTTP/1.1\r\n" HOST "\r\n"));
		http_app_wait_parked(a, i + 1);
	}
	/* One closes, one resets, one leaves behind a pipelined request. */
	wire_close(w[0]);
	assert_int_equal(setsockopt(wire_fd(w[1]), SOL_SOCKET, SO_LINGER,
	                     &reset, sizeof(reset)),
	    0);
	wire_close(w[1]);
	assert_true(wire_send_text(w[2], "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	wire_turn(a->loop, 5);
	wire_close(w[2]);
	http_app_wait_gone(a, 3);
	http_app_wait_empty(a);
	assert_int_equal(a->requests, 3);
	assert_int_equal(a->parked_n, 0);
}

static void
a_client_that_vanishes_while_parked_is_noticed(void **state)
{
	(void)state;
	over_both(vanish_while_parked, NULL);
}

static void
split_header(struct http_app *a)
{
	struct wire *w = http_app_connect(a);

	assert_true(wire_send_text(w, "GET /split HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(w), 500);
	assert_null(strstr(wire_got(w)->ptr, "Evil"));
	assert_true(wire_send_text(w, "GET /length HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(w), 500);
	assert_int_equal(wire_got(w)->len, 0);
	wire_close(w);
}

static void
a_header_that_would_break_the_reply_never_leaves(void **state)
{
	(void)state;
	over_both(split_header, NULL);
}

static void
told_stopped(void *arg)
{
	struct http_app *a = arg;

	a->stopped = true;
}

static bool
is_stopped(void *arg)
{
	const struct http_app *a = arg;

	return a->stopped;
}

static void
stop_gracefully(struct http_app *a)
{
	struct wire *idle = http_app_connect(a);
	struct wire *parked = http_app_connect(a);
	struct wire *half = http_app_connect(a);

	assert_true(wire_send_text(idle, "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(idle), 200);
	assert_true(
	    wire_send_text(parked, "GET /park HTTP/1.1\r\n" HOST "\r\n"));
	assert_true(wire_send_text(half, "GET /echo HT"));
	http_app_wait_parked(a, 1);
	wire_turn(a->loop, 5);
	http_server_stop(a->server, told_stopped);
	assert_true(wire_closed(idle));
	assert_false(a->stopped);
	assert_true(wire_send_text(half, "TP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(half), 200);
	assert_true(wire_closed(half));
	http_app_answer(a, 0, "bye");
	assert_body(parked, "bye");
	assert_true(wire_closed(parked));
	wire_close(idle);
	wire_close(parked);
	wire_close(half);
	wire_until(a->loop, is_stopped, a);
	assert_int_equal(http_server_connections(a->server), 0);
}

static void
stopping_answers_what_is_open_and_then_tells(void **state)
{
	(void)state;
	over_both(stop_gracefully, NULL);
}

static void
stop_empty(struct http_app *a)
{
	http_server_stop(a->server, told_stopped);
	wire_until(a->loop, is_stopped, a);
}

static void
stopping_without_connections_tells_at_once(void **state)
{
	(void)state;
	over_both(stop_empty, NULL);
}

static void
free_while_busy(struct http_app *a)
{
	struct wire *parked = http_app_connect(a);
	struct wire *half = http_app_connect(a);

	assert_true(
	    wire_send_text(parked, "GET /park HTTP/1.1\r\n" HOST "\r\n"));
	assert_true(wire_send_text(half, "GET /echo HT"));
	http_app_wait_parked(a, 1);
	http_server_free(a->server);
	a->server = NULL;
	(void)wire_closed(parked);
	(void)wire_closed(half);
	assert_int_equal(a->gone, 0);
	wire_close(parked);
	wire_close(half);
}

static void
a_server_can_be_freed_under_its_clients(void **state)
{
	(void)state;
	over_both(free_while_busy, NULL);
}

static void
beyond_the_limit(struct http_app *a)
{
	struct wire *w[4];

	for (unsigned i = 0; i < 4; i++)
		w[i] = http_app_connect(a);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(
		    wire_send_text(w[i], "GET /park HTTP/1.1\r\n" HOST "\r\n"));
		http_app_wait_parked(a, i + 1);
	}
	wire_turn(a->loop, 20);
	assert_int_equal(http_server_connections(a->server), 2);
	wire_close(w[0]);
	http_app_wait_gone(a, 1);
	assert_true(wire_send_text(
	    w[2], "GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
	assert_int_equal(wire_status(w[2]), 200);
	assert_true(wire_closed(w[2]));
	wire_close(w[2]);
	assert_true(wire_send_text(w[3], "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(wire_status(w[3]), 200);
	wire_close(w[1]);
	wire_close(w[3]);
}

static void
connections_over_the_limit_wait_for_their_turn(void **state)
{
	const struct http_limits limits = { .connections_max = 2 };

	(void)state;
	over_both(beyond_the_limit, &limits);
}

static void
out_of_descriptors(struct http_app *a)
{
	struct wire *w = http_app_connect(a);
	int taken[256];
	int n = 0;

	while (n < 256 && (taken[n] = dup(wire_fd(w))) >= 0)
		n++;
	wire_turn(a->loop, 20);
	assert_true(n < 256);
	assert_int_equal(http_server_connections(a->server), 0);
	while (n > 0)
		assert_int_equal(close(taken[--n]), 0);
	assert_true(wire_send_text(w, "GET /echo HTTP/1.1\r\n" HOST "\r\n"));
	assert_body(w, "GET /echo\n");
	wire_close(w);
}

static void
a_process_out_of_descriptors_accepts_again_later(void **state)
{
	struct rlimit before, low;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 128;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	over_both(out_of_descriptors, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
ipv6_works_and_shows_its_peer(void **state)
{
	const struct http_app_wish wish = { .listen = "[::1]:0" };
	struct http_app a;
	struct wire *w;

	(void)state;
	http_app_start(&a, &wish);
	w = http_app_connect(&a);
	assert_true(wire_send_text(w, "GET /park HTTP/1.1\r\n" HOST "\r\n"));
	http_app_wait_parked(&a, 1);
	assert_string_equal(a.parked[0]->peer, "::1");
	assert_string_equal(
	    http_request_header(a.parked[0], "hOST"), "127.0.0.1");
	assert_null(http_request_header(a.parked[0], "Cookie"));
	http_app_answer(&a, 0, "");
	assert_body(w, "");
	wire_close(w);
	http_app_end(&a);
}

static void
an_ipv4_peer_is_shown_as_such_by_a_dual_listener(void **state)
{
	const struct http_app_wish wish = { .listen = "[::]:0" };
	char address[64];
	struct http_app a;
	struct wire *w;

	(void)state;
	http_app_start(&a, &wish);
	(void)snprintf(
	    address, sizeof(address), "127.0.0.1%s", strrchr(a.address.s, ':'));
	w = wire_open(a.loop, address, NULL);
	assert_true(wire_send_text(w, "GET /park HTTP/1.1\r\n" HOST "\r\n"));
	http_app_wait_parked(&a, 1);
	assert_string_equal(a.parked[0]->peer, "127.0.0.1");
	http_app_answer(&a, 0, "");
	assert_body(w, "");
	wire_close(w);
	http_app_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    requests_on_one_connection_are_answered_in_turn),
		cmocka_unit_test(
		    head_has_no_body_and_a_last_request_gets_its_reply),
		cmocka_unit_test(http_1_0_is_answered_and_closed),
		cmocka_unit_test(megabytes_pass_in_both_directions),
		cmocka_unit_test(a_client_that_asks_first_is_told_to_go_on),
		cmocka_unit_test(parked_requests_are_answered_in_any_order),
		cmocka_unit_test(
		    a_client_that_vanishes_while_parked_is_noticed),
		cmocka_unit_test(
		    a_header_that_would_break_the_reply_never_leaves),
		cmocka_unit_test(stopping_answers_what_is_open_and_then_tells),
		cmocka_unit_test(stopping_without_connections_tells_at_once),
		cmocka_unit_test(a_server_can_be_freed_under_its_clients),
		cmocka_unit_test(
		    connections_over_the_limit_wait_for_their_turn),
		cmocka_unit_test(
		    a_process_out_of_descriptors_accepts_again_later),
		cmocka_unit_test(ipv6_works_and_shows_its_peer),
		cmocka_unit_test(
		    an_ipv4_peer_is_shown_as_such_by_a_dual_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
