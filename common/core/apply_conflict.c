/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts: one for a path, with any number of sides.
 */
#include "common/core/apply_int.h"
#include "common/core/limits.h"
#include "common/core/value.h"

struct id
apply_conflict_id(
    struct id record, const char *path, struct id device, uint64_t counter)
{
	static const char context[] = "vb/conflict/v1";
	struct hash32 hash;
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(counter >> (56 - 8 * i));
	hash = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(context, sizeof(context)),
	        crypto_part(record.b, ID_LEN), crypto_part("", 1),
	        crypto_part(path, strlen(path) + 1),
	        crypto_part(device.b, ID_LEN),
	        crypto_part(number, sizeof(number)) },
	    6);
	return id_from_hash(hash.b);
}

struct conflict *
apply_find_conflict(
    const struct applying *a, const char *path, const struct change_base *base)
{
	struct conflict *found = NULL;

	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		struct conflict *c = &a->r->conflicts[i];

		if (strcmp(c->path, path) != 0)
			continue;
		if (conflict_is_open(c))
			return c;
		if (!apply_is_shown(a, c->version, base->seen) &&
		    (found == NULL ||
		        version_compare(c->version, found->version) > 0))
			found = c;
	}
	return found;
}

/* The conflict for a clash, opened if there is none. */
static enum err_code
conflict_for(struct applying *a, const struct clash *clash,
    struct conflict **out, struct err *e)
{
	const struct change *change = a->c;
	struct conflict *c = apply_find_conflict(a, clash->path, clash->base);
	struct id id = apply_conflict_id(
	    a->r->id, clash->path, change->device, change->counter);
	enum err_code code;

	for (size_t i = 0; c == NULL && i < a->r->n_conflicts; i++)
		if (id_equal(a->r->conflicts[i].id, id))
			c = &a->r->conflicts[i];
	if (c == NULL) {
		code = record_conflict_make(a->r, id, clash->path, &c, e);
		if (code != ERR_OK)
			return code;
		c->kind = clash->kind;
		c->ancestor = value_share(clash->ancestor);
		c->opened_at = a->ctx->now_ms;
	}
	/* Of two kinds the one that asks more of people. */
	if (clash->kind < c->kind || !conflict_is_open(c))
		c->kind = clash->kind;
	*out = c;
	return ERR_OK;
}

void
apply_reopened(struct applying *a)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		struct conflict *c = &a->r->conflicts[i];
		const struct conflict *was = record_conflict(a->before, c->id);

		if (was != NULL && !conflict_is_open(was) &&
		    conflict_is_open(c))
			c->opened_at = a->ctx->now_ms;
	}
}

static bool
is_named(const struct clash *clash, const struct conflict_side *s)
{
	return clash->replaces != NULL && strcmp(s->key, clash->replaces) == 0;
}

/* Does the clash go on from this side?  From an own earlier one only if its
 * words are in what the author went on from: they may have left it aside and
 * gone on from the current value.  A side that a decision closed may be a
 * merged value, of which they wrote only the last part: it is theirs only if it
 * says what they went on from. */
static bool
goes_on_from(const struct applying *a, const struct clash *clash,
    const struct conflict_side *s)
{
	const struct change_name name = change_own_name(a->c, clash->base);

	if (is_named(clash, s))
		return true;
	if (clash->by != NULL || !id_equal(s->author, a->c->author))
		return false;
	if (s->is_open && id_equal(s->device, name.device) &&
	    s->counter == name.counter)
		return true;
	return s->counter <= change_own_upto(a->c, clash->base, s->device) &&
	    path_equal(s->value, clash->ancestor);
}

/* The side that the new one takes the place of, or NULL.  One that may be the
 * word of others too, whom its author had not seen, stays for them. */
static struct conflict_side *
replaced_side(const struct applying *a, const struct conflict *c,
    const struct clash *clash, const char *key)
{
	struct conflict_side *own = NULL;

	for (size_t i = 0; i < c->n_sides; i++) {
		struct conflict_side *s = &c->sides[i];

		if (strcmp(s->key, key) == 0)
			return s;
		if (!goes_on_from(a, clash, s) ||
		    apply_is_anothers_too(a, c->path, clash->base, s))
			continue;
		if (is_named(clash, s))
			return s;
		own = s;
	}
	return own;
}

