/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/serve/engine_host.h"

#include <stdlib.h>

#include "common/core/limits.h"
#include "common/core/protocol.h"
#include "common/sys/channel.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "daemon/central/engine/engine.h"

#define MODULE "engine"
#define FRONTS 2
/* Looked in on so often when nothing else happens: a new day is noticed. */
#define IDLE_MS 60000
/* A message: its line and its body. */
#define MESSAGE_MAX (LIMIT_ANSWER_BYTES + 65536)
/* Answers that a front has not taken yet; past that it is given up. */
#define QUEUE_MAX ((size_t)128 << 20)

struct host_front {
	struct engine_host *host;
	enum wire_listener listener;
	struct channel *channel; /* NULL: none now */
	uint32_t generation;     /* of the channel; part of every token */
};

struct engine_host {
	struct loop *loop;
	struct engine *engine;
	struct loop_timer *timer;
	struct host_front fronts[FRONTS];
	uint32_t generations;
};

/* A token names channel and message; a channel that is gone has no more. */
static uint64_t
token_of(const struct host_front *f, uint32_t id)
{
	return (uint64_t)f->generation << 32 | id;
}

static void
front_drop(struct host_front *f)
{
	channel_free(f->channel);
	f->channel = NULL;
	f->generation = 0;
}

static void
answer_send(struct host_front *f, uint32_t id, const struct wire_answer *a)
{
	struct channel_message m = { .id = id, .kind = WIRE_ANSWER };
	struct buf bytes;
	struct err e;
	enum err_code code;

	buf_init(&bytes, MESSAGE_MAX);
	code = wire_answer_enc(a, &bytes, &e);
	m.payload = bytes.ptr;
	m.len = bytes.len;
	if (code == ERR_OK)
		code = channel_send(f->channel, &m, &e);
	buf_wipe(&bytes);
	if (code == ERR_OK)
		return;
	log_err(MODULE, "a front takes no answers", &e);
	front_drop(f);
}

static void
on_reply(void *arg, uint64_t token, const struct wire_answer *answer)
{
	struct engine_host *h = arg;

	for (int i = 0; i < FRONTS; i++) {
		struct host_front *f = &h->fronts[i];

		if (f->channel != NULL && f->generation == token >> 32) {
			answer_send(f, (uint32_t)token, answer);
			return;
		}
	}
}

/* What a front sends that is no request. */
static void
answer_malformed(struct host_front *f, uint32_t id)
{
	static const char body[] =
	    "{\"detail\":\"The office cannot read this.\",\"status\":400,"
	    "\"title\":\"Outside the protocol\",\"type\":\"about:blank\","
	    "\"word\":\"malformed\"}";
	const struct wire_answer a = { .status = 400,
		.content_type = "application/problem+json",
		.sig = "",
		.dict = "",
		.body = body,
		.body_len = sizeof(body) - 1 };

	answer_send(f, id, &a);
}

void
engine_host_wake(struct engine_host *h)
{
	struct err e;

	if (loop_timer_start(h->timer, 0, &e) != ERR_OK)
		log_err(MODULE, "cannot be woken", &e);
}

static void
on_timer(void *arg)
{
	struct engine_host *h = arg;
	int wait_ms = engine_work(h->engine);
	struct err e;

	if (wait_ms < 0 || wait_ms > IDLE_MS)
		wait_ms = IDLE_MS;
	if (loop_timer_start(h->timer, (uint32_t)wait_ms, &e) != ERR_OK)
		log_err(MODULE, "cannot be woken", &e);
}

static void
on_message(struct channel *ch, const struct channel_message *m, void *arg)
{
	struct host_front *f = arg;
	struct wire_request r;
	struct wire_request_text *text;
	struct err e;

	(void)ch;
	if (m->kind == WIRE_GONE) {
		engine_forget(f->host->engine, token_of(f, m->id));
		return;
	}
	if (wire_request_dec(m->kind, m->payload, m->len, &r, &text, &e) !=
	    ERR_OK) {
		log_err(MODULE, "a front sent what is no request", &e);
		answer_malformed(f, m->id);
		return;
	}
	engine_take(f->host->engine, token_of(f, m->id), f->listener, &r);
	wire_request_text_free(text);
	engine_host_wake(f->host);
}

static void
on_close(struct channel *ch, void *arg)
{
	(void)ch;
	front_drop(arg);
}

static void
on_error(struct channel *ch, const struct err *why, void *arg)
{
	struct host_front *f = arg;

	(void)ch;
	log_err(MODULE, "a front's channel ended", why);
	front_drop(f);
}

enum err_code
engine_host_attach(
    struct engine_host *h, enum wire_listener listener, int fd, struct err *e)
{
	struct host_front *f = &h->fronts[listener];
	const struct channel_options o = { .fd = fd,
		.on_message = on_message,
		.on_close = on_close,
		.on_error = on_error,
		.arg = f,
		.message_max = MESSAGE_MAX,
		.queue_max = QUEUE_MAX };

	front_drop(f);
	f->generation = ++h->generations;
	return channel_new(h->loop, &o, &f->channel, e);
}

enum err_code
engine_host_new(struct loop *l, struct engine *engine, struct engine_host **out,
    struct err *e)
{
	struct engine_host *h = calloc(1, sizeof(*h));
	enum err_code code;

	if (h == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	h->loop = l;
	h->engine = engine;
	for (int i = 0; i < FRONTS; i++) {
		h->fronts[i].host = h;
		h->fronts[i].listener = (enum wire_listener)i;
	}
	code = loop_timer_new(l, on_timer, h, &h->timer, e);
	if (code != ERR_OK) {
		free(h);
		return code;
	}
	engine_on_reply(engine, on_reply, h);
	engine_host_wake(h);
	*out = h;
	return ERR_OK;
}

void
engine_host_free(struct engine_host *h)
{
	if (h == NULL)
		return;
	engine_on_reply(h->engine, NULL, NULL);
	for (int i = 0; i < FRONTS; i++)
		front_drop(&h->fronts[i]);
	loop_timer_free(h->timer);
	free(h);
}
