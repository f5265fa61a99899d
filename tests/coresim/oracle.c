/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/oracle.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "tests/coresim/arena.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle_int.h"

void
oracle_open(struct world *w)
{
	w->oracle = arena_zero(sizeof(*w->oracle));
}

/* ---- claims ---- */

static void
claim_add(struct claims *list, const struct claim *c)
{
	if (list->n == list->room) {
		list->room = list->room == 0 ? 8 : list->room * 2;
		list->items =
		    realloc(list->items, list->room * sizeof(*list->items));
		assert(list->items != NULL);
	}
	list->items[list->n++] = *c;
}

/* What an op says that it did not find there.  A record's state in signing is
 * no claim: a draft that was signed meanwhile is no loss. */
static bool
claim_of(const struct said *s, size_t i, struct claim *out)
{
	const struct change_op *op = &s->c.ops[i];
	const struct schema_type *type;
	const struct schema_field *field;

	*out = (struct claim){
		.by = s, .path = op->path, .word = s->words[i], .value = op->now
	};
	if (op->now == NULL || strcmp(op->path, "content") == 0)
		return false;
	if (out->word != 0)
		return true;
	/* Text that only takes back what somebody wrote says nothing new. */
	type = schema_type(beginning.schema, s->c.type);
	field = type == NULL ? NULL : schema_find_field(type, op->path);
	if (field != NULL && field->policy == SCHEMA_MERGED_TEXT)
		return false;
	return !json_is_object(op->now) && !path_equal(op->was, op->now);
}

/* Somebody who had seen it (the same author alone, or anybody) has left another
 * value there, in what is contained in the record: that others say the same
 * does not bring it back. */
static bool
was_left(const struct world *w, const struct claim *c, const struct state *now,
    bool by_author)
{
	for (unsigned no = 0; no < w->n_said; no++) {
		const struct said *s = w->said[no];

		if (!seen_has(&now->in, no) || !seen_has(s->seen, c->by->no) ||
		    (by_author && !id_equal(s->c.author, c->by->c.author)))
			continue;
		for (size_t i = 0; i < s->c.n_ops; i++)
			if (path_related(s->c.ops[i].path, c->path) &&
			    oracle_says(s->c.ops[i].was, c) &&
			    !oracle_says(s->c.ops[i].now, c))
				return true;
	}
	return false;
}

static void
claims_add(struct world *w, const struct said *s, const struct state *after,
    bool may_be_gone)
{
	struct claims *list = &w->oracle->claims[id_number(s->c.record)];
	struct claim c;

	for (size_t i = 0; i < s->c.n_ops; i++) {
		if (!claim_of(s, i, &c))
			continue;
		if (may_be_gone && seen_has(&w->oracle->replaced, c.by->no) &&
		    was_left(w, &c, after, false)) {
			c.is_gone = true;
		} else if (!oracle_readable(&after->r, &c)) {
			if (!may_be_gone)
				violation(w, "I4",
				    "change %u's %s was applied and is"
				    " nowhere",
				    s->no, c.path);
			c.is_gone = true;
		}
		claim_add(list, &c);
	}
}

/* Of policy latest or rank, where one side may stand for several who had said
 * the same. */
static bool
stands_for_several(const struct claim *c)
{
	const struct schema_field *field = schema_find_field(
	    schema_type(beginning.schema, c->by->c.type), c->path);

	return field != NULL &&
	    (field->policy == SCHEMA_LATEST || field->policy == SCHEMA_RANK);
}

static bool
is_setter(const struct path_state *ps, struct id device, uint64_t counter)
{
	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++)
		if (id_equal(ps->setters[i].device, device) &&
		    ps->setters[i].counter == counter)
			return true;
	return false;
}

/* Does the record still tell that the claim's change set the path, and that
 * what a side says that nobody decided on did?  Else it cannot know that the
 * side is theirs too. */
static bool
is_told(const struct record *r, const struct claim *c)
{
	const struct path_state *ps = record_path(r, c->path);

	if (!is_setter(ps, c->by->c.device, c->by->c.counter))
		return false;
	for (size_t i = 0; i < r->n_conflicts; i++)
		for (size_t n = 0; n < r->conflicts[i].n_sides; n++) {
			const struct conflict_side *s =
			    &r->conflicts[i].sides[n];

			if (s->is_open && path_equal(s->value, c->value) &&
			    is_setter(ps, s->device, s->counter))
				return true;
		}
	return false;
}

