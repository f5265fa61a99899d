/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_ACCESS_H
#define SYNC_ACCESS_H

#include "common/base/err.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "common/sys/loop.h"
#include "daemon/sync/call.h"

/*
 * access -- the two ways in which a device may speak to its office: with the
 * full rights that an open store holds, or as the courier of a locked folder,
 * which can hand over envelopes and nothing else.
 */

/* Open the store of a folder with its database key.  Errors as
 * device_store_open. */
enum err_code access_store(const char *home, const struct secret_key *dbkey,
    struct device_store **out, struct err *e) ERR_CHECKED;

/* Errors as office_open; the keys are copied. */
enum err_code access_full(struct loop *loop, const struct device_store *store,
    struct office **out, struct err *e) ERR_CHECKED;
enum err_code access_courier(struct loop *loop, const struct outside *outside,
    struct office **out, struct err *e) ERR_CHECKED;

#endif
