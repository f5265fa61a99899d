/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_ONCE_H
#define SYNC_ONCE_H

#include "common/base/err.h"
#include "common/base/secret.h"
#include "daemon/sync/outcome.h"

/*
 * once -- one sync in the foreground, for `visitbookd --once`: in full with
 * the database key, or, without it (dbkey NULL), the courier's part alone.
 *
 * Errors as device_store_open and outside_open; an office that cannot be
 * reached or refuses is no error but the report's outcome.
 */
enum err_code once_run(const char *home, const struct secret_key *dbkey,
    struct sync_report *out, struct err *e) ERR_CHECKED;

#endif