/* Sides that say the same are one to people: who replaces theirs takes along
 * what another had said alike; where one side stands for both and the record
 * tells so, what somebody who had seen it has left. */
static bool
replaces_same(const struct world *w, const struct said *s,
    const struct claim *c, const struct state *before)
{
	if (stands_for_several(c) && is_told(&before->r, c) &&
	    !was_left(w, c, before, false))
		return false;
	for (size_t i = 0; i < before->r.n_conflicts; i++) {
		const struct conflict *k = &before->r.conflicts[i];

		for (size_t n = 0; n < k->n_sides; n++)
			if (path_related(k->path, c->path) &&
			    id_equal(k->sides[n].author, s->c.author) &&
			    path_equal(k->sides[n].value, c->value))
				return true;
	}
	return false;
}

/* The author's own device had written it before, and the author goes on from
 * just that: an own word that was said twice is one to who said it. */
static bool
goes_on_from_own(
    const struct said *s, const struct claim *c, const struct change_op *op)
{
	return c->by->identity == s->identity &&
	    c->by->c.counter <= op->base.own && oracle_says(op->was, c);
}

/* What the author had before their eyes, whoever else had said the same: what
 * merges texts takes the words for seen. */
static bool
had_before_eyes(const struct world *w, const struct said *s,
    const struct claim *c, const struct state *before)
{
	for (size_t i = 0; i < s->c.n_ops; i++) {
		const struct change_op *op = &s->c.ops[i];

		if (path_related(op->path, c->path) &&
		    (c->word != 0 ? oracle_says(op->was, c)
		                  : goes_on_from_own(s, c, op)))
			return true;
	}
	return replaces_same(w, s, c, before);
}

/* Their author left the words standing: seen or not, they stay. */
static bool
left_standing(const struct said *s, const struct claim *c)
{
	struct claim same = *c;

	for (size_t i = 0; i < s->c.n_ops && c->word != 0; i++)
		if (path_related(s->c.ops[i].path, c->path) &&
		    oracle_says(s->c.ops[i].now, &same))
			return true;
	return false;
}

/* Every claim that the change could have touched is still readable, or its
 * author had seen it, and took it away. */
static void
check_claims(struct world *w, const struct said *s, const struct state *before,
    const struct state *after)
{
	struct claims *list = &w->oracle->claims[id_number(s->c.record)];

	for (size_t i = 0; i < list->n; i++) {
		struct claim *c = &list->items[i];

		if (c->is_gone || oracle_readable(&after->r, c))
			continue;
		c->is_gone = true;
		seen_add(&w->oracle->replaced, c->by->no);
		if (left_standing(s, c))
			violation(w, "I4",
			    "change %u left change %u's %s standing, and it is"
			    " gone",
			    s->no, c->by->no, c->path);
		/* Who speaks twice to what is not theirs says one thing. */
		if (has_fault(w, FAULT_FOREIGN) &&
		    c->by->identity == s->identity)
			continue;
		if (!seen_has(s->seen, c->by->no) &&
		    !had_before_eyes(w, s, c, before) &&
		    !was_left(w, c, before, true))
			violation(w, "I4",
			    "change %u had not seen change %u, whose %s is"
			    " gone",
			    s->no, c->by->no, c->path);
	}
}

/* ---- sides ---- */

/* Who passes a conflict on decides nothing. */
static bool
is_named(const struct change *c, const char *key)
{
	for (size_t i = 0; i < c->n_resolves; i++)
		for (size_t k = 0; !c->resolves[i].ask &&
		     k < json_array_size(c->resolves[i].sides);
		     k++)
			if (strcmp(json_string_value(json_array_get(
			               json_array_get(c->resolves[i].sides, k),
			               0)),
			        key) == 0)
				return true;
	return false;
}

static const struct said *
writer_of(const struct world *w, const struct conflict_side *side)
{
	const unsigned no = id_number(side->device);

	if (no >= IDENTITIES_MAX ||
	    side->counter > w->office->devices[no].counter)
		return NULL;
	return w->office->devices[no].in[side->counter - 1].said;
}

