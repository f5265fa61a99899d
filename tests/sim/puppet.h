/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_PUPPET_H
#define SIM_PUPPET_H

#include "tests/sim/world.h"

/*
 * puppet -- a device without a program: its requests are made by hand, with its
 * own key, and say what no honest device of this version would.
 */

/* A change that it signs itself, at a new place (everybody sees places):
 *   with a member that this version does not know (I21), or
 *   of a kind of record that there is not: held, and nobody waits for it. */
void puppet_newer(struct world *w);
void puppet_poison(struct world *w);
/* A batch in another device's name, under a wrong key, or with a past that is
 * not the journal's: nothing of it may stay. */
void puppet_forges(struct world *w, struct rng *dice);
/* What newer changes said is still there word for word. */
void puppet_check_end(struct world *w);

#endif
