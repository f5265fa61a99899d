/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_KINDS_H
#define CORESIM_KINDS_H

#include "tests/coresim/world.h"

/*
 * kinds -- what can go wrong, what is worth counting, and the steps.  Each seed
 * has some kinds of fault.
 */
enum fault {
	FAULT_DROP,
	FAULT_DUPLICATE,
	FAULT_REORDER,
	FAULT_DELAY, /* up to three days */
	FAULT_TRUNCATE,
	FAULT_CORRUPT,
	FAULT_ONE_WAY,   /* requests do not arrive */
	FAULT_HALF_OPEN, /* answers do not arrive */
	FAULT_OFFICE_CRASH,
	FAULT_OFFICE_CRASH_APPLY, /* received, not applied */
	FAULT_OFFICE_CRASH_REPLY, /* after the commit, before the answer */
	FAULT_DEVICE_CRASH,
	FAULT_LOCKED,
	FAULT_CLOCK,
	FAULT_OLD_COPY, /* a device goes on from an old backup of itself */
	FAULT_CLONE,
	FAULT_REVOKED,
	FAULT_RESTORE,   /* the office goes on from a backup */
	FAULT_FAILOVER,  /* or from a standby that lags behind */
	FAULT_SCOPE,     /* a grant ends, and may begin again */
	FAULT_CUT_PAGES, /* a pull comes in many pages */
	FAULT_TWO_ADMINS,
	FAULT_OLD_ANSWER,  /* an office's earlier answer is played again */
	FAULT_OLD_RECEIPT, /* an answer with a receipt of before */
	FAULT_FORGED,      /* a device says that it is another */
	FAULT_FOREIGN,     /* a change to a record that is not theirs */
	FAULT_POISON,      /* a change that the office cannot apply */
	FAULT_N
};
void count_fault(struct world *w, enum fault f);
static inline bool
has_fault(const struct world *w, enum fault f)
{
	return (w->plan->faults >> f & 1) != 0;
}

enum event {
	EVENT_CONFLICT,
	EVENT_HELD,
	EVENT_EPOCH,
	EVENT_DECISION,
	EVENT_DROP,
	EVENT_ADDENDUM,
	EVENT_MERGED,
	EVENT_RELEASED, /* what was held is applied */
	EVENT_DELTA,    /* a page's entry was put on top of what was there */
	EVENT_N
};
void count_event(struct world *w, enum event e);

enum step_kind {
	STEP_NEW,
	STEP_UNFILED, /* something new that is of no case yet */
	STEP_FILE, /* and is put to one: it moves out of its author's scope */
	STEP_EDIT,
	STEP_OPEN, /* a page, which is shown until it is saved */
	STEP_SAVE_LATE,
	STEP_ANSWER, /* one question that others answer too */
	STEP_REMOVE, /* a record, or it comes back */
	STEP_SIGN,
	STEP_DECIDE,
	STEP_SYNC,
	STEP_OFFICE_EDIT,
	STEP_OFFICE_DECIDE,
	STEP_OFFICE_RETRY,
	STEP_OFFICE_CLOSE,
	/* From here on: faults. */
	STEP_ONE_WAY,
	STEP_HALF_OPEN,
	STEP_NODE_CRASH,
	STEP_NODE_CRASH_APPLY,
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
	STEP_RESTORE_CLOSED, /* until two people confirm who may see what */
	STEP_ACCESS,
	STEP_STANDBY,
	STEP_FAILOVER,
	STEP_GRANT_END,
	STEP_GRANT_ADD,
	STEP_TWO_ADMINS,
	STEP_SCREEN,      /* an administrator has a record before their eyes */
	STEP_SCREEN_ACTS, /* and writes or decides by that, much later */
	STEP_FORGE,
	STEP_FOREIGN,
	STEP_POISON,
	STEP_N
};

#endif
