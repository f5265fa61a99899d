/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_BLOBS_H
#define SYNC_BLOBS_H

#include "common/base/err.h"
#include "common/store/device_store.h"
#include "daemon/sync/call.h"
#include "daemon/sync/outcome.h"

/*
 * blobs -- the files beside records, after the text: each that the office lacks
 * is sent from where it stands, each that was asked for is fetched from where
 * we stand.
 *
 *   send   PUT without bytes: where are you?  PUT from there ... whole
 *   fetch  GET from what is here ... whole
 *
 * blobs_start, then the callback, once; or blobs_cancel.  A piece that was
 * answered stays, on whichever side it was taken; what was cut off is asked for
 * again by the next sync.  A file that the office says no to is passed over
 * until then.
 */
struct blobs;

/* e: trouble of this machine, code ERR_OK if none.  It is over: do not cancel
 * it. */
typedef void blobs_done_fn(void *arg, const struct err *e);

/* Everything is borrowed until the callback or the cancelling; round trips and
 * bytes are counted into the report, whose outcome changes where the office is
 * not reached any more. */
struct blobs_cfg {
	struct device_store *store;
	struct office *office;
	struct sync_report *report;
	blobs_done_fn *done;
	void *arg;
};
/* ERR_NOTFOUND: there is nothing to send or fetch.  The callback will not come
 * then, nor after any other error. */
enum err_code blobs_start(
    const struct blobs_cfg *cfg, struct blobs **out, struct err *e) ERR_CHECKED;
/* Something was written meanwhile, which goes first: end after the piece that
 * is under way. */
void blobs_hurry(struct blobs *b);
/* NULL does nothing. */
void blobs_cancel(struct blobs *b);

#endif
