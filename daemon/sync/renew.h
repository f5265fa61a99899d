/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_RENEW_H
#define SYNC_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/device_store.h"
#include "daemon/sync/call.h"
#include "daemon/sync/outcome.h"

/*
 * renew -- new keys and certificates for a device, well before the old ones
 * run out, and after they did too.
 *
 * The new ones take their place in the store only when they are whole: for our
 * keys, of the right kinds, under the pinned root.  A lost answer costs
 * nothing: the old ones go on, and the next attempt makes others.
 */
struct renewal;

/* True from two thirds of the certificate's life on (day 20 of 30). */
bool renew_is_due(const struct device_identity *identity, uint64_t now_ms);
/* The same by the office's clock as last heard: ours may be years off, and
 * would have the device renew for ever or never.  What the office itself said
 * in the last report settles it. */
bool renew_is_wanted(
    struct device_store *store, const struct sync_report *last);

/* code of e: ERR_OK, the store holds new ones (make a new office of them);
 * else nothing changed.  answered is what the network was like.  The renewal
 * is over: do not cancel it. */
typedef void renew_done_fn(
    void *arg, const struct office_answer *answered, const struct err *e);

/* As exchange_start. */
enum err_code renew_start(struct device_store *store, struct office *office,
    renew_done_fn *done, void *arg, struct renewal **out,
    struct err *e) ERR_CHECKED;
/* NULL does nothing. */
void renew_cancel(struct renewal *r);

#endif
