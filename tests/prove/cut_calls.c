/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges that are one question: new certificates, the parked request, and
 * the history of a record.
 */
#include "tests/prove/cut_kinds.h"

#include <stdio.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/core/history.h"
#include "common/core/query.h"
#include "daemon/sync/renew.h"
#include "daemon/sync/wait.h"

#define LOOK_MS 1

/* ---- renewal ---- */

struct renewed {
	struct cut_world *w;
	bool is_done;
	enum sync_outcome outcome;
	struct err local;
};

static void
on_renewed(void *arg, const struct office_answer *answered, const struct err *e)
{
	struct renewed *r = arg;

	r->is_done = true;
	r->outcome = answered->outcome;
	r->local = *e;
	loop_stop(r->w->loop);
}

static struct hash32
certificate(const struct cut_world *w)
{
	const struct buf *pem =
	    &device_store_identity(w->device.store)->tls_cert_pem;

	return crypto_sha256(pem->ptr, pem->len);
}

void
cut_prepare_renew(struct cut_world *w)
{
	w->work.before = certificate(w);
}

bool
cut_try_renew(struct cut_world *w)
{
	struct renewed r = { .w = w };
	struct renewal *renewal = NULL;
	struct err e = { 0 };
	const enum err_code rc = renew_start(
	    w->device.store, w->device.line, on_renewed, &r, &renewal, &e);

	if (rc != ERR_OK)
		return cut_try_failed(w, rc, &e);
	cut_wait(w, &r.is_done);
	if (!r.is_done)
		renew_cancel(renewal);
	if (!cut_try_ends(w, r.is_done, r.outcome, &r.local))
		return false;
	cut_device_redial(w);
	return true;
}

/* 1 when the certificates are others than before, and the office takes them. */
uint64_t
cut_renew_works(struct cut_world *w)
{
	return !hash32_equal(w->work.before, certificate(w)) && cut_try_sync(w);
}

/* ---- calls ---- */

struct called {
	struct cut_world *w;
	bool is_done;
	enum sync_outcome outcome;
	unsigned status;
	json_t *body;
	struct err local;
};

static void
on_answer(void *arg, struct office_answer *a)
{
	struct called *c = arg;

	c->is_done = true;
	c->outcome = a->outcome;
	c->status = a->status;
	c->body = json_incref(a->body);
	c->local = a->local;
	loop_stop(c->w->loop);
}

static void
call(struct cut_world *w, const struct office_ask *ask, struct called *c)
{
	struct office_job *job = NULL;
	struct err e = { 0 };
	enum err_code rc;

	*c = (struct called){ .w = w };
	rc = office_call(w->device.line, ask, on_answer, c, &job, &e);
	if (rc != ERR_OK) {
		(void)cut_try_failed(w, rc, &e);
		return;
	}
	cut_wait(w, &c->is_done);
	if (!c->is_done)
		office_cancel(job);
	(void)cut_try_ends(w, c->is_done, c->outcome, &c->local);
}

/* ---- the wait ---- */

void
cut_prepare_wait(struct cut_world *w)
{
	cut_device_sync(w);
	cut_device_redial(w);
	w->work.is_edited = false;
}

/* Once it is parked, and not before, something happens at the office. */
struct watched {
	struct cut_world *w;
	struct loop_timer *timer;
};

static void
on_look(void *arg)
{
	struct watched *watched = arg;
	struct cut_world *w = watched->w;
	struct err e = { 0 };

	if (engine_counts(w->office.engine).parked == 0) {
		assert_ok(loop_timer_start(watched->timer, LOOK_MS, &e), &e);
		return;
	}
	w->work.is_edited = true;
	cut_prepare_delta(w);
	engine_host_wake(w->office.host);
}

bool
cut_try_wait(struct cut_world *w)
{
	char target[WAIT_TARGET_MAX];
	const struct office_ask ask = {
		.method = "GET", .target = target, .park_s = WAIT_PARK_S
	};
	struct watched watched = { .w = w };
	struct called c;
	struct err e = { 0 };

	assert_ok(wait_target(w->device.store, 1, 0, target, &e), &e);
	assert_ok(
	    loop_timer_new(w->loop, on_look, &watched, &watched.timer, &e), &e);
	if (!w->work.is_edited)
		assert_ok(loop_timer_start(watched.timer, LOOK_MS, &e), &e);
	call(w, &ask, &c);
	loop_timer_free(watched.timer);
	json_decref(c.body);
	return c.is_done && c.outcome == SYNC_DONE && c.status == 204;
}

/* ---- history ---- */

bool
cut_try_history(struct cut_world *w)
{
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	char target[160];
	const struct office_ask ask = { .method = "GET", .target = target };
	struct history h;
	struct called c;
	bool went = false;
	struct err e = { 0 };

	rng_fill(nonce, sizeof(nonce));
	(void)snprintf(target, sizeof(target), "/v1/records/%s/history",
	    id_print(w->office.person).s);
	query_add_nonce(target, sizeof(target), nonce);
	call(w, &ask, &c);
	if (c.is_done && c.outcome == SYNC_DONE && c.status == 200 &&
	    history_from_json(c.body, &h, &e) == ERR_OK) {
		went = h.n_entries > 0 &&
		    memcmp(h.nonce, nonce, sizeof(nonce)) == 0;
		history_fini(&h);
	}
	json_decref(c.body);
	return went;
}
