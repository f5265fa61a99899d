/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an op's author had seen.  Values prove nothing here: two people may
 * write the same, and a value may come back to what it was.
 */
#include "common/core/apply_int.h"

/* True if the setter's change is part of what the op's author had seen. */
static bool
setter_is_seen(const struct applying *a, const struct setter *s,
    const struct change_base *base)
{
	if (version_compare(s->version, base->seen) <= 0)
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
