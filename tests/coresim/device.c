/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/device.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/coresim/arena.h"
#include "tests/coresim/device_page.h"
#include "tests/coresim/facts.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/record_state.h"

struct device *
device_at(struct world *w, unsigned slot)
{
	return &w->devices[slot];
}

const char *
world_device_name(const struct world *w, unsigned identity)
{
	static char name[64];

	(void)w;
	if (identity == OFFICE_DEVICE)
		return "the office";
	if (identity == STRANGER)
		return "a stranger";
	(void)snprintf(name, sizeof(name), "%s (device %u)",
	    user_name(user_of(identity)), identity);
	return name;
}

void
devices_open(struct world *w)
{
	w->devices = arena_zero(w->n_devices * sizeof(*w->devices));
	for (unsigned i = 0; i < w->n_devices; i++) {
		struct device *d = &w->devices[i];

		*d = (struct device){ .world = w,
			.slot = i,
			.identity = i,
			.user = user_of(i),
			.epoch = 1 };
		d->records = arena_zero(RECORDS_MAX * sizeof(*d->records));
		d->has_cursor = true;
		d->cursor = (struct place){ .epoch = 1,
			.floor = w->office->head,
			.link = w->office->log[w->office->head - 1].link,
			.position = w->office->head };
		for (unsigned r = 0; r < FIRST_RECORDS; r++)
			if (office_sees(w, d->user, r))
				d->records[r] =
				    (struct shown){ .told = beginning.first[r],
					    .epoch = 1,
					    .view = beginning.first[r] };
	}
}

/* ---- saving ---- */

const struct said *
said_make(struct world *w, unsigned identity, struct change *c,
    const struct seen *seen, const unsigned *words, struct hash32 before)
{
	struct said *s = arena_zero(sizeof(*s));

	assert(w->n_said < CHANGES_MAX);
	c->device = beginning.identities[identity];
	s->c = *c;
	s->no = w->n_said;
	s->identity = identity;
	s->seen = seen;
	s->words = arena_zero((c->n_ops + 1) * sizeof(*s->words));
	if (words != NULL)
		memcpy(s->words, words, c->n_ops * sizeof(*words));
	s->link = link_next(w, before, c);
	w->said[w->n_said++] = s;
	if (w->n_records <= id_number(c->record))
		w->n_records = id_number(c->record) + 1;
	assert(w->n_records <= RECORDS_MAX);
	oracle_said(w, s);
	w->counts.changes++;
	return s;
}

static struct hash32
journal_link(const struct device *d, uint64_t counter)
{
	return counter == 0 ? link_start(d->identity)
	                    : d->journal[counter - 1]->link;
}

/* For who reads the story of a seed. */
void
tell_ops(struct world *w, const struct said *s)
{
	for (size_t i = 0; i < s->c.n_ops; i++) {
		const struct change_op *op = &s->c.ops[i];
		char *was = json_dumps(op->was, JSON_ENCODE_ANY);
		char *now = json_dumps(op->now, JSON_ENCODE_ANY);

		world_say(w,
		    "        %s: %s -> %s (had seen %llu, own %llu%s%s)",
		    op->path, was == NULL ? "nothing" : was,
		    now == NULL ? "nothing" : now,
		    (unsigned long long)op->base.seen.seq,
		    (unsigned long long)op->base.own,
		    op->base.side[0] == '\0' ? "" : ", side ", op->base.side);
	}
}

const struct said *
device_saves(struct device *d, struct change *c, const struct state *seen,
    const unsigned *words)
{
	struct world *w = d->world;
	struct shown *r = &d->records[id_number(c->record)];
	static const struct seen nothing;
	const struct said *s;

	if (d->n == d->room) {
		d->room = d->room == 0 ? 16 : d->room * 2;
		d->journal =
		    realloc(d->journal, d->room * sizeof(const struct said *));
		assert(d->journal != NULL);
	}
	c->counter = d->n + 1;
	c->author = beginning.users[d->user];
	c->made_at = w->now_ms + (uint64_t)d->clock;
	s = said_make(w, d->identity, c, seen != NULL ? &seen->in : &nothing,
	    words, journal_link(d, d->n));
	d->journal[d->n++] = s;
	w->size.changes++;
	w->size.devices += w->wrote[d->slot] ? 0 : 1;
	w->wrote[d->slot] = true;
	if (w->trace.story != NULL)
		tell_ops(w, s);
	r->view = state_show(w, r->view, s, 1);
	oracle_shown(d, id_number(c->record));
	fact_saved(d, s);
	return s;
}

