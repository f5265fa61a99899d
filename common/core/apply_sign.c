/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-off.  The change that signs carries an op for each locked path with
 * the value that its author saw: those are the signed version.  What they had
 * not seen leaves the path, and what comes later does not enter it: both
 * become rows of addenda, for a person to read beside the signed words.  In a
 * type that has no addenda they become sides of a conflict at the path, and
 * only a decision changes what was signed.
 */
#include "common/core/apply_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* True if an addendum refers to the path, or to what is above or beneath it. */
static bool
is_among_addenda(const struct applying *a, const char *path)
{
	const struct schema_signing *s = &a->type->signing;
	json_t *rows = json_object_get(a->r->doc, s->addenda), *row;
	const char *id, *about;

	json_object_foreach(rows, id, row)
	{
		about =
		    json_string_value(json_object_get(row, s->addendum.path));
		if (about != NULL && path_related(about, path))
			return true;
	}
	return false;
}

/* True if the op goes back to what stands from words that stand among the
 * addenda, or if nothing else tells that it removed a row. */
static bool
takes_back(const struct applying *a, const struct change_op *op,
    const struct spot *spot)
{
	if (path_equal(op->was, op->now) || a->type->signing.addenda == NULL)
		return false;
	return is_among_addenda(a, op->path) ||
	    (spot->is_row && op->now == NULL &&
	        record_path(a->r, op->path) == NULL);
}

/* Words for the addenda, of which those before were `old`. */
static enum err_code
tell_late(struct applying *a, const struct change_op *op,
    const struct spot *spot, const json_t *old, struct err *e)
{
	const struct schema_addendum *kinds = &a->type->signing.addendum;
	const bool is_unseen = apply_is_unseen(a, op->path, &op->base);
	char tag[24];

	(void)snprintf(tag, sizeof(tag), "op %zu", (size_t)(op - a->c->ops));
	return apply_add_addendum(a,
	    &(struct remainder){ .spot = spot,
	        .old = old,
	        .now = op->now,
	        .by = &a->mine,
	        .base = &op->base,
	        .kind = is_unseen ? kinds->left_over : kinds->later,
	        .tag = tag,
	        .is_restated = path_equal(op->was, op->now) },
	    e);
}

/* What stands is said again.  Who had said otherwise late takes that back,
 * which is told as it was: the addendum stays, and so does a side, closed. */
static enum err_code
late_and_same(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	enum err_code code = ERR_OK;

	if (a->type->signing.addenda == NULL && apply_edits_side(a, op))
		return apply_side_edit(a, op, spot, e);
	if (takes_back(a, op, spot))
		code = tell_late(a, op, spot, op->was, e);
	if (code != ERR_OK || path_get(a->r->doc, op->path) == NULL)
		return code;
	return apply_touch(a, spot, e);
}

enum err_code
apply_late_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);

	return path_equal(current, op->now)
	    ? late_and_same(a, op, spot, e)
	    : tell_late(a, op, spot, current, e);
}

/* What stands at a path goes to the addenda: the signer signs `signed_value`
 * there. */
static enum err_code
move_out(struct applying *a, const struct spot *spot,
    const json_t *signed_value, struct err *e)
{
	const struct setter *last = apply_last_setter(a, spot->path);
	struct setter by = last != NULL ? *last : a->mine;

	return apply_add_addendum(a,
	    &(struct remainder){ .spot = spot,
	        .old = signed_value,
	        .now = path_get(a->r->doc, spot->path),
	        .by = &by,
	        .kind = a->type->signing.addendum.left_over,
	        .tag = "was" },
	    e);
}

/* The signer saw a row that someone removed meanwhile: it is back, and the
 * removal becomes an addendum. */
static enum err_code
bring_back(struct applying *a, const struct change_op *op,
    const struct path_state *gone, struct err *e)
{
	struct spot spot;
	char path[3 * 65];
	json_t *was = value_share(gone->was);
	enum err_code code = ERR_OK;

	(void)snprintf(path, sizeof(path), "%s", gone->path);
	spot = apply_spot(a, path, was, NULL);
	if (!apply_is_unseen(a, op->path, &op->base))
		code = apply_hold(a, "removed", op->path);
	else
		code = move_out(a, &spot, was, e);
	if (code == ERR_OK && !apply_is_held(a))
		code = apply_set(a, &spot, was, e);
	json_decref(was);
	return code;
}

