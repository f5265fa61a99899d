/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/front/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/sys/channel.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "common/sys/tls.h"
#include "daemon/central/front/front_int.h"
#include "daemon/central/serve/control.h"

#define MODULE "front"
#define TARGET_MAX 1024
#define MESSAGE_MAX (LIMIT_ANSWER_BYTES + 65536)
/* Requests that the engine has not taken yet. */
#define QUEUE_MAX ((size_t)64 << 20)
/* Requests that wait for the engine: a slot's number is 16 bits of its id. */
#define WAITING_MAX 32768

/* A request that waits for its answer. */
struct waiting {
	struct http_request *request; /* NULL: free */
	uint16_t turn;                /* how often the slot was used */
	uint16_t kind;
	unsigned next_free;
};

struct front {
	struct loop *loop;
	struct front_options o;
	struct tls_server *tls;
	struct http_server *server;
	struct channel *channel; /* NULL: no engine now */
	struct waiting *waiting;
	unsigned n_slots, free_head; /* free_head == n_slots: none */
	bool is_stopping;
	struct rates rates;
	void (*on_stopped)(void *arg);
};

/* ---- the table of waiting requests ---- */

static struct waiting *
slot_take(struct front *f, struct http_request *r, uint16_t kind)
{
	struct waiting *w;
	unsigned i = f->free_head;

	if (i == f->n_slots) {
		const unsigned n = i == 0 ? 256 : 2 * i;
		struct waiting *all;

		if (n > WAITING_MAX)
			return NULL;
		all = realloc(f->waiting, n * sizeof(*all));
		if (all == NULL)
			return NULL;
		for (unsigned k = i; k < n; k++)
			all[k] = (struct waiting){ .next_free = k + 1 };
		f->waiting = all;
		f->n_slots = n;
	}
	w = &f->waiting[i];
	f->free_head = w->next_free;
	w->request = r;
	w->kind = kind;
	w->turn++;
	r->user = (void *)((uintptr_t)i + 1);
	return w;
}

static uint32_t
slot_id(const struct front *f, const struct waiting *w)
{
	return (uint32_t)w->turn << 16 | (uint32_t)(w - f->waiting);
}

/* Free a slot; what it held. */
static struct http_request *
slot_free(struct front *f, struct waiting *w)
{
	struct http_request *r = w->request;

	w->request = NULL;
	w->next_free = f->free_head;
	f->free_head = (unsigned)(w - f->waiting);
	return r;
}

static struct waiting *
slot_find(struct front *f, uint32_t id)
{
	const unsigned i = id & 0xffff;

	if (i >= f->n_slots || f->waiting[i].request == NULL ||
	    f->waiting[i].turn != id >> 16)
		return NULL;
	return &f->waiting[i];
}

static struct waiting *
slot_of(struct front *f, const struct http_request *r)
{
	const uintptr_t i = (uintptr_t)r->user;

	return i == 0 || i > f->n_slots || f->waiting[i - 1].request != r
	    ? NULL
	    : &f->waiting[i - 1];
}

/* Answer all that wait, or the parked ones alone. */
static void
refuse_waiting(struct front *f, bool parked_only)
{
	for (unsigned i = 0; i < f->n_slots; i++) {
		struct waiting *w = &f->waiting[i];

		if (w->request != NULL &&
		    (!parked_only || w->kind == WIRE_WAIT))
			problem_reply(slot_free(f, w), WORD_BUSY,
			    "The office is restarting; try again.", NULL);
	}
}

/* ---- requests ---- */

static const char *
header_of(const struct http_request *r, const char *name)
{
	const char *value = http_request_header(r, name);

	return value == NULL ? "" : value;
}

/* Hand a request to the engine. */
static enum err_code
request_send(struct front *f, const struct http_request *r, uint16_t kind,
    uint32_t id, struct err *e)
{
	char target[TARGET_MAX + 1];
	struct wire_request w = { .kind = kind,
		.method = http_method_name(
		    r->method == HTTP_HEAD ? HTTP_GET : r->method),
		.target = target,
		.has_cert = r->has_cert,
		.cert = (const char *)r->cert_der,
		.cert_len = r->cert_len,
		.sig = header_of(r, "visitbook-sig"),
		.dict = header_of(r, "visitbook-dict"),
		.peer = r->peer,
		.body = r->body,
		.body_len = r->body_len };
	struct channel_message m = { .id = id, .kind = kind };
	struct buf bytes;
	enum err_code code;

	(void)snprintf(target, sizeof(target), "%s%s%s", r->path,
	    r->query == NULL ? "" : "?", r->query == NULL ? "" : r->query);
	buf_init(&bytes, MESSAGE_MAX);
	code = wire_request_enc(&w, &bytes, e);
	m.payload = bytes.ptr;
	m.len = bytes.len;
	if (code == ERR_OK)
		code = channel_send(f->channel, &m, e);
	buf_wipe(&bytes);
	return code;
}

