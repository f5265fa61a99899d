/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions.  A decision closes the sides that it names, in the versions that
 * its author saw; its value is an op of the same change, or, without one, the
 * value that stands.  What a decision takes the place of stays, as a closed
 * side: its author reads it there, and an undo opens it again.  One that had
 * not seen what stood by then decides nothing, and is written down as "late".
 */
#include "common/core/apply_int.h"
#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/json.h"

static struct conflict *
conflict_of(const struct applying *a, const struct change_resolve *d)
{
	for (size_t i = 0; i < a->r->n_conflicts; i++)
		if (id_equal(a->r->conflicts[i].id, d->conflict))
			return &a->r->conflicts[i];
	return NULL;
}

static const struct change_op *
op_at(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (strcmp(a->c->ops[i].path, path) == 0)
			return &a->c->ops[i];
	return NULL;
}

/* Neither passed on nor taken back. */
static bool
decides_it(const struct change_resolve *d)
{
	return !d->ask && d->undo[0] == '\0';
}

bool
apply_decides(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_resolves; i++) {
		const struct conflict *c = conflict_of(a, &a->c->resolves[i]);

		if (c != NULL && decides_it(&a->c->resolves[i]) &&
		    strcmp(c->path, path) == 0)
			return true;
	}
	return false;
}

/* Without an op: whether the value that stands is the one that was seen. */
static bool
saw_current(
    const struct applying *a, const struct change_resolve *d, const char *path)
{
	const struct path_state *ps = record_path(a->r, path);

	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (!apply_is_shown(a, s->version, d->current) &&
		    !change_is_own(a->c, s->device, s->counter))
			return false;
	}
	return true;
}

/* True if the decision names the side in the version that it has. */
static bool
names(const struct change_resolve *d, const struct conflict_side *s)
{
	for (size_t i = 0; i < json_array_size(d->sides); i++) {
		const json_t *pair = json_array_get(d->sides, i);
		const char *key = json_string_value(json_array_get(pair, 0));
		struct version v;

		if (key != NULL && strcmp(key, s->key) == 0 &&
		    version_from_json(json_array_get(pair, 1), &v, NULL) ==
		        ERR_OK &&
		    version_compare(v, s->version) == 0)
			return true;
	}
	return false;
}

static void
begin(struct applying *a, const struct change_resolve *d, struct conflict *c)
{
	c->version = a->mine.version;
	if (d->undo[0] != '\0')
		return; /* when all else is done */
	if (d->ask) {
		if (c->owner < OWNER_ADMINISTRATOR)
			c->owner++;
		return;
	}
	if (op_at(a, c->path) == NULL && !saw_current(a, d, c->path))
		return;
	for (size_t i = 0; i < c->n_sides; i++)
		if (c->sides[i].is_open && names(d, &c->sides[i]))
			c->sides[i].is_open = false;
}

/* True if nothing is undone, or a decision that was made. */
static bool
has_decision(const struct conflict *c, const char *undo)
{
	char key[60];

	for (size_t i = 0; *undo != '\0' && i < json_array_size(c->decisions);
	     i++) {
		const json_t *one = json_array_get(c->decisions, i);
		struct id device;

		if (json_get_id(one, "device", &device, NULL) != ERR_OK)
			continue;
		conflict_key_print(key, device,
		    (uint64_t)json_integer_value(
		        json_object_get(one, "counter")));
		if (strcmp(key, undo) == 0)
			return true;
	}
	return *undo == '\0';
}

enum err_code
apply_resolves_begin(struct applying *a)
{
	for (size_t i = 0; i < a->c->n_resolves; i++) {
		struct conflict *c = conflict_of(a, &a->c->resolves[i]);

		if (c == NULL || !has_decision(c, a->c->resolves[i].undo))
			return apply_hold(a, "not_found", "");
		begin(a, &a->c->resolves[i], c);
	}
	return ERR_OK;
}

/* The removal, in this change, of something that the path lies in: the
 * decision is that the sides go with it. */
static const struct change_op *
removal_above(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++) {
		const struct change_op *op = &a->c->ops[i];

		if (op->now == NULL && strcmp(op->path, path) != 0 &&
		    path_covers(op->path, path))
			return op;
	}
	return NULL;
}

/* What a decision did: its op's value stands, or became an addendum; what it
 * lay in is removed; or, with no op, what stood was seen. */
static bool
took_effect(const struct applying *a, const struct change_resolve *d,
    const struct conflict *c)
{
	const struct change_op *op = op_at(a, c->path);
	const struct change_op *removal = removal_above(a, c->path);
	struct spot spot = apply_spot(a, c->path, NULL, NULL);

	if (op == NULL && removal != NULL)
		return path_get(a->r->doc, removal->path) == NULL;
	if (op == NULL)
		return saw_current(a, d, c->path);
	return path_equal(path_get(a->r->doc, c->path), op->now) ||
	    (a->was_signed && apply_is_locked(a, &spot));
}

/* The removal that the sides were to go with did not happen. */
static void
reopen(struct applying *a, const struct change_resolve *d, struct conflict *c)
{
	const struct conflict *was = record_conflict(a->before, c->id);

	for (size_t i = 0; was != NULL && i < was->n_sides; i++)
		if (was->sides[i].is_open && names(d, &c->sides[i]) &&
		    removal_above(a, c->path) != NULL &&
		    op_at(a, c->path) == NULL)
			c->sides[i].is_open = true;
}

