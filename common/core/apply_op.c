/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One op: where it is, whether its author may, whether it had seen what is
 * there, and what its policy says.
 */
#include <string.h>

#include "common/core/apply_int.h"
#include "common/core/merge.h"
#include "common/core/value.h"

struct spot
apply_spot(const struct applying *a, const char *path, const json_t *was,
    const json_t *now)
{
	struct spot s = { .path = path, .schema = schema_find(a->type, path) };
	const json_t *field;
	char name[65];
	size_t len;

	s.is_row = s.schema.part == SCHEMA_PART_ROW ||
	    s.schema.part == SCHEMA_PART_RECORD;
	s.is_member = s.schema.part == SCHEMA_PART_MEMBER;
	len = strcspn(path, "/");
	if (s.schema.part != SCHEMA_PART_UNKNOWN || path[len] == '\0' ||
	    strchr(path + len + 1, '/') != NULL)
		return s;
	/* Two names of a newer schema: the values tell what it is. */
	memcpy(name, path, len);
	name[len] = '\0';
	field = json_object_get(a->r->doc, name);
	s.is_member =
	    json_is_true(was) || json_is_true(now) || json_is_array(field);
	s.is_row = !s.is_member;
	return s;
}

static enum err_code
set_by(struct applying *a, const struct spot *spot, const json_t *value,
    const struct setter *by, struct err *e)
{
	enum err_code code =
	    record_set(a->r, spot->path, value, spot->is_member, by, e);

	if (code == ERR_MALFORMED)
		return apply_hold(a, "bad_value", spot->path);
	return code;
}

enum err_code
apply_set(struct applying *a, const struct spot *spot, const json_t *value,
    struct err *e)
{
	return set_by(a, spot, value, &a->mine, e);
}

enum err_code
apply_touch(struct applying *a, const struct spot *spot, struct err *e)
{
	struct path_state *ps = NULL;
	enum err_code code = record_path_make(a->r, spot->path, &ps, e);

	if (code != ERR_OK)
		return code;
	return path_state_put(ps, &a->mine, e);
}

/* What stands, or stood before it was removed, at a row's or the record's
 * path. */
static const json_t *
standing(const struct applying *a, const char *path)
{
	const struct path_state *ps = record_path(a->r, path);

	return ps != NULL && ps->is_removed ? ps->was
	                                    : path_get(a->r->doc, path);
}

/* A whole row or document may only change those of its members that could be
 * changed one by one.  The word to hold the change with, or NULL. */
static const char *
refuse_inside(const struct applying *a, const struct schema_field *fields,
    size_t n, const struct change_op *op)
{
	const json_t *before = standing(a, op->path);

	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_object_get(before, fields[i].name);
		const json_t *y = json_object_get(op->now, fields[i].name);

		if (path_equal(x, y))
			continue;
		if (fields[i].policy == SCHEMA_OFFICE && !a->ctx->by_office)
			return "office_only";
		if (fields[i].policy == SCHEMA_FIXED && op->now != NULL &&
		    x != NULL)
			return "fixed";
	}
	return NULL;
}

static const char *
refuse_row(const struct applying *a, const struct change_op *op,
    const struct schema_field *rows)
{
	const json_t *current = path_get(a->r->doc, op->path);

	if (rows->policy == SCHEMA_OFFICE && !a->ctx->by_office)
		return "office_only";
	if (rows->policy == SCHEMA_FIXED && current != NULL &&
	    !path_equal(current, op->now))
		return "fixed";
	return refuse_inside(a, rows->children, rows->children_n, op);
}

/* A column: of a row that the office gives out, only where the row is. */
static bool
is_new_office_row(const struct applying *a, const struct change_op *op,
    const struct schema_field *column)
{
	const struct schema_field *rows = column->parent;
	struct path_parts p = path_split(op->path);

	return rows != NULL && rows->policy == SCHEMA_OFFICE &&
	    json_object_get(json_object_get(a->r->doc, p.part[0]), p.part[1]) ==
	    NULL;
}

/* The word to hold the change with, or NULL if its author may do this. */
static const char *
refuse(const struct applying *a, const struct change_op *op,
    const struct spot *spot)
{
	const struct schema_field *field = spot->schema.field;
	const json_t *current = path_get(a->r->doc, op->path);

	if (spot->schema.part == SCHEMA_PART_RECORD)
		return refuse_inside(a, a->type->fields, a->type->fields_n, op);
	if (field == NULL)
		return NULL;
	if (spot->schema.part == SCHEMA_PART_ROW)
		return refuse_row(a, op, field);
	if (!a->ctx->by_office &&
	    (field->policy == SCHEMA_OFFICE || is_new_office_row(a, op, field)))
		return "office_only";
	if (field->policy == SCHEMA_FIXED && current != NULL &&
	    !path_equal(current, op->now))
		return "fixed";
	return NULL;
}

static enum err_code
clash(struct applying *a, const struct change_op *op, enum conflict_kind kind,
    struct err *e)
{
	return apply_clash(a,
	    &(struct clash){ .path = op->path,
	        .base = &op->base,
	        .kind = kind,
	        .ancestor = op->was,
	        .value = op->now },
	    e);
}