static const struct conflict_side *
same_side(const struct conflict *c, const char *key)
{
	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (strcmp(c->sides[i].key, key) == 0)
			return &c->sides[i];
	return NULL;
}

/* A side closes when it is named, when it is what stands, or by a hand that had
 * seen it: its author's, or for what was only told anybody's. */
static void
check_side(struct world *w, const struct said *s, const struct state *after,
    const struct conflict *before, const struct conflict_side *side)
{
	const struct conflict *c = record_conflict(&after->r, before->id);
	const struct conflict_side *now = same_side(c, side->key);
	const struct said *writer = writer_of(w, side);
	const bool had_seen = id_number(side->device) == BEGINNING_DEVICE ||
	    (writer != NULL && seen_has(s->seen, writer->no));

	if (now != NULL && now->is_open)
		return;
	if (is_named(&s->c, side->key) ||
	    path_equal(path_get(after->r.doc, before->path), side->value))
		return;
	if (had_seen &&
	    (before->kind != CONFLICT_ASK ||
	        id_equal(side->author, s->c.author)))
		return;
	violation(w, "I4",
	    "change %u closes a side of %s that it does not name", s->no,
	    before->path);
}

static void
check_sides(struct world *w, const struct said *s, const struct state *before,
    const struct state *after)
{
	for (size_t i = 0; i < before->r.n_conflicts; i++) {
		const struct conflict *c = &before->r.conflicts[i];

		for (size_t k = 0; k < c->n_sides; k++)
			if (c->sides[k].is_open)
				check_side(w, s, after, c, &c->sides[k]);
	}
}

/* A removal is a state of its path, and no path is ever forgotten (I17). */
static void
check_removals(struct world *w, const struct said *s,
    const struct state *before, const struct state *after,
    enum outcome_kind kind)
{
	if (before != NULL && after->r.n_paths < before->r.n_paths)
		violation(w, "I17", "change %u makes paths forgotten", s->no);
	for (size_t i = 0; i < s->c.n_ops && kind <= OUTCOME_MERGED; i++) {
		const struct change_op *op = &s->c.ops[i];
		const struct path_state *ps;

		if (op->now != NULL || !json_is_object(op->was))
			continue;
		ps = record_path(&after->r, op->path);
		if (ps == NULL ||
		    (!ps->is_removed &&
		        path_get(after->r.doc, op->path) == NULL &&
		        schema_find(
		            schema_type(beginning.schema, s->c.type), op->path)
		                .part == SCHEMA_PART_ROW))
			violation(w, "I17",
			    "change %u removed %s and nothing tells of it",
			    s->no, op->path);
	}
}

void
oracle_applied(struct world *w, const struct said *s,
    const struct state *before, const struct state *after,
    enum outcome_kind kind)
{
	if (before != NULL) {
		oracle_check_asked(w, s, before, kind);
		oracle_check_passed_on(w, s, before, after);
		check_claims(w, s, before, after);
		/* A sign-off takes them into the addenda. */
		if (kind != OUTCOME_ADDENDUM)
			oracle_check_left(w, s, before, after);
		if (kind != OUTCOME_ADDENDUM)
			check_sides(w, s, before, after);
	}
	check_removals(w, s, before, after, kind);
	if (kind != OUTCOME_ADDENDUM)
		oracle_check_stands(w, s, before, after);
	oracle_check_held(w, s, before);
	claims_add(w, s, after, false);
}

void
oracle_closed(struct world *w, const struct said *s)
{
	seen_add(&w->oracle->replaced, s->no);
}

void
oracle_went_back(struct world *w)
{
	const struct office *o = w->office;

	for (unsigned i = 0; i < w->n_records; i++)
		w->oracle->claims[i].n = 0;
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		for (uint64_t n = 0; n < o->devices[i].counter; n++) {
			const struct intake *in = &o->devices[i].in[n];
			const unsigned r = id_number(in->said->c.record);

			if (in->state == INTAKE_DONE)
				claims_add(
				    w, in->said, o->records[r].state, true);
		}
}

/* ---- what is sent, receipted and shown ---- */

