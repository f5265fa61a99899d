/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/run.h"

#include <stdlib.h>
#include <string.h>

#include "tests/coresim/arena.h"
#include "tests/coresim/facts.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/person.h"
#include "tests/coresim/seam.h"
#include "tests/coresim/steps.h"
#include "tests/simkit/marks.h"

/* Rounds of everybody syncing within which all must be the same (I6). */
#define ROUNDS_MAX 40
/* One seed in so many is run with other clocks too. */
#define SHUFFLED_EVERY 64
#define BEGIN_MS UINT64_C(1795219260000)

/* Too few changes, or at too few devices: people go on writing. */
static void
fill_up(struct world *w)
{
	for (unsigned i = 0;
	     i < 400 && !w->is_violated && !run_is_filled(w->size); i++) {
		struct device *d = &w->devices[i % w->n_devices];

		device_unlock(d);
		(void)person_edits(d, &w->rng);
		if (rng_below(&w->rng, 3) == 0)
			device_sync(d);
		network_pass(w, 50);
	}
}

/* Faults end: everything arrives, everybody is there. */
static void
calm(struct world *w)
{
	w->is_calm = true;
	HAPPENED(w, 50, 0, "faults are over");
	network_calm(w);
	office_confirms(w);
	for (unsigned i = 0; i < w->n_devices; i++)
		device_unlock(&w->devices[i]);
	/* What is still under way arrives, or is given up. */
	network_pass(w, UINT64_C(7) * 86400 * 1000);
	office_apply(w);
}

/* Those that are compared; a copy has no way on here. */
static bool
is_settled(struct world *w)
{
	bool all = true;

	for (unsigned i = 0; i < w->n_devices; i++) {
		struct device *d = &w->devices[i];

		d->is_left_out = d->is_forked || d->is_copy;
		all = all &&
		    (d->is_quiet || d->is_left_out ||
		        (d->is_revoked && d->receipted == d->n));
	}
	return all;
}

static void
settle(struct world *w)
{
	unsigned rounds = 0, quiet = 0;

	while (quiet < 2 && !w->is_violated) {
		for (unsigned i = 0; i < w->n_devices; i++)
			if (!w->devices[i].is_forked)
				device_sync(&w->devices[i]);
		network_pass(w, 5000);
		quiet = is_settled(w) ? quiet + 1 : 0;
		if (++rounds > ROUNDS_MAX)
			violation(w, "I6", "not quiet after %u rounds", rounds);
	}
}

/* What the office has in the end but for times. */
static uint64_t
ends_with(const struct world *w)
{
	uint64_t sum = 0;
	struct buf text;
	struct err e;

	buf_init(&text, SIZE_MAX / 2);
	for (unsigned i = 0; i < w->n_records; i++) {
		const struct kept *k = &w->office->records[i];

		if (k->state == NULL)
			continue;
		buf_reset(&text);
		if (record_print(&k->state->r, &text, &e) != ERR_OK)
			abort();
		sum += seam_mix(i, text.ptr, times_hide(text.ptr, text.len));
	}
	return sum;
}

/* Every machine is wrong by something else, up to ten years either way. */
static void
shuffle_clocks(struct world *w)
{
	struct rng r = rng_make(w->plan->seed ^ 0xc10c);
	const int64_t most = INT64_C(10) * 365 * 24 * 3600 * 1000;

	w->office_clock = (int64_t)rng_below(&r, 2 * (uint64_t)most) - most;
	for (unsigned i = 0; i < w->n_devices; i++)
		w->devices[i].clock =
		    (int64_t)rng_below(&r, 2 * (uint64_t)most) - most;
}

static void
run_world(struct world *w)
{
	const struct plan *p = w->plan;

	w->n_devices = p->n_devices;
	w->n_nodes = p->n_nodes;
	w->n_records = FIRST_RECORDS;
	w->now_ms = BEGIN_MS;
	w->rng = rng_make(p->seed ^ 0x5eed);
	w->office = arena_zero(sizeof(*w->office));
	office_open(w);
	network_open(w);
	oracle_open(w);
	devices_open(w);
	if (w->shuffles_clocks)
		shuffle_clocks(w);
	fact_start(w);
	for (size_t i = 0; i < p->n_steps && !w->is_violated; i++) {
		network_pass(w, p->steps[i].after_ms);
		if (!w->is_violated)
			step_do(w, &p->steps[i]);
	}
	if (p->fills_up)
		fill_up(w);
	if (!w->is_violated)
		calm(w);
	settle(w);
	if (!w->is_violated)
		oracle_end(w);
	if (!w->is_violated && w->trace.history != NULL)
		facts_end(w);
	world_note(w, w->office->head, w->counts.changes);
}

/* The same schedule with all clocks wrong ends alike (I16). */
static void
compare_shuffled(const struct plan *p, struct world *first, uint64_t ended)
{
	struct world *w = arena_zero(sizeof(*w));

	w->plan = p;
	w->shuffles_clocks = true;
	w->trace.hash = p->seed;
	run_world(w);
	if (w->is_violated)
		violation(first, "I16", "with other clocks: %s", w->violation);
	else if (ends_with(w) != ended)
		violation(first, "I16", "with other clocks it ends otherwise");
}

void
run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out)
{
	struct world *w;

	seam_real_hashes(history != NULL);
	arena_start();
	w = arena_zero(sizeof(*w));
	w->plan = p;
	w->trace = (struct trace){
		.hash = p->seed, .story = story, .history = history
	};
	run_world(w);
	if (!w->is_violated && p->seed % SHUFFLED_EVERY == 0)
		compare_shuffled(p, w, ends_with(w));
	*out = (struct run_result){ .counts = w->counts,
		.size = w->size,
		.is_violated = w->is_violated };
	memcpy(out->violation, w->violation, sizeof(out->violation));
	memcpy(out->trace.b, &w->trace.hash, sizeof(w->trace.hash));
	arena_end();
	seam_real_hashes(true);
}
