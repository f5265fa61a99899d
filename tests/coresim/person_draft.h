/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_PERSON_DRAFT_H
#define CORESIM_PERSON_DRAFT_H

#include "tests/coresim/device.h"
#include "tests/simkit/fields.h"

/*
 * person_draft -- a change in the making at a device, by what its author has
 * before their eyes: what is shown now, or what was when they opened it.
 */
struct draft {
	struct device *d;
	const struct state *view, *told;
	struct change c;
	unsigned words[64];
};

/* Of what is shown of the record; false: nothing is. */
bool draft_of(struct draft *f, struct device *d, unsigned record);
void draft_new(
    struct draft *f, struct device *d, struct id id, const char *type);
/* word: that the value brings, or 0. */
void draft_op(struct draft *f, const char *path, const json_t *now,
    const char *side, unsigned word);
/* A field that is written, and the word that it brings. */
bool draft_choose(struct draft *f, struct rng *dice, const json_t *doc,
    struct field_edit *out, unsigned *word);
/* Saved, unless it says nothing or is not to be said. */
bool draft_save(struct draft *f, const char *what);

#endif