/* ---- asking ---- */

static void
fill_batch(struct device *d, struct request *r)
{
	const uint64_t after = d->expect > 0 ? d->expect - 1 : d->receipted;

	r->claimed = d->identity;
	r->from = after + 1;
	if (after >= d->n)
		return;
	r->n = d->n - after;
	r->changes = arena_zero(r->n * sizeof(const struct said *));
	memcpy(
	    r->changes, d->journal + after, r->n * sizeof(const struct said *));
	r->before = journal_link(d, after);
	r->link = journal_link(d, d->n);
	r->sig = signed_by(d->identity, d->n, r->link);
}

void
device_sync(struct device *d)
{
	struct world *w = d->world;
	struct request *r = arena_zero(sizeof(*r));

	*r = (struct request){ .identity = d->identity,
		.slot = d->slot,
		.nonce = rng_next(&w->rng) | 1,
		.is_courier = d->is_locked,
		.has_cursor = d->has_cursor,
		.cursor = d->cursor,
		.outcome_no = d->outcome_no,
		.written = d->n };
	fill_batch(d, r);
	if (!d->is_locked) {
		memcpy(r->wanted, d->wanted, sizeof(r->wanted));
		r->n_wanted = d->n_wanted;
	}
	d->nonce = r->nonce;
	d->is_quiet = false;
	HAPPENED(w, 1, d->slot, "%s%s syncs: %zu changes to send",
	    world_device_name(w, d->identity), d->is_locked ? ", locked," : "",
	    r->n);
	network_send(w, r);
}

/* ---- taking an answer ---- */

/* ERR_AUTH as receipt_store has it: false, and the whole answer is not
 * taken. */
static bool
take_receipt(struct device *d, const struct receipt_told *r, bool is_kept)
{
	struct world *w = d->world;

	if (!r->has)
		return true;
	if (r->sig != signed_by(OFFICE_DEVICE, r->counter, r->link) ||
	    r->counter > d->n ||
	    !hash32_equal(journal_link(d, r->counter), r->link)) {
		if (!d->is_copy)
			violation(w, "I9",
			    "%s gets a receipt of another journal",
			    world_device_name(w, d->identity));
		return false;
	}
	if (d->is_locked) {
		d->kept = realloc(d->kept, (d->n_kept + 1) * sizeof(*d->kept));
		assert(d->kept != NULL);
		d->kept[d->n_kept++] = *r;
		return true;
	}
	if (r->epoch == d->receipted_epoch && r->intake <= d->intake &&
	    !is_kept && !has_fault(w, FAULT_OLD_RECEIPT))
		violation(w, "I9", "intake numbers of %s do not rise",
		    world_device_name(w, d->identity));
	if (r->epoch > d->receipted_epoch) {
		d->receipted_epoch = r->epoch;
		d->receipted = 0;
	}
	if (r->epoch == d->receipted_epoch && r->counter > d->receipted)
		d->receipted = r->counter;
	d->intake = r->intake;
	d->expect = 0;
	oracle_acknowledged(d, r);
	return true;
}

static void
take_refusal(struct device *d, const struct received *in)
{
	struct world *w = d->world;

	if (in->refusal == REFUSED_GAP)
		d->expect = in->expect;
	if (in->refusal == REFUSED_FORKED && !d->is_forked) {
		d->is_forked = true;
		HAPPENED(w, 3, d->slot, "%s is told that it is a copy",
		    world_device_name(w, d->identity));
	}
	if (in->refusal == REFUSED_MALFORMED ||
	    in->refusal == REFUSED_SIGNATURE)
		violation(w, "I8", "an honest batch of %s is refused",
		    world_device_name(w, d->identity));
}