/* Who wrote the value that stands, where the op's author says by number to have
 * seen it and had another before their eyes: an office whose store was put back
 * gave that number twice before it heard.  NULL: nobody; who had changes of
 * their own in view had what those made of it. */
static const struct setter *
other_by_number(const struct applying *a, const struct change_op *op)
{
	return op->base.own != 0 ||
	        path_equal(path_get(a->r->doc, op->path), op->was)
	    ? NULL
	    : apply_last_setter(a, op->path);
}

/* Keep the value that the op is about to replace as a side, with who wrote it;
 * not where that is the author's own earlier word, and the other's is a side
 * already. */
static enum err_code
keep_current(struct applying *a, const struct change_op *op,
    enum conflict_kind kind, struct err *e)
{
	const struct setter *last = apply_last_unseen(a, op->path, &op->base);
	struct setter by;

	if (last == NULL)
		last = other_by_number(a, op);
	if (last == NULL || apply_has_side(a, op->path, last))
		return ERR_OK;
	by = *last;
	return apply_clash(a,
	    &(struct clash){ .path = op->path,
	        .base = &op->base,
	        .kind = kind,
	        .ancestor = op->was,
	        .value = path_get(a->r->doc, op->path),
	        .by = &by },
	    e);
}

/* A merged text that a person should read: both texts are kept with it. */
static enum err_code
put_up_for_review(struct applying *a, const struct change_op *op, struct err *e)
{
	enum err_code code = keep_current(a, op, CONFLICT_REVIEW, e);

	if (code == ERR_OK && !apply_is_held(a))
		code = clash(a, op, CONFLICT_REVIEW, e);
	return code;
}

static enum err_code
set_clean(struct applying *a, const struct change_op *op,
    const struct spot *spot, const struct merge_result *m, struct err *e)
{
	bool is_now = path_equal(m->value, op->now);
	enum err_code code = ERR_OK;

	/* Words that someone decided on are not mixed with others. */
	if (!is_now && apply_decides(a, op->path) &&
	    spot->schema.field->policy == SCHEMA_MERGED_TEXT) {
		apply_note(a, OUTCOME_CONFLICT);
		return clash(a, op, CONFLICT_ASK, e);
	}
	if (m->review)
		code = put_up_for_review(a, op, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	apply_note(a, is_now ? OUTCOME_APPLIED : OUTCOME_MERGED);
	apply_close_beside(a, op->path, &op->base);
	return apply_set(a, spot, m->value, e);
}

/* The value stands alone: what its device said there otherwise, and may have a
 * higher number, is a side, or was replaced by who had seen it. */
static enum err_code
set_alone(struct applying *a, const struct spot *spot, const json_t *value,
    const struct setter *by, struct err *e)
{
	struct path_state *ps = NULL;
	enum err_code code = record_path_make(a->r, spot->path, &ps, e);

	if (code != ERR_OK)
		return code;
	path_state_forget(ps, by->device);
	return set_by(a, spot, value, by, e);
}

/* The more protective value stands, the other is told.  Of a record's state
 * nothing is told: a draft that was signed meanwhile is no loss. */
static enum err_code
set_ranked(struct applying *a, const struct change_op *op,
    const struct spot *spot, const struct merge_result *m, struct err *e)
{
	const char *state = a->type->signing.field;
	bool is_now = path_equal(m->value, op->now);
	bool is_told = state == NULL || strcmp(op->path, state) != 0;
	enum err_code code = ERR_OK;

	apply_note(a, OUTCOME_MERGED);
	if (is_told)
		code = is_now ? keep_current(a, op, CONFLICT_NOTICE, e)
		              : clash(a, op, CONFLICT_NOTICE, e);
	if (code == ERR_OK && !apply_is_held(a) && is_now)
		code = set_alone(a, spot, op->now, &a->mine, e);
	return code;
}

/* What lost to the value that stands, is more protective than the op's, and
 * had not been seen by its author; the most protective of several, or NULL. */
static const struct conflict_side *
unseen_above(const struct applying *a, const struct change_op *op,
    const struct schema_field *field)
{
	const struct conflict *c = record_open_conflict(a->r, op->path);
	const struct conflict_side *best = NULL;
	const json_t *most = op->now;
	int sign;

	if (c == NULL || field == NULL || field->policy != SCHEMA_RANK)
		return NULL;
	for (size_t i = 0; i < c->n_sides; i++) {
		const struct conflict_side *s = &c->sides[i];

		if (!s->is_open ||
		    apply_side_is_seen(a, op->path, &op->base, s) ||
		    !schema_rank_compare(field, s->value, most, &sign) ||
		    sign <= 0)
			continue;
		best = s;
		most = s->value;
	}
	return best;
}

/* That value stands, as its author's word; the op's is told. */
static enum err_code
set_unseen(struct applying *a, const struct change_op *op,
    const struct spot *spot, const struct conflict_side *s, struct err *e)
{
	const struct setter by = { .version = a->mine.version,
		.device = s->device,
		.counter = s->counter,
		.author = s->author,
		.made_at = s->made_at,
		.clock_offset = s->clock_offset };
	json_t *value = value_share(s->value);
	enum err_code code = clash(a, op, CONFLICT_NOTICE, e);

	apply_note(a, OUTCOME_MERGED);
	if (code == ERR_OK && !apply_is_held(a))
		code = set_alone(a, spot, value, &by, e);
	json_decref(value);
	return code;
}

/* Is what stands a later word of the same device's?  This one was held, and let
 * go after that, which went on from an older page. */
static bool
is_after_own(const struct applying *a, const struct change_op *op)
{
	const struct setter *last = apply_last_setter(a, op->path);

	return last != NULL && id_equal(last->device, a->c->device) &&
	    last->counter > a->c->counter;
}

/* The later value stands, the other is beside it. */
static enum err_code
set_latest(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	enum err_code code;

	apply_note(a, OUTCOME_MERGED);
	apply_close_beside(a, op->path, &op->base);
	if (is_after_own(a, op))
		return clash(a, op, CONFLICT_BESIDE, e);
	code = keep_current(a, op, CONFLICT_BESIDE, e);
	if (code == ERR_OK && !apply_is_held(a))
		code = set_alone(a, spot, op->now, &a->mine, e);
	return code;
}

static enum err_code
set_merged(struct applying *a, const struct change_op *op,
    const struct spot *spot, const struct merge_result *m, struct err *e)
{
	enum err_code code = ERR_OK;

	switch (m->kind) {
	case MERGE_CLEAN:
		return set_clean(a, op, spot, m, e);
	case MERGE_BESIDE:
		return set_latest(a, op, spot, e);
	case MERGE_RANKED:
		return set_ranked(a, op, spot, m, e);
	case MERGE_CONFLICT:
		apply_note(a, OUTCOME_CONFLICT);
		return clash(a, op, CONFLICT_ASK, e);
	case MERGE_HELD:
		return apply_hold(a, m->reason, op->path);
	}
	return code;
}

static enum err_code
set_or_merge(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);
	bool is_unseen = apply_is_unseen(a, op->path, &op->base);
	struct merge_result m = { .kind = MERGE_CLEAN };
	enum err_code code;

	if (path_equal(current, op->now)) {
		apply_close_beside(a, op->path, &op->base);
		return apply_touch(a, spot, e);
	}
	if (!is_unseen && path_equal(current, op->was)) {
		const struct conflict_side *above =
		    unseen_above(a, op, spot->schema.field);

		if (above != NULL)
			return set_unseen(a, op, spot, above, e);
		apply_close_beside(a, op->path, &op->base);
		code = apply_keep_replaced(a, op, e);
		return code != ERR_OK ? code : apply_set(a, spot, op->now, e);
	}
	if (spot->is_row) {
		apply_note(a, OUTCOME_CONFLICT);
		return clash(a, op, CONFLICT_ASK, e);
	}
	code = merge_value(spot->schema.field, op->was, current, op->now,
	    a->ctx->by_office, &m, e);
	if (code == ERR_OK)
		code = set_merged(a, op, spot, &m, e);
	json_decref(m.value);
	return code;
}

