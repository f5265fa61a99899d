/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a change's own words.  Who had seen all that there was is
 * asked nothing, and nothing is merged into their words: the change just
 * applies (I4).  Not where somebody sends changes to what they never had before
 * their eyes, nor in a later life of the office, whose versions are others. And
 * what stood in a text, and its author left standing, is in the text that comes
 * of it: not only in a side beside it.
 */
#include <string.h>

#include "common/core/path.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle_int.h"

static bool
saw_all(const struct said *s, const struct state *before)
{
	for (size_t i = 0; i < CHANGES_MAX / 64; i++)
		if ((before->in.bits[i] & ~s->seen->bits[i]) != 0)
			return false;
	return true;
}

/* Is anything that the author had before their eyes not in the record: held,
 * or closed?  Then what they go on from is not what stands. */
static bool
saw_more(const struct world *w, const struct said *s)
{
	const struct registered *at = &w->office->devices[s->identity];

	for (uint64_t n = 0; n + 1 < s->c.counter; n++)
		if (at->in[n].state != INTAKE_DONE &&
		    id_equal(at->in[n].said->c.record, s->c.record))
			return true;
	return false;
}

/* Is something beneath its paths undecided?  Then it stays so, and the change
 * is told so. */
static bool
is_undecided(const struct change *c, const struct record *r)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		for (size_t j = 0; j < c->n_ops; j++)
			if (conflict_is_open(&r->conflicts[i]) &&
			    path_related(r->conflicts[i].path, c->ops[j].path))
				return true;
	return false;
}

static bool
is_plain(const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (c->ops[i].base.side[0] != '\0')
			return false;
	return c->n_resolves == 0;
}

void
oracle_check_asked(struct world *w, const struct said *s,
    const struct state *before, enum outcome_kind kind)
{
	if ((kind != OUTCOME_CONFLICT && kind != OUTCOME_MERGED) ||
	    w->office->epoch > 1 || has_fault(w, FAULT_FOREIGN) ||
	    !is_plain(&s->c) || is_undecided(&s->c, &before->r) ||
	    !saw_all(s, before) || saw_more(w, s))
		return;
	violation(w, "I4",
	    "change %u had seen all that there was, and its outcome is %s",
	    s->no, outcome_word(kind));
}

static void
check_word(struct world *w, const struct said *s, const struct state *before,
    const struct state *after, struct claim *c)
{
	for (size_t i = 0; i < s->c.n_ops; i++) {
		const struct change_op *op = &s->c.ops[i];

		if (strcmp(op->path, c->path) == 0 && oracle_says(op->now, c) &&
		    oracle_says(path_get(before->r.doc, c->path), c) &&
		    !oracle_says(path_get(after->r.doc, c->path), c))
			violation(w, "I4",
			    "change %u left change %u's %s standing, and the"
			    " text has it no more",
			    s->no, c->by->no, c->path);
	}
}

void
oracle_check_left(struct world *w, const struct said *s,
    const struct state *before, const struct state *after)
{
	const struct claims *list = &w->oracle->claims[id_number(s->c.record)];

	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].word != 0 && !list->items[i].is_gone)
			check_word(w, s, before, after, &list->items[i]);
}

static void
check_passed_on(struct world *w, const struct said *s,
    const struct conflict *before, const struct conflict *after)
{
	unsigned owner = before->owner;

	for (size_t i = 0; i < s->c.n_resolves; i++)
		if (s->c.resolves[i].ask &&
		    id_equal(s->c.resolves[i].conflict, before->id) &&
		    owner < OWNER_ADMINISTRATOR)
			owner++;
	if (conflict_is_open(before) && after != NULL &&
	    conflict_is_open(after) && after->owner < owner)
		violation(w, "I4",
		    "change %u leaves %s with those who passed it on", s->no,
		    before->path);
}

void
oracle_check_passed_on(struct world *w, const struct said *s,
    const struct state *before, const struct state *after)
{
	for (size_t i = 0; i < before->r.n_conflicts; i++) {
		const struct conflict *c = &before->r.conflicts[i];

		check_passed_on(w, s, c, record_conflict(&after->r, c->id));
	}
}
