/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_PERSON_H
#define CORESIM_PERSON_H

#include "tests/coresim/device.h"

/*
 * person -- what somebody does at a device, or at the office's console: write
 * something new, change what is shown, take a record away, sign, decide.  Every
 * text has a word of its own in it ("w17").  Each gives true if a change was
 * made.
 */
bool person_writes_new(struct device *d, struct rng *dice);
/* The same of no case, which is its author's alone until somebody puts it to
 * one. */
bool person_writes_unfiled(struct device *d, struct rng *dice);
bool person_files(struct device *d, struct rng *dice);
bool person_edits(struct device *d, struct rng *dice);
/* What they opened is before their eyes until they save, whatever comes
 * meanwhile. */
void person_opens(struct device *d, struct rng *dice);
bool person_saves_late(struct device *d, struct rng *dice);
/* How careful one must be with a person whom all know: a ranked answer. */
bool person_answers(struct device *d, struct rng *dice);
bool person_removes(struct device *d, struct rng *dice);
bool person_signs(struct device *d, struct rng *dice);
bool person_decides(struct device *d, struct rng *dice);

/* At the console: by the k-th administrator. */
bool office_edits(struct world *w, struct rng *dice);
/* The same, and deciding, by what an administrator opened and may be old. */
void office_opens(struct world *w, struct rng *dice);
void office_acts_late(struct world *w, struct rng *dice);
/* Decide an open conflict of the record as it was shown in `seen`. */
bool office_decides(struct world *w, const struct state *seen, unsigned admin,
    struct rng *dice);
/* A record with something open, as it stands; NULL: none. */
const struct state *office_open_conflict(struct world *w, struct rng *dice);

/* A number for a new record, or false when there are enough. */
bool new_record(struct world *w, struct rng *dice, struct id *out);
void salt_of(const struct world *w, uint8_t out[static CHANGE_SALT_LEN]);

#endif
