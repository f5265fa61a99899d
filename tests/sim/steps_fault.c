/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/steps_fault.h"

#include <stdlib.h>

#include "tests/sim/device.h"
#include "tests/sim/facts.h"
#include "tests/sim/kinds.h"
#include "tests/sim/office.h"
#include "tests/sim/person.h"
#include "tests/sim/puppet.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

static struct sim_device *
any_device(struct world *w, struct rng *dice)
{
	return &w->devices[rng_below(dice, w->n_devices)];
}

/* A sync that is under way may have cut proposals, and sent them. */
static void
halt_counted(struct sim_device *d)
{
	if (d->store != NULL && !d->process.is_dead)
		device_note_journal(d);
	device_halt(d);
}

static void
step_backup(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);

	halt_counted(d);
	disk_image_free(d->backup);
	d->backup = disk_take(d->folder);
	d->backup_links = d->n_links;
	device_boot(d);
	device_after(d);
}

/* It goes on from its backup, and writes: from here on it has two lives. */
static void
step_old_copy(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);

	for (unsigned i = 0; d->backup == NULL && i < w->n_devices; i++)
		if (w->devices[i].backup != NULL)
			d = &w->devices[i];
	if (d->backup == NULL)
		return;
	trace_say(w, "device %u goes on from an old copy of itself", d->slot);
	count_fault(w, FAULT_OLD_COPY);
	fact_copied(d);
	halt_counted(d);
	disk_put(d->folder, d->backup);
	if (d->backup_links < d->n_links)
		d->is_forked = true;
	device_new_life(d, d->backup_links);
	d->written = d->n_links;
	d->receipted = 0; /* the copy may know of fewer */
	device_boot(d);
	device_after(d);
	(void)person_edits(d, dice);
	device_sync(d);
}

static void
step_clone(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice), *twin;
	struct disk_image *image;

	if (w->n_devices >= SIM_DEVICES_MAX - 1 || d->is_forked)
		return;
	twin = &w->devices[w->n_devices];
	device_halt(d);
	image = disk_take(d->folder);
	device_boot(d);
	world_device(w, w->n_devices);
	twin->identity = d->identity;
	twin->id = d->id;
	twin->user = d->user;
	twin->user_no = d->user_no;
	twin->is_locked = d->is_locked;
	twin->is_revoked = d->is_revoked;
	disk_put(twin->folder, image);
	disk_image_free(image);
	w->n_devices++;
	d->is_forked = true;
	twin->is_forked = true;
	trace_say(w, "device %u is copied to device %u", d->slot, twin->slot);
	count_fault(w, FAULT_CLONE);
	fact_copied(d);
	device_boot(twin);
	device_after(twin);
	device_after(d);
	(void)person_edits(twin, dice);
	device_sync(twin);
}

static void
step_revoke(struct world *w, struct rng *dice)
{
	struct sim_device *d = any_device(w, dice);
	struct sim_node *n = office_node(w);
	json_t *answer;

	if (n == NULL || d->is_revoked)
		return;
	answer = office_command(n,
	    json_pack("{s:s, s:s, s:s}", "do", "device revoke", "device",
	        id_print(d->id).s, "reason", "lost"));
	if (answer != NULL && json_object_get(answer, "error") == NULL) {
		trace_say(w, "device %u's access ends", d->slot);
		count_fault(w, FAULT_REVOKED);
		for (unsigned i = 0; i < w->n_devices; i++)
			if (id_equal(w->devices[i].id, d->id))
				w->devices[i].is_revoked = true;
		fact_revoked(d);
		/* What it still has can be handed over. */
		(void)person_edits(d, dice);
		device_lock(d);
		device_sync(d);
	}
	json_decref(answer);
	if (n->engine != NULL)
		node_work(n);
}

bool
step_fault(struct world *w, const struct step *s, struct rng *dice)
{
	switch ((int)s->kind) {
	case STEP_DEVICE_BACKUP:
		step_backup(w, dice);
		return true;
	case STEP_OLD_COPY:
		step_old_copy(w, dice);
		return true;
	case STEP_CLONE:
		step_clone(w, dice);
		return true;
	case STEP_REVOKE:
		step_revoke(w, dice);
		return true;
	case STEP_NEWER:
		puppet_newer(w);
		return true;
	case STEP_POISON:
		puppet_poison(w);
		return true;
	case STEP_FORGE:
		puppet_forges(w, dice);
		return true;
	default:
		return false;
	}
}
