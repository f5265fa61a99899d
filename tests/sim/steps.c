/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/steps.h"

#include <string.h>

#include "tests/sim/device.h"
#include "tests/sim/kinds.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/person.h"
#include "tests/sim/steps_fault.h"
#include "tests/sim/steps_office.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

static struct sim_device *
any_device(struct world *w, struct rng *dice)
{
	return &w->devices[rng_below(dice, w->n_devices)];
}

/* Most people write more than once before a network comes. */
static void
step_edit(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);
	uint64_t n = 1 + rng_below(dice, 3);

	for (; n > 0; n--)
		(void)person_edits(d, dice);
}

static void
step_one_way(struct world *w, struct rng *dice)
{
	any_device(w, dice)->one_way_until =
	    seam.now_ms + 1000 + rng_below(dice, 60000);
}

static void
step_half_open(struct world *w, struct rng *dice)
{
	any_device(w, dice)->half_open_until =
	    seam.now_ms + 1000 + rng_below(dice, 60000);
}

/* The node dies at one of its next writes; the biggest number stands for dying
 * when everything is written and nothing answered. */
static void
step_node_crash(struct world *w, struct rng *dice, bool mute)
{
	struct sim_node *n = &w->nodes[rng_below(dice, w->n_nodes)];

	n->process.dies_at =
	    mute ? UINT64_MAX : n->process.writes + 1 + rng_below(dice, 60);
}

static void
step_device_crash(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);

	d->process.dies_at = d->process.writes + 1 + rng_below(dice, 60);
	if (rng_below(dice, 2) == 0)
		(void)person_edits(d, dice);
	else
		device_sync(d);
}

static void
step_lock(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);

	if (d->is_locked)
		return;
	trace_say(w, "device %u locks its notes", d->slot);
	count_fault(w, FAULT_LOCKED);
	device_lock(d);
	device_sync(d);
}

static void
step_unlock(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);

	device_unlock(d);
}

/* Back or forth by up to ten years; of a device, or of the office. */
static void
step_clock(struct world *w, struct rng *dice)
{
	const int64_t years = INT64_C(20) * 365 * 86400;
	const int64_t by =
	    ((int64_t)rng_below(dice, (uint64_t)years) - years / 2) * 1000;

	count_fault(w, FAULT_CLOCK);
	if (rng_below(dice, 6) == 0)
		w->office_clock_offset = by / 20;
	else
		any_device(w, dice)->clock_offset = by;
}

static bool
step_writes(struct world *w, const struct step *s, struct rng *dice)
{
	switch ((int)s->kind) {
	case STEP_NEW:
		(void)person_writes_new(any_device(w, dice), dice);
		return true;
	case STEP_EDIT:
		step_edit(w, dice);
		return true;
	case STEP_SIGN:
		(void)person_signs(any_device(w, dice), dice);
		return true;
	case STEP_OFFICES:
		(void)person_writes_offices(any_device(w, dice), dice);
		return true;
	case STEP_DECIDE:
		(void)person_decides(any_device(w, dice), dice);
		return true;
	case STEP_SYNC:
		device_sync(any_device(w, dice));
		return true;
	default:
		return false;
	}
}

void
step_do(struct world *w, const struct step *s)
{
	struct rng dice = rng_make(s->dice);

	if (step_writes(w, s, &dice) || step_office(w, s, &dice) ||
	    step_fault(w, s, &dice))
		return;
	switch ((int)s->kind) {
	case STEP_ONE_WAY:
		step_one_way(w, &dice);
		break;
	case STEP_HALF_OPEN:
		step_half_open(w, &dice);
		break;
	case STEP_NODE_CRASH:
	case STEP_NODE_CRASH_REPLY:
		step_node_crash(w, &dice, s->kind == STEP_NODE_CRASH_REPLY);
		break;
	case STEP_DEVICE_CRASH:
		step_device_crash(w, &dice);
		break;
	case STEP_LOCK:
		step_lock(w, &dice);
		break;
	case STEP_UNLOCK:
		step_unlock(w, &dice);
		break;
	case STEP_CLOCK:
		step_clock(w, &dice);
		break;
	default:
		break;
	}
}
