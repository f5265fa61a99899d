/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/shown.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/person_draft.h"
#include "tests/coresim/person_int.h"

#define EDITS_MAX 3

void
salt_of(const struct world *w, uint8_t out[static CHANGE_SALT_LEN])
{
	memset(out, 0, CHANGE_SALT_LEN);
	memcpy(out, &w->n_said, sizeof(w->n_said));
}

bool
new_record(struct world *w, struct rng *dice, struct id *out)
{
	if (w->n_records == RECORDS_MAX)
		return false;
	*out = numbered_id(rng_next(dice), w->n_records);
	return true;
}

static bool
is_removed(const struct record *r)
{
	const struct path_state *all = record_path(r, "");

	return all != NULL && all->is_removed;
}

/* Few write about a case that is not theirs. */
static unsigned
own_case(const struct device *d, struct rng *dice, unsigned k)
{
	if (!d->world->office->grants[d->user][k] && rng_below(dice, 8) != 0)
		return 0;
	return k;
}

/* Where a type says of which case a record is; NULL: it is of none. */
static const char *
case_path(const char *type)
{
	if (strcmp(type, "visit") == 0)
		return "cases";
	return strcmp(type, "note") == 0 || strcmp(type, "issue") == 0 ? "case"
	                                                               : NULL;
}

static void
put_to_case(struct draft *f, unsigned k)
{
	const char *path = case_path(f->c.type);
	json_t *of_case = json_string(id_print(beginning.cases[k]).s);
	json_t *set = json_array();

	(void)json_array_append(set, of_case);
	if (path != NULL)
		draft_op(f, path, strcmp(path, "cases") == 0 ? set : of_case,
		    NULL, 0);
}

bool
person_writes_unfiled(struct device *d, struct rng *dice)
{
	static const char *const types[] = { "note", "issue", "visit" };
	struct field_edit edit;
	struct draft f;
	unsigned word;
	struct id id;

	if (!new_record(d->world, dice, &id))
		return false;
	draft_new(&f, d, id, types[rng_below(dice, 3)]);
	if (draft_choose(&f, dice, json_object(), &edit, &word) &&
	    edit.now != NULL)
		draft_op(&f, edit.path, edit.now, NULL, word);
	return draft_save(&f, "begins");
}

bool
person_writes_new(struct device *d, struct rng *dice)
{
	static const char *const types[] = { "note", "note", "issue", "visit",
		"site", "person" };
	const char *type = types[rng_below(dice, 6)];
	const unsigned k = (unsigned)rng_below(dice, CASES);
	struct field_edit edit;
	struct draft f;
	unsigned word;
	struct id id;

	if (!new_record(d->world, dice, &id))
		return false;
	draft_new(&f, d, id, type);
	put_to_case(&f, own_case(d, dice, k));
	if (draft_choose(&f, dice, json_object(), &edit, &word) &&
	    edit.now != NULL)
		draft_op(&f, edit.path, edit.now, NULL, word);
	return draft_save(&f, "begins");
}

/* ---- a record that is shown ---- */

/* One of those that others have too, or any. */
static unsigned
pick_record(const struct device *d, struct rng *dice, const char *type)
{
	unsigned n = 0, found = RECORDS_MAX;

	if (type == NULL && rng_below(dice, 8) < 5) {
		const unsigned r = (unsigned)rng_below(dice, FIRST_RECORDS);

		if (d->records[r].view != NULL)
			return r;
	}
	for (unsigned i = 0; i < d->world->n_records; i++)
		if (d->records[i].view != NULL &&
		    (type == NULL ||
		        strcmp(d->records[i].view->r.type, type) == 0) &&
		    rng_below(dice, ++n) == 0)
			found = i;
	return found;
}

/* The key of an open side at the path that this user wrote, or another. */
static const char *
side_of(const struct record *r, const char *path, struct id user, bool own)
{
	const struct conflict *c = record_open_conflict(r, path);

	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (c->sides[i].is_open &&
		    id_equal(c->sides[i].author, user) == own)
			return c->sides[i].key;
	return NULL;
}

