/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_COURIER_H
#define SYNC_COURIER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "daemon/sync/call.h"
#include "daemon/sync/exchange.h"
#include "daemon/sync/outcome.h"

/*
 * courier -- what travels while the notes are locked: sealed envelopes to the
 * office, receipts back, and commands, which are kept (obey.h) and carried out
 * by whoever started this.  Nothing is ever pulled.  Where nothing waits, the
 * office is asked for commands at once, so that "done" always means that it
 * was the office; else when its answer says that there are some.
 *
 * Receipts that verify are kept outside and verified again by the store at
 * unlock; envelopes stay until then, since only the store can tell that their
 * receipts were taken in.
 */
struct courier;

/* The highest counter for which a receipt is kept outside; 0: none.  Errors as
 * outside_receipts. */
enum err_code courier_receipted(
    struct outside *outside, uint64_t *out, struct err *e) ERR_CHECKED;

struct courier_task {
	struct outside *outside; /* borrowed to the end */
	struct office *office;   /* a courier's; borrowed to the end */
	uint64_t after;          /* everything up to here is receipted */
	/* The notes of who is shut out and has them open, borrowed to the end;
	 * NULL: locked.  What the office may have lost since it receipted it,
	 * which nothing else tells such a device, is sealed out of them. */
	struct device_store *store;
};
/* Where to begin for such a device: its last change asks the office whether it
 * still has all.  ERR_* of device_store_status. */
enum err_code courier_asks_after(
    struct device_store *store, uint64_t *after_out, struct err *e) ERR_CHECKED;

/* Hand over the envelopes above `after`, in as many round trips as it takes,
 * or ask for commands if there are none.  As exchange_start. */
enum err_code courier_start(const struct courier_task *task,
    exchange_done_fn *done, void *arg, struct courier **out,
    struct err *e) ERR_CHECKED;
/* NULL does nothing. */
void courier_cancel(struct courier *c);

#endif
