/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/device.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/store_int.h"
#include "daemon/sync/access.h"
#include "tests/sim/facts.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

/* Dying while it opens is allowed; failing otherwise is not. */
static void
not_open(struct sim_device *d, const char *what, const struct err *e)
{
	if (!d->process.is_dead)
		violation(
		    d->world, "I1", "device %u: %s: %s", d->slot, what, e->msg);
}

void
device_boot(struct sim_device *d)
{
	struct err e = { 0 };
	enum err_code code;

	enter_device(d);
	network_opening(d, d->is_locked);
	if (d->is_locked) {
		code = outside_open(d->home, &d->outside, &e);
		if (code == ERR_OK)
			code = access_courier(NULL, d->outside, &d->office, &e);
	} else {
		code = device_store_open(d->home, &template.key, &d->store, &e);
		if (code == ERR_OK)
			code = access_full(NULL, d->store, &d->office, &e);
	}
	leave();
	if (code != ERR_OK)
		not_open(d, "the notes do not open", &e);
	else if (!d->is_locked)
		device_note_journal(d);
}

void
device_halt(struct sim_device *d)
{
	enter_device(d);
	exchange_cancel(d->exchange);
	courier_cancel(d->courier);
	office_close(d->office);
	outside_close(d->outside);
	device_store_close(d->store);
	leave();
	d->exchange = NULL;
	d->courier = NULL;
	d->office = NULL;
	d->outside = NULL;
	d->store = NULL;
}

void
device_lock(struct sim_device *d)
{
	if (d->is_locked)
		return;
	device_halt(d);
	d->is_locked = true;
	device_boot(d);
	device_after(d);
}

void
device_unlock(struct sim_device *d)
{
	if (!d->is_locked)
		return;
	device_halt(d);
	d->is_locked = false;
	device_boot(d);
	device_after(d);
}

static void
on_synced(void *arg, const struct sync_report *r, const struct err *e)
{
	struct sim_device *d = arg;

	d->exchange = NULL;
	d->courier = NULL;
	d->report = *r;
	d->is_quiet = r->outcome == SYNC_DONE && r->sent == 0 &&
	    r->pulled == 0 && r->receipts == 0 && e->code == ERR_OK;
	trace_say(d->world,
	    "device %u %s: %s%s%s, %llu sent, %llu receipts, %llu pulled%s%s",
	    d->slot, r->is_courier ? "handed over" : "synced",
	    sync_outcome_word(r->outcome), r->has_word ? ", " : "",
	    r->has_word ? protocol_word(r->word) : "",
	    (unsigned long long)r->sent, (unsigned long long)r->receipts,
	    (unsigned long long)r->pulled, e->code != ERR_OK ? "; here: " : "",
	    e->msg);
	if (e->code != ERR_OK && e->code != ERR_MALFORMED &&
	    e->code != ERR_AUTH && !d->process.is_dead)
		violation(d->world, "I1", "device %u: a sync failed here: %s",
		    d->slot, e->msg);
	if (d->store != NULL && !d->process.is_dead)
		check_device_synced(d);
}

void
device_sync(struct sim_device *d)
{
	struct err e = { 0 };
	enum err_code code;

	if (d->exchange != NULL || d->courier != NULL || d->office == NULL)
		return;
	d->is_quiet = false;
	enter_device(d);
	if (d->is_locked) {
		struct courier_task task = { .outside = d->outside,
			.office = d->office };

		code = courier_receipted(d->outside, &task.after, &e);
		if (code == ERR_OK)
			code =
			    courier_start(&task, on_synced, d, &d->courier, &e);
	} else {
		code = exchange_start(
		    d->store, d->office, on_synced, d, &d->exchange, &e);
	}
	leave();
	if (code != ERR_OK)
		not_open(d, "a sync does not begin", &e);
	device_after(d);
}

void
device_after(struct sim_device *d)
{
	while (d->process.is_dead && !d->world->is_violated) {
		trace_say(d->world,
		    "device %u dies while it writes, and is"
		    " started again",
		    d->slot);
		count_fault(d->world, FAULT_DEVICE_CRASH);
		device_halt(d);
		d->process = (struct disk_process){ 0 };
		device_boot(d);
	}
}

/* Links of the journal as it is on the disk. */
void
device_note_journal(struct sim_device *d)
{
	struct db_stmt *q;
	struct err e = { 0 };
	bool row;
	enum err_code code = db_query(d->store->db, &q, &e,
	    "SELECT counter, link FROM journal WHERE counter > ?"
	    " ORDER BY counter",
	    "i", (int64_t)d->n_links);

	while (
	    code == ERR_OK && (code = db_step(q, &row, &e)) == ERR_OK && row) {
		d->links =
		    realloc(d->links, (d->n_links + 1) * sizeof(*d->links));
		assert(d->links != NULL);
		code =
		    db_col_bytes(q, 1, d->links[d->n_links].b, HASH32_LEN, &e);
		if ((uint64_t)db_col_int(q, 0) != d->n_links + 1)
			violation(d->world, "I8",
			    "device %u: change %lld follows %zu", d->slot,
			    (long long)db_col_int(q, 0), d->n_links);
		d->n_links++;
		fact_saved(d, d->n_links);
	}
	if (code == ERR_OK)
		db_done(q);
	else
		not_open(d, "the journal does not read", &e);
}

void
device_new_life(struct sim_device *d, size_t n_links)
{
	struct sim_journal *past =
	    realloc(d->past, (d->n_past + 1) * sizeof(*past));
	struct sim_journal *now;

	assert(past != NULL && n_links <= d->n_links);
	d->past = past;
	now = &past[d->n_past++];
	now->n = d->n_links;
	now->links = malloc((d->n_links + 1) * sizeof(*now->links));
	assert(now->links != NULL);
	for (size_t i = 0; i < d->n_links; i++)
		now->links[i] = d->links[i];
	d->n_links = n_links;
}

void
device_forget(struct sim_device *d)
{
	for (unsigned i = 0; i < d->n_past; i++)
		free(d->past[i].links);
	free(d->past);
	free(d->links);
}