/* What stood there before, on some device: people take things back. */
static const json_t *
earlier_value(const struct world *w, const struct change *c, const char *path)
{
	for (unsigned i = w->n_said; i > 0; i--) {
		const struct change *o = &w->said[i - 1]->c;

		if (!id_equal(o->record, c->record))
			continue;
		for (size_t k = 0; k < o->n_ops; k++)
			if (strcmp(o->ops[k].path, path) == 0)
				return o->ops[k].was;
	}
	return NULL;
}

bool
person_files(struct device *d, struct rng *dice)
{
	const unsigned k = (unsigned)rng_below(dice, CASES);
	const unsigned to = own_case(d, dice, k);
	const unsigned first = (unsigned)rng_below(dice, RECORDS_MAX);
	struct draft f;

	for (unsigned i = 0; i < RECORDS_MAX; i++) {
		const unsigned record = (first + i) % RECORDS_MAX;
		const char *path;

		if (d->records[record].view == NULL ||
		    !draft_of(&f, d, record) ||
		    (path = case_path(f.c.type)) == NULL ||
		    path_get(f.view->r.doc, path) != NULL ||
		    is_removed(&f.view->r))
			continue;
		put_to_case(&f, to);
		return draft_save(&f, "puts to a case");
	}
	return false;
}

static void
add_edits(struct draft *f, struct rng *dice)
{
	const size_t n = 1 + (size_t)rng_below(dice, EDITS_MAX);

	for (size_t i = 0; i < n; i++) {
		const uint64_t how = rng_below(dice, 12);
		struct field_edit edit;
		const char *side = NULL;
		const json_t *now;
		bool twice = false;
		unsigned word;

		if (!draft_choose(f, dice, f->view->r.doc, &edit, &word))
			break;
		for (size_t k = 0; k < f->c.n_ops; k++)
			twice =
			    twice || path_related(f->c.ops[k].path, edit.path);
		if (twice)
			continue;
		now = edit.now;
		if (how == 0 && word != 0) {
			now = earlier_value(f->d->world, &f->c, edit.path);
			word = 0;
		} else if (how < 5) {
			side = side_of(&f->view->r, edit.path,
			    beginning.users[f->d->user], how < 4);
		}
		if (side == NULL &&
		    path_equal(path_get(f->view->r.doc, edit.path), now))
			continue;
		draft_op(f, edit.path, now, side, word);
	}
}

bool
person_edits(struct device *d, struct rng *dice)
{
	const unsigned record = pick_record(d, dice, NULL);
	struct draft f;

	if (record == RECORDS_MAX || !draft_of(&f, d, record) ||
	    is_removed(&f.view->r))
		return false;
	add_edits(&f, dice);
	return draft_save(&f, "writes to");
}

void
person_opens(struct device *d, struct rng *dice)
{
	const unsigned record = pick_record(d, dice, NULL);

	if (record == RECORDS_MAX || d->is_locked ||
	    is_removed(&d->records[record].view->r))
		return;
	d->opened = d->records[record].view;
	d->opened_told = d->records[record].told;
}

bool
person_saves_late(struct device *d, struct rng *dice)
{
	struct draft f;

	if (d->opened == NULL || !draft_of(&f, d, id_number(d->opened->r.id)))
		return false;
	f.view = d->opened;
	f.told = d->opened_told;
	add_edits(&f, dice);
	return draft_save(&f, "writes, as it was when they opened it, to");
}

bool
person_answers(struct device *d, struct rng *dice)
{
	static const char path[] = "safe_to_contact";
	const struct schema_field *field =
	    schema_find_field(schema_type(beginning.schema, "person"), path);
	const size_t n = json_array_size(field->order);
	struct draft f;
	const json_t *now;

	for (unsigned record = 0; record < FIRST_RECORDS; record++) {
		if (!draft_of(&f, d, record) ||
		    strcmp(f.c.type, "person") != 0 || is_removed(&f.view->r))
			continue;
		now = json_array_get(field->order, (size_t)rng_below(dice, n));
		if (path_equal(path_get(f.view->r.doc, path), now))
			return false;
		draft_op(&f, path, now, NULL, 0);
		return draft_save(&f, "answers about");
	}
	return false;
}