/* Put the clash's value into this conflict. */
static enum err_code
put_side(struct applying *a, struct conflict *c, const struct clash *clash,
    struct err *e)
{
	const struct setter *by = clash->by != NULL ? clash->by : &a->mine;
	struct conflict_side side = { .value = value_plain(clash->value),
		.author = by->author,
		.device = by->device,
		.counter = by->counter,
		.made_at = by->made_at,
		.clock_offset = by->clock_offset,
		.version = a->mine.version,
		.is_open = true };
	struct conflict_side *old;

	conflict_key_print(side.key, side.device, side.counter);
	old = replaced_side(a, c, clash, side.key);
	if (old == NULL && c->n_sides == LIMIT_SIDES)
		return apply_hold(a, "too_many_sides", clash->path);
	c->version = a->mine.version;
	if (old == NULL)
		return conflict_side_add(c, &side, e);
	(void)value_share(side.value);
	json_decref(old->value);
	*old = side;
	return ERR_OK;
}

enum err_code
apply_clash(struct applying *a, const struct clash *clash, struct err *e)
{
	struct conflict *c;
	enum err_code code = conflict_for(a, clash, &c, e);

	return code == ERR_OK ? put_side(a, c, clash, e) : code;
}

/* The conflict at the path that has a side of this key, and the side. */
static struct conflict *
find_side(const struct applying *a, const char *path, const char *key,
    const struct conflict_side **side_out)
{
	struct conflict *found = NULL;

	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		struct conflict *c = &a->r->conflicts[i];

		if (strcmp(c->path, path) != 0 ||
		    (found != NULL &&
		        version_compare(c->version, found->version) < 0))
			continue;
		for (size_t k = 0; k < c->n_sides; k++)
			if (strcmp(c->sides[k].key, key) == 0) {
				found = c;
				*side_out = &c->sides[k];
			}
	}
	return found;
}

bool
apply_has_side_in(const struct conflict *c, const char *key)
{
	for (size_t i = 0; i < c->n_sides; i++)
		if (strcmp(c->sides[i].key, key) == 0)
			return true;
	return false;
}

bool
apply_has_side(
    const struct applying *a, const char *path, const struct setter *s)
{
	const struct conflict_side *side = NULL;
	char key[sizeof(side->key)];

	conflict_key_print(key, s->device, s->counter);
	return find_side(a, path, key, &side) != NULL &&
	    (side->is_open ||
	        !path_equal(side->value, path_get(a->r->doc, path)));
}

/* True if the key is that of an own change that set the path: what was a side
 * in its author's view had gone in at the office. */
static bool
went_in(const struct applying *a, const char *path, const char *key)
{
	const struct path_state *ps = record_path(a->r, path);

	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];
		char own[60];

		conflict_key_print(own, s->device, s->counter);
		if (change_is_own(a->c, s->device, s->counter) &&
		    strcmp(own, key) == 0)
			return true;
	}
	return false;
}

bool
apply_edits_side(const struct applying *a, const struct change_op *op)
{
	const struct conflict_side *side = NULL;

	if (op->base.side[0] == '\0')
		return false;
	return find_side(a, op->path, op->base.side, &side) != NULL ||
	    !went_in(a, op->path, op->base.side);
}

enum err_code
apply_side_edit(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);
	const struct conflict *open = record_open_conflict(a->r, op->path);
	const struct conflict_side *side = NULL;
	struct conflict *c = find_side(a, op->path, op->base.side, &side);
	struct clash clash = { .path = op->path,
		.base = &op->base,
		.kind = CONFLICT_ASK,
		.ancestor = op->was,
		.value = op->now };
	const bool is_same = path_equal(current, op->now);
	enum err_code code = ERR_OK;

	if (!is_same)
		apply_note(a, OUTCOME_CONFLICT);
	/* A new side where another's was edited, or where the author's own
	 * has been replaced meanwhile; it goes to the open conflict. */
	if (c == NULL || (open != NULL && open != c)) {
		if (!is_same)
			code = apply_clash(a, &clash, e);
	} else {
		if (side != NULL && id_equal(side->author, a->c->author))
			clash.replaces = side->key;
		code = put_side(a, c, &clash, e);
	}
	/* Who gives up their side for what stands has said that: others must
	 * have seen it to say otherwise.  Last, since it takes the place of
	 * the author's earlier setter, which tells whether the side is the
	 * word of others too. */
	return code == ERR_OK && is_same ? apply_touch(a, spot, e) : code;
}

