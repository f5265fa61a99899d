/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/coresim/arena.h"
#include "tests/coresim/defect.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/seam.h"

/* Entries in a page where pages are cut. */
#define CUT_ENTRIES 2

struct row {
	uint64_t touched;
	unsigned record;
	bool is_visible, is_whole;
};

/* Has the user written there what came to an end? */
static bool
wrote(const struct office *o, unsigned user, unsigned record)
{
	for (unsigned i = 0; i < OFFICE_DEVICE; i++)
		for (uint64_t n = 0;
		     user_of(i) == user && n < o->devices[i].counter; n++) {
			const struct intake *in = &o->devices[i].in[n];

			if (id_number(in->said->c.record) == record &&
			    (in->state == INTAKE_DONE ||
			        in->state == INTAKE_CLOSED))
				return true;
		}
	return false;
}

/* As sqlite_pull.c finds it: touched by its own last change or by the user's
 * seeing it begin or end; whole if it was made, or came into view, above the
 * floor.  From the beginning also what they wrote to and never saw. */
static bool
find_row(const struct office *o, unsigned user, const struct place *at,
    struct row *out)
{
	const struct kept *k = &o->records[out->record];
	const bool sees = (k->sees >> user & 1) != 0;
	uint64_t ended = k->ended[user] > at->floor ? k->ended[user] : 0;

	if (k->state == NULL)
		return false;
	if ((k->ever >> user & 1) == 0 && at->floor == 0 &&
	    wrote(o, user, out->record))
		ended = k->created;
	if (!sees && ended == 0)
		return false;
	out->touched = ended;
	if (sees && k->changed > out->touched)
		out->touched = k->changed;
	if (sees && k->begun[user] > out->touched)
		out->touched = k->begun[user];
	out->is_visible = sees;
	out->is_whole = k->created > at->floor || k->begun[user] > at->floor;
	return out->touched > at->floor &&
	    (out->touched > at->position ||
	        (out->touched == at->position &&
	            out->record > at->position_record));
}

static int
by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->touched != y->touched)
		return x->touched < y->touched ? -1 : 1;
	return (x->record > y->record) - (x->record < y->record);
}

/* The last own counter contained in the record, and which below are held. */
static void
own_counters(const struct world *w, unsigned identity, unsigned record,
    struct entry *out)
{
	const struct registered *d = &w->office->devices[identity];
	uint64_t n = d->counter;

	for (; n > 0; n--)
		if (id_number(d->in[n - 1].said->c.record) == record &&
		    (d->in[n - 1].state == INTAKE_DONE ||
		        d->in[n - 1].state == INTAKE_CLOSED))
			break;
	out->own = n;
	while (n-- > 0) {
		const struct intake *in = &d->in[n];

		if (id_number(in->said->c.record) != record ||
		    (in->state != INTAKE_HELD && in->state != INTAKE_RECEIVED))
			continue;
		if (out->own_held == NULL)
			out->own_held = json_array();
		(void)json_array_append_new(
		    out->own_held, json_integer((json_int_t)n + 1));
	}
}

/* The defect: with the words of the record before it, if that is of the same
 * kind. */
static const struct state *
mixed(const struct office *o, unsigned record)
{
	const struct state *s = o->records[record].state;
	const struct state *other =
	    record == 0 ? NULL : o->records[record - 1].state;
	struct state *out;

	if (!has_defect(DEFECT_MIXES) || other == NULL || s == NULL ||
	    strcmp(other->r.type, s->r.type) != 0)
		return s;
	out = arena_zero(sizeof(*out));
	*out = *s;
	out->r.conflicts = other->r.conflicts;
	out->r.n_conflicts = other->r.n_conflicts;
	out->r.paths = other->r.paths;
	out->r.n_paths = other->r.n_paths;
	return out;
}

static void
add_entry(struct world *w, const struct request *r, struct answer *a,
    const struct row *row)
{
	struct entry *en = &a->entries[a->n++];

	*en = (struct entry){ .record = row->record,
		.is_drop = !row->is_visible,
		.is_whole = row->is_whole,
		.state = mixed(w->office, row->record) };
	if (en->is_drop) {
		en->state = NULL;
		return;
	}
	own_counters(w, r->identity, row->record, en);
	oracle_sent(w, user_of(r->identity), en->state);
}

