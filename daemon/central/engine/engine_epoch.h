/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_EPOCH_H
#define CENTRAL_ENGINE_EPOCH_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto.h"
#include "daemon/central/store/office_store.h"

/*
 * engine_epoch -- a new epoch begins where a store is older than what the
 * office has told devices: `restore` says so, or a device proves it.
 *
 * The engine gets a new device of its own, since its journal's end is lost:
 * numbers that it gave out after the store was copied are never given to
 * anything else.  Nobody is given a page until engine_access_restore or
 * engine_access_confirm.
 */
struct epoch_engine {
	struct id device;
	struct sign_key key; /* wiped by the caller */
};

/* Within the caller's writing transaction. */
enum err_code epoch_begin(struct office_store *s, struct id office,
    uint64_t epoch, struct epoch_engine *out, struct err *e) ERR_CHECKED;

#endif
