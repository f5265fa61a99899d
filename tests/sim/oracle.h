/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "tests/sim/world.h"

/*
 * oracle -- what became of what was written, told from what each change says
 * that its author had before their eyes, and from nothing that merges:
 *
 * a word that a change brought into a text is in its record still (value,
 * conflict side, addendum, what a removal took away), or some later op on that
 * path, or above or beneath it, took it away having seen it: it was among the
 * words that its author had before their eyes, its base names the change's
 * version or a later one, or it is of the same device and contains it,
 * or it edits the conflict side that the change had become (I4).  And what goes
 * on from a word of a change that is held, or was applied later, waits (I7).
 *
 * Run inside a read transaction of the node's store.
 */
void oracle_check(struct world *w, struct sim_node *n);

#endif
