/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_DAEMON_INT_H
#define SYNC_DAEMON_INT_H

#include "common/store/device_store.h"
#include "common/store/holder.h"
#include "common/store/outside.h"
#include "common/sys/netmon.h"
#include "daemon/sync/backoff.h"
#include "daemon/sync/call.h"
#include "daemon/sync/courier.h"
#include "daemon/sync/daemon.h"
#include "daemon/sync/engine.h"
#include "daemon/sync/exchange.h"
#include "daemon/sync/renew.h"
#include "daemon/sync/watch.h"

/*
 * daemon_int -- what the parts of daemon share: daemon.c hears events,
 * daemon_work.c does what a state means.
 *
 * Invariants: the store is there exactly while the state is one of
 * ENGINE_OPEN_*, and the office too but for a moment after a renewal; at most
 * one of exchange, courier, renewal and wait is.
 */
struct daemon {
	struct daemon_cfg cfg;
	struct loop *loop;
	struct holder *holder;
	struct holder_legacy legacy; /* an agent's key, until it is taken */
	struct netmon *netmon;       /* NULL: the kernel tells nothing */
	struct watch *watch;

	enum engine_state state;
	struct loop_timer *timer; /* of the state: back-off, poll, or at once */
	struct backoff backoff;
	uint32_t delay_ms; /* of the back-off that follows */

	struct outside *outside;
	struct office *courier_office;
	struct device_store *store;
	struct office *office;
	struct office *stale; /* with keys that were renewed; to be closed */

	struct exchange *exchange;
	struct courier *courier;
	struct renewal *renewal;
	struct office_job *wait;
	uint64_t wait_began_mono_ms;

	uint64_t seen;             /* last own counter that was noticed */
	uint64_t receipted;        /* as the store said when it was last open */
	uint64_t epoch;            /* the office's, as last answered */
	uint64_t command;          /* the last that it said waits for us */
	struct sync_report report; /* of the last attempt, or the one refused
	                              while the courier still runs */
	bool has_report;
};

/* Hear an event: step, end what the old state did, begin what the new one
 * does. */
void daemon_event(struct daemon *d, enum engine_event event);

/* ---- daemon_work.c ---- */
/* Begin the work of the present state. */
void daemon_begin(struct daemon *d);
/* End whatever is under way, timer included. */
void daemon_end(struct daemon *d);
/* The state's timer has run out. */
void daemon_on_timer(struct daemon *d);

/* Open the ways to the office again with the keys that are in the store now.
 */
enum err_code daemon_reopen(struct daemon *d, struct err *e) ERR_CHECKED;

#endif
