/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/sys/channel.h"
#include "common/sys/loop.h"

#define PATIENCE_MS 20000
#define NOTED_MAX 4096

/* One end and what it has seen. */
struct end {
	struct loop *loop;
	struct channel *ch;
	unsigned stop_at; /* stop the loop at this many messages; 0: never */
	unsigned n;       /* messages */
	struct {
		uint32_t id;
		uint16_t kind;
		bool urgent;
		size_t len;
	} noted[NOTED_MAX];
	uint8_t *last; /* payload of the last body, owned */
	unsigned closed;
	unsigned errors;
	enum err_code error;
	unsigned rooms;
	bool free_on_message;
};

static void
on_message(struct channel *ch, const struct channel_message *m, void *arg)
{
	struct end *end = arg;

	assert_true(end->n < NOTED_MAX);
	end->noted[end->n].id = m->id;
	end->noted[end->n].kind = m->kind;
	end->noted[end->n].urgent = m->urgent;
	end->noted[end->n].len = m->len;
	end->n++;
	if (!m->urgent) {
		free(end->last);
		end->last = malloc(m->len + 1);
		assert_non_null(end->last);
		if (m->len > 0)
			memcpy(end->last, m->payload, m->len);
	}
	if (end->free_on_message) {
		channel_free(ch);
		end->ch = NULL;
	}
	if (end->n == end->stop_at)
		loop_stop(end->loop);
}

static void
on_close(struct channel *ch, void *arg)
{
	struct end *end = arg;

	(void)ch;
	end->closed++;
	loop_stop(end->loop);
}

static void
on_error(struct channel *ch, const struct err *why, void *arg)
{
	struct end *end = arg;

	end->errors++;
	end->error = why->code;
	channel_free(ch);
	end->ch = NULL;
	loop_stop(end->loop);
}

static void
on_room(struct channel *ch, void *arg)
{
	struct end *end = arg;

	(void)ch;
	end->rooms++;
	loop_stop(end->loop);
}

static void
too_late(void *arg)
{
	(void)arg;
	fail_msg("the loop did not stop in %d ms", PATIENCE_MS);
}

static void
run(struct loop *l)
{
	struct loop_timer *timer;
	struct err e;

	assert_ok(loop_timer_new(l, too_late, NULL, &timer, &e), &e);
	assert_ok(loop_timer_start(timer, PATIENCE_MS, &e), &e);
	assert_ok(loop_run(l, &e), &e);
	loop_timer_free(timer);
}

static void
turn_over(void *arg)
{
	loop_stop(arg);
}

/* Let everything happen that can happen without waiting. */
static void
settle(struct loop *l)
{
	struct loop_timer *timer;
	struct err e;

	assert_ok(loop_timer_new(l, turn_over, l, &timer, &e), &e);
	for (int i = 0; i < 200; i++) {
		assert_ok(loop_timer_start(timer, 0, &e), &e);
		assert_ok(loop_run(l, &e), &e);
	}
	loop_timer_free(timer);
}

static void
end_open(struct end *end, struct loop *l, int fd, size_t queue_max)
{
	const struct channel_options o = {
		.fd = fd,
		.on_message = on_message,
		.on_close = on_close,
		.on_error = on_error,
		.on_room = on_room,
		.arg = end,
		.queue_max = queue_max,
	};
	struct err e;

	memset(end, 0, sizeof(*end));
	end->loop = l;
	assert_ok(channel_new(l, &o, &end->ch, &e), &e);
}

static void
end_close(struct end *end)
{
	channel_free(end->ch);
	free(end->last);
}

static enum err_code
send_one(
    struct end *end, uint32_t id, bool urgent, const void *data, size_t len)
{
	const struct channel_message m = {
		.id = id,
		.kind = 7,
		.urgent = urgent,
		.payload = data,
		.len = len,
	};
	struct err e;

	return channel_send(end->ch, &m, &e);
}

struct pair {
	struct loop *loop;
	struct end a, b;
};

