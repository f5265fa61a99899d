/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_STEPS_H
#define CORESIM_STEPS_H

#include "tests/coresim/kinds.h"

/*
 * steps -- what each kind of step does.  One that does not apply does nothing.
 */
void step_do(struct world *w, const struct step *s);

/* Copies, strangers and liars; false: the step is none of these. */
bool step_fault(struct world *w, const struct step *s, struct rng *dice);
struct device *any_device(struct world *w, struct rng *dice);

#endif
