/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/steps_fault.h"

#include "tests/sim/device.h"
#include "tests/sim/trace.h"

bool
step_fault(struct world *w, const struct step *s, struct rng *dice)
{
	(void)w;
	(void)s;
	(void)dice;
	return false;
}
