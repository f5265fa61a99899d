/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each state of the engine means: the courier, a renewal and an exchange,
 * the wait, a timer; and what their ends mean to the engine.
 */
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/sync/access.h"
#include "daemon/sync/daemon_int.h"
#include "daemon/sync/obey.h"
#include "daemon/sync/wait.h"

/* A wait that stood for so long shows that the way to the office is good,
 * however it ended. */
#define WAIT_LASTED_MS 20000U
/* News sooner than this after a sync that moved nothing is an office that
 * wakes us for nothing. */
#define WAIT_HASTY_MS 1000U

static uint32_t
random32(void)
{
	uint32_t r;

	rng_fill(&r, sizeof(r));
	return r;
}

static void
start_timer(struct daemon *d, uint32_t delay_ms)
{
	struct err e;

	if (loop_timer_start(d->timer, delay_ms, &e) != ERR_OK)
		log_err("sync", "cannot wait for the next attempt", &e);
}

/* Who asked for a sync gets its result once nothing more is under way. */
static void
answer_askers(struct daemon *d, const struct err *e)
{
	json_t *json = NULL;
	struct buf text;
	struct err why = *e;

	buf_init(&text, 4096);
	if (e->code == ERR_OK &&
	    sync_report_to_json(&d->report, d->cfg.words, &json, &why) ==
	        ERR_OK &&
	    json_print(json, &text, &why) == ERR_OK) {
		holder_sync_done(d->holder, text.ptr);
	} else {
		buf_reset(&text);
		(void)buf_printf(
		    &text, "{\"error\":\"%s\"}", err_word(why.code));
		holder_sync_done(d->holder, text.ptr);
	}
	json_decref(json);
	buf_fini(&text);
}

static void
log_report(const struct sync_report *r)
{
	enum log_level level = LOG_LEVEL_WARN;

	if (r->outcome == SYNC_DONE)
		level = r->round_trips > 0 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	log_line(level, "sync", sync_outcome_word(r->outcome),
	    "word=%s round_trips=%llu sent=%llu receipts=%llu held=%llu "
	    "pulled=%llu up=%llu down=%llu",
	    r->has_word ? protocol_word(r->word) : NULL,
	    (unsigned long long)r->round_trips, (unsigned long long)r->sent,
	    (unsigned long long)r->receipts, (unsigned long long)r->held,
	    (unsigned long long)r->pulled, (unsigned long long)r->bytes_up,
	    (unsigned long long)r->bytes_down);
}

/* How long to leave it alone, in d->delay_ms. */
static void
plan_retry(struct daemon *d)
{
	uint32_t at_least_ms = 0;

	if (d->report.outcome == SYNC_REFUSED)
		at_least_ms = d->cfg.refused_ms;
	if (d->report.retry_after_s > at_least_ms / 1000 &&
	    d->report.retry_after_s < 86400)
		at_least_ms = d->report.retry_after_s * 1000;
	d->delay_ms = backoff_fail(&d->backoff, random32(), at_least_ms);
}

/* An attempt has ended, in whatever way. */
static void
attempt_over(struct daemon *d, const struct sync_report *r, const struct err *e)
{
	const bool again = engine_state_work(d->state) == ENGINE_WORK_GOES_ON;
	const bool is_fine = r->outcome == SYNC_DONE && e->code == ERR_OK;
	const bool is_done = is_fine && !sync_report_is_expired(r);
	/* It is renewed and asks again at once; whoever waits gets the pages.
	 * Where that did not help it is left alone for a while. */
	const bool renews =
	    is_fine && !is_done && !sync_report_is_expired(&d->report);

	d->report = *r;
	d->has_report = true;
	if (r->epoch != 0)
		d->epoch = r->epoch;
	log_report(r);
	if (e->code != ERR_OK)
		log_err("sync", "not everything went through", e);
	if (renews)
		d->delay_ms = 0;
	else if (!is_done)
		plan_retry(d);
	else if (d->store == NULL)
		backoff_reset(&d->backoff);
	if (!renews && (!is_done || !again))
		answer_askers(d, e);
	daemon_event(d, is_done ? ENGINE_DONE : ENGINE_FAILED);
}

/* ---- the courier ---- */

/* Receipts leave the outside when a store takes them in. */
static void
note_receipted(struct daemon *d)
{
	uint64_t receipted;
	struct err e;

	if (courier_receipted(d->outside, &receipted, &e) != ERR_OK)
		log_err("sync", "envelopes may go twice", &e);
	else if (receipted > d->receipted)
		d->receipted = receipted;
}

/* Carry out what the office told, now that the courier has been; the office
 * hears of it the next time, which is at once. */
static void
obey_now(struct daemon *d)
{
	bool is_done = false;
	struct err e;

	if (obey_next(d->outside, d->cfg.home, d->receipted, &is_done, &e) !=
	    ERR_OK)
		log_err("sync", "a command is not carried out", &e);
	else if (is_done)
		daemon_event(d, ENGINE_ASKED);
}

