/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STEPS_FAULT_H
#define SIM_STEPS_FAULT_H

#include "tests/sim/world.h"
#include "tests/simkit/plan.h"

/* Copies, strangers and liars among devices.  False: the step is none of
 * these. */
bool step_fault(struct world *w, const struct step *s, struct rng *dice);

#endif
