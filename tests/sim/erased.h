/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_ERASED_H
#define SIM_ERASED_H

#include "tests/sim/world.h"

/*
 * erased -- words that two people at the office erase for good, and who may not
 * (P7): what was written to the record by somebody who had not been told of it
 * is in no answer from then on, and in the end in no table of the office's or
 * of a device's that has synced.  What was written by who had been told stays.
 */

/* Somebody proposes that all words of a record are erased, and another confirms
 * it; mostly whoever may not confirm it tries first. */
void erased_step(struct world *w, struct sim_node *n, struct rng *dice);

/* The device saved marks to this record, from `first` on. */
void erased_saved(struct sim_device *d, struct id record, unsigned first);

/* A restored office may not know of all of them; its store is asked. */
void erased_restored(struct world *w, struct sim_node *n);

/* Is it one that nobody may find any more? */
bool erased_is(const struct world *w, unsigned mark);

/* All is quiet: what devices were told the office knows.  Its store is being
 * read, as in the next. */
void erased_judge(struct world *w, struct sim_node *n);

/* No table of the office's has one. */
void erased_check_office(struct world *w, struct sim_node *n);

#endif
