/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/blobs.h"

#include <stdlib.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/store/device_content.h"
#include "common/sys/log.h"

/* Answers in a row that bring a file no further: another device may be sending
 * the same one, so one or two are no fault. */
#define STALLED_MAX 4

struct blobs {
	struct blobs_cfg cfg;
	struct office_job *job;
	struct content_task task;
	bool has_task;
	bool is_hurried;
	uint64_t have; /* bytes that the side that receives has */
	unsigned stalled;
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* of the request under way */
};

void
blobs_cancel(struct blobs *b)
{
	if (b == NULL)
		return;
	office_cancel(b->job);
	free(b);
}

void
blobs_hurry(struct blobs *b)
{
	b->is_hurried = true;
}

static void
finish(struct blobs *b, const struct err *why)
{
	blobs_done_fn *done = b->cfg.done;
	void *arg = b->cfg.arg;
	const struct err e = *why;

	free(b);
	done(arg, &e);
}

static void on_answer(void *arg, struct office_answer *a);

static enum err_code
call(struct blobs *b, const struct office_ask *ask, struct err *e)
{
	return office_call(b->cfg.office, ask, on_answer, b, &b->job, e);
}

/* Ask for what comes after what is here. */
static enum err_code
ask_fetch(struct blobs *b, struct err *e)
{
	struct blob_piece want = { .record = b->task.record, .at = b->have };
	char target[BLOB_TARGET_MAX];
	const struct office_ask ask = { .method = "GET", .target = target };

	memcpy(want.nonce, b->nonce, sizeof(want.nonce));
	blob_target_get(b->task.sha256, &want, target);
	return call(b, &ask, e);
}

/* Send what the office has not; with_bytes false: ask where it stands. */
static enum err_code
ask_send(struct blobs *b, bool with_bytes, struct err *e)
{
	char target[BLOB_TARGET_MAX];
	struct office_ask ask = { .method = "PUT", .target = target };
	struct blob_piece p;
	json_t *json = NULL;
	enum err_code code = ERR_OK;

	blob_piece_init(&p);
	p.record = b->task.record;
	memcpy(p.nonce, b->nonce, sizeof(p.nonce));
	blob_target(b->task.sha256, target);
	if (with_bytes) {
		p.at = b->have;
		code = device_content_piece(
		    b->cfg.store, &b->task, b->have, &p.bytes, e);
	}
	if (code == ERR_OK)
		code = blob_piece_to_json(&p, &json, e);
	if (code == ERR_OK) {
		ask.body = json;
		code = call(b, &ask, e);
	}
	json_decref(json);
	blob_piece_fini(&p);
	return code;
}

/* Begin with the next file that there is something to do with; one that went
 * away meanwhile is passed over.  ERR_NOTFOUND: there is no more. */
static enum err_code
next_task(struct blobs *b, struct err *e)
{
	const struct id last = b->task.record;
	enum err_code code = device_content_next(
	    b->cfg.store, b->has_task ? &last : NULL, &b->task, e);

	if (code != ERR_OK)
		return code;
	b->has_task = true;
	b->stalled = 0;
	b->have = b->task.is_fetch ? b->task.have : 0;
	rng_fill(b->nonce, sizeof(b->nonce));
	return b->task.is_fetch ? ask_fetch(b, e) : ask_send(b, false, e);
}

/* Go on with this file. */
static enum err_code
same_task(struct blobs *b, struct err *e)
{
	rng_fill(b->nonce, sizeof(b->nonce));
	return b->task.is_fetch ? ask_fetch(b, e) : ask_send(b, true, e);
}

