/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/device_page.h"

#include <assert.h>
#include <stdlib.h>

#include "common/core/shown.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/page.h"
#include "tests/coresim/record_state.h"

void
device_shows(struct device *d, unsigned record)
{
	struct shown *r = &d->records[record];
	const struct state *view = r->told;
	uint64_t first = r->own_held == NULL ? r->own : 0;

	if (r->is_dropped) {
		r->view = NULL;
		return;
	}
	for (uint64_t n = first; n < d->n; n++) {
		const struct said *s = d->journal[n];

		if (id_number(s->c.record) != record ||
		    shown_contains(r->own, r->own_held, n + 1))
			continue;
		view = state_show(d->world, view, s, 1);
	}
	r->view = view;
	oracle_shown(d, record);
}

static void
want_whole(struct device *d, unsigned record)
{
	for (unsigned i = 0; i < d->n_wanted; i++)
		if (d->wanted[i] == record)
			return;
	if (d->n_wanted < RECORDS_MAX)
		d->wanted[d->n_wanted++] = record;
}

static void
show_drop(struct device *d, unsigned record)
{
	struct shown *r = &d->records[record];
	struct world *w = d->world;

	if (r->told != NULL || r->view != NULL) {
		count_event(w, EVENT_DROP);
		HAPPENED(w, 20, record, "    record %u goes from %s", record,
		    world_device_name(w, d->identity));
	}
	*r = (struct shown){ .is_dropped = true };
}

static void
show_entry(struct device *d, const struct entry *en, struct version floor,
    uint64_t epoch)
{
	struct shown *r = &d->records[en->record];
	struct world *w = d->world;
	const struct state *told = en->state;

	if (en->is_drop) {
		show_drop(d, en->record);
		return;
	}
	if (!en->is_whole) {
		told = r->told == NULL
		    ? NULL
		    : state_merge(w, r->told, en->state, floor);
		if (told == NULL) {
			want_whole(d, en->record);
			return;
		}
		count_event(w, EVENT_DELTA);
	}
	r->told = told;
	r->own = en->own;
	r->own_held = en->own_held;
	r->epoch = epoch;
	r->is_dropped = false;
	HAPPENED(w, 21, en->record, "    %s has record %u as of %llu",
	    world_device_name(w, d->identity), en->record,
	    (unsigned long long)told->r.version.seq);
	device_shows(d, en->record);
}

static void
show_staged(struct device *d, uint64_t epoch)
{
	for (size_t i = 0; i < d->n_staged; i++)
		show_entry(d, &d->staged[i].entry, d->staged[i].floor, epoch);
	d->n_staged = 0;
}

static void
stage(struct device *d, const struct entry *en, struct version floor)
{
	if (d->n_staged == d->staged_room) {
		d->staged_room = d->staged_room == 0 ? 8 : d->staged_room * 2;
		d->staged =
		    realloc(d->staged, d->staged_room * sizeof(*d->staged));
		assert(d->staged != NULL);
	}
	d->staged[d->n_staged++] =
	    (struct staged){ .entry = *en, .floor = floor };
}

/* What the office told in an epoch that is over and does not tell again is
 * lost there: own work stays in view (store_propose.c, missing_one). */
static void
forget_missing(struct device *d, uint64_t epoch)
{
	for (unsigned i = 0; i < d->world->n_records; i++) {
		struct shown *r = &d->records[i];
		bool unsent = false;

		if (r->told == NULL || r->epoch >= epoch)
			continue;
		for (uint64_t n = d->receipted; n < d->n; n++)
			unsent =
			    unsent || id_number(d->journal[n]->c.record) == i;
		if (unsent) {
			*r = (struct shown){ .told = NULL };
			device_shows(d, i);
		} else {
			show_drop(d, i);
		}
	}
}

/* The last own change on the record, or 0. */
static uint64_t
last_own(const struct device *d, unsigned record)
{
	uint64_t n = d->n;

	while (n > 0 && id_number(d->journal[n - 1]->c.record) != record)
		n--;
	return n;
}

/* Own work that the office has, and tells nothing of: its user may not see the
 * record (store_gone.c, unseen_drop). */
static void
forget_unseen(struct device *d, const struct answer *a)
{
	for (unsigned i = 0; i < d->world->n_records; i++)
		if (d->records[i].told == NULL && d->records[i].view != NULL &&
		    a->is_ended[i] && last_own(d, i) <= d->receipted)
			show_drop(d, i);
}

static void
check_digest(struct device *d, const struct answer *a)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < d->world->n_records; i++)
		if (d->records[i].told != NULL)
			sum += page_share(i, d->records[i].told);
	if (sum != a->digest)
		violation(d->world, "I6",
		    "%s: after a complete pull the digests differ",
		    world_device_name(d->world, d->identity));
}

void
device_takes_page(struct device *d, const struct answer *a)
{
	if (!a->has_cursor)
		return;
	if (d->has_cursor && d->cursor.epoch != a->epoch)
		show_staged(d, d->cursor.epoch);
	if (a->is_last) {
		show_staged(d, a->epoch);
		d->n_wanted = 0;
		for (size_t i = 0; i < a->n; i++)
			show_entry(d, &a->entries[i], a->floor, a->epoch);
		forget_missing(d, a->epoch);
	}
	for (size_t i = 0; !a->is_last && i < a->n; i++)
		stage(d, &a->entries[i], a->floor);
	d->cursor = a->cursor;
	d->has_cursor = true;
	if (a->is_last && d->n_wanted == 0) {
		check_digest(d, a);
		forget_unseen(d, a);
	}
}
