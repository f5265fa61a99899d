/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What administrators write and decide at the office's console.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/core/path.h"
#include "common/core/shown.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/person_int.h"

static const struct said *
console_saves(struct world *w, unsigned admin, struct change *c,
    const struct state *seen, const unsigned *words)
{
	const struct registered *o = &w->office->devices[OFFICE_DEVICE];
	const struct said *s;

	c->author = beginning.users[USERS - 1 - admin];
	c->counter = o->counter + 1;
	c->made_at = w->now_ms + (uint64_t)w->office_clock;
	s = said_make(w, OFFICE_DEVICE, c, &seen->in, words, o->link);
	if (w->trace.story != NULL)
		tell_ops(w, s);
	office_takes(w, s);
	return s;
}

static void
console_change(struct change *c, const struct state *seen)
{
	change_init(c);
	c->record = seen->r.id;
	(void)snprintf(c->type, sizeof(c->type), "%s", seen->r.type);
}

static void
console_op(struct world *w, struct change *c, const struct state *seen,
    const char *path, const json_t *now)
{
	const struct change_base base = shown_base(&seen->r, &seen->r,
	    beginning.identities[OFFICE_DEVICE], path, NULL);
	uint8_t salt[CHANGE_SALT_LEN];
	struct err e;

	salt_of(w, salt);
	if (change_add_op(c, path, &base, path_get(seen->r.doc, path), now,
	        salt, &e) != ERR_OK)
		abort();
}

static bool
edits(
    struct world *w, unsigned admin, const struct state *seen, struct rng *dice)
{
	const unsigned before = w->words.n;
	struct field_edit edit;
	struct change c;
	unsigned word;

	if (w->n_said >= CHANGES_MAX - 8 ||
	    !field_choose(&w->words, dice, seen->r.type, seen->r.doc, &edit) ||
	    path_equal(edit.now, path_get(seen->r.doc, edit.path)))
		return false;
	word = edit.now != NULL && w->words.n > before ? w->words.n : 0;
	console_change(&c, seen);
	console_op(w, &c, seen, edit.path, edit.now);
	HAPPENED(w, 11, w->n_said,
	    "the office writes %s of record %u, change"
	    " %u",
	    edit.path, id_number(seen->r.id), w->n_said);
	(void)console_saves(w, admin, &c, seen, &word);
	return true;
}

bool
office_edits(struct world *w, struct rng *dice)
{
	const unsigned record = (unsigned)rng_below(dice, FIRST_RECORDS);

	return edits(w, 0, w->office->records[record].state, dice);
}

const struct state *
office_open_conflict(struct world *w, struct rng *dice)
{
	const struct state *found = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_records; i++) {
		const struct state *s = w->office->records[i].state;

		for (size_t k = 0; s != NULL && k < s->r.n_conflicts; k++)
			if (conflict_is_open(&s->r.conflicts[k]) &&
			    rng_below(dice, ++n) == 0)
				found = s;
	}
	return found;
}

bool
office_decides(
    struct world *w, const struct state *seen, unsigned admin, struct rng *dice)
{
	const struct conflict *k = decision_pick(&seen->r, dice);
	struct change c;

	if (w->n_said >= CHANGES_MAX - 8 || k == NULL)
		return false;
	console_change(&c, seen);
	console_op(w, &c, seen, k->path, decision_value(&seen->r, k, dice));
	decision_add(&c, &seen->r, k, false);
	HAPPENED(w, 12, w->n_said,
	    "administrator %u decides on %s of record"
	    " %u, change %u",
	    admin, k->path, id_number(seen->r.id), w->n_said);
	(void)console_saves(w, admin, &c, seen, NULL);
	count_event(w, EVENT_DECISION);
	return true;
}

void
office_opens(struct world *w, struct rng *dice)
{
	const unsigned admin = (unsigned)rng_below(dice, ADMINS);
	const struct state *open = office_open_conflict(w, dice);
	const unsigned record = (unsigned)rng_below(dice, FIRST_RECORDS);

	w->screens[admin] = open != NULL && rng_below(dice, 3) != 0
	    ? open
	    : w->office->records[record].state;
}

void
office_acts_late(struct world *w, struct rng *dice)
{
	const unsigned admin = (unsigned)rng_below(dice, ADMINS);
	const struct state *seen = w->screens[admin];

	if (seen == NULL ||
	    (rng_below(dice, 3) != 0 && office_decides(w, seen, admin, dice)))
		return;
	(void)edits(w, admin, seen, dice);
}
