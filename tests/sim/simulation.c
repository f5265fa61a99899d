/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/simulation.h"

#include "tests/sim/kinds.h"
#include "tests/sim/run.h"
#include "tests/sim/template.h"

static const char *const fault_words[FAULT_N] = { "drop", "duplicate",
	"reorder", "delay", "truncate", "corrupt", "one_way", "half_open",
	"office_crash", "office_crash_reply", "device_crash", "locked", "clock",
	"old_copy", "clone", "revoked", "restore", "scope", "newer",
	"two_admins", "old_answer", "old_receipt", "forged", "poison", "erased",
	"roll_back" };

static const char *const event_words[EVENT_N] = { "conflicts", "held", "epochs",
	"decisions", "drops" };

static const struct step_info kinds[STEP_N] = {
	[STEP_NEW] = { "new", FAULT_N, 10 },
	[STEP_EDIT] = { "edit", FAULT_N, 60 },
	[STEP_SIGN] = { "sign", FAULT_N, 4 },
	[STEP_DECIDE] = { "decide", FAULT_N, 10 },
	[STEP_SYNC] = { "sync", FAULT_N, 50 },
	[STEP_OFFICE_EDIT] = { "office edit", FAULT_N, 4 },
	[STEP_OFFICE_DECIDE] = { "office decide", FAULT_N, 4 },
	[STEP_OFFICES] = { "the office's", FAULT_N, 4 },
	[STEP_OFFICE_CLOSE] = { "office close", FAULT_N, 4 },
	[STEP_ONE_WAY] = { "one way", FAULT_ONE_WAY, 3 },
	[STEP_HALF_OPEN] = { "half open", FAULT_HALF_OPEN, 3 },
	[STEP_NODE_CRASH] = { "node crash", FAULT_OFFICE_CRASH, 4 },
	[STEP_NODE_CRASH_REPLY] = { "node crash before the answer",
	    FAULT_OFFICE_CRASH_REPLY, 4 },
	[STEP_DEVICE_CRASH] = { "device crash", FAULT_DEVICE_CRASH, 6 },
	[STEP_LOCK] = { "lock", FAULT_LOCKED, 5 },
	[STEP_UNLOCK] = { "unlock", FAULT_LOCKED, 5 },
	[STEP_CLOCK] = { "clock", FAULT_CLOCK, 3 },
	[STEP_DEVICE_BACKUP] = { "device backup", FAULT_OLD_COPY, 4 },
	[STEP_OLD_COPY] = { "old copy", FAULT_OLD_COPY, 2 },
	[STEP_CLONE] = { "clone", FAULT_CLONE, 2 },
	[STEP_REVOKE] = { "revoke", FAULT_REVOKED, 2 },
	[STEP_OFFICE_BACKUP] = { "office backup", FAULT_RESTORE, 6 },
	[STEP_RESTORE] = { "restore", FAULT_RESTORE, 3 },
	[STEP_GRANT_END] = { "grant end", FAULT_SCOPE, 4 },
	[STEP_GRANT_ADD] = { "grant add", FAULT_SCOPE, 4 },
	[STEP_NEWER] = { "newer", FAULT_NEWER, 4 },
	[STEP_TWO_ADMINS] = { "two administrators", FAULT_TWO_ADMINS, 5 },
	[STEP_FORGE] = { "forge", FAULT_FORGED, 4 },
	[STEP_POISON] = { "poison", FAULT_POISON, 3 },
	[STEP_ERASE] = { "erase", FAULT_ERASED, 4 },
	[STEP_ROLL_BACK] = { "roll back", FAULT_RESTORE, 3 },
};

/* Mostly three to five devices; some schedules have many. */
static unsigned
devices_of(struct rng *dice)
{
	const uint64_t k = rng_below(dice, 400);

	if (k == 0)
		return (unsigned)(16 + rng_below(dice, 35));
	if (k < 16)
		return (unsigned)(6 + rng_below(dice, 10));
	return (unsigned)(3 + rng_below(dice, 3));
}

static size_t
steps_of(struct rng *dice, unsigned n_devices)
{
	return 40 + (size_t)rng_below(dice, 30) + (size_t)n_devices * 4;
}

static bool
begin(void)
{
	return template_make(SIM_DEVICES_MAX);
}

const struct simulation simulation = {
	.fault_words = fault_words,
	.event_words = event_words,
	.steps = kinds,
	.n_faults = FAULT_N,
	.n_events = EVENT_N,
	.n_steps = STEP_N,
	.devices_max = SIM_DEVICES_MAX,
	.nodes_max = SIM_NODES_MAX,
	.devices_of = devices_of,
	.steps_of = steps_of,
	.page_factor = 400,
	.begin = begin,
	.end = template_free,
	.run = run_plan,
};