static void
pair_open(struct pair *p, size_t queue_max)
{
	int fds[2];
	struct err e;

	assert_ok(loop_new(&p->loop, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	end_open(&p->a, p->loop, fds[0], queue_max);
	end_open(&p->b, p->loop, fds[1], queue_max);
}

static void
pair_close(struct pair *p)
{
	end_close(&p->a);
	end_close(&p->b);
	loop_free(p->loop);
}

static void
messages_of_every_length_arrive_whole_and_in_order(void **state)
{
	static const size_t lens[] = { 0, 1, 65535, 65536, 65537, 131072,
		1000003, CHANNEL_MESSAGE_MAX };
	const size_t n = sizeof(lens) / sizeof(lens[0]);
	struct rng r = rng_make(check_seed("channel lengths"));
	uint8_t *data = malloc(CHANNEL_MESSAGE_MAX);
	struct pair p;

	(void)state;
	assert_non_null(data);
	rng_bytes(&r, data, CHANNEL_MESSAGE_MAX);
	pair_open(&p, 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    send_one(&p.a, (uint32_t)i, false, data, lens[i]), ERR_OK);
	p.b.stop_at = (unsigned)n;
	run(p.loop);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p.b.noted[i].id, i);
		assert_int_equal(p.b.noted[i].kind, 7);
		assert_int_equal(p.b.noted[i].len, lens[i]);
	}
	assert_memory_equal(p.b.last, data, CHANNEL_MESSAGE_MAX);
	assert_int_equal(channel_queued(p.a.ch), 0);
	free(data);
	pair_close(&p);
}

static void
two_ends_that_both_send_a_mebibyte_both_finish(void **state)
{
	const size_t len = 1U << 20;
	uint8_t *data = calloc(1, len);
	struct pair p;

	(void)state;
	assert_non_null(data);
	pair_open(&p, 0);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(send_one(&p.a, i, false, data, len), ERR_OK);
		assert_int_equal(send_one(&p.b, i, false, data, len), ERR_OK);
	}
	/* Whichever end is served last stops the loop. */
	p.a.stop_at = p.b.stop_at = 8;
	run(p.loop);
	if (p.a.n < 8 || p.b.n < 8)
		run(p.loop);
	assert_int_equal(p.a.n, 8);
	assert_int_equal(p.b.n, 8);
	free(data);
	pair_close(&p);
}

static void
an_urgent_message_overtakes_a_body(void **state)
{
	uint8_t *data = calloc(1, CHANNEL_MESSAGE_MAX);
	struct pair p;

	(void)state;
	assert_non_null(data);
	pair_open(&p, 0);
	assert_int_equal(
	    send_one(&p.a, 1, false, data, CHANNEL_MESSAGE_MAX), ERR_OK);
	assert_int_equal(send_one(&p.a, 2, false, data, 10), ERR_OK);
	assert_int_equal(send_one(&p.a, 3, true, "wake", 4), ERR_OK);
	assert_int_equal(send_one(&p.a, 4, true, "wake", 4), ERR_OK);
	p.b.stop_at = 4;
	run(p.loop);
	assert_int_equal(p.b.noted[0].id, 3);
	assert_true(p.b.noted[0].urgent);
	assert_int_equal(p.b.noted[1].id, 4);
	assert_int_equal(p.b.noted[2].id, 1);
	assert_int_equal(p.b.noted[3].id, 2);
	free(data);
	pair_close(&p);
}

static void
a_paused_end_takes_a_window_of_bodies_and_every_urgent_word(void **state)
{
	const size_t len = 65536;
	uint8_t *data = calloc(1, len);
	unsigned bodies = 0;
	struct pair p;

	(void)state;
	assert_non_null(data);
	pair_open(&p, 0);
	channel_pause(p.b.ch, true);
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(send_one(&p.a, i, false, data, len), ERR_OK);
	settle(p.loop);
	bodies = p.b.n;
	assert_int_equal(bodies, CHANNEL_WINDOW / (len + 16));
	assert_int_equal(send_one(&p.a, 99, true, "wake", 4), ERR_OK);
	settle(p.loop);
	assert_int_equal(p.b.n, bodies + 1);
	assert_int_equal(p.b.noted[bodies].id, 99);
	p.b.stop_at = 41;
	channel_pause(p.b.ch, false);
	run(p.loop);
	assert_int_equal(p.b.noted[40].id, 39);
	free(data);
	pair_close(&p);
}