static void
on_courier(void *arg, const struct sync_report *r, const struct err *e)
{
	struct daemon *d = arg;

	d->courier = NULL;
	note_receipted(d);
	attempt_over(d, r, e);
	if (r->outcome == SYNC_DONE)
		obey_now(d);
}

static enum err_code
start_courier(struct daemon *d, exchange_done_fn *done, struct err *e)
{
	struct courier_task task = { .outside = d->outside,
		.office = d->courier_office };
	enum err_code code = courier_receipted(d->outside, &task.after, e);

	if (code != ERR_OK)
		return code;
	if (task.after < d->receipted)
		task.after = d->receipted;
	if (d->store != NULL && sync_report_is_shut_out(&d->report)) {
		task.store = d->store;
		code = courier_asks_after(d->store, &task.after, e);
		if (code != ERR_OK)
			return code;
	}
	return courier_start(&task, done, d, &d->courier, e);
}

/* ---- the exchange ---- */

/* The courier's part of an exchange is over.  Whatever the office told begins
 * with locking; the locked courier sees to the rest. */
static void
on_open_courier(void *arg, const struct sync_report *r, const struct err *e)
{
	struct daemon *d = arg;
	struct sync_report both = d->report;

	d->courier = NULL;
	sync_report_add(&both, r);
	attempt_over(d, &both, e);
	if (obey_waits(d->outside))
		holder_lock(d->holder);
}

/* Whose access has ended may still hand over what was written before; and
 * commands are the courier's to fetch. */
static bool
needs_courier(struct daemon *d, const struct sync_report *r)
{
	const bool is_told = r->outcome == SYNC_DONE && r->command > 0 &&
	    r->command > obey_done(d->outside);
	struct store_status status;
	struct err e;

	d->command = r->command;
	if (!sync_report_is_shut_out(r) && !is_told)
		return false;
	if (device_store_status(d->store, &status, &e) == ERR_OK)
		d->receipted = status.receipted;
	d->report = *r;
	return start_courier(d, on_open_courier, &e) == ERR_OK;
}

static void
on_exchange(void *arg, const struct sync_report *r, const struct err *e)
{
	struct daemon *d = arg;

	d->exchange = NULL;
	if (!needs_courier(d, r))
		attempt_over(d, r, e);
}

static void
fail_here(struct daemon *d, const struct err *e)
{
	/* This says nothing about the network; what was known of it stands. */
	const struct sync_report none = {
		.outcome = d->has_report ? d->report.outcome : SYNC_OFFLINE,
	};

	attempt_over(d, &none, e);
}

static void
start_exchange(struct daemon *d)
{
	struct err e;

	if (exchange_start(d->store, d->office, on_exchange, d, &d->exchange,
	        &e) != ERR_OK)
		fail_here(d, &e);
}

/* With new certificates the office is asked anew.  A callback of the old way
 * to it is no place to close that, so the state's timer takes over. */
static void
on_renewal(void *arg, const struct office_answer *answered, const struct err *e)
{
	struct daemon *d = arg;
	struct sync_report report = { .outcome = SYNC_DONE };

	d->renewal = NULL;
	if (e->code == ERR_OK) {
		log_line(LOG_LEVEL_INFO, "sync", "certificates renewed", NULL);
		d->stale = d->office;
		d->office = NULL;
		start_timer(d, 0);
		return;
	}
	log_err("sync", "certificates not renewed", e);
	sync_report_take(&report, answered);
	/* Where the office answers, a sync still goes with the old ones. */
	if (report.outcome == SYNC_DONE || report.outcome == SYNC_REFUSED)
		start_exchange(d);
	else
		attempt_over(d, &report, &(struct err){ .code = ERR_OK });
}

static void
begin_exchange(struct daemon *d)
{
	struct err e;

	if (!renew_is_wanted(d->store, &d->report)) {
		start_exchange(d);
		return;
	}
	if (renew_start(d->store, d->office, on_renewal, d, &d->renewal, &e) !=
	    ERR_OK)
		fail_here(d, &e);
}

/* ---- the wait ---- */

static bool
was_for_nothing(const struct daemon *d, uint64_t lasted_ms)
{
	return lasted_ms < WAIT_HASTY_MS && d->report.pulled == 0 &&
	    d->report.receipts == 0 && d->report.sent == 0;
}

