/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/secret.h"
#include "daemon/sync/blobs.h"

struct exchange {
	struct device_store *store;
	struct office *office;
	struct office_job *job;
	struct blobs *blobs; /* the files, once the text is through */
	exchange_done_fn *done;
	void *arg;
	struct sync_report report;
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* of the request under way */
	uint64_t asked_changes;            /* in the request under way */
	bool full;                         /* leave nothing out of the next */
	bool is_copy; /* a receipt said so, not the office yet */
	unsigned stalled;
};

static void
exchange_free(struct exchange *x)
{
	free(x);
}

void
exchange_cancel(struct exchange *x)
{
	if (x == NULL)
		return;
	office_cancel(x->job);
	blobs_cancel(x->blobs);
	exchange_free(x);
}

void
exchange_hurry(struct exchange *x)
{
	if (x != NULL && x->blobs != NULL)
		blobs_hurry(x->blobs);
}

/* Keep the outcome for `status`, and tell who started this. */
static void
finish(struct exchange *x, const struct err *why)
{
	exchange_done_fn *done = x->done;
	void *arg = x->arg;
	struct sync_report report = x->report;
	struct err local = { 0 };

	if (device_store_note_outcome(x->store,
	        sync_outcome_word(report.outcome), &local) == ERR_OK ||
	    why->code != ERR_OK)
		local = *why; /* the first trouble is the one to tell */
	exchange_free(x);
	done(arg, &report, &local);
}

static void on_answer(void *arg, struct office_answer *a);

static enum err_code
ask(struct exchange *x, struct err *e)
{
	struct office_ask ask = { .method = "POST", .target = "/v1/sync" };
	struct sync_request r;
	json_t *json = NULL;
	enum err_code code;

	sync_request_init(&r);
	if ((code = device_store_sync_request(x->store, x->full, &r, e)) ==
	        ERR_OK &&
	    (code = sync_request_to_json(&r, &json, e)) == ERR_OK) {
		memcpy(x->nonce, r.nonce, sizeof(x->nonce));
		x->asked_changes = r.n_envelopes;
		for (size_t i = 0; i < r.n_batches; i++)
			x->asked_changes += r.batches[i].n_changes;
		ask.body = json;
		code = office_call(x->office, &ask, on_answer, x, &x->job, e);
	}
	json_decref(json);
	sync_request_fini(&r);
	return code;
}

/* A word beside receipts and pages that is more than "send it otherwise". */
static bool
is_refusal(const struct sync_answer *a)
{
	return a->has_refusal && a->refusal != WORD_GAP &&
	    a->refusal != WORD_RESEND_FULL && a->refusal != WORD_EPOCH;
}

static void
take_words(struct exchange *x, const struct sync_answer *a)
{
	if (is_refusal(a)) {
		sync_report_refuse(&x->report, a->refusal);
	} else if (a->pull_refused) {
		x->report.has_word = true;
		x->report.word = a->pull_word;
	}
}

static void
count(struct exchange *x, const struct sync_progress *p)
{
	const bool is_moving = p->receipts > 0 || p->pulled > 0;

	x->report.sent += x->asked_changes;
	x->report.receipts += p->receipts;
	x->report.held += p->held;
	x->report.pulled += p->pulled;
	x->stalled = is_moving ? 0 : x->stalled + 1;
	x->full = p->resend_full;
	x->is_copy = x->is_copy || p->is_copy;
}

/* What the office's own answer says goes into the store, if it is the answer
 * to this very request.  True: ask again. */
static bool
take(struct exchange *x, const struct office_answer *a, struct err *e)
{
	struct sync_progress progress = { 0 };
	struct sync_answer answer;
	bool again = false;
	enum err_code code;

	sync_answer_init(&answer);
	code = sync_answer_from_json(a->body, &answer, e);
	if (code == ERR_OK &&
	    !secret_equal(answer.nonce, x->nonce, sizeof(x->nonce)))
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	if (code == ERR_OK)
		code = device_store_sync_answer(x->store, &answer,
		    a->asked_mono_ms, a->answered_mono_ms, &progress, e);
	if (code == ERR_OK) {
		x->report.epoch = answer.epoch;
		x->report.command = answer.command;
		take_words(x, &answer);
		count(x, &progress);
		/* What the store tried on its way is no trouble of ours. */
		*e = (struct err){ .code = ERR_OK };
		again = progress.more && x->report.outcome == SYNC_DONE &&
		    x->stalled < EXCHANGE_STALLED_MAX &&
		    x->report.round_trips < EXCHANGE_ROUNDS_MAX;
		/* It may have nothing left to show the office. */
		if (!again && x->is_copy && x->report.outcome == SYNC_DONE)
			sync_report_refuse(&x->report, WORD_FORKED);
	} else if (code == ERR_MALFORMED || code == ERR_AUTH) {
		/* The office is at fault, and nothing was stored. */
		sync_report_refuse(&x->report, WORD_MALFORMED);
	} else if (code == ERR_NEWER) {
		sync_report_refuse(&x->report, WORD_NEWER);
	}
	sync_answer_fini(&answer);
	return again;
}

static void
on_blobs(void *arg, const struct err *e)
{
	struct exchange *x = arg;

	x->blobs = NULL;
	finish(x, e);
}

/* The text is through: the files.  False: there are none, or not now. */
static bool
begin_blobs(struct exchange *x, struct err *e)
{
	const struct blobs_cfg cfg = { .store = x->store,
		.office = x->office,
		.report = &x->report,
		.done = on_blobs,
		.arg = x };
	struct err why = { .code = ERR_OK };
	enum err_code code;

	if (x->report.outcome != SYNC_DONE || e->code != ERR_OK)
		return false;
	code = blobs_start(&cfg, &x->blobs, &why);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		*e = why;
	return code == ERR_OK;
}

static void
on_answer(void *arg, struct office_answer *a)
{
	struct exchange *x = arg;
	struct err e = a->local;
	bool again = false;

	x->job = NULL;
	sync_report_take(&x->report, a);
	if (a->outcome == SYNC_DONE)
		again = take(x, a, &e);
	if (again && ask(x, &e) == ERR_OK)
		return;
	if (again || !begin_blobs(x, &e))
		finish(x, &e);
}

enum err_code
exchange_start(struct device_store *store, struct office *office,
    exchange_done_fn *done, void *arg, struct exchange **out, struct err *e)
{
	struct exchange *x = calloc(1, sizeof(*x));
	enum err_code code;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	x->store = store;
	x->office = office;
	x->done = done;
	x->arg = arg;
	code = ask(x, e);
	if (code != ERR_OK) {
		exchange_free(x);
		return code;
	}
	*out = x;
	return ERR_OK;
}
