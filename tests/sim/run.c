/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/run.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/device.h"
#include "tests/sim/facts.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/person.h"
#include "tests/sim/steps.h"
#include "tests/sim/template.h"

/* A schedule counts with so much in it. */
#define CHANGES_MIN 20
#define WRITERS_MIN 3
/* Rounds of everybody syncing within which all must be the same (I6). */
#define ROUNDS_MAX 40

static void
world_start(struct world *w, const struct plan *p, struct trace *trace)
{
	*w = (struct world){ .seed = p->seed,
		.n_devices = p->n_devices,
		.n_nodes = p->n_nodes,
		.epoch = 1,
		.trace = trace };
	w->rng = rng_make(p->seed ^ 0x5eed);
	memcpy(w->grants, template.grants, sizeof(w->grants));
	seam.now_ms = TEMPLATE_START_MS + 60000;
	seam.rng = rng_make(p->seed * 2);
	seam.page_factor = p->page_factor;
	disk_put(OFFICE_FOLDER, template.office);
	(void)network_new(w, p->faults);
	fact_start(w);
	for (unsigned i = 0; i < p->n_nodes; i++) {
		w->nodes[i] = (struct sim_node){ .world = w, .no = i };
		node_up(&w->nodes[i]);
	}
	for (unsigned i = 0; i < p->n_devices; i++) {
		world_device(w, i);
		disk_put(w->devices[i].folder, template.devices[i].image);
		device_boot(&w->devices[i]);
	}
}

static void
world_end(struct world *w)
{
	for (unsigned i = 0; i < w->n_devices; i++) {
		device_halt(&w->devices[i]);
		device_forget(&w->devices[i]);
		disk_image_free(w->devices[i].backup);
	}
	for (unsigned i = 0; i < w->n_nodes; i++)
		node_down(&w->nodes[i], 0);
	network_free(network_of(w));
	disk_remove(DISK_ROOT);
}

static unsigned
writers(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_devices; i++)
		n += w->devices[i].n_links > 0 ? 1 : 0;
	return n;
}

/* Too few changes, or at too few devices: people go on writing. */
static void
fill_up(struct world *w)
{
	for (unsigned i = 0; i < 400 && !w->is_violated &&
	     (w->counts.changes < CHANGES_MIN || writers(w) < WRITERS_MIN);
	     i++) {
		struct sim_device *d = &w->devices[i % w->n_devices];

		device_unlock(d);
		(void)person_edits(d, &w->rng);
		world_pass(w, 50);
	}
}

/* Faults end: everything arrives, everybody is there. */
static void
calm(struct world *w)
{
	w->is_calm = true;
	trace_say(w, "faults are over");
	network_calm(network_of(w));
	for (unsigned i = 0; i < w->n_nodes; i++)
		w->nodes[i].process.dies_at = 0;
	for (unsigned i = 0; i < w->n_devices; i++) {
		struct sim_device *d = &w->devices[i];

		d->process.dies_at = 0;
		d->one_way_until = 0;
		d->half_open_until = 0;
		device_unlock(d);
	}
	/* What is still under way arrives, or is given up. */
	world_pass(w, UINT64_C(3) * 86400 * 1000);
}

static bool
is_settled(struct world *w)
{
	bool all = true;

	for (unsigned i = 0; i < w->n_devices; i++) {
		struct sim_device *d = &w->devices[i];

		d->is_left_out = d->is_forked || d->is_revoked;
		all = all && (d->is_quiet || d->is_left_out);
	}
	return all;
}

static void
settle(struct world *w)
{
	unsigned rounds = 0, quiet = 0;

	while (quiet < 2 && !w->is_violated) {
		for (unsigned i = 0; i < w->n_devices; i++) {
			device_sync(&w->devices[i]);
			world_pass(w, 300);
		}
		world_pass(w, 5000);
		quiet = is_settled(w) ? quiet + 1 : 0;
		if (++rounds > ROUNDS_MAX)
			violation(w, "I6", "not quiet after %u rounds", rounds);
	}
}

void
run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out)
{
	static struct world w;
	struct trace trace;

	trace_init(&trace, story, history);
	world_start(&w, p, &trace);
	for (size_t i = 0; i < p->n_steps && !w.is_violated; i++) {
		world_pass(&w, p->steps[i].after_ms);
		if (!w.is_violated)
			step_do(&w, &p->steps[i]);
	}
	if (p->fills_up)
		fill_up(&w);
	if (!w.is_violated)
		calm(&w);
	settle(&w);
	if (!w.is_violated)
		check_end(&w);
	if (!w.is_violated && history != NULL)
		facts_end(&w);
	*out = (struct run_result){ .counts = w.counts,
		.is_violated = w.is_violated };
	memcpy(out->violation, w.violation, sizeof(out->violation));
	world_end(&w);
	trace_fini(&trace, &out->trace);
}
