/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/simulation.h"

#include "tests/coresim/arena.h"
#include "tests/coresim/defect.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/run.h"
#include "tests/coresim/seam.h"

static const char *const fault_words[FAULT_N] = { "drop", "duplicate",
	"reorder", "delay", "truncate", "corrupt", "one_way", "half_open",
	"office_crash", "office_crash_apply", "office_crash_reply",
	"device_crash", "locked", "clock", "old_copy", "clone", "revoked",
	"restore", "failover", "scope", "cut_pages", "two_admins", "old_answer",
	"old_receipt", "forged", "foreign", "poison" };

static const char *const event_words[EVENT_N] = { "conflicts", "held", "epochs",
	"decisions", "drops", "addenda", "merges", "released", "deltas" };

static const struct step_info kinds[STEP_N] = {
	[STEP_NEW] = { "new", FAULT_N, 8 },
	[STEP_UNFILED] = { "new, of no case", FAULT_N, 4 },
	[STEP_FILE] = { "put to a case", FAULT_N, 6 },
	[STEP_EDIT] = { "edit", FAULT_N, 60 },
	[STEP_OPEN] = { "open a page", FAULT_N, 6 },
	[STEP_SAVE_LATE] = { "save it late", FAULT_N, 6 },
	[STEP_ANSWER] = { "answer", FAULT_N, 8 },
	[STEP_REMOVE] = { "remove", FAULT_N, 4 },
	[STEP_SIGN] = { "sign", FAULT_N, 5 },
	[STEP_DECIDE] = { "decide", FAULT_N, 10 },
	[STEP_SYNC] = { "sync", FAULT_N, 55 },
	[STEP_OFFICE_EDIT] = { "office edit", FAULT_N, 4 },
	[STEP_OFFICE_DECIDE] = { "office decide", FAULT_N, 4 },
	[STEP_OFFICE_RETRY] = { "office retry", FAULT_N, 3 },
	[STEP_OFFICE_CLOSE] = { "office close", FAULT_N, 3 },
	[STEP_ONE_WAY] = { "one way", FAULT_ONE_WAY, 4 },
	[STEP_HALF_OPEN] = { "half open", FAULT_HALF_OPEN, 4 },
	[STEP_NODE_CRASH] = { "node crash", FAULT_OFFICE_CRASH, 5 },
	[STEP_NODE_CRASH_APPLY] = { "node crash before applying",
	    FAULT_OFFICE_CRASH_APPLY, 5 },
	[STEP_NODE_CRASH_REPLY] = { "node crash before the answer",
	    FAULT_OFFICE_CRASH_REPLY, 5 },
	[STEP_DEVICE_CRASH] = { "device crash", FAULT_DEVICE_CRASH, 8 },
	[STEP_LOCK] = { "lock", FAULT_LOCKED, 6 },
	[STEP_UNLOCK] = { "unlock", FAULT_LOCKED, 6 },
	[STEP_CLOCK] = { "clock", FAULT_CLOCK, 3 },
	[STEP_DEVICE_BACKUP] = { "device backup", FAULT_OLD_COPY, 4 },
	[STEP_OLD_COPY] = { "old copy", FAULT_OLD_COPY, 2 },
	[STEP_CLONE] = { "clone", FAULT_CLONE, 2 },
	[STEP_REVOKE] = { "revoke", FAULT_REVOKED, 2 },
	[STEP_OFFICE_BACKUP] = { "office backup", FAULT_RESTORE, 6 },
	[STEP_RESTORE] = { "restore", FAULT_RESTORE, 3 },
	[STEP_RESTORE_CLOSED] = { "restore with access closed", FAULT_RESTORE,
	    3 },
	[STEP_ACCESS] = { "access confirmed", FAULT_RESTORE, 4 },
	[STEP_STANDBY] = { "standby follows", FAULT_FAILOVER, 10 },
	[STEP_FAILOVER] = { "failover", FAULT_FAILOVER, 3 },
	[STEP_GRANT_END] = { "grant end", FAULT_SCOPE, 5 },
	[STEP_GRANT_ADD] = { "grant add", FAULT_SCOPE, 5 },
	[STEP_TWO_ADMINS] = { "two administrators", FAULT_TWO_ADMINS, 6 },
	[STEP_SCREEN] = { "open at the console", FAULT_TWO_ADMINS, 5 },
	[STEP_SCREEN_ACTS] = { "act late at the console", FAULT_TWO_ADMINS, 6 },
	[STEP_FORGE] = { "forge", FAULT_FORGED, 4 },
	[STEP_FOREIGN] = { "foreign", FAULT_FOREIGN, 3 },
	[STEP_POISON] = { "poison", FAULT_POISON, 3 },
};

/* Mostly three or four; some schedules have many. */
static unsigned
devices_of(struct rng *dice)
{
	const uint64_t k = rng_below(dice, 400);

	if (k == 0)
		return (unsigned)(16 + rng_below(dice, 35));
	if (k < 8)
		return (unsigned)(6 + rng_below(dice, 10));
	return (unsigned)(3 + rng_below(dice, 10) / 6);
}

static size_t
steps_of(struct rng *dice, unsigned n_devices)
{
	return 25 + (size_t)rng_below(dice, 20) + (size_t)n_devices * 4;
}

static bool
begin(void)
{
	arena_begin();
	seam_real_hashes(true);
	if (!defect_read()) {
		(void)fprintf(stderr, "CORESIM_DEFECT: no such defect\n");
		return false;
	}
	return beginning_make();
}

const struct simulation simulation = {
	.fault_words = fault_words,
	.event_words = event_words,
	.steps = kinds,
	.n_faults = FAULT_N,
	.n_events = EVENT_N,
	.n_steps = STEP_N,
	.devices_max = DEVICES_MAX,
	.nodes_max = NODES_MAX,
	.devices_of = devices_of,
	.steps_of = steps_of,
	.page_factor = 2,
	.begin = begin,
	.end = beginning_free,
	.run = run_plan,
};