static void
close_side(struct applying *a, struct conflict *c, struct conflict_side *s)
{
	s->is_open = false;
	c->version = a->mine.version;
}

void
apply_close_beside(
    struct applying *a, const char *path, const struct change_base *base)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		struct conflict *c = &a->r->conflicts[i];

		if (c->kind != CONFLICT_BESIDE || strcmp(c->path, path) != 0 ||
		    !apply_is_shown(a, c->version, base->seen))
			continue;
		for (size_t k = 0; k < c->n_sides; k++)
			if (c->sides[k].is_open)
				close_side(a, c, &c->sides[k]);
	}
}

/* Is the conflict about a whole row? */
static bool
is_of_row(const struct applying *a, const struct conflict *c)
{
	return *c->path != '\0' && json_is_object(c->ancestor) &&
	    apply_spot(a, c->path, c->ancestor, NULL).is_row;
}

/* What was a side is what stands after all.  If who set that had not seen it,
 * it is its author's word too: who goes on from there has to have seen that.
 * Not of a whole row, whose setters would stand above all that is in it. */
static enum err_code
close_as_said(struct applying *a, const struct conflict *c,
    const struct conflict_side *side, struct err *e)
{
	const struct setter by = { .version = a->mine.version,
		.device = side->device,
		.counter = side->counter,
		.author = side->author,
		.made_at = side->made_at,
		.clock_offset = side->clock_offset };
	struct path_state *ps = NULL;
	enum err_code code;

	if (is_of_row(a, c))
		return ERR_OK;
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (strcmp(a->c->ops[i].path, c->path) == 0 &&
		    apply_side_is_seen(a, c->path, &a->c->ops[i].base, side))
			return ERR_OK;
	code = record_path_make(a->r, c->path, &ps, e);
	if (code != ERR_OK)
		return code;
	if (!id_equal(by.device, a->c->device))
		path_state_forget(ps, by.device);
	return path_state_put(ps, &by, e);
}

/* A removal that stands after all, since nothing is left in the row, is one:
 * who writes there and had not seen it clashes with it. */
static enum err_code
keep_removed(struct applying *a, const struct conflict *c, struct err *e)
{
	struct path_state *ps = NULL;
	enum err_code code;

	if (!is_of_row(a, c) || apply_removed_above(a, c->path) != NULL)
		return ERR_OK;
	code = record_path_make(a->r, c->path, &ps, e);
	if (code != ERR_OK || ps->is_removed)
		return code;
	ps->is_removed = true;
	json_decref(ps->was);
	ps->was = value_share(c->ancestor);
	return path_state_put(ps, &a->mine, e);
}

enum err_code
apply_close_equal(struct applying *a, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		struct conflict *c = &a->r->conflicts[i];
		const json_t *current = path_get(a->r->doc, c->path);

		for (size_t k = 0; code == ERR_OK && k < c->n_sides; k++) {
			if (!c->sides[k].is_open ||
			    !path_equal(c->sides[k].value, current))
				continue;
			close_side(a, c, &c->sides[k]);
			if (current != NULL)
				code = close_as_said(a, c, &c->sides[k], e);
			if (code == ERR_OK && current == NULL)
				code = keep_removed(a, c, e);
		}
	}
	return code;
}

bool
apply_has_open_beneath(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++) {
		const struct conflict *c = &a->r->conflicts[i];

		if (strcmp(c->path, path) != 0 && path_covers(path, c->path) &&
		    conflict_is_open(c))
			return true;
	}
	return false;
}
