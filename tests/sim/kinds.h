/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_KINDS_H
#define SIM_KINDS_H

/*
 * kinds -- the steps of a plan (tests/simkit/plan.h) of this simulation.
 */
enum step_kind {
	STEP_NEW,
	STEP_EDIT,
	STEP_SIGN,
	STEP_DECIDE,
	STEP_SYNC,
	STEP_OFFICE_EDIT,
	STEP_OFFICE_DECIDE,
	STEP_OFFICES,      /* what only the office may say, and what goes on */
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
	STEP_ERASE,
	STEP_ROLL_BACK,
	STEP_N
};

#endif
