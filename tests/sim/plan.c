/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "common/base/rng.h"

/* What a step needs of the plan's faults (FAULT_N: nothing), and how often it
 * comes beside the others. */
static const struct {
	const char *word;
	enum fault needs;
	unsigned weight;
} kinds[STEP_N] = {
	[STEP_NEW] = { "new", FAULT_N, 10 },
	[STEP_EDIT] = { "edit", FAULT_N, 60 },
	[STEP_SIGN] = { "sign", FAULT_N, 4 },
	[STEP_DECIDE] = { "decide", FAULT_N, 10 },
	[STEP_SYNC] = { "sync", FAULT_N, 50 },
	[STEP_OFFICE_EDIT] = { "office edit", FAULT_N, 4 },
	[STEP_OFFICE_DECIDE] = { "office decide", FAULT_N, 4 },
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
};

const char *
step_word(enum step_kind k)
{
	return kinds[k].word;
}

static bool
is_wanted(const struct plan *p, enum step_kind k)
{
	return kinds[k].needs == FAULT_N ||
	    (p->faults & (UINT32_C(1) << kinds[k].needs)) != 0;
}

static enum step_kind
pick(const struct plan *p, struct rng *dice)
{
	unsigned all = 0;
	uint64_t k;

	for (unsigned i = 0; i < STEP_N; i++)
		all += is_wanted(p, i) ? kinds[i].weight : 0;
	k = rng_below(dice, all);
	for (unsigned i = 0;; i++) {
		if (!is_wanted(p, i))
			continue;
		if (k < kinds[i].weight)
			return i;
		k -= kinds[i].weight;
	}
}

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

void
plan_make(struct plan *p, uint64_t seed)
{
	struct rng dice = rng_make(seed * 2 + 1);

	*p = (struct plan){ .seed = seed, .fills_up = true };
	p->n_devices = devices_of(&dice);
	p->n_nodes = rng_below(&dice, 3) == 0 ? 2 : 1;
	/* Swarm testing: each seed has its own few kinds of fault, since all
	 * at once hide each other's consequences. */
	for (unsigned f = 0; f < FAULT_N; f++)
		if (rng_below(&dice, 4) == 0)
			p->faults |= UINT32_C(1) << f;
	if (rng_below(&dice, 8) == 0)
		p->faults = 0;
	p->page_factor = rng_below(&dice, 3) == 0 ? 400 : 1;
	p->n_steps =
	    40 + (size_t)rng_below(&dice, 30) + (size_t)p->n_devices * 4;
	p->steps = calloc(p->n_steps, sizeof(*p->steps));
	assert(p->steps != NULL);
	for (size_t i = 0; i < p->n_steps; i++)
		p->steps[i] = (struct step){ .kind = pick(p, &dice),
			.dice = rng_next(&dice),
			.after_ms = (uint32_t)rng_below(&dice, 400) };
}

void
plan_fini(struct plan *p)
{
	free(p->steps);
	p->steps = NULL;
}
