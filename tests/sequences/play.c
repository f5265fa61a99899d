/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sequences/play.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sequences/branch.h"
#include "tests/sequences/ops.h"
#include "tests/sequences/snapshot.h"
#include "tests/sim/device.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

#define PLAYERS 2
#define ROUNDS_MAX 20
#define VERIFYING_SEED 16 /* whose end verifies the office */

/* ---- the machines that are cut ---- */

static struct disk_process *
process_of(const struct play *p, enum play_side side)
{
	return side == SIDE_DEVICE ? &p->w->devices[0].process
	                           : &p->w->nodes[0].process;
}

bool
play_side_of(const struct play *p, const struct disk_process *process,
    enum play_side *out)
{
	for (unsigned side = 0; side < SIDE_N; side++)
		if (process == process_of(p, (enum play_side)side)) {
			*out = (enum play_side)side;
			return true;
		}
	return false;
}

/* What a new process may lose is known from its beginning. */
static void
arm(struct play *p, enum play_side side)
{
	struct disk_process *process = process_of(p, side);

	p->since[side] = process->syncs;
	process->loses = !p->was_cut;
}

uint64_t
play_steps(const struct play *p, enum play_side side)
{
	return p->done[side] + process_of(p, side)->syncs - p->since[side];
}

void
play_office_up(struct play *p)
{
	p->done[SIDE_OFFICE] = play_steps(p, SIDE_OFFICE);
	node_up(&p->w->nodes[0]);
	arm(p, SIDE_OFFICE);
}

/* Chance goes on alike, whichever step was cut. */
bool
play_after(struct play *p)
{
	struct sim_node *n = &p->w->nodes[0];

	device_after(&p->w->devices[0]);
	if (n->process.is_dead)
		node_down(n, 0);
	if (n->engine == NULL && !p->w->is_violated)
		node_up(n);
	if (!p->is_dying)
		return false;
	p->is_dying = false;
	seam.rng = rng_make(99);
	return true;
}

/* ---- the world ---- */

static void
world_begin(struct world *w, struct trace *trace)
{
	*w = (struct world){ .seed = VERIFYING_SEED,
		.n_devices = PLAYERS,
		.n_nodes = 1,
		.epoch = 1,
		.trace = trace };
	memcpy(w->grants, template.grants, sizeof(w->grants));
	memcpy(w->backup_grants, template.grants, sizeof(w->grants));
	seam.now_ms = TEMPLATE_START_MS + 60000;
	seam.rng = rng_make(1);
	seam.page_factor = 1;
	disk_put(OFFICE_FOLDER, template.office);
	network_even(network_new(w, 0));
	w->nodes[0] = (struct sim_node){ .world = w };
	node_up(&w->nodes[0]);
	for (unsigned i = 0; i < PLAYERS; i++) {
		world_device(w, i);
		disk_put(w->devices[i].folder, template.devices[i].image);
		device_boot(&w->devices[i]);
	}
	office_backup(w);
}

static void
world_over(struct world *w)
{
	for (unsigned i = 0; i < PLAYERS; i++) {
		device_halt(&w->devices[i]);
		free(w->devices[i].links);
	}
	node_down(&w->nodes[0], 0);
	network_free(network_of(w));
	disk_remove(DISK_ROOT);
}

/* ---- what machines do by themselves, until all is quiet ---- */

/* In this order, whoever was cut: two who write at once after a restore are two
 * sides of one conflict either way, but not the same way round. */
static void
sync_round(struct play *p)
{
	for (unsigned i = 0; i < PLAYERS; i++)
		play_sync(p, &p->w->devices[i]);
}

static void
settle(struct play *p)
{
	bool is_quiet = false;

	device_unlock(&p->w->devices[0]);
	for (unsigned round = 0; !is_quiet && !p->w->is_violated; round++) {
		sync_round(p);
		is_quiet =
		    p->w->devices[0].is_quiet && p->w->devices[1].is_quiet;
		branch_between(
		    p, (unsigned)p->plan->n + 2 * round + (is_quiet ? 1 : 0));
		if (round == ROUNDS_MAX)
			violation(
			    p->w, "I6", "not quiet after %u rounds", round);
	}
}

/* Once more, and nothing moves. */
static void
stays(struct play *p)
{
	char *before = snapshot(p->w, true), *after;

	sync_round(p);
	after = snapshot(p->w, true);
	if (strcmp(before, after) != 0)
		violation(p->w, "I5",
		    "when all was quiet, another sync moved"
		    " something");
	free(before);
	free(after);
}

/* When all is quiet: what there is, new, or NULL: a promise did not hold. */
static char *
look(struct play *p)
{
	struct world *w = p->w;
	char *end;

	for (unsigned side = 0; side < SIDE_N; side++)
		process_of(p, (enum play_side)side)->loses = false;
	/* Of the two only the machine that was cut is verified whole. */
	w->is_left_alone = p->was_cut;
	w->seed = p->was_cut && p->cut.side == SIDE_DEVICE ? 1 : VERIFYING_SEED;
	if (!w->is_violated)
		check_end(w);
	if (w->is_violated)
		return NULL;
	end = snapshot(w, false);
	stays(p);
	if (w->is_violated) {
		free(end);
		end = NULL;
	}
	if (p->was_cut)
		branch_ended(p, BRANCH_ENDED, end);
	return end;
}

void
play(const struct play_plan *plan, struct play_result *out)
{
	static struct world w;
	struct play p = { .w = &w, .plan = plan };
	struct hash32 unused;
	struct trace trace;

	trace_init(&trace, getenv("STORY") == NULL ? NULL : stderr, NULL);
	world_begin(&w, &trace);
	for (unsigned side = 0; side < SIDE_N; side++)
		arm(&p, (enum play_side)side);
	branch_begin(&p);
	disk_on_sync(branch_dies);
	for (unsigned i = 0; i < plan->n && !w.is_violated; i++) {
		play_do(&p, plan->ops[i], i);
		branch_between(&p, i);
	}
	settle(&p);
	branch_stop();
	*out = (struct play_result){ .end = look(&p) };
	if (p.was_cut)
		branch_ended(&p, BRANCH_VIOLATED, w.violation);
	out->branches = branch_over(&out->n_branches);
	for (unsigned i = 0; i < EVENT_N; i++)
		out->events[i] = (unsigned)w.counts.events[i];
	out->is_violated = w.is_violated;
	memcpy(out->violation, w.violation, sizeof(out->violation));
	world_over(&w);
	trace_fini(&trace, &unused);
}

void
play_result_fini(struct play_result *r)
{
	free(r->end);
	free(r->branches);
}
