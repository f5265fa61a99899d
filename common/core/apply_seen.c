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

static bool
all_seen(const struct applying *a, const struct path_state *ps,
    const struct change_base *base)
{
	/* Ascending, so that an unseen one is found at once. */
	for (size_t i = ps->n_setters; i-- > 0;)
		if (!setter_is_seen(a, &ps->setters[i], base))
			return false;
	return true;
}

bool
apply_is_unseen(
    const struct applying *a, const char *path, const struct change_base *base)
{
	struct record_related rel = record_related(a->r, path);

	for (size_t i = 0; i < rel.n_at; i++)
		if (!all_seen(a, rel.at[i], base))
			return true;
	for (size_t i = 0; i < rel.n_beneath; i++)
		if (!all_seen(a, &rel.beneath[i], base))
			return true;
	return false;
}

static void
pick_later(const struct setter **last, const struct path_state *ps)
{
	const struct setter *s = &ps->setters[ps->n_setters - 1];

	if (*last == NULL || setter_compare(*last, s) < 0)
		*last = s;
}

const struct setter *
apply_last_setter(const struct applying *a, const char *path)
{
	struct record_related rel = record_related(a->r, path);
	const struct setter *last = NULL;

	for (size_t i = 0; i < rel.n_at; i++)
		pick_later(&last, rel.at[i]);
	for (size_t i = 0; i < rel.n_beneath; i++)
		pick_later(&last, &rel.beneath[i]);
	return last;
}

static void
pick_later_unseen(const struct applying *a, const struct path_state *ps,
    const struct change_base *base, const struct setter **last)
{
	for (size_t i = 0; i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (!setter_is_seen(a, s, base) &&
		    (*last == NULL || setter_compare(*last, s) < 0))
			*last = s;
	}
}

const struct setter *
apply_last_unseen(
    const struct applying *a, const char *path, const struct change_base *base)
{
	struct record_related rel = record_related(a->r, path);
	const struct setter *last = NULL;

	for (size_t i = 0; i < rel.n_at; i++)
		pick_later_unseen(a, rel.at[i], base, &last);
	for (size_t i = 0; i < rel.n_beneath; i++)
		pick_later_unseen(a, &rel.beneath[i], base, &last);
	return last;
}
