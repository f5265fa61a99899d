/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon hears: of the holder (unlocked, locked, a command's wish),
 * of the disk (something was saved) and of the network.
 */
#include "daemon/sync/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "common/store/device_content.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/sync/access.h"
#include "daemon/sync/daemon_int.h"

struct daemon_cfg
daemon_cfg_default(void)
{
	return (struct daemon_cfg){ .retry_first_ms = 1000,
		.retry_most_ms = 300000,
		.refused_ms = 60000,
		.poll_ms = 3600000,
		.lock_after_ms = 0 };
}

void
daemon_event(struct daemon *d, enum engine_event event)
{
	bool enters;
	const enum engine_state to = engine_step(d->state, event, &enters);

	if (!enters)
		return;
	log_line(LOG_LEVEL_DEBUG, "sync", "state", "from=%s to=%s locked=%d",
	    engine_state_word(d->state), engine_state_word(to),
	    (int)holder_is_locked(d->holder));
	if (engine_state_work(to) != ENGINE_WORK_GOES_ON)
		daemon_end(d);
	d->state = to;
	daemon_begin(d);
}

/* The last own change that there is: in the store, or, locked, among the
 * envelopes. */
static enum err_code
last_saved(struct daemon *d, uint64_t *out, struct err *e)
{
	struct store_status status;
	enum err_code code;

	if (d->store == NULL)
		return outside_envelopes_last(d->outside, out, e);
	code = device_store_status(d->store, &status, e);
	if (code == ERR_OK)
		*out = status.written;
	return code;
}

/* True if something was saved since this was last asked. */
static bool
notice_saved(struct daemon *d)
{
	uint64_t last;
	struct err e;

	if (last_saved(d, &last, &e) != ERR_OK) {
		log_err("sync", "cannot see what was saved", &e);
		return false;
	}
	if (last <= d->seen)
		return false;
	d->seen = last;
	return true;
}

/* Has somebody asked for a file that is not here? */
static bool
wants_file(struct daemon *d)
{
	struct content_task t = { .is_fetch = false };
	struct id last;
	struct err e;
	enum err_code code = ERR_OK;

	if (d->store != NULL)
		code = device_content_next(d->store, NULL, &t, &e);
	while (d->store != NULL && code == ERR_OK && !t.is_fetch) {
		last = t.record;
		code = device_content_next(d->store, &last, &t, &e);
	}
	return d->store != NULL && code == ERR_OK;
}

/* A save is told by the command that made it and seen on the disk as well;
 * the first of the two counts. */
static void
on_saved(void *arg)
{
	struct daemon *d = arg;

	if (!notice_saved(d) && !wants_file(d))
		return;
	exchange_hurry(d->exchange);
	backoff_reset(&d->backoff);
	daemon_event(d, ENGINE_SAVED);
}

static void
on_asked(void *arg)
{
	struct daemon *d = arg;

	backoff_reset(&d->backoff);
	daemon_event(d, ENGINE_ASKED);
}

static void
on_network(void *arg)
{
	struct daemon *d = arg;

	backoff_reset(&d->backoff);
	daemon_event(d, ENGINE_NETWORK);
}

/* Outside is read when it is opened.  Nothing may be under way that uses it;
 * on failure the old one stays. */
static enum err_code
open_outside(struct daemon *d, struct err *e)
{
	struct outside *outside = NULL;
	struct office *office = NULL;
	enum err_code code = outside_open(d->cfg.home, &outside, e);

	if (code == ERR_OK)
		code = access_courier(d->loop, outside, &office, e);
	if (code != ERR_OK) {
		outside_close(outside);
		return code;
	}
	office_close(d->courier_office);
	outside_close(d->outside);
	d->courier_office = office;
	d->outside = outside;
	return ERR_OK;
}

/* The folder may have become another device while it was locked: then what was
 * remembered of its journal is of another one. */
static enum err_code
follow_device(struct daemon *d, struct err *e)
{
	if (id_equal(device_store_identity(d->store)->device,
	        outside_get(d->outside)->device))
		return ERR_OK;
	daemon_end(d);
	d->seen = d->receipted = 0;
	return open_outside(d, e);
}

static void
on_unlock(void *arg, const struct secret_key *key)
{
	struct daemon *d = arg;
	struct err e;

	if (access_store(d->cfg.home, key, &d->store, &e) == ERR_OK &&
	    follow_device(d, &e) == ERR_OK &&
	    access_full(d->loop, d->store, &d->office, &e) == ERR_OK) {
		(void)notice_saved(d); /* a sync follows anyway */
		daemon_event(d, ENGINE_UNLOCKED);
		return;
	}
	/* Commands can still open it with the key and say what is wrong. */
	log_err("sync", "the notes do not open", &e);
	device_store_close(d->store);
	d->store = NULL;
}

static void
on_lock(void *arg)
{
	struct daemon *d = arg;
	struct device_store *store = d->store;
	struct store_status status;
	struct err e;

	if (store == NULL)
		return;
	if (device_store_status(store, &status, &e) == ERR_OK)
		d->receipted = status.receipted;
	/* What is under way ends before that which it stands on. */
	daemon_end(d);
	office_close(d->office);
	office_close(d->stale);
	d->office = d->stale = NULL;
	d->store = NULL;
	device_store_close(store);
	daemon_event(d, ENGINE_LOCKED);
}

/* What finds no memory is left out. */
static void
on_status(void *arg, json_t *into)
{
	const struct daemon *d = arg;
	struct err e;

	if (json_put_str(into, "state", engine_state_word(d->state), &e) !=
	        ERR_OK ||
	    !d->has_report)
		return;
	if (json_put_str(into, "outcome", sync_outcome_word(d->report.outcome),
	        &e) != ERR_OK ||
	    json_put_str(into, "text", daemon_status_text(d), &e) != ERR_OK)
		log_err("sync", "status is not whole", &e);
}

const char *
daemon_status_text(const struct daemon *d)
{
	if (!d->has_report)
		return schema_word(d->cfg.words, "sync.never");
	return sync_report_text(&d->report, d->cfg.words);
}

static void
on_timer(void *arg)
{
	daemon_on_timer(arg);
}

enum err_code
daemon_reopen(struct daemon *d, struct err *e)
{
	enum err_code code = open_outside(d, e);

	office_close(d->stale);
	d->stale = NULL;
	if (code == ERR_OK)
		code = access_full(d->loop, d->store, &d->office, e);
	return code;
}

static enum err_code
open_ears(struct daemon *d, struct err *e)
{
	const struct holder_events events = { .on_unlock = on_unlock,
		.on_lock = on_lock,
		.on_changed = on_saved,
		.on_sync = on_asked,
		.on_status = on_status,
		.arg = d };
	struct err none;
	enum err_code code;

	code = loop_timer_new(d->loop, on_timer, d, &d->timer, e);
	if (code == ERR_OK)
		code =
		    watch_open(d->loop, d->cfg.home, on_saved, d, &d->watch, e);
	if (code == ERR_OK)
		code = holder_open_over(
		    d->loop, d->cfg.home, &events, &d->legacy, &d->holder, e);
	if (code != ERR_OK)
		return code;
	holder_limit(d->holder, d->cfg.lock_after_ms);
	if (netmon_open(d->loop, on_network, d, &d->netmon, &none) != ERR_OK)
		log_err("sync", "the network is asked at intervals", &none);
	return ERR_OK;
}

enum err_code
daemon_open(struct loop *loop, const struct daemon_cfg *cfg,
    struct daemon **out, struct err *e)
{
	struct daemon *d = calloc(1, sizeof(*d));
	enum err_code code;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	d->loop = loop;
	d->cfg = *cfg;
	d->state = ENGINE_STOPPED;
	d->backoff = backoff_make(cfg->retry_first_ms, cfg->retry_most_ms);
	if ((code = open_outside(d, e)) != ERR_OK ||
	    (code = outside_envelopes_last(d->outside, &d->seen, e)) !=
	        ERR_OK ||
	    (code = open_ears(d, e)) != ERR_OK) {
		daemon_close(d);
		return code;
	}
	daemon_event(d, ENGINE_LOCKED);
	holder_inherit(d->holder, &d->legacy);
	*out = d;
	return ERR_OK;
}

void
daemon_close(struct daemon *d)
{
	if (d == NULL)
		return;
	netmon_close(d->netmon);
	watch_close(d->watch);
	/* This locks, and so may begin the courier's work once more. */
	if (d->holder != NULL) {
		holder_lock(d->holder);
		daemon_event(d, ENGINE_STOP);
		holder_close(d->holder);
	}
	if (d->timer != NULL)
		loop_timer_free(d->timer);
	office_close(d->courier_office);
	outside_close(d->outside);
	free(d);
}
