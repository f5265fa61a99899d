/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/channel_end.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

#define PATIENCE_MS 20000

static void
on_message(struct channel *ch, const struct channel_message *m, void *arg)
{
	struct channel_end *end = arg;

	assert_true(end->n < CHANNEL_END_NOTED_MAX);
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
	struct channel_end *end = arg;

	(void)ch;
	end->closed++;
	loop_stop(end->loop);
}

static void
on_error(struct channel *ch, const struct err *why, void *arg)
{
	struct channel_end *end = arg;

	end->errors++;
	end->error = why->code;
	channel_free(ch);
	end->ch = NULL;
	loop_stop(end->loop);
}

static void
on_room(struct channel *ch, void *arg)
{
	struct channel_end *end = arg;

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

void
channel_end_run(struct loop *l)
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

void
channel_end_settle(struct loop *l)
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

void
channel_end_open(
    struct channel_end *end, struct loop *l, int fd, size_t queue_max)
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

void
channel_end_close(struct channel_end *end)
{
	channel_free(end->ch);
	free(end->last);
}