/* Where signed words have no addenda, a decision may change them. */
static bool
is_decision_on_signed(const struct applying *a, const struct change_op *op)
{
	return a->was_signed && a->type->signing.addenda == NULL &&
	    apply_decides(a, op->path);
}

/* An op on what is not signed, at a place that is there. */
static enum err_code
open_op(struct applying *a, const struct change_op *op, const struct spot *spot,
    struct err *e)
{
	const char *refusal = refuse(a, op, spot);
	bool is_set_twice = refusal != NULL && strcmp(refusal, "fixed") == 0;

	/* Of two signatures the first stands, and what else is set once. */
	if (is_set_twice && a->was_signed && a->signs)
		return apply_late_op(a, op, spot, e);
	/* Its author reads on in what the office will hold. */
	if (is_set_twice && a->ctx->is_view &&
	    spot->schema.part != SCHEMA_PART_RECORD)
		return clash(a, op, CONFLICT_BESIDE, e);
	if (refusal != NULL)
		return apply_hold(a, refusal, op->path);
	if (apply_edits_side(a, op))
		return apply_side_edit(a, op, spot, e);
	if (spot->is_row && op->now == NULL)
		return apply_removal(a, op, spot, e);
	return set_or_merge(a, op, spot, e);
}

enum err_code
apply_op(struct applying *a, const struct change_op *op, struct err *e)
{
	const struct path_state *gone;
	struct spot spot;
	enum err_code code;

	if (op->is_erased) /* nobody knows what it said */
		return ERR_OK;
	code = apply_come_back(a, op, true, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	spot = apply_spot(a, op->path, op->was, op->now);
	if (apply_is_locked(a, &spot) && !is_decision_on_signed(a, op)) {
		if (a->was_signed)
			return apply_late_op(a, op, &spot, e);
		if (a->signs)
			return apply_signed_op(a, op, &spot, e);
	}
	code = apply_come_back(a, op, false, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	gone = apply_removed_above(a, op->path);
	return gone != NULL ? apply_beneath_removed(a, op, &spot, gone, e)
	                    : open_op(a, op, &spot, e);
}
