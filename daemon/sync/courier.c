/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/core/device_command.h"
#include "common/core/limits.h"
#include "common/core/query.h"
#include "daemon/sync/obey.h"

/* Sealed bytes in one request: written as base64 they grow by a third, and
 * sealed bytes do not pack below what they were. */
#define SEALED_TARGET (LIMIT_BODY_PACKED / 2)

struct courier {
	struct outside *outside;
	struct device_store *store; /* NULL: locked */
	struct office *office;
	struct office_job *job;
	exchange_done_fn *done;
	void *arg;
	struct sync_report report;
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	uint64_t after; /* everything up to here is receipted */
	uint64_t asked; /* envelopes in the request under way */
};

enum err_code
courier_receipted(struct outside *outside, uint64_t *out, struct err *e)
{
	struct receipt *list = NULL;
	uint64_t last = 0;
	size_t n = 0;
	enum err_code code = outside_receipts(outside, &list, &n, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < n; i++) {
		if (list[i].counter > last)
			last = list[i].counter;
		receipt_fini(&list[i]);
	}
	free(list);
	*out = last;
	return ERR_OK;
}

enum err_code
courier_asks_after(
    struct device_store *store, uint64_t *after_out, struct err *e)
{
	struct store_status status;
	enum err_code code = device_store_status(store, &status, e);

	if (code != ERR_OK)
		return code;
	*after_out = status.receipted;
	if (status.written > 0 && status.receipted >= status.written)
		*after_out = status.written - 1;
	return ERR_OK;
}

void
courier_cancel(struct courier *c)
{
	if (c == NULL)
		return;
	office_cancel(c->job);
	free(c);
}

static void on_answer(void *arg, struct office_answer *a);
static void on_commands(void *arg, struct office_answer *a);
static enum err_code ask_commands(struct courier *c, struct err *e);

/* How many of them fit into one request; at least one, which by itself is
 * never too long. */
static size_t
fitting(const struct envelope *list, size_t n)
{
	size_t bytes = 0, i = 0;

	while (i < n && (i == 0 || bytes + list[i].sealed.len < SEALED_TARGET))
		bytes += list[i++].sealed.len;
	return i;
}

/* *c->job stays NULL when there is nothing to hand over. */
static enum err_code
ask(struct courier *c, struct err *e)
{
	struct office_ask ask = {
		.method = "POST",
		.target = "/v1/courier/envelopes",
	};
	struct envelope *list = NULL;
	struct courier_request r;
	json_t *json = NULL;
	size_t n = 0;
	enum err_code code = c->store != NULL
	    ? device_store_envelopes(c->store, c->after, &list, &n, e)
	    : outside_envelopes(
	          c->outside, c->after, LIMIT_ENVELOPES, &list, &n, e);

	if (code == ERR_OK && n == 0)
		outside_envelopes_free(list, 0);
	if (code != ERR_OK || n == 0)
		return code;
	courier_request_init(&r);
	r.device = outside_get(c->outside)->device;
	rng_fill(r.nonce, sizeof(r.nonce));
	memcpy(c->nonce, r.nonce, sizeof(c->nonce));
	/* Lent, and taken back before the request is ended. */
	r.envelopes = list;
	r.n_envelopes = c->asked = fitting(list, n);
	code = courier_request_to_json(&r, &json, e);
	r.envelopes = NULL;
	r.n_envelopes = 0;
	if (code == ERR_OK) {
		ask.body = json;
		code = office_call(c->office, &ask, on_answer, c, &c->job, e);
	}
	json_decref(json);
	courier_request_fini(&r);
	outside_envelopes_free(list, n);
	return code;
}

static enum err_code
keep_receipts(struct courier *c, const struct sync_answer *a, struct err *e)
{
	const struct outside_office *o = outside_get(c->outside);

	for (size_t i = 0; i < a->n_receipts; i++) {
		const struct receipt *r = &a->receipts[i];
		enum err_code code =
		    receipt_check(r, &o->receipt_pub, o->office, o->device, e);

		if (code == ERR_OK)
			code = outside_receipt_add(c->outside, r, e);
		if (code != ERR_OK)
			return code;
		c->report.receipts++;
		if (r->counter > c->after)
			c->after = r->counter;
	}
	return ERR_OK;
}

/* The office may want to go on elsewhere than where our receipts end: after a
 * restore further back, or further on when receipts were lost on the way. */
static void
take_refusal(struct courier *c, const struct sync_answer *a)
{
	if (!a->has_refusal)
		return;
	if (a->refusal == WORD_GAP && a->expect > 0 &&
	    a->expect - 1 != c->after) {
		c->after = a->expect - 1;
		return;
	}
	sync_report_refuse(&c->report, a->refusal);
}

