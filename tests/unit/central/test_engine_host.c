/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A front that was taken over: whatever it sends, the engine answers 400 or
 * hangs up on it, and goes on.
 */
#include "tests/support/engine_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/sys/channel.h"
#include "common/sys/loop.h"
#include "daemon/central/serve/engine_host.h"

#define DEADLINE_MS 10000

/* The engine, and the test in the place of its fronts. */
struct stage {
	struct world world;
	struct loop *loop;
	struct engine_host *host;
	struct channel *front;
	struct loop_timer *deadline;
	bool is_closed;
	unsigned answers;
	int status; /* of the last answer */
	uint32_t id;
};

static void
on_message(struct channel *ch, const struct channel_message *m, void *arg)
{
	struct stage *s = arg;
	struct wire_request_text *text;
	struct wire_answer a;
	struct err e;

	(void)ch;
	assert_int_equal(m->kind, WIRE_ANSWER);
	assert_ok(wire_answer_dec(m->payload, m->len, &a, &text, &e), &e);
	s->status = a.status;
	s->id = m->id;
	s->answers++;
	wire_request_text_free(text);
	loop_stop(s->loop);
}

static void
on_close(struct channel *ch, void *arg)
{
	struct stage *s = arg;

	(void)ch;
	s->is_closed = true;
	loop_stop(s->loop);
}

static void
on_error(struct channel *ch, const struct err *why, void *arg)
{
	(void)why;
	on_close(ch, arg);
}

static void
on_deadline(void *arg)
{
	(void)arg;
	fail_msg("nothing came from the engine");
}

static void
front_connect(struct stage *s, enum wire_listener listener)
{
	struct channel_options o = { .on_message = on_message,
		.on_close = on_close,
		.on_error = on_error,
		.arg = s };
	int ends[2];
	struct err e;

	channel_free(s->front);
	s->front = NULL;
	s->is_closed = false;
	assert_ok(channel_pair(ends, &e), &e);
	assert_ok(engine_host_attach(s->host, listener, ends[0], &e), &e);
	o.fd = ends[1];
	assert_ok(channel_new(s->loop, &o, &s->front, &e), &e);
}

static void
stage_start(struct stage *s)
{
	struct err e;

	*s = (struct stage){ .is_closed = false };
	world_start(&s->world);
	assert_ok(loop_new(&s->loop, &e), &e);
	assert_ok(engine_host_new(s->loop, s->world.g, &s->host, &e), &e);
	assert_ok(
	    loop_timer_new(s->loop, on_deadline, s, &s->deadline, &e), &e);
}

static void
stage_end(struct stage *s)
{
	channel_free(s->front);
	engine_host_free(s->host);
	loop_timer_free(s->deadline);
	loop_free(s->loop);
	world_end(&s->world);
}

/* Let the loop run until the engine answered or hung up. */
static void
wait_for_engine(struct stage *s)
{
	struct err e;

	assert_ok(loop_timer_start(s->deadline, DEADLINE_MS, &e), &e);
	assert_ok(loop_run(s->loop, &e), &e);
	loop_timer_stop(s->deadline);
}

static void
tell(struct stage *s, uint16_t kind, uint32_t id, const void *bytes, size_t len)
{
	const struct channel_message m = {
		.id = id, .kind = kind, .payload = bytes, .len = len
	};
	struct err e;

	assert_ok(channel_send(s->front, &m, &e), &e);
}

/* A request that decodes. */
static void
tell_request(struct stage *s, uint16_t kind, uint32_t id, const char *target)
{
	const struct wire_request r = { .kind = kind,
		.method = "GET",
		.target = target,
		.sig = "",
		.dict = "",
		.peer = "192.0.2.1",
		.body = "",
		.body_len = 0 };
	struct buf bytes;
	struct err e;

	buf_init(&bytes, 65536);
	assert_ok(wire_request_enc(&r, &bytes, &e), &e);
	tell(s, kind, id, bytes.ptr, bytes.len);
	buf_fini(&bytes);
}