/* Who is calling, as a number for the rates. */
static uint64_t
caller_of(const struct http_request *r)
{
	struct hash32 hash = crypto_sha256(r->peer, strlen(r->peer));
	uint64_t who;

	memcpy(&who, r->has_cert ? r->cert_sha256 : hash.b, sizeof(who));
	return who;
}

/* Refuse what needs no engine to be refused.  NULL: it was. */
static const struct route *
request_admit(struct front *f, struct http_request *r)
{
	/* A device syncs every few seconds at most; codes are tried by hand,
	 * many from one address. */
	static const struct rate_limit known = { 1000.0, 200.0 };
	static const struct rate_limit stranger = { 100.0, 5.0 };
	const char *allow;
	enum protocol_word word;
	const struct route *at = route_find(f->o.listener, r, &word, &allow);

	if (at == NULL) {
		problem_reply(r, word,
		    allow == NULL ? "There is nothing here."
		                  : "This is asked for in another way.",
		    allow);
		return NULL;
	}
	if (r->body_len > at->body_max ||
	    strlen(r->path) + 1 + (r->query == NULL ? 0 : strlen(r->query)) >
	        TARGET_MAX) {
		problem_reply(
		    r, WORD_TOO_LARGE, "Send less in one request.", NULL);
		return NULL;
	}
	if (at->needs_cert && !r->has_cert) {
		problem_reply(r, WORD_UNKNOWN_DEVICE,
		    "Only an enrolled device may ask this.", NULL);
		return NULL;
	}
	if (!rate_take(&f->rates, r->has_cert ? known : stranger, caller_of(r),
	        clock_mono_ms())) {
		problem_reply(r, WORD_BUSY,
		    "Too many requests at once; try again shortly.", NULL);
		return NULL;
	}
	return at;
}

static void
on_request(struct http_request *r, void *arg)
{
	struct front *f = arg;
	const struct route *at = request_admit(f, r);
	struct waiting *w = NULL;
	struct err e;

	if (at == NULL)
		return;
	if (f->channel != NULL && !f->is_stopping)
		w = slot_take(f, r, at->kind);
	if (w == NULL) {
		problem_reply(r, WORD_BUSY,
		    "The office is busy; try again shortly.", NULL);
		return;
	}
	if (request_send(f, r, at->kind, slot_id(f, w), &e) == ERR_OK)
		return;
	(void)slot_free(f, w);
	if (e.code != ERR_BUSY)
		log_err(MODULE, "request not passed on", &e);
	problem_reply(r, e.code == ERR_INVALID ? WORD_MALFORMED : WORD_BUSY,
	    "The office cannot take this now.", NULL);
}

/* The client is gone: the engine need not answer. */
static void
on_gone(struct http_request *r, void *arg)
{
	struct front *f = arg;
	struct waiting *w = slot_of(f, r);
	struct channel_message m = { .kind = WIRE_GONE, .urgent = true };
	struct err e;

	if (w == NULL)
		return;
	m.id = slot_id(f, w);
	(void)slot_free(f, w);
	/* An answer to it will find no one, if the engine is not told. */
	if (f->channel != NULL && channel_send(f->channel, &m, &e) != ERR_OK)
		log_err(MODULE, "the engine was not told", &e);
}

/* ---- answers ---- */

static void
answer_pass(struct http_request *r, const struct wire_answer *a)
{
	struct http_header headers[7] = {
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
	};
	char retry[12];
	size_t n = 2;

	if (a->content_type[0] != '\0')
		headers[n++] =
		    (struct http_header){ "Content-Type", a->content_type };
	if (a->sig[0] != '\0')
		headers[n++] = (struct http_header){ "visitbook-sig", a->sig };
	if (a->dict[0] != '\0')
		headers[n++] =
		    (struct http_header){ "visitbook-dict", a->dict };
	if (a->retry_after_s > 0) {
		(void)snprintf(retry, sizeof(retry), "%u", a->retry_after_s);
		headers[n++] = (struct http_header){ "Retry-After", retry };
	}
	http_reply(r, (unsigned)a->status, headers, n, a->body, a->body_len);
}

