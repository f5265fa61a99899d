/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change whose applying met what looks like damage of the store.  It may be
 * want of memory inside the cipher (db.h), and is then no fault of the change;
 * either way nothing more can be done in the transaction.  So it is tried
 * again like any failed group, and what meets damage each time is held without
 * another look, so that it stops nobody else.
 */
#include "daemon/central/engine/engine_int.h"

#define TRIES_MAX 3

static struct doubt *
find(struct engine *g, const struct intake_change *c)
{
	for (size_t i = 0; i < g->n_doubts; i++)
		if (g->doubts[i].key.counter == c->counter &&
		    id_equal(g->doubts[i].key.device, c->device))
			return &g->doubts[i];
	return NULL;
}

bool
doubt_is_of_store(const struct err *why)
{
	/* Without SQLite's number it is the content that does not add up. */
	return (why->code == ERR_CORRUPT || why->code == ERR_AUTH) &&
	    why->sys != 0;
}

void
doubt_note(struct engine *g, const struct intake_change *c)
{
	struct doubt *d = find(g, c);

	/* More than fit wait for those before them. */
	if (d == NULL && g->n_doubts < DOUBTS_MAX) {
		d = &g->doubts[g->n_doubts++];
		*d = (struct doubt){ .key = { c->device, c->counter } };
	}
	if (d != NULL)
		d->tries++;
}

bool
doubt_is_damage(struct engine *g, const struct intake_change *c)
{
	const struct doubt *d = find(g, c);

	return d != NULL && d->tries >= TRIES_MAX;
}
