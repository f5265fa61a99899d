/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In whose name a change speaks, and of what: everyone begins, signs and adds
 * for themselves, and a reference leads to a record of the field's type.  What
 * stands already may be said again, whoever says it.
 */
#include "common/core/apply_int.h"
#include "common/core/value.h"

/* ---- names ---- */

static bool
is_me(const struct applying *a, const json_t *user)
{
	struct id_text me = id_print(a->c->author);

	return json_is_string(user) &&
	    strcmp(json_string_value(user), me.s) == 0;
}

/* The field's value as the op would leave it, or NULL when it does not say. */
static const json_t *
said(const struct change_op *op, const char *field)
{
	if (field == NULL)
		return NULL;
	if (op->path[0] == '\0')
		return json_object_get(op->now, field);
	return strcmp(op->path, field) == 0 ? op->now : NULL;
}

/* Somebody else is to have begun or signed the record. */
static bool
is_signed_for_another(const struct applying *a, const struct change_op *op)
{
	const struct schema_signing *s = &a->type->signing;
	const char *const fields[] = { s->author, s->by };

	for (size_t i = 0; i < 2 && !a->ctx->by_office; i++) {
		const json_t *now = said(op, fields[i]);

		if (now != NULL &&
		    !path_equal(path_get(a->r->doc, fields[i]), now) &&
		    !is_me(a, now))
			return true;
	}
	return false;
}

/* The column that names an addendum's author. */
static const char *
addendum_author(const struct applying *a)
{
	return a->type->signing.addendum.author;
}

/* One addendum, which stands as `before` (NULL: it is new), as `now`: a new
 * one is its author's own, and nobody writes on in another's. */
static bool
is_anothers_addendum(
    const struct applying *a, const json_t *before, const json_t *now)
{
	const json_t *wrote = json_object_get(before, addendum_author(a));
	const json_t *writes = json_object_get(now, addendum_author(a));

	if (now == NULL || path_equal(before, now))
		return false;
	return (wrote != NULL && !is_me(a, wrote)) ||
	    (writes != NULL && !is_me(a, writes));
}

static bool
has_anothers_addendum(
    const struct applying *a, const json_t *before, const json_t *now)
{
	const char *row;
	json_t *value;

	json_object_foreach(value_plain(now), row, value)
	{
		if (is_anothers_addendum(
		        a, json_object_get(before, row), value))
			return true;
	}
	return false;
}

/* One column of an addendum, which stands as `before`. */
static bool
is_anothers_column(const struct applying *a, const json_t *before,
    const char *column, const json_t *now)
{
	const json_t *wrote = json_object_get(before, addendum_author(a));
	const char *state = a->type->signing.addendum.state;

	if (path_equal(json_object_get(before, column), now))
		return false;
	/* Whose record it is accepts what others wrote of it; so may the
	 * office, should they have left. */
	if (state != NULL && strcmp(column, state) == 0)
		return !a->ctx->by_office &&
		    !id_equal(a->c->author, a->r->author);
	return (wrote != NULL && !is_me(a, wrote)) ||
	    (strcmp(column, addendum_author(a)) == 0 && !is_me(a, now));
}

/* Somebody else is to have written an addendum.  The office's own rows, made
 * of words that came too late, do not come through ops. */
static bool
is_added_for_another(const struct applying *a, const struct change_op *op)
{
	const char *rows = a->type->signing.addenda;
	struct path_parts p = path_split(op->path);
	const json_t *before, *row;

	if (rows == NULL || op->now == NULL)
		return false;
	before = json_object_get(a->r->doc, rows);
	if (p.n == 0)
		return has_anothers_addendum(
		    a, before, json_object_get(op->now, rows));
	if (strcmp(p.part[0], rows) != 0)
		return false;
	row = json_object_get(before, p.part[1]);
	if (p.n == 3)
		return is_anothers_column(a, row, p.part[2], op->now);
	return p.n == 2 ? is_anothers_addendum(a, row, op->now)
	                : has_anothers_addendum(a, before, op->now);
}

bool
apply_is_in_anothers_name(const struct applying *a, const struct change_op *op)
{
	return is_signed_for_another(a, op) || is_added_for_another(a, op);
}