static bool
names_case_of(const struct office *o, unsigned user, const json_t *v)
{
	for (unsigned k = 0; k < CASES; k++)
		if (o->grants[user][k] &&
		    strcmp(json_string_value(v),
		        id_print(beginning.cases[k]).s) == 0)
			return true;
	return false;
}

bool
oracle_may_see(const struct world *w, unsigned user, const struct record *r)
{
	const struct path_state *all = record_path(r, "");
	const json_t *doc = all != NULL && all->is_removed ? all->was : r->doc;
	const json_t *content = json_object_get(doc, "content"), *v;
	const struct office *o = w->office;

	if (strcmp(r->type, "site") == 0 ||
	    id_equal(r->author, beginning.users[user]))
		return true;
	for (unsigned k = 0; k < CASES; k++)
		if (o->grants[user][k] &&
		    (id_equal(r->id, beginning.people[k]) ||
		        id_equal(r->id, beginning.cases[k])))
			return true;
	if (strcmp(r->type, "note") == 0 &&
	    (content == NULL ||
	        strcmp(json_string_value(content), "draft") == 0))
		return false;
	v = json_object_get(doc, "case");
	if (v != NULL && names_case_of(o, user, v))
		return true;
	v = json_object_get(doc, "cases");
	for (size_t i = 0; i < json_array_size(v); i++)
		if (names_case_of(o, user, json_array_get(v, i)))
			return true;
	return false;
}

void
oracle_acknowledged(struct device *d, const struct receipt_told *r)
{
	struct world *w = d->world;
	const struct registered *at = &w->office->devices[d->identity];

	if (r->epoch != w->office->epoch)
		return;
	if (r->counter > at->counter ||
	    !hash32_equal(at->in[r->counter - 1].said->link, r->link))
		violation(w, "I2",
		    "change %llu of %s was acknowledged and is"
		    " not here",
		    (unsigned long long)r->counter,
		    world_device_name(w, d->identity));
}

/* Is it over with this claim: closed by a person, or replaced at the office by
 * who had seen it? */
static bool
is_over(const struct world *w, const struct claim *c)
{
	const struct registered *at = &w->office->devices[c->by->identity];
	if (c->by->c.counter <= at->counter &&
	    at->in[c->by->c.counter - 1].state == INTAKE_CLOSED)
		return true;
	/* An office that has lost the end of it may have told it before. */
	return seen_has(&w->oracle->replaced, c->by->no);
}

/* Went the author on from it at this device in a later change? */
static bool
went_on(const struct device *d, const struct claim *c)
{
	struct claim same = *c;

	for (uint64_t n = c->by->c.counter; n < d->n; n++) {
		const struct change *later = &d->journal[n]->c;

		for (size_t i = 0; i < later->n_ops; i++)
			if (id_equal(later->record, c->by->c.record) &&
			    path_related(later->ops[i].path, c->path) &&
			    oracle_says(later->ops[i].was, &same))
				return true;
	}
	return false;
}

/* The words of an own change are in what the device shows. */
static void
check_shown(struct device *d, const struct shown *r, const struct said *s)
{
	struct world *w = d->world;
	struct claim c;

	for (size_t i = 0; i < s->c.n_ops && !s->is_poison; i++)
		if (s->words[i] != 0 && claim_of(s, i, &c) &&
		    !oracle_readable(&r->view->r, &c) && !is_over(w, &c) &&
		    !went_on(d, &c))
			violation(w, "I3",
			    "%s no longer sees what they wrote in %s"
			    " (change %u)",
			    world_device_name(w, d->identity), c.path,
			    c.by->no);
}

void
oracle_shown(struct device *d, unsigned record)
{
	const struct shown *r = &d->records[record];
	uint64_t n = d->n;
	json_t *held;
	size_t i;

	if (r->view == NULL)
		return;
	while (n > 0 && id_number(d->journal[n - 1]->c.record) != record)
		n--;
	if (n > 0)
		check_shown(d, r, d->journal[n - 1]);
	json_array_foreach(r->own_held, i, held)
	{
		const uint64_t k = (uint64_t)json_integer_value(held);

		/* Nobody has seen what they say to a record not theirs. */
		if (k > 0 && k <= d->n && !has_fault(d->world, FAULT_FOREIGN))
			check_shown(d, r, d->journal[k - 1]);
	}
}
