/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands where two had not seen each other: what one edited and the other
 * removed is there, whoever came first, and of a ranked path's answers the most
 * protective that nobody who had seen it took back.
 */
#include <string.h>

#include "common/core/path.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle_int.h"

static const struct said *
writer(const struct world *w, struct id device, uint64_t counter)
{
	const unsigned no = id_number(device);

	if (no >= IDENTITIES_MAX || counter > w->office->devices[no].counter)
		return NULL;
	return w->office->devices[no].in[counter - 1].said;
}

static bool
had_seen(const struct world *w, const struct said *s, const struct setter *by)
{
	const struct said *wrote = writer(w, by->device, by->counter);

	return wrote == NULL || wrote == s || seen_has(s->seen, wrote->no);
}

/* ---- removals ---- */

static bool
has_conflict(const struct record *r, const char *path)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (strcmp(r->conflicts[i].path, path) == 0)
			return true;
	return false;
}

/* An edit of what somebody had removed meanwhile: it is there, and the removal
 * is asked about.  What was decided stays so until it is decided again. */
static void
check_came_back(struct world *w, const struct said *s,
    const struct state *before, const struct state *after,
    const struct path_state *gone)
{
	const struct conflict *k = record_open_conflict(&after->r, gone->path);
	bool is_side = false;

	for (size_t i = 0; k != NULL && i < k->n_sides; i++)
		is_side = is_side ||
		    (k->sides[i].is_open && k->sides[i].value == NULL);
	if (!json_is_object(gone->was) ||
	    has_conflict(&before->r, gone->path) ||
	    had_seen(w, s, &gone->setters[gone->n_setters - 1]) ||
	    (is_side && path_get(after->r.doc, gone->path) != NULL))
		return;
	violation(w, "I4",
	    "change %u edits what was removed unseen, and '%s' is %s", s->no,
	    gone->path, is_side ? "gone" : "not asked about");
}

/* A removal of what somebody had edited meanwhile: it stays. */
static void
check_stayed(struct world *w, const struct said *s, const struct state *before,
    const struct state *after, const struct change_op *op)
{
	for (size_t i = 0; i < before->r.n_paths; i++) {
		const struct path_state *ps = &before->r.paths[i];
		const struct setter *last = &ps->setters[ps->n_setters - 1];

		if (!ps->is_removed && path_covers(op->path, ps->path) &&
		    path_get(before->r.doc, op->path) != NULL &&
		    path_get(after->r.doc, op->path) == NULL &&
		    !had_seen(w, s, last))
			violation(w, "I4",
			    "change %u removed '%s', where it had not seen %s",
			    s->no, op->path, ps->path);
	}
}

static void
check_removals(struct world *w, const struct said *s,
    const struct state *before, const struct state *after)
{
	for (size_t i = 0; i < s->c.n_ops; i++) {
		const struct change_op *op = &s->c.ops[i];

		if (op->now == NULL &&
		    (*op->path == '\0' ||
		        schema_find(
		            schema_type(beginning.schema, s->c.type), op->path)
		                .part == SCHEMA_PART_ROW))
			check_stayed(w, s, before, after, op);
		for (size_t k = 0; k < before->r.n_paths; k++) {
			const struct path_state *ps = &before->r.paths[k];

			/* Who leaves nothing there says as much. */
			if (op->now != NULL && ps->is_removed &&
			    strcmp(ps->path, op->path) != 0 &&
			    path_covers(ps->path, op->path))
				check_came_back(w, s, before, after, ps);
		}
	}
}

/* ---- ranked answers ---- */

/* Has somebody who had seen it left another answer, or taken away what it is
 * in, in what the record holds? */
static bool
is_taken_back(const struct world *w, const struct said *by,
    const struct change_op *said, const struct state *now)
{
	for (unsigned no = 0; no < w->n_said; no++) {
		const struct said *s = w->said[no];

		if (s == by || !seen_has(&now->in, no) ||
		    !seen_has(s->seen, by->no))
			continue;
		for (size_t i = 0; i < s->c.n_ops; i++)
			if (path_related(s->c.ops[i].path, said->path) &&
			    !path_equal(s->c.ops[i].now, said->now))
				return true;
	}
	return false;
}

static bool
is_gone(const struct record *r, const char *path)
{
	for (size_t i = 0; i < r->n_paths; i++)
		if (r->paths[i].is_removed &&
		    path_covers(r->paths[i].path, path))
			return true;
	return false;
}

static void
check_answer(struct world *w, const struct schema_type *type,
    const struct said *s, const struct said *by, const struct change_op *said,
    const struct state *after)
{
	const struct schema_field *field;
	int sign;

	if (said->now == NULL || said->base.side[0] != '\0')
		return;
	field = schema_find_field(type, said->path);
	if (field == NULL || field->policy != SCHEMA_RANK ||
	    !schema_rank_compare(
	        field, said->now, path_get(after->r.doc, said->path), &sign) ||
	    sign <= 0 || is_gone(&after->r, said->path) ||
	    is_taken_back(w, by, said, after))
		return;
	violation(w, "I4",
	    "after change %u %s is less protective than change %u said, and"
	    " nobody who had seen that took it back",
	    s->no, said->path, by->no);
}

/* A record's state in signing is no answer; and what comes after a signature
 * stands in an addendum. */
static void
check_ranked(struct world *w, const struct said *s, const struct state *after)
{
	const struct schema_type *type =
	    schema_type(beginning.schema, s->c.type);

	if (schema_is_signed(type, after->r.doc))
		return;
	for (unsigned no = 0; no < w->n_said; no++) {
		const struct said *by = w->said[no];

		if (!seen_has(&after->in, no) ||
		    !id_equal(by->c.record, s->c.record))
			continue;
		for (size_t i = 0; i < by->c.n_ops; i++)
			if (type->signing.field == NULL ||
			    strcmp(by->c.ops[i].path, type->signing.field) != 0)
				check_answer(
				    w, type, s, by, &by->c.ops[i], after);
	}
}

void
oracle_check_stands(struct world *w, const struct said *s,
    const struct state *before, const struct state *after)
{
	if (has_fault(w, FAULT_FOREIGN))
		return; /* bases of what nobody was shown */
	if (before != NULL)
		check_removals(w, s, before, after);
	check_ranked(w, s, after);
}
