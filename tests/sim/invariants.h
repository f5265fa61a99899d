/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_INVARIANTS_H
#define SIM_INVARIANTS_H

#include "tests/sim/world.h"

/*
 * invariants -- what must hold, by the names of the list of invariants (I1
 * ...): after every step where that is cheap, and for all that was written when
 * faults are over.  None of it asks the code that it checks: links are those
 * that saves told of, scopes those that were granted, and what became of a
 * value is looked for in what every change says that it had seen.
 */

/* A device has taken in what a sync brought (I3, I8, I9). */
void check_device_synced(struct sim_device *d);
/* An answer to a sync leaves a node (I10, I11, I22).  life: the one that the
 * device was in when it asked; it may go on from an old copy by now. */
void check_answer_leaves(struct sim_device *d, unsigned life,
    struct sim_node *n, const struct wire_answer *answer);

/* Faults are over and all is quiet (I2, I4 to I9, I14 to I17). */
void check_end(struct world *w);

#endif
