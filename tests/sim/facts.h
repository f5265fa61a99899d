/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_FACTS_H
#define SIM_FACTS_H

#include "tests/sim/world.h"

/*
 * facts -- the history of a schedule in JSON Lines, for
 * tools/lib/check-history.mjs, which derives the invariants again.  Every line
 * has "seed" and "e":
 *
 *   start     users' grants by case, and whose case each person's is
 *   saved     a change that is in a device's journal, in full, with its link
 *   grants    who has which case, after it changed
 *   restored  the office goes on from its backup, as two people confirm it
 *   rolled_back  its store was put back, without its knowing
 *   erased    all words of a record were erased
 *   revoked   a device's access has ended
 *   copied    a device goes on from an old copy of itself, or has a double: it
 *             need not be compared (one that a double takes the place of, in
 * the pure core, need not be there in the end either) answer    what the office
 * told a device: receipts, outcomes, page device    at the end: what it holds
 * as told, and whether it is compared office    at the end: every received
 * change and its state record    at the end: one for each record of the
 * office's
 */
void fact_start(struct world *w);
void fact_saved(struct sim_device *d, uint64_t counter);
void fact_grants(struct world *w);
void fact_erased(struct world *w, struct id record);
void fact_revoked(struct sim_device *d);
void fact_copied(struct sim_device *d);
void fact_answer(struct sim_device *d, const struct sync_answer *a);
void facts_end(struct world *w);

#endif
