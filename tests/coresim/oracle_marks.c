/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose words have got where (I10): each word of a text tells of the record
 * that it was written to, whatever it is found in.
 */
#include <string.h>

#include "tests/coresim/oracle_int.h"
#include "tests/simkit/marks.h"

struct hunt {
	struct world *w;
	unsigned user;
	const struct state *in;
	const char *where;
	bool has_others; /* words of another record */
};

void
oracle_said(struct world *w, const struct said *s)
{
	for (size_t i = 0; i < s->c.n_ops; i++)
		if (s->words[i] != 0 && s->words[i] < MARKS_MAX)
			w->oracle->marks[s->words[i]] = (uint16_t)(s->no + 1);
}

/* Has the user said the word too, as who comes back to an earlier value does?
 */
static bool
has_said(const struct hunt *h, unsigned mark)
{
	const struct claim word = { .word = mark };

	for (unsigned no = 0; no < h->w->n_said; no++) {
		const struct change *c = &h->w->said[no]->c;

		if (!id_equal(c->author, beginning.users[h->user]))
			continue;
		for (size_t i = 0; i < c->n_ops; i++)
			if (oracle_says(c->ops[i].now, &word))
				return true;
	}
	return false;
}

/* The word is the user's own, or of a record that they may see. */
static void
found(void *arg, unsigned mark)
{
	struct hunt *h = arg;
	const unsigned no = mark < MARKS_MAX ? h->w->oracle->marks[mark] : 0;
	const struct said *s = no == 0 ? NULL : h->w->said[no - 1];
	const struct state *of;

	if (s == NULL)
		return;
	h->has_others = h->has_others || !id_equal(s->c.record, h->in->r.id);
	of = h->w->office->records[id_number(s->c.record)].state;
	if (of != NULL && !oracle_may_see(h->w, h->user, &of->r) &&
	    !has_said(h, mark))
		violation(h->w, "I10",
		    "%s %s w%u, of a %s that is not theirs, in a %s",
		    user_name(h->user), h->where, mark, s->c.type,
		    h->in->r.type);
}

void
oracle_sent(struct world *w, unsigned user, const struct state *s)
{
	const struct state **plain = &w->oracle->plain[id_number(s->r.id)];

	if (!oracle_may_see(w, user, &s->r))
		violation(w, "I10", "%s is sent a %s that is not theirs",
		    user_name(user), s->r.type);
	else if (*plain != s && !oracle_check_marks(w, user, s, "is sent"))
		*plain = s;
}

bool
oracle_check_marks(
    struct world *w, unsigned user, const struct state *s, const char *where)
{
	struct hunt h = { .w = w, .user = user, .in = s, .where = where };

	marks_in(s->r.doc, found, &h);
	for (size_t i = 0; i < s->r.n_paths; i++)
		marks_in(s->r.paths[i].was, found, &h);
	for (size_t i = 0; i < s->r.n_conflicts; i++) {
		const struct conflict *c = &s->r.conflicts[i];

		marks_in(c->ancestor, found, &h);
		marks_in(c->decisions, found, &h);
		for (size_t k = 0; k < c->n_sides; k++)
			marks_in(c->sides[k].value, found, &h);
	}
	return h.has_others;
}
