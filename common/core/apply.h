/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * apply -- a change meets a record: the one path for every change, whoever
 * makes it (device, console, import), and for a device's own view of its
 * unsent work.
 *
 * A change is applied whole or held whole.  For each op (architecture, "A
 * change"):
 *   1. It is concurrent unless every setter of its path, and of each path
 *      above or beneath it, is at or below base.seen, or is this device's own
 *      with a counter at or below base.own.
 *   2. Not concurrent, and the current value is was: now is set.
 *   3. Otherwise merge_value decides, with was as the ancestor.  A removal
 *      that meets an unseen edit beneath it, or an edit beneath an unseen
 *      removal, is a conflict at the removed row's (or record's) path.
 *   4. An op that leaves the value as it is still becomes a setter.
 * A base.side names a conflict side: the op replaces that side if its author
 * wrote it (reopening the conflict if it was closed), else adds one.  A
 * resolve closes the sides that it names with the version that they have.
 * After sign-off (the type's lock field) an op on a locked path becomes a
 * proposed addendum: a row of "addenda".
 */

enum outcome_kind {
	OUTCOME_APPLIED,
	OUTCOME_MERGED,
	OUTCOME_CONFLICT,
	OUTCOME_ADDENDUM,
	OUTCOME_HELD,
	OUTCOME_CLOSED,
	OUTCOME_N
};
const char *outcome_word(enum outcome_kind kind);
/* false if the word is none. */
bool outcome_parse(const char *word, enum outcome_kind *out);

struct apply_context {
	const struct schema *schema;
	struct version version; /* what the change's outcome is numbered */
	uint64_t now_ms;        /* office's clock: conflict opened_at only */
	bool by_office; /* the engine's own change: policy office passes */
};

struct apply_result {
	enum outcome_kind kind;
	char reason[40]; /* with HELD: the word, else "" */
	char path[200];  /* with HELD: the path at fault, or "" */
};

/* Apply c (full form) to *r, which was empty (record_init) if the record did
 * not exist.  On HELD and on error *r is unchanged.  Held words: "fixed",
 * "office_only", "unknown_type", "bad_value", "removed", "too_many_sides",
 * "not_found" (edits a record that is not here), "wrong_type".  ERR_NOMEM. */
enum err_code apply_change(struct record *r, const struct change *c,
    const struct apply_context *ctx, struct apply_result *out,
    struct err *e) ERR_CHECKED;

/* The id that a conflict opened by this change at path has. */
struct id apply_conflict_id(
    struct id record, const char *path, struct id device, uint64_t counter);

#endif