static bool
is_forgotten(const struct world *w, const struct row *row)
{
	return (has_defect(DEFECT_FORGETS) && row->touched % 16 == 0) ||
	    (has_defect(DEFECT_KEEPS) && !row->is_visible && !w->is_calm);
}

static size_t
collect(const struct world *w, unsigned user, const struct place *at,
    struct row *rows)
{
	size_t n = 0;

	for (unsigned i = 0; i < w->n_records; i++) {
		rows[n].record = i;
		if (find_row(w->office, user, at, &rows[n]))
			n++;
	}
	qsort(rows, n, sizeof(*rows), by_place);
	return n;
}

/* Where the pull goes on: where the device says, if the log here has the link
 * that it names; else from the beginning. */
static struct place
start(const struct office *o, const struct request *r, struct answer *a)
{
	const struct place *c = &r->cursor;

	if (!r->has_cursor)
		return (struct place){ .epoch = o->epoch };
	if (c->epoch == o->epoch && c->floor <= o->head &&
	    (c->floor == 0 || o->log[c->floor - 1].link == c->link)) {
		if (c->floor > 0)
			a->floor = (struct version){ o->log[c->floor - 1].epoch,
				c->floor };
		return *c;
	}
	if (a->received.refusal == REFUSED_NOT)
		a->received.refusal = REFUSED_EPOCH;
	return (struct place){ .epoch = o->epoch };
}

uint64_t
page_share(unsigned record, const struct state *s)
{
	uint64_t h = seam_mix_number(0xd16, record);

	h = seam_mix_number(h, s->r.version.epoch);
	return seam_mix_number(h, s->r.version.seq);
}

uint64_t
page_digest(const struct world *w, unsigned user)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < w->n_records; i++) {
		const struct kept *k = &w->office->records[i];

		if ((k->sees >> user & 1) != 0)
			sum += page_share(i, k->state);
	}
	return sum;
}

/* What the outcomes tell of each record (store_gone.c, ended_sql). */
static bool *
ended(const struct office *o, const struct registered *d)
{
	bool *out = arena_zero(RECORDS_MAX * sizeof(*out));
	bool is_open[RECORDS_MAX] = { false };

	for (uint64_t n = 0; n < d->counter; n++) {
		const struct intake *in = &d->in[n];
		const unsigned record = id_number(in->said->c.record);

		if (in->ended < o->epoch)
			is_open[record] = true;
		/* There is a record, which the author may not see. */
		out[record] = out[record] || in->state == INTAKE_DONE ||
		    (in->state == INTAKE_CLOSED &&
		        strcmp(in->reason, "not_yours") == 0);
	}
	for (unsigned i = 0; i < RECORDS_MAX; i++)
		out[i] = out[i] && !is_open[i];
	return out;
}

void
page_fill(struct world *w, const struct request *r, struct answer *a)
{
	const struct office *o = w->office;
	const unsigned user = user_of(r->identity);
	const size_t room =
	    w->plan->page_factor > 1 ? CUT_ENTRIES : RECORDS_MAX;
	struct place at = start(o, r, a);
	struct row rows[RECORDS_MAX + 1];
	const size_t n = collect(w, user, &at, rows);
	size_t i = 0;

	a->entries = arena_zero((n + r->n_wanted) * sizeof(*a->entries));
	for (unsigned k = 0; k < r->n_wanted; k++)
		add_entry(w, r, a,
		    &(struct row){ .record = r->wanted[k],
		        .is_visible = office_sees(w, user, r->wanted[k]),
		        .is_whole = true });
	for (; i < n && i < room; i++) {
		if (!is_forgotten(w, &rows[i]) &&
		    (rows[i].is_visible || r->has_cursor))
			add_entry(w, r, a, &rows[i]);
		at.position = rows[i].touched;
		at.position_record = rows[i].record;
	}
	a->is_last = i == n;
	a->has_cursor = true;
	if (i < n)
		count_fault(w, FAULT_CUT_PAGES);
	else
		at = (struct place){ .epoch = o->epoch,
			.floor = o->head,
			.link = o->head == 0 ? 0 : o->log[o->head - 1].link,
			.position = o->head };
	a->cursor = at;
	a->digest = page_digest(w, user);
	if (a->is_last)
		a->is_ended = ended(o, &o->devices[r->identity]);
}