/* What the decision left: what stands now; of a late one, what it wanted. */
static const json_t *
value_of(const struct applying *a, const struct conflict *c, bool is_late)
{
	const struct change_op *op = op_at(a, c->path);

	if (!is_late)
		return path_get(a->r->doc, c->path);
	return op == NULL ? NULL : op->now;
}

static enum err_code
decision_to_json(const struct applying *a, const struct change_resolve *d,
    const struct conflict *c, bool is_late, json_t **out, struct err *e)
{
	const json_t *value = value_of(a, c, is_late);
	json_t *obj = json_object();
	enum err_code code = json_put_id(obj, "by", a->c->author, e);

	if (code == ERR_OK && d->ask)
		code = json_put_bool(obj, "ask", true, e);
	if (code == ERR_OK && is_late)
		code = json_put_bool(obj, "late", true, e);
	/* A copy: the document's outermost object is changed in place. */
	if (code == ERR_OK && d->undo[0] != '\0')
		code = json_put_str(obj, "undo", d->undo, e);
	if (code == ERR_OK && decides_it(d) && value != NULL)
		code = json_put_take(obj, "value",
		    *c->path == '\0' ? json_copy_all(value)
		                     : value_share(value),
		    e);
	if (code == ERR_OK && d->reason != NULL)
		code = json_put_str(obj, "reason", d->reason, e);
	if (code == ERR_OK)
		code = json_put_int(obj, "at", (int64_t)a->c->made_at, e);
	if (code == ERR_OK)
		code = json_put_id(obj, "device", a->c->device, e);
	if (code == ERR_OK)
		code = json_put_int(obj, "counter", (int64_t)a->c->counter, e);
	if (code == ERR_OK)
		code = json_put_take(
		    obj, "version", version_to_json(a->mine.version), e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

static enum err_code
write_down(struct applying *a, const struct change_resolve *d,
    struct conflict *c, bool is_late, struct err *e)
{
	json_t *entry = NULL;
	enum err_code code = decision_to_json(a, d, c, is_late, &entry, e);

	if (code != ERR_OK)
		return code;
	if (c->decisions == NULL)
		c->decisions = json_array();
	return json_add_take(c->decisions, entry, e);
}

/* Open every version that differs from what stands.  Where the path has
 * another conflict that is open by now, they join that one. */
static enum err_code
undo(struct applying *a, struct conflict *c, struct err *e)
{
	const json_t *current = path_get(a->r->doc, c->path);
	struct conflict *open =
	    (struct conflict *)(uintptr_t)record_open_conflict(a->r, c->path);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++) {
		struct conflict_side *s = &c->sides[i];
		struct conflict_side again = *s;

		if (path_equal(s->value, current))
			continue;
		apply_note(a, OUTCOME_CONFLICT);
		if (open == NULL || open == c) {
			s->is_open = true;
			continue;
		}
		if (open->n_sides == LIMIT_SIDES)
			return apply_hold(a, "too_many_sides", c->path);
		again.version = open->version = a->mine.version;
		again.is_open = true;
		if (!apply_has_side_in(open, s->key))
			code = conflict_side_add(open, &again, e);
	}
	/* Whatever it was before, it is for a person now. */
	if (conflict_is_open(c))
		c->kind = CONFLICT_ASK;
	return code;
}

/* The decision of somebody who had not seen what stood by then.  Of one whose
 * words were erased nobody knows whether it is that. */
static enum err_code
end_late(struct applying *a, const struct change_resolve *d, struct conflict *c,
    struct err *e)
{
	const struct change_op *op = op_at(a, c->path);

	apply_note(a, OUTCOME_CONFLICT);
	reopen(a, d, c);
	return op != NULL && op->is_erased ? ERR_OK
	                                   : write_down(a, d, c, true, e);
}

enum err_code
apply_resolves_end(struct applying *a, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->c->n_resolves && code == ERR_OK; i++) {
		const struct change_resolve *d = &a->c->resolves[i];
		struct conflict *c = conflict_of(a, d);

		if (d->undo[0] != '\0')
			code = undo(a, c, e);
		if (code != ERR_OK || apply_is_held(a))
			break;
		code = !decides_it(d) || took_effect(a, d, c)
		    ? write_down(a, d, c, false, e)
		    : end_late(a, d, c, e);
	}
	return code;
}

enum err_code
apply_keep_replaced(
    struct applying *a, const struct change_op *op, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);
	const struct setter *last = apply_last_setter(a, op->path);
	struct conflict_side side;
	struct conflict *c = NULL;

	for (size_t i = 0; i < a->c->n_resolves && c == NULL; i++) {
		c = conflict_of(a, &a->c->resolves[i]);
		if (c != NULL &&
		    (!decides_it(&a->c->resolves[i]) ||
		        strcmp(c->path, op->path) != 0))
			c = NULL;
	}
	if (c == NULL || last == NULL || current == NULL || *op->path == '\0' ||
	    c->n_sides == LIMIT_SIDES)
		return ERR_OK;
	side = (struct conflict_side){ .value = value_plain(current),
		.author = last->author,
		.device = last->device,
		.counter = last->counter,
		.made_at = last->made_at,
		.clock_offset = last->clock_offset,
		.version = a->mine.version };
	conflict_key_print(side.key, side.device, side.counter);
	for (size_t i = 0; i < c->n_sides; i++)
		if (strcmp(c->sides[i].key, side.key) == 0 ||
		    path_equal(c->sides[i].value, current))
			return ERR_OK;
	return conflict_side_add(c, &side, e);
}
