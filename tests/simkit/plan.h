/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_PLAN_H
#define SIMKIT_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "tests/simkit/simulation.h"

/*
 * plan -- all that a seed decides beforehand: how many devices and nodes, which
 * kinds of fault, and the steps.  Each step carries its own number for dice of
 * its own, so that a plan from which steps are taken (shrink.h) does the rest
 * as before.
 */
struct step {
	unsigned kind; /* of simulation.steps */
	uint64_t dice;
	uint32_t after_ms; /* time that passes before it */
};

struct plan {
	uint64_t seed;
	unsigned n_devices, n_nodes;
	uint32_t faults; /* a bit for each kind of fault */
	size_t page_factor;
	bool fills_up;      /* people go on writing until it counts */
	struct step *steps; /* owned */
	size_t n_steps;
};

void plan_make(struct plan *p, uint64_t seed);
void plan_fini(struct plan *p);

#endif
