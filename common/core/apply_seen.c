/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an op's author had seen.  Values prove nothing here: two people may
 * write the same, and a value may come back to what it was.
 */
#include "common/core/apply_int.h"

static bool
has_setter_of(const struct path_state *ps, uint64_t epoch)
{
	for (size_t i = 0; i < ps->n_setters; i++)
		if (ps->setters[i].version.epoch == epoch)
			return true;
	return false;
}

static bool
has_side_of(const struct conflict *c, uint64_t epoch)
{
	for (size_t i = 0; i < c->n_sides; i++)
		if (c->sides[i].version.epoch == epoch)
			return true;
	return c->version.epoch == epoch;
}

/* Has this epoch of the office left anything in the record? */
static bool
is_of_this_log(const struct applying *a, uint64_t epoch)
{
	const struct record *r = a->before;

	if (epoch == a->ctx->version.epoch || epoch == r->version.epoch)
		return true;
	for (size_t i = 0; i < r->n_paths; i++)
		if (has_setter_of(&r->paths[i], epoch))
			return true;
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (has_side_of(&r->conflicts[i], epoch))
			return true;
	return false;
}

bool
apply_is_shown(const struct applying *a, struct version v, struct version seen)
{
	return version_compare(v, seen) <= 0 &&
	    (v.epoch == seen.epoch || is_of_this_log(a, seen.epoch));
}

/* True if the setter's change is part of what the op's author had seen. */
static bool
setter_is_seen(const struct applying *a, const struct setter *s,
    const struct change_base *base)
{
	if (apply_is_shown(a, s->version, base->seen))
		return true;
	if (s->counter <= change_own_upto(a->c, base, s->device))
		return true;
	/* Another op of this very change may have come before. */
	return id_equal(s->device, a->c->device) &&
	    version_compare(s->version, a->ctx->version) == 0;
}

static const struct setter *
setter_of(const struct path_state *ps, const struct conflict_side *s)
{
	for (size_t i = 0; i < ps->n_setters; i++)
		if (id_equal(ps->setters[i].device, s->device) &&
		    ps->setters[i].counter == s->counter)
			return &ps->setters[i];
	return NULL;
}

/* What is a side now may have stood before another's word took its place: the
 * change as a setter, or NULL. */
static const struct setter *
as_it_stood(
    const struct applying *a, const char *path, const struct conflict_side *s)
{
	struct record_related rel = record_related(a->r, path);
	const struct setter *found = NULL;

	for (size_t i = 0; found == NULL && i < rel.n_at; i++)
		found = setter_of(rel.at[i], s);
	for (size_t i = 0; found == NULL && i < rel.n_beneath; i++)
		found = setter_of(&rel.beneath[i], s);
	return found;
}

bool
apply_side_is_seen(const struct applying *a, const char *path,
    const struct change_base *base, const struct conflict_side *s)
{
	const struct setter *stood;

	if (apply_is_shown(a, s->version, base->seen) ||
	    s->counter <= change_own_upto(a->c, base, s->device))
		return true;
	stood = as_it_stood(a, path, s);
	return stood != NULL && apply_is_shown(a, stood->version, base->seen);
}

/* Had the op's author seen this word where it had lost? */
static bool
was_seen_beside(const struct applying *a, const struct path_state *ps,
    const struct setter *s, const struct change_base *base)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		const struct conflict *c = &a->r->conflicts[i];

		for (size_t k = 0;
		     strcmp(c->path, ps->path) == 0 && k < c->n_sides; k++)
			if (id_equal(c->sides[k].device, s->device) &&
			    c->sides[k].counter == s->counter &&
			    apply_side_is_seen(a, ps->path, base, &c->sides[k]))
				return true;
	}
	return false;
}

/* Does this setter say nothing of the path beneath its own? */
static bool
is_beside(const struct applying *a, const struct path_state *ps,
    const struct setter *s, const char *path)
{
	return strlen(ps->path) < strlen(path) &&
	    record_is_lost_removal(a->r, ps->path, s);
}

/* Has the op at the path to reckon with a setter that its author had not seen?
 */
static bool
counts(const struct applying *a, const struct path_state *ps,
    const struct setter *s, const char *path, const struct change_base *base)
{
	return !setter_is_seen(a, s, base) && !is_beside(a, ps, s, path) &&
	    !was_seen_beside(a, ps, s, base);
}

