/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_ERASE_H
#define CENTRAL_ENGINE_ERASE_H

#include "common/core/erasure.h"
#include "daemon/central/engine/engine.h"

/*
 * engine_erase -- erasure at the office (core/erasure.h).
 *
 * It is an entry of the engine's journal on the record, with "erasure":
 * {"paths", "digest"} beside the usual keys and no op, and an entry "erase" of
 * the log.  The words go from every change of the record that was received,
 * whatever its state, from the record and from merged values, in the same
 * transaction; what is received afterwards and was written by somebody who had
 * not seen the erasure is kept without its words (erase_received).  Where it is
 * done again, what stands in the record stays as far as it is of people who had
 * seen the first one (erase_put_back).
 */
#define ERASE_ACT "erase" /* in schema/dual.json */

/* What two people agreed to, inside the caller's transaction (engine_dual.h).
 * paths NULL: all that holds words.  *out is new; changes_out counts the
 * changes that had words.  ERR_NOTFOUND: no such record; ERR_INVALID: a path is
 * none, or holds what says whose the record is. */
struct erase_order {
	struct id actor, record;
	const json_t *paths;
	struct version since; /* never; or of the one that is done again */
	bool is_again; /* the paths are of one that was made: all may go, and
	                * the record may be missing: its words are taken out
	                * of what comes of it */
};
enum err_code engine_erase(struct engine *g, const struct erase_order *order,
    struct erasure *out, uint64_t *changes_out, struct err *e) ERR_CHECKED;

/* After the commit: let nothing of it stay in the files of the store. ERR_BUSY:
 * somebody reads; it is done when the store is closed, at the latest. */
enum err_code engine_erase_settle(struct engine *g, struct err *e) ERR_CHECKED;

#endif
