/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <string.h>

#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

void
violation(struct world *w, const char *invariant, const char *fmt, ...)
{
	char text[500];
	va_list list;

	if (w->is_violated)
		return;
	va_start(list, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	w->is_violated = true;
	(void)snprintf(
	    w->violation, sizeof(w->violation), "%s: %s", invariant, text);
	trace_say(w, "VIOLATION %s", w->violation);
}

void
count_fault(struct world *w, enum fault f)
{
	w->counts.faults[f]++;
}

void
count_change(struct world *w, const struct sim_device *d)
{
	w->counts.changes++;
	w->size.changes++;
	if (d == NULL || w->wrote[d->slot])
		return;
	w->wrote[d->slot] = true;
	w->size.devices++;
}

void
count_event(struct world *w, enum event e)
{
	w->counts.events[e]++;
}

void
world_device(struct world *w, unsigned slot)
{
	struct sim_device *d = &w->devices[slot];
	const struct device_identity *i = &template.devices[slot].identity;

	*d = (struct sim_device){ .world = w,
		.slot = slot,
		.identity = slot,
		.id = i->device,
		.user = i->user,
		.user_no = template_user_of(slot) };
	(void)snprintf(d->home, sizeof(d->home), "/sim/d%u", slot);
	(void)snprintf(d->folder, sizeof(d->folder), "/sim/d%u/", slot);
}

void
world_pass(struct world *w, uint64_t ms)
{
	const uint64_t end = seam.now_ms + ms;
	struct network *net = network_of(w);

	while (!w->is_violated && network_next_ms(net) <= end)
		network_step(net);
	if (seam.now_ms < end)
		seam.now_ms = end;
	nodes_wake(w);
}

void
enter_device(struct sim_device *d)
{
	seam.turns++;
	disk_run(&d->process);
	seam.clock_offset = d->clock_offset;
}

void
enter_node(struct sim_node *n)
{
	seam.turns++;
	disk_run(&n->process);
	seam.clock_offset = n->world->office_clock_offset;
}

void
leave(void)
{
	seam.turns++;
	disk_run(NULL);
	seam.clock_offset = 0;
}