/* What the office took; *more_out: there is more of this file. */
static enum err_code
take_stand(struct blobs *b, const json_t *body, bool *more_out, struct err *e)
{
	struct blob_stand s;
	enum err_code code = blob_stand_from_json(body, &s, e);

	if (code == ERR_OK && !secret_equal(s.nonce, b->nonce, sizeof(s.nonce)))
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	if (code == ERR_OK && s.have > b->task.size && !s.is_whole)
		code = err_set(
		    e, ERR_MALFORMED, 0, "the office has more than there is");
	if (code != ERR_OK)
		return code;
	if (s.is_whole)
		return device_content_sent(b->cfg.store, &b->task, e);
	b->stalled = s.have > b->have ? 0 : b->stalled + 1;
	b->have = s.have;
	*more_out = b->stalled < STALLED_MAX && b->have < b->task.size;
	return ERR_OK;
}

/* What the office gave. */
static enum err_code
take_piece(struct blobs *b, const json_t *body, bool *more_out, struct err *e)
{
	const uint64_t before = b->have;
	struct blob_piece p;
	enum err_code code = blob_piece_from_json(body, &p, e);

	if (code != ERR_OK)
		return code;
	if (!secret_equal(p.nonce, b->nonce, sizeof(p.nonce)) ||
	    !id_equal(p.record, b->task.record) || p.at != before)
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	else
		code = device_content_take(
		    b->cfg.store, &b->task, p.at, &p.bytes, &b->have, e);
	blob_piece_fini(&p);
	b->stalled = b->have > before ? 0 : b->stalled + 1;
	*more_out = code == ERR_OK && b->stalled < STALLED_MAX &&
	    b->have < b->task.size;
	return code;
}

/* Our own bytes and the office's word that they are not those of the record,
 * or the other way round: this file is left for now, and the rest goes on. */
static bool
is_of_the_file(const struct blobs *b, enum err_code code, const struct err *e)
{
	if (code != ERR_NOTFOUND && code != ERR_MALFORMED && code != ERR_NEWER)
		return false;
	log_line(LOG_LEVEL_WARN, "sync", "a file is left for the next time",
	    "record=%s why=%s", id_print(b->task.record).s, e->msg);
	return true;
}

static enum err_code
take(struct blobs *b, const struct office_answer *a, struct err *e)
{
	bool more = false;
	enum err_code code;

	if (a->outcome == SYNC_REFUSED)
		code = err_set(e, ERR_NOTFOUND, 0, "the office said %s",
		    protocol_word(a->word));
	else if (b->task.is_fetch)
		code = take_piece(b, a->body, &more, e);
	else
		code = take_stand(b, a->body, &more, e);
	if (code == ERR_OK && more && !b->is_hurried) {
		code = same_task(b, e);
		if (code == ERR_OK)
			return ERR_OK;
	}
	if (code != ERR_OK && !is_of_the_file(b, code, e))
		return code;
	if (b->is_hurried)
		return err_set(e, ERR_NOTFOUND, 0, "something goes first");
	return next_task(b, e);
}

/* The same counts as of a sync; what the office said of its pages stands. */
static void
count(struct sync_report *r, const struct office_answer *a)
{
	if (a->outcome != SYNC_DONE && a->outcome != SYNC_REFUSED) {
		sync_report_take(r, a);
		return;
	}
	r->bytes_up += a->bytes_up;
	r->bytes_down += a->bytes_down;
	r->round_trips++;
}

static void
on_answer(void *arg, struct office_answer *a)
{
	struct blobs *b = arg;
	struct err e = a->local;

	b->job = NULL;
	count(b->cfg.report, a);
	if (a->outcome == SYNC_DONE || a->outcome == SYNC_REFUSED) {
		const enum err_code code = take(b, a, &e);

		if (code == ERR_OK)
			return;
		if (code == ERR_NOTFOUND)
			e = (struct err){ .code = ERR_OK };
	}
	finish(b, &e);
}

enum err_code
blobs_start(const struct blobs_cfg *cfg, struct blobs **out, struct err *e)
{
	struct blobs *b = calloc(1, sizeof(*b));
	enum err_code code;

	if (b == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	b->cfg = *cfg;
	code = next_task(b, e);
	if (code == ERR_OK)
		*out = b;
	else
		free(b);
	return code;
}
