/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and records that are removed.  A removal that did not see an edit
 * beneath it, and an edit that did not see a removal above it, are clashes at
 * the removed path, whatever the policy of the edited one.  Whichever comes
 * first, the edit stands and the removal is the side, until somebody decides.
 */
#include "common/core/apply_int.h"
#include "common/core/value.h"

const struct path_state *
apply_removed_above(const struct applying *a, const char *path)
{
	/* They are sorted, so the one above the others comes first. */
	for (size_t i = 0; i < a->r->n_paths; i++) {
		const struct path_state *ps = &a->r->paths[i];

		if (ps->is_removed && path_covers(ps->path, path) &&
		    strcmp(ps->path, path) != 0)
			return ps;
	}
	return NULL;
}

enum err_code
apply_removal(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);

	if (current != NULL &&
	    (!path_equal(current, op->was) ||
	        apply_is_unseen(a, op->path, &op->base) ||
	        apply_has_open_beneath(a, op->path))) {
		apply_note(a, OUTCOME_CONFLICT);
		return apply_clash(a,
		    &(struct clash){ .path = op->path,
		        .base = &op->base,
		        .kind = CONFLICT_ASK,
		        .ancestor = op->was },
		    e);
	}
	return record_remove(a->r, spot->path, &a->mine, e);
}

/* True if the op's author had seen no removal there, and nobody has decided
 * between it and other edits, or is to. */
static bool
may_come_back(const struct applying *a, const struct change_op *op,
    const struct path_state *gone)
{
	return json_is_object(gone->was) &&
	    apply_find_conflict(a, gone->path, &op->base) == NULL &&
	    apply_is_unseen(a, op->path, &op->base);
}

/* What was removed is there again; the removal is a side beside it. */
static enum err_code
come_back(struct applying *a, const struct change_op *op,
    const struct path_state *gone, struct err *e)
{
	const struct setter by = gone->setters[gone->n_setters - 1];
	char path[3 * 65];
	json_t *was = value_share(gone->was);
	enum err_code code;

	(void)snprintf(path, sizeof(path), "%s", gone->path);
	apply_note(a, OUTCOME_CONFLICT);
	code = apply_clash(a,
	    &(struct clash){ .path = path,
	        .base = &op->base,
	        .kind = CONFLICT_ASK,
	        .ancestor = was,
	        .by = &by },
	    e);
	if (code == ERR_OK && !apply_is_held(a))
		code = record_set(a->r, path, was, false, &a->mine, e);
	if (code == ERR_OK && *path == '\0')
		a->was_signed = schema_is_signed(a->type, was);
	json_decref(was);
	return code;
}

enum err_code
apply_come_back(struct applying *a, const struct change_op *op, bool is_record,
    struct err *e)
{
	const struct path_state *gone = apply_removed_above(a, op->path);
	enum err_code code = ERR_OK;

	while (code == ERR_OK && !apply_is_held(a) && gone != NULL &&
	    is_record == (*gone->path == '\0') && may_come_back(a, op, gone)) {
		code = come_back(a, op, gone, e);
		gone = apply_removed_above(a, op->path);
	}
	return code;
}

/* The value at a row's path with the op done to it; *out is a new reference
 * or NULL. */
static enum err_code
with_op(const char *row, const json_t *value, const struct change_op *op,
    bool is_member, json_t **out, struct err *e)
{
	json_t *doc = json_object();
	enum err_code code = doc == NULL ? value_no_memory(e) : ERR_OK;

	if (code == ERR_OK)
		code = path_set(doc, row, value, false, e);
	if (code == ERR_OK)
		code = path_set(doc, op->path, op->now, is_member, e);
	if (code == ERR_OK)
		*out = value_share(path_get(doc, row));
	json_decref(doc);
	return code;
}

/* The side that an earlier op of this change made, or NULL: a change has one.
 */
static const struct conflict_side *
side_of_change(const struct applying *a, const struct conflict *c)
{
	for (size_t i = 0; i < c->n_sides; i++)
		if (id_equal(c->sides[i].device, a->c->device) &&
		    c->sides[i].counter == a->c->counter)
			return &c->sides[i];
	return NULL;
}

/* The author's own side that this op goes on with, or NULL: one that this
 * change made, the one that was edited, or an earlier one whose value here
 * is what the author saw. */
static const struct conflict_side *
own_side(const struct applying *a, const struct conflict *c,
    const struct change_op *op)
{
	const struct change_name name = change_own_name(a->c, &op->base);
	const struct conflict_side *found = side_of_change(a, c);
	size_t row_len = strlen(c->path);

	if (found != NULL)
		return found;
	for (size_t i = 0; i < c->n_sides; i++) {
		const struct conflict_side *s = &c->sides[i];
		const char *rest = op->path + row_len;

		if (!id_equal(s->author, a->c->author))
			continue;
		if (strcmp(s->key, op->base.side) == 0)
			return s;
		rest += *rest == '/';
		if (change_is_own(a->c, s->device, s->counter) &&
		    s->value != NULL &&
		    ((id_equal(s->device, name.device) &&
		         s->counter == name.counter) ||
		        path_equal(path_get(s->value, rest), op->was)))
			found = s;
	}
	return found;
}

enum err_code
apply_beneath_removed(struct applying *a, const struct change_op *op,
    const struct spot *spot, const struct path_state *gone, struct err *e)
{
	const struct conflict *c =
	    apply_find_conflict(a, gone->path, &op->base);
	const struct conflict_side *side =
	    c == NULL ? NULL : own_side(a, c, op);
	json_t *value = NULL;
	enum err_code code;

	/* Who saw it removed brings it back whole, or not at all. */
	if (!apply_is_unseen(a, op->path, &op->base))
		return apply_hold(a, "removed", op->path);
	code = with_op(gone->path, side != NULL ? side->value : gone->was, op,
	    spot->is_member, &value, e);
	if (code == ERR_MALFORMED)
		return apply_hold(a, "bad_value", op->path);
	if (code != ERR_OK)
		return code;
	apply_note(a, OUTCOME_CONFLICT);
	code = apply_clash(a,
	    &(struct clash){ .path = gone->path,
	        .base = &op->base,
	        .kind = CONFLICT_ASK,
	        .ancestor = gone->was,
	        .value = value,
	        .replaces = side == NULL ? NULL : side->key },
	    e);
	json_decref(value);
	return code;
}
