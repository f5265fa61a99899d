/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/run.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/clocks.h"
#include "tests/sim/device.h"
#include "tests/sim/facts.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/person.h"
#include "tests/sim/steps.h"
#include "tests/sim/template.h"

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
	/* Times that are longer in print would fill other pages. */
	seam.page_factor = seam.has_true_ids ? 1 : p->page_factor;
	seam.ids = rng_make(p->seed * 2 + 1);
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

/* Too few changes, or at too few devices: people go on writing. */
static void
fill_up(struct world *w)
{
	for (unsigned i = 0;
	     i < 400 && !w->is_violated && !run_is_filled(w->size); i++) {
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

/* ended_out: what it ended with, new, where nothing is violated. */
static void
run_once(const struct plan *p, struct trace *trace, bool has_other_clocks,
    struct run_result *out, char **ended_out)
{
	static struct world w;

	world_start(&w, p, trace);
	if (has_other_clocks)
		clocks_shuffle(&w);
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
	if (!w.is_violated && ended_out != NULL)
		*ended_out = clocks_end(&w);
	if (!w.is_violated)
		check_end(&w);
	if (!w.is_violated && trace->history != NULL)
		facts_end(&w);
	*out = (struct run_result){
		.counts = w.counts, .size = w.size, .is_violated = w.is_violated
	};
	memcpy(out->violation, w.violation, sizeof(out->violation));
	world_end(&w);
}

/* The same schedule with all clocks wrong ends alike (I16). */
static void
compare_clocks(const struct plan *p, const char *ended, struct run_result *out)
{
	struct run_result other;
	struct trace trace;
	char *otherwise = NULL;

	trace_init(&trace, NULL, NULL);
	run_once(p, &trace, true, &other, &otherwise);
	trace_fini(&trace, &other.trace);
	if (other.is_violated) {
		out->is_violated = true;
		(void)snprintf(out->violation, sizeof(out->violation),
		    "I16: with other clocks: %.500s", other.violation);
	} else {
		out->is_violated = clocks_differ(
		    ended, otherwise, out->violation, sizeof(out->violation));
	}
	free(otherwise);
}

void
run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out)
{
	struct trace trace;
	char *ended = NULL;

	seam.has_true_ids = clocks_compares(p);
	trace_init(&trace, story, history);
	run_once(p, &trace, false, out, seam.has_true_ids ? &ended : NULL);
	trace_fini(&trace, &out->trace);
	if (ended != NULL && !out->is_violated)
		compare_clocks(p, ended, out);
	free(ended);
}
