/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_WAIT_H
#define SYNC_WAIT_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/store/device_store.h"

/*
 * wait -- a request that the office holds until something in this user's
 * scopes changes, so that its word is here within a second.
 */

/* How long an office holds it; what office_call grants comes on top. */
#define WAIT_PARK_S 60U
#define WAIT_TARGET_MAX 192

/* Write the target to GET from where the store stands; epoch and command: the
 * office's, as last answered.  Status 204 says that a sync is worth it, 304
 * that there was nothing in the time.  Errors as device_store_sync_request. */
enum err_code wait_target(struct device_store *store, uint64_t epoch,
    uint64_t command, char out[static WAIT_TARGET_MAX],
    struct err *e) ERR_CHECKED;

#endif
