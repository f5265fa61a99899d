/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "tests/sim/world.h"

/*
 * plan -- all that a seed decides beforehand: how many devices and nodes, which
 * kinds of fault, and the steps.  Each step carries its own number for dice of
 * its own, so that a plan from which steps are taken (shrink.h) does the rest
 * as before.
 */
enum step_kind {
	STEP_NEW,
	STEP_EDIT,
	STEP_SIGN,
	STEP_DECIDE,
	STEP_SYNC,
	STEP_OFFICE_EDIT,
	STEP_OFFICE_DECIDE,
	STEP_OFFICE_CLOSE, /* a held change is tried again, or closed */
	/* From here on: faults. */
	STEP_ONE_WAY,
	STEP_HALF_OPEN,
	STEP_NODE_CRASH,
	STEP_NODE_CRASH_REPLY,
	STEP_DEVICE_CRASH,
	STEP_LOCK,
	STEP_UNLOCK,
	STEP_CLOCK,
	STEP_DEVICE_BACKUP,
	STEP_OLD_COPY,
	STEP_CLONE,
	STEP_REVOKE,
	STEP_OFFICE_BACKUP,
	STEP_RESTORE,
	STEP_GRANT_END,
	STEP_GRANT_ADD,
	STEP_NEWER,
	STEP_TWO_ADMINS,
	STEP_FORGE,
	STEP_POISON,
	STEP_N
};
const char *step_word(enum step_kind k);

struct step {
	enum step_kind kind;
	uint64_t dice;
	uint32_t after_ms; /* time that passes before it */
};

struct plan {
	uint64_t seed;
	unsigned n_devices, n_nodes;
	uint32_t faults; /* a bit for each enum fault */
	size_t page_factor;
	bool fills_up;      /* people go on writing until it counts */
	struct step *steps; /* owned */
	size_t n_steps;
};

void plan_make(struct plan *p, uint64_t seed);
void plan_fini(struct plan *p);

#endif
