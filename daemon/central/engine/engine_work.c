/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue, and one group of requests through all steps: open, receive and
 * commit, apply and commit, answer, wake.
 */
#include "common/base/clock.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"

/* Refuse at once, without a job's work: over the limits, or a kind that this
 * listener does not have.  The answer is signed like every other. */
static void
refuse_now(struct engine *g, struct job *j, enum protocol_word word)
{
	reply_problem(g, j, word, NULL);
	job_free(j);
}

void
engine_take(struct engine *g, uint64_t token, enum wire_listener listener,
    const struct wire_request *r)
{
	static const struct wire_answer no_memory = { .status = 503,
		.content_type = "application/problem+json",
		.sig = "",
		.dict = "",
		.retry_after_s = 5,
		.body = "{}",
		.body_len = 2 };
	struct job *j;

	if (r->kind == WIRE_GONE) {
		engine_forget(g, token);
		return;
	}
	g->counts.requests++;
	j = job_new(token, listener, r, g);
	if (j == NULL) {
		if (g->reply != NULL)
			g->reply(g->reply_arg, token, &no_memory);
		return;
	}
	if (!wire_kind_allowed(listener, r->kind)) {
		log_line(LOG_LEVEL_WARN, "engine", "front sent a foreign kind",
		    "listener=%d kind=%d", (int)listener, (int)r->kind);
		refuse_now(g, j, WORD_MALFORMED);
		return;
	}
	if (g->n_queue >= ENGINE_QUEUE_MAX ||
	    g->queue_bytes + job_bytes(j) > ENGINE_QUEUE_BYTES) {
		refuse_now(g, j, WORD_BUSY);
		return;
	}
	*g->queue_end = j;
	g->queue_end = &j->next;
	g->n_queue++;
	g->queue_bytes += job_bytes(j);
}

void
engine_forget(struct engine *g, uint64_t token)
{
	struct job **at = &g->queue;

	while (*at != NULL && (*at)->token != token)
		at = &(*at)->next;
	if (*at != NULL) {
		struct job *j = *at;

		*at = j->next;
		if (j->next == NULL)
			g->queue_end = at;
		g->n_queue--;
		g->queue_bytes -= job_bytes(j);
		job_free(j);
		return;
	}
	wait_forget(g, token);
}

/* The first requests of the queue, as many as make a group. */
static struct job *
take_group(struct engine *g)
{
	struct job *list = g->queue, **end = &list;
	size_t bytes = 0;

	while (*end != NULL && bytes < ENGINE_GROUP_BYTES) {
		bytes += (*end)->body.len;
		g->queue_bytes -= job_bytes(*end);
		g->n_queue--;
		end = &(*end)->next;
	}
	g->queue = *end;
	if (g->queue == NULL)
		g->queue_end = &g->queue;
	*end = NULL;
	return list;
}

/* Put jobs that were taken back to the front of the queue. */
static void
put_back(struct engine *g, struct job *list)
{
	struct job **end = &list;

	while (*end != NULL) {
		g->n_queue++;
		g->queue_bytes += job_bytes(*end);
		end = &(*end)->next;
	}
	*end = g->queue;
	if (g->queue == NULL)
		g->queue_end = end;
	g->queue = list;
	if (list == NULL)
		g->queue_end = &g->queue;
}

/* Find out what everybody wants, from one snapshot; what no longer fits the
 * group waits for the next. */
static void
open_all(struct engine *g, struct job *list)
{
	size_t unpacked = 0;
	struct err e;
	enum err_code code = store_begin_read(g->store, &e);

	for (struct job *j = list; j != NULL; j = j->next) {
		if (code != ERR_OK)
			reply_error(g, j, &e);
		else
			(void)job_open(g, j);
		unpacked += j->unpacked;
		if (unpacked > ENGINE_GROUP_UNPACKED && j->next != NULL) {
			put_back(g, j->next);
			j->next = NULL;
		}
	}
	store_rollback(g->store);
}

/* A device that only looks in is written down once an hour. */
#define SEEN_MS ((uint64_t)60 * 60 * 1000)

/* Nothing new, but another journal than is held here: what a copy says, or one
 * who meets an office that was restored. */
static bool
is_apart(const struct engine *g, const struct job *j)
{
	return j->kind == WIRE_SYNC &&
	    (j->sync.written != j->device.counter ||
	        (j->sync.has_cursor && j->sync.cursor.epoch != g->epoch));
}

