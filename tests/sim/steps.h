/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STEPS_H
#define SIM_STEPS_H

#include "tests/sim/world.h"
#include "tests/simkit/plan.h"

/*
 * steps -- what each kind of step does.  One that does not apply (nobody has
 * anything to decide) does nothing.
 */
void step_do(struct world *w, const struct step *s);

#endif