static void
a_full_queue_says_busy_and_then_that_there_is_room(void **state)
{
	const size_t len = 100000;
	uint8_t *data = calloc(1, len);
	unsigned sent = 0;
	struct pair p;

	(void)state;
	assert_non_null(data);
	pair_open(&p, 300000);
	while (send_one(&p.a, sent, false, data, len) == ERR_OK)
		assert_true(++sent < 100);
	assert_int_equal(send_one(&p.a, sent, false, data, len), ERR_BUSY);
	assert_true(channel_queued(p.a.ch) <= 300000 + CHANNEL_WINDOW);
	run(p.loop);
	assert_int_equal(p.a.rooms, 1);
	assert_int_equal(send_one(&p.a, sent++, false, data, len), ERR_OK);
	p.b.stop_at = sent;
	if (p.b.n < sent)
		run(p.loop);
	assert_int_equal(p.b.n, sent);
	/* Told once for each refusal. */
	assert_int_equal(p.a.rooms, 1);
	free(data);
	pair_close(&p);
}

static void
urgent_words_to_an_end_that_does_not_read_are_bounded(void **state)
{
	uint8_t word[CHANNEL_URGENT_MAX] = { 0 };
	struct loop *l;
	struct end end;
	unsigned sent = 0;
	int fds[2];
	struct err e;

	(void)state;
	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	end_open(&end, l, fds[0], 0);
	while (send_one(&end, 1, true, word, sizeof(word)) == ERR_OK)
		assert_true(++sent < 2000);
	assert_int_equal(send_one(&end, 1, true, word, sizeof(word)), ERR_BUSY);
	assert_int_equal(
	    send_one(&end, 1, true, word, sizeof(word) + 1), ERR_INVALID);
	end_close(&end);
	assert_int_equal(close(fds[1]), 0);
	loop_free(l);
}

static void
what_was_sent_before_closing_arrives_before_the_close(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, 0);
	assert_int_equal(send_one(&p.a, 1, false, "bye", 3), ERR_OK);
	assert_int_equal(channel_queued(p.a.ch), 0);
	channel_free(p.a.ch);
	p.a.ch = NULL;
	/* The other end writes into the closed socket and still reads. */
	assert_int_equal(send_one(&p.b, 2, false, "hello", 5), ERR_OK);
	run(p.loop);
	assert_int_equal(p.b.n, 1);
	assert_int_equal(p.b.closed, 1);
	assert_int_equal(p.b.errors, 0);
	assert_int_equal(send_one(&p.b, 3, false, "x", 1), ERR_IO);
	pair_close(&p);
}

static void
a_channel_may_be_freed_while_it_delivers(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, 0);
	p.b.free_on_message = true;
	p.b.stop_at = 1;
	assert_int_equal(send_one(&p.a, 1, false, "x", 1), ERR_OK);
	assert_int_equal(send_one(&p.a, 2, false, "y", 1), ERR_OK);
	run(p.loop);
	assert_int_equal(p.b.n, 1);
	run(p.loop);
	assert_int_equal(p.a.closed, 1);
	pair_close(&p);
}

/* A frame as a hostile peer writes it. */
struct forged {
	const char *what;
	uint8_t bytes[16];
};

static void
give_forged(const uint8_t *bytes, size_t len, enum err_code wanted)
{
	struct loop *l;
	struct end end;
	int fds[2];
	struct err e;

	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	end_open(&end, l, fds[0], 0);
	assert_int_equal(write(fds[1], bytes, len), (ssize_t)len);
	run(l);
	assert_int_equal(end.errors, 1);
	assert_int_equal(end.error, wanted);
	assert_int_equal(end.n, 0);
	assert_null(end.ch);
	end_close(&end);
	assert_int_equal(close(fds[1]), 0);
	loop_free(l);
}

