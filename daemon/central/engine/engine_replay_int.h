/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_REPLAY_INT_H
#define CENTRAL_ENGINE_REPLAY_INT_H

#include "daemon/central/engine/engine_verify.h"

/*
 * engine_replay -- what its files share: playing the log again
 * (engine_replay.c), across other versions of the rules
 * (engine_replay_rules.c), and across erasures (engine_verify_erase.c).
 *
 * Before the last erasure of a record its changes are played without the ops
 * that it covers: whose the record was and what it refers to comes out as it
 * was, what else it said does not matter, and the state that the log has is
 * taken as it is, since the log's links cover it.  At the erasure the record
 * that it left is taken, which its digest in the log proves, and with it what
 * the store has of merges at the paths where words are gone; from there all is
 * played and proved as ever.
 */

/* An engine over the scratch store, with everything else the same but the
 * schema, which is that of the entry. */
struct replay {
	struct verifying *v;
	struct engine scratch;
	struct schema *then; /* the last that was loaded; NULL: none */
	struct hash32 then_sha256;
	/* By that schema and this program's merge the entry has to come to what
	 * the log says; false: either is not here any more, or was never
	 * written down. */
	bool is_exact;
	/* By id: records that today's rules do not come to as the log says,
	 * and those that were so at any time. */
	json_t *apart, *ever_apart;
	json_t *lost; /* {record: [path]}: where words are gone */
};

/* ---- engine_replay_rules.c: entries by the rules of their day ---- */
/* Give the scratch engine the schema of the entry. */
enum err_code replay_rules(
    struct replay *p, const struct log_entry *l, struct err *e) ERR_CHECKED;
/* What a change came to: r is the record by today's rules, has_applied whether
 * they let it.  Where that is not what the log says, and nothing says that it
 * must be, the result is the log's, which is proved by its links: at the last
 * entry of the record, r becomes the record that is kept, if its digest is the
 * log's. */
enum err_code replay_came_to(struct replay *p, const struct log_entry *l,
    bool has_applied, struct record *r, struct err *e) ERR_CHECKED;
void replay_rules_end(struct replay *p);

/* Is the entry before the last erasure of its record? */
enum err_code replay_is_before(const struct replay *p,
    const struct log_entry *l, bool *out, struct err *e) ERR_CHECKED;
/* A change that lost words decides nothing either; where they were is noted. */
enum err_code replay_without_words(
    struct replay *p, struct change *c, struct err *e) ERR_CHECKED;
/* An entry "erase". */
enum err_code replay_erase(struct replay *p, const struct log_entry *l,
    const struct change *c, struct hash32 *state_out,
    struct err *e) ERR_CHECKED;

#endif
