/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What builds on a held change waits for it (P4, I7): told from the words that
 * its author had before their eyes, and not from bases.
 */
#include "common/core/path.h"
#include "tests/coresim/oracle_int.h"

/* Does the change go on from a word of the other that the record has not? */
static bool
goes_on_from(
    const struct change *c, const struct said *held, const struct state *before)
{
	for (size_t i = 0; i < held->c.n_ops; i++) {
		struct claim word = { .path = held->c.ops[i].path,
			.word = held->words[i] };

		if (word.word == 0 ||
		    (before != NULL && oracle_readable(&before->r, &word)))
			continue;
		for (size_t k = 0; k < c->n_ops; k++)
			if (path_related(c->ops[k].path, word.path) &&
			    oracle_says(c->ops[k].was, &word))
				return true;
	}
	return false;
}

void
oracle_check_held(
    struct world *w, const struct said *s, const struct state *before)
{
	const struct registered *at = &w->office->devices[s->identity];

	for (uint64_t n = 0; n + 1 < s->c.counter; n++) {
		const struct said *earlier = at->in[n].said;

		if (at->in[n].state == INTAKE_HELD &&
		    id_equal(earlier->c.record, s->c.record) &&
		    goes_on_from(&s->c, earlier, before))
			violation(w, "I7",
			    "change %u is applied, and change %u, which it"
			    " goes on from, is held",
			    s->no, earlier->no);
	}
}