static void
on_message(struct channel *ch, const struct channel_message *m, void *arg)
{
	struct front *f = arg;
	struct waiting *w = slot_find(f, m->id);
	struct wire_request_text *text;
	struct http_request *r;
	struct wire_answer a;
	struct err e;

	(void)ch;
	if (w == NULL || m->kind != WIRE_ANSWER)
		return; /* the client has left in the meantime */
	r = slot_free(f, w);
	if (wire_answer_dec(m->payload, m->len, &a, &text, &e) != ERR_OK) {
		log_err(MODULE, "answer lost", &e);
		problem_reply(
		    r, WORD_INTERNAL, "The office failed; try again.", NULL);
		return;
	}
	answer_pass(r, &a);
	wire_request_text_free(text);
}

static void
channel_lost(struct front *f)
{
	channel_free(f->channel);
	f->channel = NULL;
	refuse_waiting(f, false);
	if (!f->is_stopping)
		f->o.on_lost(f->o.arg);
}

static void
on_close(struct channel *ch, void *arg)
{
	(void)ch;
	channel_lost(arg);
}

static void
on_error(struct channel *ch, const struct err *why, void *arg)
{
	(void)ch;
	log_err(MODULE, "channel ended", why);
	channel_lost(arg);
}

enum err_code
front_channel(struct front *f, int fd, struct err *e)
{
	const struct channel_options o = { .fd = fd,
		.on_message = on_message,
		.on_close = on_close,
		.on_error = on_error,
		.arg = f,
		.message_max = MESSAGE_MAX,
		.queue_max = QUEUE_MAX };

	channel_free(f->channel);
	f->channel = NULL;
	refuse_waiting(f, false); /* they went to the former engine */
	return channel_new(f->loop, &o, &f->channel, e);
}

/* ---- life ---- */

enum err_code
front_new(struct loop *l, const struct front_options *o, struct front **out,
    struct err *e)
{
	struct front *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		(void)close(o->listen_fd);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	f->loop = l;
	f->o = *o;
	*out = f;
	return ERR_OK;
}

enum err_code
front_tls(struct front *f, const struct control_tls *tls, struct err *e)
{
	struct tls_ticket_key ticket;
	const bool is_devices = f->o.listener == WIRE_DEVICES;
	const struct tls_server_options o = { .key_pem = &tls->key_pem,
		.chain_pem = &tls->chain_pem,
		.clients = is_devices ? TLS_CLIENT_MAY : TLS_CLIENT_NONE,
		.client_root_pem = is_devices ? &tls->root_pem : NULL,
		.ticket_key = &ticket };
	struct http_server_options h = { .listen_fd = f->o.listen_fd,
		.limits = { .body_max =
		                is_devices ? LIMIT_BODY_PACKED : 65536 },
		.on_request = on_request,
		.on_gone = on_gone,
		.arg = f };
	enum err_code code;

	memcpy(ticket.b, tls->ticket, sizeof(ticket.b));
	code = f->tls == NULL ? tls_server_new(&o, &f->tls, e)
	                      : tls_server_reload(f->tls, &o, e);
	explicit_bzero(&ticket, sizeof(ticket));
	if (code != ERR_OK || f->server != NULL)
		return code;
	h.tls = f->tls;
	f->o.listen_fd = -1;
	return http_server_new(f->loop, &h, &f->server, e);
}

static void
on_server_stopped(void *arg)
{
	struct front *f = arg;

	f->on_stopped(f->o.arg);
}

void
front_stop(struct front *f, void (*on_stopped)(void *arg))
{
	f->is_stopping = true;
	f->on_stopped = on_stopped;
	refuse_waiting(f, true);
	if (f->server == NULL)
		on_stopped(f->o.arg);
	else
		http_server_stop(f->server, on_server_stopped);
}

void
front_free(struct front *f)
{
	if (f == NULL)
		return;
	http_server_free(f->server);
	channel_free(f->channel);
	tls_server_free(f->tls);
	if (f->o.listen_fd >= 0)
		(void)close(f->o.listen_fd);
	free(f->waiting);
	free(f);
}
