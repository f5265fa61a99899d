/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STEPS_OFFICE_H
#define SIM_STEPS_OFFICE_H

#include "tests/sim/world.h"
#include "tests/simkit/plan.h"

/* What is done at the office.  False: the step is none of these. */
bool step_office(struct world *w, const struct step *s, struct rng *dice);

#endif