/* True: ask again. */
static bool
take(struct courier *c, const struct office_answer *a, struct err *e)
{
	const uint64_t before = c->after;
	struct sync_answer answer;
	enum err_code code;

	sync_answer_init(&answer);
	code = sync_answer_from_json(a->body, &answer, e);
	if (code == ERR_OK &&
	    !secret_equal(answer.nonce, c->nonce, sizeof(c->nonce)))
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	if (code == ERR_OK)
		code = keep_receipts(c, &answer, e);
	if (code == ERR_OK) {
		/* What was tried and dealt with on the way is no trouble. */
		*e = (struct err){ .code = ERR_OK };
		c->report.sent += c->asked;
		c->report.command = answer.command;
		take_refusal(c, &answer);
	} else if (code == ERR_MALFORMED || code == ERR_AUTH) {
		sync_report_refuse(&c->report, WORD_MALFORMED);
	} else if (code == ERR_NEWER) {
		sync_report_refuse(&c->report, WORD_NEWER);
	}
	sync_answer_fini(&answer);
	return code == ERR_OK && c->report.outcome == SYNC_DONE &&
	    c->after != before && c->report.round_trips < EXCHANGE_ROUNDS_MAX;
}

static void
finish(struct courier *c, const struct err *e)
{
	exchange_done_fn *done = c->done;
	const struct sync_report report = c->report;
	void *arg = c->arg;

	free(c);
	done(arg, &report, e);
}

static void
on_answer(void *arg, struct office_answer *a)
{
	struct courier *c = arg;
	struct err e = a->local;
	bool again = false;

	c->job = NULL;
	sync_report_take(&c->report, a);
	if (a->outcome == SYNC_DONE)
		again = take(c, a, &e);
	if (again && (ask(c, &e) != ERR_OK || c->job == NULL))
		again = false;
	/* Nothing is left to hand over; what the office wants comes next. */
	if (!again && c->report.outcome == SYNC_DONE && e.code == ERR_OK &&
	    c->report.command > 0 && c->report.command > obey_done(c->outside))
		again = ask_commands(c, &e) == ERR_OK;
	if (!again)
		finish(c, &e);
}

static enum err_code
ask_commands(struct courier *c, struct err *e)
{
	const uint64_t done = obey_done(c->outside);
	char target[128] = "/v1/courier/commands";
	/* What was carried out is believed by its signature alone. */
	const struct office_ask ask = {
		.method = "GET", .target = target, .by_tls_key = done > 0
	};

	if (done > 0)
		(void)snprintf(target, sizeof(target),
		    "/v1/courier/commands?done=%llu", (unsigned long long)done);
	rng_fill(c->nonce, sizeof(c->nonce));
	query_add_nonce(target, sizeof(target), c->nonce);
	return office_call(c->office, &ask, on_commands, c, &c->job, e);
}

static void
take_commands(struct courier *c, const json_t *body, struct err *e)
{
	struct commands_answer a;
	enum err_code code = commands_answer_from_json(body, &a, e);

	if (code == ERR_OK &&
	    !secret_equal(a.nonce, c->nonce, sizeof(c->nonce))) {
		commands_answer_fini(&a);
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	}
	if (code != ERR_OK) {
		sync_report_refuse(&c->report,
		    code == ERR_NEWER ? WORD_NEWER : WORD_MALFORMED);
		return;
	}
	if (obey_take(c->outside, &a, e) == ERR_OK)
		*e = (struct err){ .code = ERR_OK };
	commands_answer_fini(&a);
}

static void
on_commands(void *arg, struct office_answer *a)
{
	struct courier *c = arg;
	struct err e = a->local;

	c->job = NULL;
	sync_report_take(&c->report, a);
	if (a->outcome == SYNC_DONE)
		take_commands(c, a->body, &e);
	finish(c, &e);
}

enum err_code
courier_start(const struct courier_task *task, exchange_done_fn *done,
    void *arg, struct courier **out, struct err *e)
{
	struct courier *c = calloc(1, sizeof(*c));
	enum err_code code;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->outside = task->outside;
	c->store = task->store;
	c->office = task->office;
	c->after = task->after;
	c->done = done;
	c->arg = arg;
	c->report.is_courier = true;
	code = ask(c, e);
	if (code == ERR_OK && c->job == NULL)
		code = ask_commands(c, e);
	if (code != ERR_OK) {
		free(c);
		return code;
	}
	*out = c;
	return ERR_OK;
}
