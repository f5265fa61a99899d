/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_REPLAY_INT_H
#define CENTRAL_ENGINE_REPLAY_INT_H

#include "daemon/central/engine/engine_verify.h"

/*
 * engine_replay -- what its two files share: playing the log again
 * (engine_replay.c), and across erasures (engine_verify_erase.c).
 *
 * Before the last erasure of a record its changes are played without the ops
 * that it covers: whose the record was and what it refers to comes out as it
 * was, what else it said does not matter, and the state that the log has is
 * taken as it is, since the log's links cover it.  At the erasure the record
 * that it left is taken, which its digest in the log proves; from there all is
 * played and proved as ever.
 */

/* An engine over the scratch store, with everything else the same. */
struct replay {
	struct verifying *v;
	struct engine scratch;
};

/* Is the entry before the last erasure of its record? */
enum err_code replay_is_before(const struct replay *p,
    const struct log_entry *l, bool *out, struct err *e) ERR_CHECKED;
/* A change that lost words decides nothing either. */
void replay_without_words(struct change *c);
/* An entry "erase". */
enum err_code replay_erase(struct replay *p, const struct log_entry *l,
    const struct change *c, struct hash32 *state_out,
    struct err *e) ERR_CHECKED;

#endif