static bool
wants_receiving(const struct engine *g, const struct job *j, uint64_t now_ms)
{
	if (j->is_answered || j->is_ahead ||
	    (j->kind != WIRE_SYNC && j->kind != WIRE_COURIER))
		return false;
	return j->n_batches > 0 || j->is_cut || j->is_found || is_apart(g, j) ||
	    j->device.last_seen + SEEN_MS < now_ms;
}

/* Receive in one transaction: those of `list` up to `end`. */
static enum err_code
receive_some(struct engine *g, struct job *list, const struct job *end,
    struct received_list *received, struct err *e)
{
	size_t before = received->n;
	struct round r;
	enum err_code code;

	round_init(&r, g);
	code = store_begin(g->store, e);
	for (struct job *j = list; j != end && code == ERR_OK; j = j->next)
		if (wants_receiving(g, j, r.now_ms))
			code = job_receive(&r, j, received, e);
	if (code == ERR_OK && (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	round_fini(&r);
	if (code != ERR_OK)
		received_cut(received, before);
	return code;
}

/* One commit for all; when that fails, one for each, so that a bad one stops
 * nobody else. */
static void
receive_all(struct engine *g, struct job *list, struct received_list *received)
{
	uint64_t now_ms = clock_unix_ms();
	struct job *first = list;
	struct err e;

	while (first != NULL && !wants_receiving(g, first, now_ms))
		first = first->next;
	if (first == NULL ||
	    receive_some(g, first, NULL, received, &e) == ERR_OK)
		return;
	log_err("engine", "group not received: trying one by one", &e);
	for (struct job *j = first; j != NULL; j = j->next)
		if (wants_receiving(g, j, now_ms) &&
		    receive_some(g, j, j->next, received, &e) != ERR_OK)
			reply_error(g, j, &e);
}

static void
answer_one(struct engine *g, struct job *j)
{
	switch (j->kind) {
	case WIRE_SYNC:
		answer_sync(g, j);
		break;
	case WIRE_COURIER:
		answer_courier(g, j);
		break;
	case WIRE_COMMANDS:
		answer_commands(g, j);
		break;
	case WIRE_RENEW:
		answer_renew(g, j);
		break;
	case WIRE_HISTORY:
		answer_history(g, j);
		break;
	case WIRE_BLOB_PUT:
		answer_blob_put(g, j);
		break;
	case WIRE_BLOB_GET:
		answer_blob_get(g, j);
		break;
	case WIRE_ENROL:
		answer_enrol(g, j);
		break;
	case WIRE_HEALTH:
	case WIRE_METRICS:
	case WIRE_PAGE:
		answer_people(g, j);
		break;
	case WIRE_WAIT: /* parked, or answered, before */
	case WIRE_ANSWER:
	case WIRE_GONE:
		break;
	}
}

static void
answer_all(struct engine *g, struct job *list)
{
	while (list != NULL) {
		struct job *j = list;

		list = j->next;
		j->next = NULL;
		if (!j->is_answered && j->kind == WIRE_WAIT &&
		    answer_wait(g, j))
			continue;
		if (!j->is_answered)
			answer_one(g, j);
		job_free(j);
	}
}

/* True if a new day brings more than was done now. */
static bool
new_day(struct engine *g)
{
	char today[CLOCK_DAY_MAX];
	bool more = false;
	struct err e;

	clock_day(clock_unix_ms(), today);
	if (days_step(g, today, &more, &e) != ERR_OK)
		log_err("engine", "what a new day brings is not done", &e);
	return more;
}

int
engine_work(struct engine *g)
{
	struct received_list received;
	struct job *list = take_group(g);
	struct err e;
	bool more;
	int wait_ms;

	received_init(&received);
	if (list != NULL) {
		open_all(g, list);
		epoch_look_all(g, list);
		receive_all(g, list, &received);
	}
	if (engine_apply_group(g, &received, &e) != ERR_OK)
		log_err("engine", "group received and not applied yet", &e);
	if (access_erase_come(g, &e) != ERR_OK)
		log_err("engine", "an erasure is not done again yet", &e);
	received_fini(&received);
	answer_all(g, list);
	more = new_day(g);
	wait_wake(g);
	wait_ms = wait_expire(g);
	if (g->has_leftover && (wait_ms < 0 || wait_ms > ENGINE_RETRY_MS))
		wait_ms = ENGINE_RETRY_MS;
	return g->queue != NULL || more ? 0 : wait_ms;
}