/* ---- references ---- */

struct looking {
	struct applying *a;
	const char *path; /* of the op */
	struct err *e;
};

static enum err_code
look_id(struct looking *l, const struct schema_field *field, const char *text)
{
	const struct applying *a = l->a;
	char type[65];
	struct id id;
	enum err_code code = ERR_OK;

	if (text == NULL || !id_parse(text, &id))
		return ERR_OK;
	if (id_equal(id, a->c->record))
		(void)snprintf(type, sizeof(type), "%s", a->c->type);
	else
		code = a->ctx->type_of(a->ctx->arg, id, type, l->e);
	if (code == ERR_NOTFOUND) /* it may be on its way */
		return ERR_OK;
	if (code == ERR_OK && strcmp(type, field->ref) != 0)
		return apply_hold(l->a, "wrong_ref", l->path);
	return code;
}

static enum err_code look_fields(struct looking *l,
    const struct schema_field *fields, size_t n, const json_t *now,
    const json_t *before);

static enum err_code
look_rows(struct looking *l, const struct schema_field *field,
    const json_t *now, const json_t *before)
{
	const char *row;
	json_t *value;

	json_object_foreach(value_plain(now), row, value)
	{
		enum err_code code = look_fields(l, field->children,
		    field->children_n, value, json_object_get(before, row));

		if (code != ERR_OK || apply_is_held(l->a))
			return code;
	}
	return ERR_OK;
}

static bool
has_member(const json_t *set, const json_t *member)
{
	for (size_t i = 0; i < json_array_size(set); i++)
		if (json_equal(json_array_get(set, i), member))
			return true;
	return false;
}

static enum err_code
look_set(struct looking *l, const struct schema_field *field, const json_t *now,
    const json_t *before)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < json_array_size(now) && code == ERR_OK && !apply_is_held(l->a);
	     i++) {
		const json_t *member = json_array_get(now, i);

		if (!has_member(before, member))
			code = look_id(l, field, json_string_value(member));
	}
	return code;
}

/* A field's value, of which `before` stands. */
static enum err_code
look_field(struct looking *l, const struct schema_field *field,
    const json_t *now, const json_t *before)
{
	if (path_equal(now, before))
		return ERR_OK;
	if (field->kind == SCHEMA_REF)
		return look_id(l, field, json_string_value(now));
	if (field->kind == SCHEMA_REFS)
		return look_set(l, field, now, before);
	if (field->kind == SCHEMA_ROWS)
		return look_rows(l, field, now, before);
	if (field->kind == SCHEMA_GROUP)
		return look_fields(
		    l, field->children, field->children_n, now, before);
	return ERR_OK;
}

static enum err_code
look_fields(struct looking *l, const struct schema_field *fields, size_t n,
    const json_t *now, const json_t *before)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK && !apply_is_held(l->a); i++)
		code = look_field(l, &fields[i],
		    json_object_get(now, fields[i].name),
		    json_object_get(before, fields[i].name));
	return code;
}

enum err_code
apply_check_refs(struct applying *a, const struct change_op *op, struct err *e)
{
	struct looking l = { .a = a, .path = op->path, .e = e };
	struct schema_spot spot = schema_find(a->type, op->path);
	const json_t *before = path_get(a->r->doc, op->path);

	if (op->now == NULL)
		return ERR_OK;
	switch (spot.part) {
	case SCHEMA_PART_RECORD:
		return look_fields(
		    &l, a->type->fields, a->type->fields_n, op->now, before);
	case SCHEMA_PART_ROW:
		return look_fields(&l, spot.field->children,
		    spot.field->children_n, op->now, before);
	case SCHEMA_PART_FIELD:
	case SCHEMA_PART_COLUMN:
		return look_field(&l, spot.field, op->now, before);
	case SCHEMA_PART_MEMBER:
		return spot.field->kind != SCHEMA_REFS || before != NULL
		    ? ERR_OK
		    : look_id(&l, spot.field, path_split(op->path).part[1]);
	case SCHEMA_PART_BAD:
	case SCHEMA_PART_UNKNOWN:
		break;
	}
	return ERR_OK;
}