static void
on_wait(void *arg, struct office_answer *a)
{
	struct daemon *d = arg;
	const uint64_t lasted_ms = clock_mono_ms() - d->wait_began_mono_ms;

	d->wait = NULL;
	if (lasted_ms >= WAIT_LASTED_MS)
		backoff_reset(&d->backoff);
	if (a->outcome == SYNC_DONE && a->status == 304 &&
	    lasted_ms >= WAIT_HASTY_MS) {
		daemon_event(d, ENGINE_QUIET);
		return;
	}
	if (a->outcome == SYNC_DONE && a->status == 204 &&
	    !was_for_nothing(d, lasted_ms)) {
		daemon_event(d, ENGINE_NEWS);
		return;
	}
	if (a->outcome != SYNC_DONE) {
		d->report = (struct sync_report){ .outcome = a->outcome };
		sync_report_take(&d->report, a);
		log_report(&d->report);
	}
	plan_retry(d);
	daemon_event(d, ENGINE_FAILED);
}

static void
begin_wait(struct daemon *d)
{
	char target[WAIT_TARGET_MAX];
	const struct office_ask ask = {
		.method = "GET",
		.target = target,
		.park_s = WAIT_PARK_S,
	};
	struct err e;

	d->wait_began_mono_ms = clock_mono_ms();
	if (wait_target(d->store, d->epoch, d->command, target, &e) == ERR_OK &&
	    office_call(d->office, &ask, on_wait, d, &d->wait, &e) == ERR_OK)
		return;
	log_err("sync", "cannot wait for the office's word", &e);
	plan_retry(d);
	start_timer(d, 0);
}

/* ---- states ---- */

/* Without a network there is nobody to ask.  It ends in the loop's next round,
 * for the engine has not finished this step. */
static void
end_at_once(struct daemon *d, enum sync_outcome outcome)
{
	d->report =
	    (struct sync_report){ .outcome = outcome, .is_courier = true };
	start_timer(d, 0);
}

static void
begin_courier(struct daemon *d)
{
	struct err e = { 0 };

	if (!netmon_has_network(office_address(d->courier_office))) {
		end_at_once(d, SYNC_OFFLINE);
		return;
	}
	if (start_courier(d, on_courier, &e) != ERR_OK) {
		log_err("sync", "cannot hand over envelopes", &e);
		end_at_once(d, SYNC_OFFLINE);
	}
}

void
daemon_begin(struct daemon *d)
{
	switch (engine_state_work(d->state)) {
	case ENGINE_WORK_COURIER:
		begin_courier(d);
		break;
	case ENGINE_WORK_EXCHANGE:
		/* From the loop, with whatever it takes in hand. */
		start_timer(d, 0);
		break;
	case ENGINE_WORK_WAIT:
		begin_wait(d);
		break;
	case ENGINE_WORK_POLL:
		start_timer(d,
		    d->cfg.poll_ms / 2 + random32() % (d->cfg.poll_ms / 2 + 1));
		break;
	case ENGINE_WORK_BACKOFF:
		start_timer(d, d->delay_ms);
		break;
	case ENGINE_WORK_NONE:
	case ENGINE_WORK_GOES_ON:
		break;
	}
}

void
daemon_end(struct daemon *d)
{
	loop_timer_stop(d->timer);
	exchange_cancel(d->exchange);
	courier_cancel(d->courier);
	renew_cancel(d->renewal);
	office_cancel(d->wait);
	d->exchange = NULL;
	d->courier = NULL;
	d->renewal = NULL;
	d->wait = NULL;
}

/* The timer of SYNCING: begin; after a renewal, on the way that the new keys
 * open, and with the exchange at once. */
static void
on_sync_timer(struct daemon *d)
{
	const bool is_renewed = d->office == NULL;
	const struct err fine = { 0 };
	struct err e = { 0 };

	if (is_renewed && daemon_reopen(d, &e) != ERR_OK) {
		fail_here(d, &e);
	} else if (!netmon_has_network(office_address(d->office))) {
		const struct sync_report r = { .outcome = SYNC_OFFLINE };

		if (device_store_note_outcome(
		        d->store, sync_outcome_word(r.outcome), &e) != ERR_OK)
			log_err("sync", "the outcome is not kept", &e);
		attempt_over(d, &r, &fine);
	} else if (is_renewed) {
		start_exchange(d);
	} else {
		begin_exchange(d);
	}
}

void
daemon_on_timer(struct daemon *d)
{
	const struct err fine = { 0 };

	switch (d->state) {
	case ENGINE_LOCKED_SENDING:
	case ENGINE_LOCKED_AGAIN: {
		const struct sync_report r = d->report;

		attempt_over(d, &r, &fine);
		break;
	}
	case ENGINE_OPEN_SYNCING:
	case ENGINE_OPEN_AGAIN:
		on_sync_timer(d);
		break;
	case ENGINE_OPEN_WAITING:
		daemon_event(d, ENGINE_FAILED);
		break;
	case ENGINE_STOPPED:
	case ENGINE_LOCKED_IDLE:
	case ENGINE_LOCKED_BACKOFF:
	case ENGINE_OPEN_BACKOFF:
	case ENGINE_STATE_N:
		daemon_event(d, ENGINE_TIMER);
		break;
	}
}