/* The engine still answers who asks rightly. */
static void
engine_is_well(struct stage *s)
{
	front_connect(s, WIRE_PEOPLE);
	tell_request(s, WIRE_HEALTH, 77, "/healthz");
	wait_for_engine(s);
	assert_int_equal(s->status, 200);
	assert_int_equal(s->id, 77);
}

static void
kinds_of_the_other_listener_are_answered_400(void **state)
{
	struct stage s;

	(void)state;
	stage_start(&s);
	for (uint16_t kind = 1; kind < 64; kind++) {
		const unsigned before = s.answers;

		if (kind == WIRE_GONE || kind == WIRE_HEALTH ||
		    kind == WIRE_METRICS || kind == WIRE_PAGE)
			continue;
		front_connect(&s, WIRE_PEOPLE);
		tell_request(&s, kind, kind, "/v1/sync");
		wait_for_engine(&s);
		assert_int_equal(s.answers, before + 1);
		assert_int_equal(s.status, 400);
		assert_int_equal(s.id, kind);
	}
	front_connect(&s, WIRE_DEVICES);
	tell_request(&s, WIRE_METRICS, 5, "/metrics");
	wait_for_engine(&s);
	assert_int_equal(s.status, 400);
	engine_is_well(&s);
	stage_end(&s);
}

static void
messages_that_are_no_requests_are_answered_400(void **state)
{
	static const char *const bad[] = { "", "\n", "{}\n", "no line",
		"{\"method\":1}\n", "{\"dict\":\"\\u0000\"}\n" };
	struct stage s;

	(void)state;
	stage_start(&s);
	front_connect(&s, WIRE_DEVICES);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.status = 0;
		tell(&s, WIRE_SYNC, (uint32_t)i, bad[i], strlen(bad[i]));
		wait_for_engine(&s);
		assert_int_equal(s.status, 400);
		assert_false(s.is_closed);
	}
	engine_is_well(&s);
	stage_end(&s);
}

static void
bytes_that_are_no_frames_end_that_channel_and_nothing_else(void **state)
{
	struct rng rng = rng_make(check_seed("garbage on a channel"));
	struct stage s;
	struct err e;

	(void)state;
	stage_start(&s);
	for (int i = 0; i < 50; i++) {
		uint8_t bytes[512];
		int ends[2];
		const size_t len = 1 + (size_t)rng_below(&rng, sizeof(bytes));

		rng_bytes(&rng, bytes, len);
		assert_ok(channel_pair(ends, &e), &e);
		assert_ok(
		    engine_host_attach(s.host, WIRE_DEVICES, ends[0], &e), &e);
		assert_int_equal(write(ends[1], bytes, len), (ssize_t)len);
		assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
		/* The other front works beside it. */
		engine_is_well(&s);
		assert_int_equal(close(ends[1]), 0);
	}
	stage_end(&s);
}

static void
gone_clients_that_never_came_are_nobody(void **state)
{
	struct stage s;

	(void)state;
	stage_start(&s);
	front_connect(&s, WIRE_DEVICES);
	for (uint32_t id = 0; id < 100; id++)
		tell(&s, WIRE_GONE, id, NULL, 0);
	engine_is_well(&s);
	stage_end(&s);
}

static void
an_answer_for_a_front_that_left_goes_to_no_other(void **state)
{
	struct stage s;

	(void)state;
	stage_start(&s);
	front_connect(&s, WIRE_PEOPLE);
	tell_request(&s, WIRE_HEALTH, 1, "/healthz");
	front_connect(&s, WIRE_PEOPLE); /* before the engine could read it */
	tell_request(&s, WIRE_HEALTH, 2, "/healthz");
	wait_for_engine(&s);
	assert_int_equal(s.answers, 1);
	assert_int_equal(s.id, 2);
	stage_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_the_other_listener_are_answered_400),
		cmocka_unit_test(
		    messages_that_are_no_requests_are_answered_400),
		cmocka_unit_test(
		    bytes_that_are_no_frames_end_that_channel_and_nothing_else),
		cmocka_unit_test(gone_clients_that_never_came_are_nobody),
		cmocka_unit_test(
		    an_answer_for_a_front_that_left_goes_to_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
