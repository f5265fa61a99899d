/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_PERSON_H
#define SIM_PERSON_H

#include "tests/sim/world.h"

/*
 * person -- what somebody does at a device: write something new, change what is
 * shown, sign, decide.  Every text that is written has a word of its own in it
 * ("w17"), so that it can be looked for afterwards.
 *
 * Each gives true if a change was cut.  What the device refuses (a value that
 * the schema does not take) is no violation: nothing was said to be saved.
 */
bool person_writes_new(struct sim_device *d, struct rng *dice);
bool person_edits(struct sim_device *d, struct rng *dice);
/* A case's state, which only the office sets, together with another field; and
 * then that field again: the first is held, and the second goes on from it. */
bool person_writes_offices(struct sim_device *d, struct rng *dice);
bool person_signs(struct sim_device *d, struct rng *dice);
bool person_decides(struct sim_device *d, struct rng *dice);

/* A change in one step to a record, edits as given; what device_store_save is
 * told and what came of it goes into trace and counts. */
struct edit;
bool person_saves(struct sim_device *d, const struct id *record,
    const char *type, const struct edit *edits, size_t n,
    const struct change_resolve *resolve);

#endif