enum err_code
apply_signed_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const struct schema_field *field = spot->schema.field;
	const struct path_state *gone;
	const json_t *current;
	enum err_code code = ERR_OK;

	while ((gone = apply_removed_above(a, op->path)) != NULL) {
		code = bring_back(a, op, gone, e);
		if (code != ERR_OK || apply_is_held(a))
			return code;
	}
	current = path_get(a->r->doc, op->path);
	if (field != NULL && !path_equal(current, op->now) &&
	    field->policy == SCHEMA_OFFICE && !a->ctx->by_office)
		return apply_hold(a, "office_only", op->path);
	/* Restating what was seen signs it; setting it anew is another thing.
	 */
	if (field != NULL && field->policy == SCHEMA_FIXED && current != NULL &&
	    !path_equal(current, op->now) && !path_equal(op->was, op->now))
		return apply_hold(a, "fixed", op->path);
	if (!path_equal(current, op->now) &&
	    apply_is_unseen(a, op->path, &op->base))
		code = move_out(a, spot, op->now, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	apply_close_beside(a, op->path, &op->base);
	if (spot->is_row && op->now == NULL)
		return record_remove(a->r, op->path, &a->mine, e);
	return apply_set(a, spot, op->now, e);
}

/* True if an op of the change names the path or what is above it. */
static bool
is_named(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (path_covers(a->c->ops[i].path, path))
			return true;
	return false;
}

/* True if an op names anything beneath the path. */
static bool
is_named_within(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (path_covers(path, a->c->ops[i].path))
			return true;
	return false;
}

/* Move out the value at a locked path that the signer did not name, if it
 * still stands. */
static enum err_code
move_one(struct applying *a, const char *path, struct err *e)
{
	const json_t *value = path_get(a->r->doc, path);
	struct spot spot = apply_spot(a, path, value, NULL);
	enum err_code code;

	if (value == NULL)
		return ERR_OK;
	code = move_out(a, &spot, NULL, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	if (spot.is_row)
		return record_remove(a->r, path, &a->mine, e);
	return apply_set(a, &spot, NULL, e);
}

/* A locked path of the document; a row of which the signer named nothing
 * goes as a whole. */
static enum err_code
move_if_unnamed(void *arg, const char *path, struct err *e)
{
	struct applying *a = arg;
	struct path_parts p = path_split(path);
	char row[2 * 65];

	if (apply_is_held(a) || is_named(a, path))
		return ERR_OK;
	if (p.n == 3) {
		(void)snprintf(row, sizeof(row), "%s/%s", p.part[0], p.part[1]);
		if (!is_named_within(a, row))
			return move_one(a, row, e);
	}
	return move_one(a, path, e);
}

/* The open sides at locked paths: nobody can decide them into the signed
 * version any more.  What is told or put up for review stays so. */
static enum err_code
move_sides(struct applying *a, struct conflict *c, struct err *e)
{
	const json_t *current = path_get(a->r->doc, c->path);
	struct spot spot = apply_spot(a, c->path, current, NULL);
	enum err_code code = ERR_OK;

	if (a->type->signing.addenda == NULL || !apply_is_locked(a, &spot) ||
	    (c->kind != CONFLICT_ASK && c->kind != CONFLICT_BESIDE))
		return ERR_OK;
	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++) {
		struct conflict_side *s = &c->sides[i];
		struct setter by = { .author = s->author,
			.made_at = s->made_at };

		if (!s->is_open)
			continue;
		s->is_open = false;
		c->version = a->mine.version;
		if (!path_equal(current, s->value))
			code = apply_add_addendum(a,
			    &(struct remainder){ .spot = &spot,
			        .old = current,
			        .now = s->value,
			        .by = &by,
			        .kind = a->type->signing.addendum.left_over,
			        .tag = s->key },
			    e);
	}
	return code;
}

enum err_code
apply_move_unsigned(struct applying *a, struct err *e)
{
	/* A copy of the outermost object, which changes on the way. */
	json_t *doc = json_copy_all(a->r->doc);
	enum err_code code = doc == NULL
	    ? value_no_memory(e)
	    : apply_locked_paths(a->type, doc, move_if_unnamed, a, e);

	json_decref(doc);
	for (size_t i = 0; i < a->r->n_conflicts; i++)
		if (code == ERR_OK && !apply_is_held(a))
			code = move_sides(a, &a->r->conflicts[i], e);
	return code;
}

const char *
apply_refuse_state(const struct applying *a, const struct change_op *op)
{
	const struct schema_signing *s = &a->type->signing;
	const json_t *current;
	int sign;

	if (s->field == NULL || strcmp(op->path, s->field) != 0)
		return NULL;
	current = path_get(a->r->doc, op->path);
	if (path_equal(current, op->now))
		return NULL;
	if (s->error != NULL && !a->ctx->by_office && json_is_string(op->now) &&
	    strcmp(json_string_value(op->now), s->error) == 0)
		return "two_people";
	if (!schema_is_signed(a->type, a->r->doc) ||
	    apply_is_unseen(a, op->path, &op->base))
		return NULL;
	if (op->now == NULL ||
	    (schema_rank_compare(schema_find_field(a->type, s->field), current,
	         op->now, &sign) &&
	        sign > 0))
		return "signed";
	return NULL;
}
