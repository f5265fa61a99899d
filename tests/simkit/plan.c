/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "common/base/rng.h"

static bool
is_wanted(const struct plan *p, unsigned k)
{
	const unsigned needs = simulation.steps[k].needs;

	return needs == simulation.n_faults ||
	    (p->faults & (UINT32_C(1) << needs)) != 0;
}

static unsigned
pick(const struct plan *p, struct rng *dice)
{
	unsigned all = 0;
	uint64_t k;

	for (unsigned i = 0; i < simulation.n_steps; i++)
		all += is_wanted(p, i) ? simulation.steps[i].weight : 0;
	k = rng_below(dice, all);
	for (unsigned i = 0;; i++) {
		if (!is_wanted(p, i))
			continue;
		if (k < simulation.steps[i].weight)
			return i;
		k -= simulation.steps[i].weight;
	}
}

void
plan_make(struct plan *p, uint64_t seed)
{
	struct rng dice = rng_make(seed * 2 + 1);

	*p = (struct plan){ .seed = seed, .fills_up = true };
	p->n_devices = simulation.devices_of(&dice);
	p->n_nodes = rng_below(&dice, 3) == 0 ? 2 : 1;
	/* Swarm testing: each seed has its own few kinds of fault, since all
	 * at once hide each other's consequences. */
	for (unsigned f = 0; f < simulation.n_faults; f++)
		if (rng_below(&dice, 4) == 0)
			p->faults |= UINT32_C(1) << f;
	if (rng_below(&dice, 8) == 0)
		p->faults = 0;
	p->page_factor = rng_below(&dice, 3) == 0 ? simulation.page_factor : 1;
	p->n_steps = simulation.steps_of(&dice, p->n_devices);
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
