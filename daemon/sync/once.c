/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/once.h"

#include <stdlib.h>

#include "common/store/holder.h"
#include "common/sys/log.h"
#include "common/sys/netmon.h"
#include "daemon/sync/access.h"
#include "daemon/sync/courier.h"
#include "daemon/sync/exchange.h"
#include "daemon/sync/obey.h"
#include "daemon/sync/renew.h"

/* For whoever else has the notes open to let go of them. */
#define LOCK_WAIT_MS 3000

struct once {
	struct loop *loop;
	struct sync_report report;
	struct err local;
};

static void
on_done(void *arg, const struct sync_report *r, const struct err *e)
{
	struct once *o = arg;

	o->report = *r;
	o->local = *e;
	loop_stop(o->loop);
}

/* Run until the callback; what then went wrong here is our result. */
static enum err_code
wait_done(struct once *o, struct err *e)
{
	enum err_code code = loop_run(o->loop, e);

	if (code != ERR_OK || o->local.code == ERR_OK ||
	    o->report.outcome != SYNC_DONE)
		return code;
	if (e != NULL)
		*e = o->local;
	return o->local.code;
}

/* Ask once; *office_out is ended by the caller, also on failure. */
static enum err_code
ask(struct once *o, struct device_store *store, struct office **office_out,
    struct err *e)
{
	struct exchange *exchange = NULL;
	enum err_code code = access_full(o->loop, store, office_out, e);

	if (code == ERR_OK)
		code = exchange_start(
		    store, *office_out, on_done, o, &exchange, e);
	return code == ERR_OK ? wait_done(o, e) : code;
}

static void
on_renewed(void *arg, const struct office_answer *answered, const struct err *e)
{
	struct once *o = arg;

	(void)answered;
	o->local = *e;
	loop_stop(o->loop);
}

/* New certificates, where it is time; with them the office gives the pages
 * that it kept back.  What it did not renew is tried again at the next sync. */
static enum err_code
renew(struct once *o, struct device_store *store, struct office *office,
    struct err *e)
{
	const struct sync_report before = o->report;
	struct renewal *renewal = NULL;
	struct office *anew = NULL;
	enum err_code code = ERR_OK;

	if (before.outcome != SYNC_DONE || !renew_is_wanted(store, &before))
		return ERR_OK;
	code = renew_start(store, office, on_renewed, o, &renewal, e);
	if (code == ERR_OK)
		code = loop_run(o->loop, e);
	if (code != ERR_OK)
		return code;
	if (o->local.code != ERR_OK) {
		log_err("sync", "certificates not renewed", &o->local);
	} else if (sync_report_is_expired(&before)) {
		code = ask(o, store, &anew, e);
		if (code == ERR_OK)
			sync_report_add(&o->report, &before);
	}
	office_close(anew);
	return code;
}

static enum err_code
sync_open(struct once *o, const char *home, const struct secret_key *dbkey,
    struct err *e)
{
	struct device_store *store = NULL;
	struct office *office = NULL;
	enum err_code code = access_store(home, dbkey, &store, e);

	if (code == ERR_OK &&
	    !netmon_has_network(device_store_identity(store)->address)) {
		o->report.outcome = SYNC_OFFLINE;
		code = device_store_note_outcome(
		    store, sync_outcome_word(SYNC_OFFLINE), e);
	} else if (code == ERR_OK &&
	    (code = ask(o, store, &office, e)) == ERR_OK) {
		code = renew(o, store, office, e);
	}
	office_close(office);
	device_store_close(store);
	return code;
}

/* Where the courier begins: behind what is receipted; of notes that are open
 * to who is shut out, see courier.h. */
static enum err_code
begin_after(struct courier_task *task, struct err *e)
{
	return task->store != NULL
	    ? courier_asks_after(task->store, &task->after, e)
	    : courier_receipted(task->outside, &task->after, e);
}

/* store: as in a courier_task. */
static enum err_code
run_courier(
    struct once *o, const char *home, struct device_store *store, struct err *e)
{
	struct courier_task task = { .store = store };
	struct courier *courier = NULL;
	enum err_code code;

	o->report =
	    (struct sync_report){ .outcome = SYNC_DONE, .is_courier = true };
	code = outside_open(home, &task.outside, e);

	if (code == ERR_OK &&
	    !netmon_has_network(outside_get(task.outside)->address)) {
		o->report.outcome = SYNC_OFFLINE;
	} else if (code == ERR_OK && (code = begin_after(&task, e)) == ERR_OK &&
	    (code = access_courier(o->loop, task.outside, &task.office, e)) ==
	        ERR_OK &&
	    (code = courier_start(&task, on_done, o, &courier, e)) == ERR_OK) {
		code = wait_done(o, e);
	}
	office_close(task.office);
	outside_close(task.outside);
	return code;
}

static enum err_code
sync_locked(struct once *o, const char *home, struct err *e)
{
	return run_courier(o, home, NULL, e);
}

/* A device that is shut out still hands over what it wrote, and commands are
 * the courier's to fetch.  dbkey NULL: the notes are locked. */
static enum err_code
hand_over(struct once *o, const char *home, const struct secret_key *dbkey,
    struct err *e)
{
	struct sync_report refused = o->report;
	struct device_store *store = NULL;
	enum err_code code = ERR_OK;

	if (dbkey != NULL && sync_report_is_shut_out(&o->report))
		code = access_store(home, dbkey, &store, e);
	if (code == ERR_OK)
		code = run_courier(o, home, store, e);
	device_store_close(store);
	sync_report_add(&refused, &o->report);
	o->report = refused;
	return code;
}

/* Carry out what the office told; it hears of it at once.  Where somebody has
 * the notes open it stays for the next time. */
static enum err_code
obey(struct once *o, const char *home, struct err *e)
{
	struct outside *outside = NULL;
	uint64_t receipted = 0;
	char *answer = NULL;
	bool is_done = false;
	struct err ignored;
	enum err_code code = outside_open(home, &outside, e);

	if (code != ERR_OK)
		return code;
	if (obey_waits(outside) &&
	    holder_ask(home, "{\"do\":\"lock\"}", LOCK_WAIT_MS, &answer,
	        &ignored) != ERR_BUSY &&
	    (code = courier_receipted(outside, &receipted, e)) == ERR_OK)
		code = obey_next(outside, home, receipted, &is_done, e);
	free(answer);
	outside_close(outside);
	return code == ERR_OK && is_done ? hand_over(o, home, NULL, e) : code;
}

enum err_code
once_run(const char *home, const struct secret_key *dbkey,
    struct sync_report *out, struct err *e)
{
	struct once o = { .report = { .outcome = SYNC_DONE } };
	enum err_code code = loop_new(&o.loop, e);

	if (code != ERR_OK)
		return code;
	code = dbkey != NULL ? sync_open(&o, home, dbkey, e)
	                     : sync_locked(&o, home, e);
	if (code == ERR_OK &&
	    (sync_report_is_shut_out(&o.report) ||
	        (dbkey != NULL && o.report.command > 0)))
		code = hand_over(&o, home, dbkey, e);
	if (code == ERR_OK && o.report.outcome == SYNC_DONE)
		code = obey(&o, home, e);
	loop_free(o.loop);
	if (code == ERR_OK)
		*out = o.report;
	return code;
}
