/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_EXCHANGE_H
#define SYNC_EXCHANGE_H

#include "common/base/err.h"
#include "common/store/device_store.h"
#include "daemon/sync/call.h"
#include "daemon/sync/outcome.h"

/*
 * exchange -- one sync of an open store: ask, store what came, and ask again
 * while there are pages or own changes left; then the files beside records
 * (blobs.h).
 *
 * exchange_start, then the callback, once, with the report; or
 * exchange_cancel.  Every answer that was stored stays stored, whatever comes
 * after it; what was not answered is asked again by the next exchange.
 */
struct exchange;

/* Round trips of one exchange: 512 KiB a page make a gibibyte, more than any
 * user's share of an office.  Past it the rest comes with the next one. */
#define EXCHANGE_ROUNDS_MAX 2048
/* Answers in a row that ask for more and bring nothing: a repair takes four
 * at most, so beyond this the two ends do not understand each other. */
#define EXCHANGE_STALLED_MAX 8

/* The report is borrowed.  e: trouble of this machine (the store's, most
 * likely), code ERR_OK if none; the report's outcome then says how the network
 * was.  The exchange is over: do not cancel it. */
typedef void exchange_done_fn(
    void *arg, const struct sync_report *r, const struct err *e);

/* Store and office are borrowed until the callback or the cancelling.  The
 * callback comes from the loop.  ERR_NOMEM or the store's errors: it will not
 * come. */
enum err_code exchange_start(struct device_store *store, struct office *office,
    exchange_done_fn *done, void *arg, struct exchange **out,
    struct err *e) ERR_CHECKED;
/* Something was written meanwhile: no further piece of a file is begun.  NULL
 * does nothing. */
void exchange_hurry(struct exchange *x);
/* NULL does nothing. */
void exchange_cancel(struct exchange *x);

#endif
