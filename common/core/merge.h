/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_MERGE_H
#define CORE_MERGE_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * merge -- the one pure function that decides about one path, on the device
 * and at the office alike (architecture, policies).
 *
 * It is asked only where a change cannot simply apply: its author had not
 * seen all that happened to the path, or the current value is not what they
 * saw.  Same arguments, same answer, for ever.
 *
 * MERGE_VERSION numbers everything that decides what a change in the office's
 * log comes to: this function, all of apply_change with its words for holding,
 * and text_merge; what is data (policies, the words that ask for a review) is
 * the schema's.  The log keeps it with every entry, and `verify` derives the
 * records again by the rules of that number, so a rule that changes gets a new
 * one and the old rules stay beside it for as long as an office has entries of
 * theirs.  2 is the first release's: what changed before it, the last being
 * the merge by sentences, made no entry that anyone keeps.  The unit test
 * test_merge_version holds the rules to a hash.
 */
#define MERGE_VERSION 28

enum merge_kind {
	MERGE_CLEAN,    /* value holds both edits */
	MERGE_BESIDE,   /* latest: value is now; current is kept beside it */
	MERGE_RANKED,   /* rank: value is the more protective, tell a human */
	MERGE_CONFLICT, /* both are kept and a person decides */
	MERGE_HELD      /* fixed or office: the whole change is held */
};

struct merge_result {
	enum merge_kind kind;
	json_t *value; /* new reference or NULL (absent); with CLEAN, BESIDE,
	                * RANKED what the path becomes, else unset (NULL) */
	bool review;   /* a clean text merge that a person should look at */
	const char *reason; /* with HELD: "fixed" or "office_only" */
};

/* was: common ancestor; current: value at the office; now: what the author
 * left.  NULL is absent.  field is NULL for a path that the schema does not
 * know, which merges as MERGE_CONFLICT unless equal.  by_office: the change is
 * the engine's own, so that policy office lets it pass; where two of those did
 * not see each other it is a conflict.  On ERR_OK the caller ends the result
 * with json_decref(out->value).  ERR_NOMEM only. */
enum err_code merge_value(const struct schema_field *field, const json_t *was,
    const json_t *current, const json_t *now, bool by_office,
    struct merge_result *out, struct err *e) ERR_CHECKED;

#endif