static void
take_epoch(struct device *d, uint64_t epoch)
{
	if (epoch <= d->epoch)
		return;
	d->epoch = epoch;
	if (d->receipted_epoch < epoch)
		d->receipted = 0;
}

void
device_takes(struct world *w, const struct answer *a)
{
	struct device *d = device_at(w, a->slot);
	bool more;

	if (d->nonce == 0 || a->nonce != d->nonce)
		return;
	d->nonce = 0;
	if (has_fault(w, FAULT_DEVICE_CRASH) && !w->is_calm)
		d->before = device_copy(d);
	if (!take_receipt(d, &a->received.receipt, false) || d->is_locked)
		return;
	take_epoch(d, a->epoch);
	take_refusal(d, &a->received);
	d->outcome_no = a->outcome_no;
	HAPPENED(w, 2, a->n,
	    "  %s is told of %zu records, receipted up to"
	    " %llu",
	    world_device_name(w, d->identity), a->n,
	    (unsigned long long)d->receipted);
	device_takes_page(d, a);
	more = (a->received.receipt.has && d->receipted < d->n) ||
	    a->received.refusal == REFUSED_GAP ||
	    (a->has_cursor && !a->is_last) || d->n_wanted > 0;
	d->is_quiet = !more && a->n == 0 && a->is_last && d->receipted == d->n;
	if (more && !d->is_forked)
		device_sync(d);
}

/* ---- locking, stopping, copies ---- */

void
device_lock(struct device *d)
{
	if (d->is_locked)
		return;
	d->is_locked = true;
	d->nonce = 0;
	HAPPENED(d->world, 4, d->slot, "%s locks the notes",
	    world_device_name(d->world, d->identity));
}

void
device_unlock(struct device *d)
{
	if (!d->is_locked)
		return;
	d->is_locked = false;
	d->nonce = 0;
	for (size_t i = 0; i < d->n_kept; i++) {
		const struct receipt_told kept = d->kept[i];

		take_epoch(d, kept.epoch);
		(void)take_receipt(d, &kept, true);
	}
	d->n_kept = 0;
	HAPPENED(d->world, 5, d->slot, "%s unlocks the notes",
	    world_device_name(d->world, d->identity));
}

static void *
copied(const void *from, size_t bytes)
{
	void *to = malloc(bytes + 1);

	assert(to != NULL);
	if (bytes > 0)
		memcpy(to, from, bytes);
	return to;
}

struct device *
device_copy(const struct device *d)
{
	struct device *copy = copied(d, sizeof(*d));

	copy->room = d->n;
	copy->journal = copied(d->journal, d->n * sizeof(const struct said *));
	copy->records = copied(d->records, RECORDS_MAX * sizeof(*d->records));
	copy->staged_room = d->n_staged;
	copy->staged = copied(d->staged, d->n_staged * sizeof(*d->staged));
	copy->kept = copied(d->kept, d->n_kept * sizeof(*d->kept));
	copy->backup = copy->before = NULL;
	return copy;
}

void
device_become(struct device *d, const struct device *copy)
{
	struct device *fresh = device_copy(copy);

	fresh->slot = d->slot;
	fresh->backup = d->backup;
	fresh->before = NULL;
	fresh->nonce = 0;
	*d = *fresh;
}

void
device_crash(struct device *d)
{
	struct device was = *d;

	/* What an answer brought last may be lost; not when something was
	 * saved after it, which is. */
	if (d->before != NULL && d->before->identity == d->identity &&
	    d->before->n == d->n) {
		device_become(d, d->before);
		d->journal = was.journal;
		d->n = was.n;
		d->room = was.room;
		d->is_locked = was.is_locked;
		d->is_revoked = was.is_revoked;
		d->is_copy = was.is_copy;
	}
	d->before = NULL;
	d->nonce = 0;
	for (unsigned i = 0; i < RECORDS_MAX; i++)
		device_shows(d, i);
	HAPPENED(d->world, 6, d->slot, "%s loses power, and starts again",
	    world_device_name(d->world, d->identity));
}