static bool
all_seen(const struct applying *a, const struct path_state *ps,
    const char *path, const struct change_base *base)
{
	/* Ascending, so that an unseen one is found at once. */
	for (size_t i = ps->n_setters; i-- > 0;)
		if (counts(a, ps, &ps->setters[i], path, base))
			return false;
	return true;
}

bool
apply_is_unseen(
    const struct applying *a, const char *path, const struct change_base *base)
{
	struct record_related rel = record_related(a->r, path);

	for (size_t i = 0; i < rel.n_at; i++)
		if (!all_seen(a, rel.at[i], path, base))
			return true;
	for (size_t i = 0; i < rel.n_beneath; i++)
		if (!all_seen(a, &rel.beneath[i], path, base))
			return true;
	return false;
}

static void
pick_later(const struct applying *a, const struct path_state *ps,
    const char *path, const struct setter **last)
{
	size_t n = ps->n_setters;

	while (n > 0 && is_beside(a, ps, &ps->setters[n - 1], path))
		n--;
	if (n > 0 &&
	    (*last == NULL || setter_compare(*last, &ps->setters[n - 1]) < 0))
		*last = &ps->setters[n - 1];
}

const struct setter *
apply_last_setter(const struct applying *a, const char *path)
{
	struct record_related rel = record_related(a->r, path);
	const struct setter *last = NULL;

	for (size_t i = 0; i < rel.n_at; i++)
		pick_later(a, rel.at[i], path, &last);
	for (size_t i = 0; i < rel.n_beneath; i++)
		pick_later(a, &rel.beneath[i], path, &last);
	return last;
}

/* What an op at a path had not seen. */
struct unseen {
	const struct applying *a;
	const char *path;
	const struct change_base *base;
	const struct setter *last;
};

static void
pick_later_unseen(struct unseen *u, const struct path_state *ps)
{
	for (size_t i = 0; i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (counts(u->a, ps, s, u->path, u->base) &&
		    (u->last == NULL || setter_compare(u->last, s) < 0))
			u->last = s;
	}
}

const struct setter *
apply_last_unseen(
    const struct applying *a, const char *path, const struct change_base *base)
{
	struct record_related rel = record_related(a->r, path);
	struct unseen u = { .a = a, .path = path, .base = base };

	for (size_t i = 0; i < rel.n_at; i++)
		pick_later_unseen(&u, rel.at[i]);
	for (size_t i = 0; i < rel.n_beneath; i++)
		pick_later_unseen(&u, &rel.beneath[i]);
	return u.last;
}

/* Is what this setter said, or what came of it, told beside the path's value,
 * as something else or in a side that is open? */
static bool
is_told_beside(const struct applying *a, const char *path,
    const struct setter *s, const json_t *otherwise)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		const struct conflict *c = &a->r->conflicts[i];

		for (size_t k = 0; strcmp(c->path, path) == 0 && k < c->n_sides;
		     k++)
			if (id_equal(c->sides[k].device, s->device) &&
			    c->sides[k].counter >= s->counter &&
			    (c->sides[k].is_open ||
			        !path_equal(c->sides[k].value, otherwise)))
				return true;
	}
	return false;
}

/* Does a path of this policy keep one of two equal words, as one side? */
static bool
keeps_one(const struct applying *a, const char *path)
{
	const struct schema_field *field = schema_find(a->type, path).field;

	return field != NULL &&
	    (field->policy == SCHEMA_LATEST || field->policy == SCHEMA_RANK);
}

bool
apply_is_anothers_too(const struct applying *a, const char *path,
    const struct change_base *base, const struct conflict_side *side)
{
	const struct path_state *ps = record_path(a->r, path);
	const struct setter *stood = ps == NULL ? NULL : setter_of(ps, side);

	if (stood == NULL || !side->is_open || !keeps_one(a, path))
		return false;
	for (size_t i = 0; i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (s != stood &&
		    version_compare(s->version, stood->version) <= 0 &&
		    counts(a, ps, s, path, base) &&
		    !is_told_beside(a, path, s, side->value))
			return true;
	}
	return false;
}
