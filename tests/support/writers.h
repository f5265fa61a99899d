/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_WRITERS_H
#define SUPPORT_WRITERS_H

#include "common/base/rng.h"
#include "common/core/apply.h"

/*
 * writers -- people who change one record of tests/data/merge, each with one
 * of its last states before their eyes: edits, sides, decisions, removals,
 * signatures, and some of what an office holds.
 *
 * What they write follows from the seed of g, the states shown, and nothing
 * else.  Fill g, schema and type; show the record before the first change and
 * whenever it has become another; forget at the end.  All abort the test on
 * failure.
 */
#define WRITERS_PAST 6

struct writers {
	struct rng g;
	struct schema *schema; /* borrowed */
	const char *type;      /* of the record */
	struct record past[WRITERS_PAST];
	size_t n_past;
};

void writers_show(struct writers *w, const struct record *r);
void writers_forget(struct writers *w);

/* Ops, or a decision, into *c, whose device and author are filled in. */
void writers_fill(struct writers *w, struct change *c);

/* A text that is another writer's edit of old, or a new one; new. */
json_t *writers_text(struct writers *w, const char *old);

#endif