static void
frames_outside_the_protocol_end_the_channel(void **state)
{
	static const struct forged forged[] = {
		{ "unknown flag", { [6] = 0x13 } },
		{ "reserved byte", { [6] = 3, [7] = 1 } },
		{ "no first", { [6] = 2 } },
		{ "total over the maximum",
		    { [6] = 1, [8] = 1, [14] = 1, [15] = 0 } },
		{ "fragment over the maximum",
		    { [6] = 3, [9] = 1, [11] = 1, [13] = 1, [15] = 1 } },
		{ "longer than its total", { [6] = 3, [11] = 1, [15] = 2 } },
		{ "last too early", { [6] = 3, [11] = 2, [15] = 1 } },
		{ "not last at the end", { [6] = 1, [11] = 1, [15] = 1 } },
		{ "empty first fragment", { [6] = 1, [11] = 1 } },
		{ "urgent in two parts", { [6] = 5, [11] = 2, [15] = 1 } },
		{ "urgent too long",
		    { [6] = 7, [10] = 0x20, [11] = 0, [14] = 0x20 } },
		{ "credit never owed", { [6] = 8, [11] = 1 } },
		{ "credit of nothing", { [6] = 8 } },
		{ "credit with bytes", { [6] = 8, [11] = 1, [15] = 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		print_message("  %s\n", forged[i].what);
		give_forged(forged[i].bytes, 16, ERR_MALFORMED);
	}
}

static void
a_body_may_not_change_its_name_half_way(void **state)
{
	static const uint8_t two[] = {
		0, 0, 0, 1, 0, 7, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 'x', /* 1st */
		0, 0, 0, 2, 0, 7, 2, 0, 0, 0, 0, 2, 0, 0, 0, 1, 'y', /* 2nd */
	};

	(void)state;
	give_forged(two, sizeof(two), ERR_MALFORMED);
}

static void
a_peer_that_ignores_credit_is_cut_off(void **state)
{
	const size_t len = 16 + 65536;
	uint8_t *frame = calloc(1, len);
	struct loop *l;
	struct end end;
	size_t at = 0;
	unsigned whole = 0;
	int fds[2];
	struct err e;

	(void)state;
	assert_non_null(frame);
	frame[6] = 3;
	frame[9] = frame[13] = 1;
	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	end_open(&end, l, fds[0], 0);
	channel_pause(end.ch, true);
	while (end.errors == 0 && whole < 20) {
		ssize_t n = send(fds[1], frame + at, len - at, MSG_NOSIGNAL);

		if (n < 0)
			assert_int_equal(errno, EAGAIN);
		else
			at += (size_t)n;
		if (at == len) {
			at = 0;
			whole++;
		}
		settle(l);
	}
	assert_int_equal(end.error, ERR_MALFORMED);
	assert_int_equal(end.n, CHANNEL_WINDOW / len);
	end_close(&end);
	assert_int_equal(close(fds[1]), 0);
	loop_free(l);
	free(frame);
}

/* Whatever a peer writes, the channel delivers, ends or waits. */
static void
random_bytes_never_hurt(void **state)
{
	struct rng r = rng_make(check_seed("channel bytes"));

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint8_t bytes[256];
		struct loop *l;
		struct end end;
		int fds[2];
		struct err e;

		rng_bytes(&r, bytes, sizeof(bytes));
		/* Mostly near-valid: small numbers in the header. */
		for (size_t i = 0; i < 16; i++)
			if (rng_below(&r, 8) != 0)
				bytes[i] = i == 6 || i == 11 || i == 15
				    ? (uint8_t)rng_below(&r, 16)
				    : 0;
		assert_ok(loop_new(&l, &e), &e);
		assert_ok(channel_pair(fds, &e), &e);
		end_open(&end, l, fds[0], 0);
		assert_int_equal(
		    write(fds[1], bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(close(fds[1]), 0);
		run(l);
		assert_int_equal(end.errors + end.closed, 1);
		end_close(&end);
		loop_free(l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    messages_of_every_length_arrive_whole_and_in_order),
		cmocka_unit_test(
		    two_ends_that_both_send_a_mebibyte_both_finish),
		cmocka_unit_test(an_urgent_message_overtakes_a_body),
		cmocka_unit_test(
		    a_paused_end_takes_a_window_of_bodies_and_every_urgent_word),
		cmocka_unit_test(
		    a_full_queue_says_busy_and_then_that_there_is_room),
		cmocka_unit_test(
		    urgent_words_to_an_end_that_does_not_read_are_bounded),
		cmocka_unit_test(
		    what_was_sent_before_closing_arrives_before_the_close),
		cmocka_unit_test(a_channel_may_be_freed_while_it_delivers),
		cmocka_unit_test(frames_outside_the_protocol_end_the_channel),
		cmocka_unit_test(a_body_may_not_change_its_name_half_way),
		cmocka_unit_test(a_peer_that_ignores_credit_is_cut_off),
		cmocka_unit_test(random_bytes_never_hurt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