/* Everything open beneath a removal is named by it. */
static json_t *
sides_named(const struct conflict *c)
{
	json_t *sides = json_array();

	for (size_t i = 0; i < c->n_sides; i++)
		if (c->sides[i].is_open)
			(void)json_array_append_new(sides,
			    json_pack("[so]", c->sides[i].key,
			        version_to_json(c->sides[i].version)));
	return sides;
}

void
decision_add(struct change *c, const struct record *r, const struct conflict *k,
    bool ask)
{
	struct change_resolve d = { .conflict = k->id,
		.current = shown_version(r, k->path),
		.sides = sides_named(k),
		.ask = ask };
	struct err e;

	if (change_add_resolve(c, &d, &e) != ERR_OK)
		abort();
}

bool
person_removes(struct device *d, struct rng *dice)
{
	const unsigned record = pick_record(d, dice, NULL);
	struct draft f;

	if (record == RECORDS_MAX || record < FIRST_RECORDS ||
	    !draft_of(&f, d, record))
		return false;
	if (is_removed(&f.view->r)) {
		draft_op(&f, "", record_path(&f.view->r, "")->was, NULL, 0);
		return draft_save(&f, "brings back");
	}
	draft_op(&f, "", NULL, NULL, 0);
	for (size_t i = 0; i < f.view->r.n_conflicts; i++)
		if (conflict_is_open(&f.view->r.conflicts[i]))
			decision_add(
			    &f.c, &f.view->r, &f.view->r.conflicts[i], false);
	return draft_save(&f, "takes away");
}

/* ---- signing ---- */

static enum err_code
add_locked(void *arg, const char *path, struct err *e)
{
	struct draft *f = arg;

	(void)e;
	if (f->c.n_ops < 60)
		draft_op(f, path, path_get(f->view->r.doc, path), NULL, 0);
	return ERR_OK;
}

bool
person_signs(struct device *d, struct rng *dice)
{
	const unsigned record = pick_record(d, dice, "note");
	const struct schema_type *type = schema_type(beginning.schema, "note");
	struct draft f;
	struct err e;

	if (record == RECORDS_MAX || !draft_of(&f, d, record) ||
	    schema_is_signed(type, f.view->r.doc) ||
	    json_object_size(f.view->r.doc) == 0 ||
	    apply_locked_paths(type, f.view->r.doc, add_locked, &f, &e) !=
	        ERR_OK)
		return false;
	draft_op(&f, "content", json_string("signed"), NULL, 0);
	draft_op(&f, "signed_by",
	    json_string(id_print(beginning.users[d->user]).s), NULL, 0);
	return draft_save(&f, "signs");
}

/* ---- deciding ---- */

const struct conflict *
decision_pick(const struct record *r, struct rng *dice)
{
	const struct conflict *found = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < r->n_conflicts; i++)
		if (conflict_is_open(&r->conflicts[i]) &&
		    rng_below(dice, ++n) == 0)
			found = &r->conflicts[i];
	return found;
}

/* The value that is chosen: a side's, or what stands. */
const json_t *
decision_value(
    const struct record *r, const struct conflict *c, struct rng *dice)
{
	const uint64_t k = rng_below(dice, c->n_sides + 1);

	return k < c->n_sides ? c->sides[k].value : path_get(r->doc, c->path);
}

bool
person_decides(struct device *d, struct rng *dice)
{
	const unsigned first = (unsigned)rng_below(dice, RECORDS_MAX);

	for (unsigned i = 0; i < RECORDS_MAX; i++) {
		const unsigned record = (first + i) % RECORDS_MAX;
		const struct conflict *c;
		struct draft f;
		bool ask;

		if (d->records[record].view == NULL ||
		    d->records[record].view->r.n_conflicts == 0 ||
		    !draft_of(&f, d, record) ||
		    (c = decision_pick(&f.view->r, dice)) == NULL)
			continue;
		ask = rng_below(dice, 10) == 0;
		if (!ask)
			draft_op(&f, c->path,
			    decision_value(&f.view->r, c, dice), NULL, 0);
		decision_add(&f.c, &f.view->r, c, ask);
		if (!draft_save(
		        &f, ask ? "asks who may decide on" : "decides on"))
			return false;
		count_event(d->world, EVENT_DECISION);
		return true;
	}
	return false;
}
