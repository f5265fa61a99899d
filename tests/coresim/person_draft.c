/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/person_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/shown.h"
#include "tests/coresim/person.h"

bool
draft_of(struct draft *f, struct device *d, unsigned record)
{
	const struct shown *r = &d->records[record];

	*f = (struct draft){ .d = d, .view = r->view, .told = r->told };
	change_init(&f->c);
	if (r->view != NULL) {
		f->c.record = r->view->r.id;
		memcpy(f->c.type, r->view->r.type, sizeof(f->c.type));
	}
	return r->view != NULL;
}

void
draft_new(struct draft *f, struct device *d, struct id id, const char *type)
{
	*f = (struct draft){ .d = d };
	change_init(&f->c);
	f->c.record = id;
	(void)snprintf(f->c.type, sizeof(f->c.type), "%s", type);
}

void
draft_op(struct draft *f, const char *path, const json_t *now, const char *side,
    unsigned word)
{
	const struct change_base none = { 0 };
	struct change_base base = none;
	const json_t *was = NULL;
	uint8_t salt[CHANGE_SALT_LEN];
	struct err e;

	if (f->view != NULL) {
		base = shown_base(f->told == NULL ? NULL : &f->told->r,
		    &f->view->r, beginning.identities[f->d->identity], path,
		    side);
		was = path_get(f->view->r.doc, path);
	}
	if (side != NULL) {
		const struct conflict *c =
		    record_open_conflict(&f->view->r, path);

		for (size_t i = 0; c != NULL && i < c->n_sides; i++)
			if (strcmp(c->sides[i].key, side) == 0)
				was = c->sides[i].value;
	}
	if (f->c.n_ops >= 64)
		return;
	salt_of(f->d->world, salt);
	f->words[f->c.n_ops] = word;
	if (change_add_op(&f->c, path, &base, was, now, salt, &e) != ERR_OK)
		abort();
}

bool
draft_save(struct draft *f, const char *what)
{
	struct world *w = f->d->world;
	const struct shown *now = &f->d->records[id_number(f->c.record)];
	const struct apply_context ctx = { .schema = beginning.schema };
	struct apply_result result = { .kind = OUTCOME_APPLIED };
	struct err e;

	if ((f->c.n_ops == 0 && f->c.n_resolves == 0) ||
	    w->n_said >= CHANGES_MAX - 8 || f->d->is_locked)
		return false;
	f->c.author = beginning.users[f->d->user];
	f->c.device = beginning.identities[f->d->identity];
	if (now->view != NULL &&
	    (apply_admits(&now->view->r, &f->c, &ctx, &result, &e) != ERR_OK ||
	        result.kind == OUTCOME_HELD))
		return false;
	HAPPENED(w, 10, w->n_said, "%s %s a %s (record %u%s%s), change %u",
	    world_device_name(w, f->d->identity), what, f->c.type,
	    id_number(f->c.record), f->c.n_ops > 0 ? ", " : "",
	    f->c.n_ops > 0 ? f->c.ops[0].path : "", w->n_said);
	(void)device_saves(f->d, &f->c, f->view, f->words);
	return true;
}

bool
draft_choose(struct draft *f, struct rng *dice, const json_t *doc,
    struct field_edit *out, unsigned *word)
{
	struct words *words = &f->d->world->words;
	const unsigned before = words->n;

	if (!field_choose(words, dice, f->c.type, doc, out))
		return false;
	*word = out->now != NULL && words->n > before ? words->n : 0;
	return true;
}
