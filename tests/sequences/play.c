/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sequences/play.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- the cut ---- */

static struct disk_process *
process_of(struct play *p, enum play_side side)
{
	return side == SIDE_DEVICE ? &p->w->devices[0].process
	                           : &p->w->nodes[0].process;
}

static void
arm_side(struct play *p, enum play_side side)
{
	struct disk_process *process = process_of(p, side);

	p->since[side] = process->syncs;
	if (p->cut.step <= p->done[side] || p->cut.side != side || p->was_cut)
		return;
	process->dies_at_sync = process->syncs + p->cut.step - p->done[side];
	process->loses = p->cut.loses;
}

void
play_arm(struct play *p)
{
	for (unsigned side = 0; side < SIDE_N; side++)
		arm_side(p, (enum play_side)side);
}

static uint64_t
steps_of(struct play *p, enum play_side side)
{
	return p->done[side] + process_of(p, side)->syncs - p->since[side];
}

/* What follows is looking, which nothing cuts; how many steps there were. */
static uint64_t
disarm(struct play *p, enum play_side side)
{
	struct disk_process *process = process_of(p, side);

	process->dies_at_sync = 0;
	process->loses = false;
	return steps_of(p, side);
}

void
play_office_up(struct play *p)
{
	p->done[SIDE_OFFICE] = steps_of(p, SIDE_OFFICE);
	node_up(&p->w->nodes[0]);
	arm_side(p, SIDE_OFFICE);
}

/* A process that was armed is another now. */
bool
play_after(struct play *p)
{
	struct sim_node *n = &p->w->nodes[0];

	device_after(&p->w->devices[0]);
	if (n->process.is_dead)
		node_down(n, 0);
	if (n->engine == NULL && !p->w->is_violated)
		node_up(n);
	if (p->cut.step <= p->done[p->cut.side] || p->was_cut ||
	    process_of(p, p->cut.side)->dies_at_sync != 0)
		return false;
	p->was_cut = true;
	return true;
}

/* ---- the world ---- */

static void
world_begin(struct world *w, struct trace *trace)
{
	*w = (struct world){ .seed = 16, /* whose end verifies the office */
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
	(void)network_new(w, 0);
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
	unsigned quiet = 0;

	device_unlock(&p->w->devices[0]);
	for (unsigned round = 0; quiet < 2 && !p->w->is_violated; round++) {
		sync_round(p);
		quiet = p->w->devices[0].is_quiet && p->w->devices[1].is_quiet
		    ? quiet + 1
		    : 0;
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

void
play(const enum play_op *ops, size_t n, const struct play_cut *cut,
    struct play_result *out)
{
	static struct world w;
	struct play p = { .w = &w, .cut = *cut };
	uint64_t steps[SIDE_N];
	struct hash32 unused;
	struct trace trace;

	trace_init(&trace, getenv("STORY") == NULL ? NULL : stderr, NULL);
	world_begin(&w, &trace);
	play_arm(&p);
	for (size_t i = 0; i < n && !w.is_violated; i++)
		play_do(&p, ops[i], (unsigned)i);
	settle(&p);
	for (unsigned side = 0; side < SIDE_N; side++)
		steps[side] = disarm(&p, (enum play_side)side);
	if (!w.is_violated)
		check_end(&w);
	*out = (struct play_result){ .was_cut = p.was_cut,
		.changes = w.counts.changes };
	if (!w.is_violated) {
		out->end = snapshot(&w, false);
		stays(&p);
	}
	memcpy(out->steps, steps, sizeof(steps));
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
}
