/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/base/rng.h"
#include "tests/support/channel_end.h"

static enum err_code
send_one(struct channel_end *end, uint32_t id, bool urgent, const void *data,
    size_t len)
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
	struct channel_end a, b;
};

static void
pair_open(struct pair *p, size_t queue_max)
{
	int fds[2];
	struct err e;

	assert_ok(loop_new(&p->loop, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	channel_end_open(&p->a, p->loop, fds[0], queue_max);
	channel_end_open(&p->b, p->loop, fds[1], queue_max);
}

static void
pair_close(struct pair *p)
{
	channel_end_close(&p->a);
	channel_end_close(&p->b);
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
	channel_end_run(p.loop);
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
	channel_end_run(p.loop);
	if (p.a.n < 8 || p.b.n < 8)
		channel_end_run(p.loop);
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
	channel_end_run(p.loop);
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
	channel_end_settle(p.loop);
	bodies = p.b.n;
	assert_int_equal(bodies, CHANNEL_WINDOW / (len + 16));
	assert_int_equal(send_one(&p.a, 99, true, "wake", 4), ERR_OK);
	channel_end_settle(p.loop);
	assert_int_equal(p.b.n, bodies + 1);
	assert_int_equal(p.b.noted[bodies].id, 99);
	p.b.stop_at = 41;
	channel_pause(p.b.ch, false);
	channel_end_run(p.loop);
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
	channel_end_run(p.loop);
	assert_int_equal(p.a.rooms, 1);
	assert_int_equal(send_one(&p.a, sent++, false, data, len), ERR_OK);
	p.b.stop_at = sent;
	if (p.b.n < sent)
		channel_end_run(p.loop);
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
	struct channel_end end;
	unsigned sent = 0;
	int fds[2];
	struct err e;

	(void)state;
	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	channel_end_open(&end, l, fds[0], 0);
	while (send_one(&end, 1, true, word, sizeof(word)) == ERR_OK)
		assert_true(++sent < 2000);
	assert_int_equal(send_one(&end, 1, true, word, sizeof(word)), ERR_BUSY);
	assert_int_equal(
	    send_one(&end, 1, true, word, sizeof(word) + 1), ERR_INVALID);
	channel_end_close(&end);
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
	channel_end_run(p.loop);
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
	channel_end_run(p.loop);
	assert_int_equal(p.b.n, 1);
	channel_end_run(p.loop);
	assert_int_equal(p.a.closed, 1);
	pair_close(&p);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
