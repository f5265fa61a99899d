/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A difference in words: what an addendum says.
 */
#include "common/core/apply_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define ARROW " \xe2\x86\x92 "
#define QUOTE "\xe2\x80\x9c"
#define UNQUOTE "\xe2\x80\x9d"
#define NOTHING "nothing"

static void say(
    const struct schema_field *field, const json_t *value, struct buf *out);

/* The columns of a row or members of a group, in the order of the form. */
static void
say_members(
    const struct schema_field *field, const json_t *value, struct buf *out)
{
	bool is_first = true;

	for (size_t i = 0; i < field->children_n; i++) {
		const struct schema_field *f =
		    schema_shown(field->children, field->children_n, i);
		const json_t *v =
		    f == NULL ? NULL : json_object_get(value, f->name);

		if (v == NULL)
			continue;
		buf_add_str(out, is_first ? "" : "; ");
		buf_add_str(out, f->label);
		buf_add_str(out, ": ");
		say(f, v, out);
		is_first = false;
	}
}

static void
say_code(const struct schema_field *field, const char *code, struct buf *out)
{
	if (code != NULL && field->codes != NULL)
		buf_add_str(out, schema_code_label(field->codes, code));
	else if (code != NULL)
		buf_add_str(out, code);
}

/* Rows in the order of their ids, which is that of their making. */
static void
say_rows(const struct schema_field *field, const json_t *value, struct buf *out)
{
	size_t n = 0;
	const char **ids = value_keys(value, &n);

	if (ids == NULL) {
		out->bad = ERR_NOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, i == 0 ? "(" : ", (");
		say_members(field, json_object_get(value, ids[i]), out);
		buf_add_char(out, ')');
	}
	free(ids);
}

/* A value of a kind that its field does not expect, or of no known field. */
static void
say_plain(const json_t *value, struct buf *out)
{
	enum err_code code;

	if (json_is_string(value)) {
		buf_add_str(out, QUOTE);
		buf_add_str(out, json_string_value(value));
		buf_add_str(out, UNQUOTE);
		return;
	}
	code = json_print(value, out, NULL);
	if (code != ERR_OK)
		out->bad = code; /* not all of it was said */
}

static void
say(const struct schema_field *field, const json_t *value, struct buf *out)
{
	if (value == NULL) {
		buf_add_str(out, NOTHING);
		return;
	}
	if (field != NULL && json_is_object(value)) {
		if (field->kind == SCHEMA_GROUP)
			say_members(field, value, out);
		else if (field->kind == SCHEMA_ROWS)
			say_rows(field, value, out);
		else
			say_plain(value, out);
		return;
	}
	if (json_is_boolean(value)) {
		buf_add_str(out, json_is_true(value) ? "Yes" : "No");
	} else if (json_is_array(value) && field != NULL) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			buf_add_str(out, i > 0 ? ", " : "");
			say_code(field,
			    json_string_value(json_array_get(value, i)), out);
		}
	} else if (json_is_string(value) && field != NULL &&
	    field->kind != SCHEMA_LINE && field->kind != SCHEMA_TEXT) {
		say_code(field, json_string_value(value), out);
	} else {
		say_plain(value, out);
	}
}

/* The place in words; a place of a newer schema by its path. */
static void
say_place(const struct applying *a, const struct spot *spot, struct buf *out)
{
	const struct schema_field *f = spot->schema.field;

	if (spot->schema.part == SCHEMA_PART_RECORD)
		buf_add_str(out, a->type->label);
	else if (f == NULL)
		buf_add_str(out, spot->path);
	if (f == NULL)
		return;
	if (f->parent != NULL) {
		buf_add_str(out, f->parent->label);
		buf_add_str(out, ", ");
	}
	buf_add_str(out, f->label);
}

/* A row's value in words. */
static void
say_row(const struct spot *spot, const json_t *value, struct buf *out)
{
	if (value == NULL || spot->schema.part != SCHEMA_PART_ROW)
		say(NULL, value, out);
	else
		say_members(spot->schema.field, value, out);
}

/* What else is known of a record under another name than a field's. */
static void
say_unknown(const struct applying *a, const json_t *old, const json_t *now,
    struct buf *out)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)now, name, value)
	{
		if (schema_find_field(a->type, name) != NULL ||
		    path_equal(json_object_get(old, name), value))
			continue;
		buf_printf(out, "; %s: ", name);
		say(NULL, value, out);
	}
}

/* A record as a whole: taken away, or what of it is said anew. */
static void
say_record(const struct applying *a, const json_t *old, const json_t *now,
    struct buf *out)
{
	const struct schema_type *type = a->type;

	if (json_object_size(now) == 0) {
		buf_add_str(out, "asked for all of it to be removed");
		return;
	}
	buf_add_str(out, "asked for it to be otherwise");
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f =
		    schema_shown(type->fields, type->fields_n, i);
		const json_t *v = json_object_get(now, f->name);

		if (path_equal(v, json_object_get(old, f->name)))
			continue;
		buf_printf(out, "; %s: ", f->label);
		say(f, v, out);
	}
	say_unknown(a, old, now, out);
}

void
apply_words(const struct applying *a, const struct spot *spot,
    const json_t *old, const json_t *now, struct buf *out)
{
	say_place(a, spot, out);
	buf_add_str(out, ": ");
	if (spot->is_member) {
		struct path_parts p = path_split(spot->path);

		if (spot->schema.field != NULL)
			say_code(spot->schema.field, p.part[1], out);
		else
			buf_add_str(out, p.part[1]);
		buf_add_str(out, now != NULL ? " (added)" : " (taken out)");
	} else if (spot->schema.part == SCHEMA_PART_RECORD) {
		say_record(a, old, now, out);
	} else if (spot->is_row) {
		say_row(spot, old, out);
		buf_add_str(out, ARROW);
		say_row(spot, now, out);
	} else {
		say(spot->schema.field, old, out);
		buf_add_str(out, ARROW);
		say(spot->schema.field, now, out);
	}
}
