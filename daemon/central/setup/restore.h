/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_RESTORE_H
#define CENTRAL_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/secret.h"

/*
 * restore -- a backup takes the store's place, and a new epoch begins: devices
 * notice, and offer again what the backup lacks.
 *
 * The engine gets a new device of its own, since its journal's end is lost:
 * numbers that it gave out after the backup are never given to anything else.
 * Nobody is given a page until engine_access_restore or engine_access_confirm.
 * The store that was there is kept in DATA/before-restore-TIME/.
 *
 * The caller holds the engine's lock.
 */
struct restored {
	uint64_t seq; /* head of the restored log */
	uint64_t epoch;
	uint64_t from_epoch; /* in which the backup was made */
	bool is_open;        /* set by the caller: pages are given */
};

/* ERR_NOTFOUND: no such file; ERR_AUTH: it is another office's, or of another
 * key; ERR_CORRUPT: it is no backup; ERR_IO: DATA is as it was, or without a
 * store, and restoring can be tried again. */
enum err_code restore_backup(const char *data, const char *from,
    const struct secret_key *key, struct restored *out,
    struct err *e) ERR_CHECKED;

#endif
