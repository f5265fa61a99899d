/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a table goes into the entry of its record: a new one, or that of an
 * earlier line with the same key.
 */
#include <stdio.h>
#include <string.h>

#include "common/sys/json.h"
#include "daemon/central/command/import.h"

#define SHOWN_MAX ((size_t)200) /* bytes of a refused value */

/* ---- refusing ---- */

static json_t *
shown(const char *value)
{
	size_t len = strlen(value);

	if (len > SHOWN_MAX) {
		len = SHOWN_MAX;
		while (len > 0 && ((unsigned char)value[len] & 0xC0U) == 0x80U)
			len--;
	}
	return json_stringn(value, len);
}

enum err_code
import_refuse(struct import *im, size_t line,
    const struct import_column *column, const char *value,
    const struct err *why, struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_int(one, "line", (int64_t)line, e)) != ERR_OK ||
	    (code = json_put_str(one, "column",
	         column == NULL ? "" : column->header, e)) != ERR_OK ||
	    (code = json_put_take(one, "value", shown(value), e)) != ERR_OK ||
	    (code = json_put_str(one, "why", why->msg, e)) != ERR_OK) {
		json_decref(one);
		return code;
	}
	im->refused++;
	return json_add_take(im->refusals, one, e);
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

/* ---- what a line says, apart from others ---- */

/* The values of one line, by column; NULL: it says nothing there. */
struct said {
	json_t *values[CSV_CELLS_MAX];
	struct id id;
	size_t bad; /* column of a refusal */
};

static void
said_fini(struct said *s)
{
	for (size_t i = 0; i < CSV_CELLS_MAX; i++)
		json_decref(s->values[i]);
}

static enum err_code
cell_read(struct import *im, const struct import_column *col, const char *text,
    struct said *s, json_t **out, struct err *e)
{
	if (col->kind == IMPORT_SKIPPED || (is_blank(text) && !col->is_key))
		return ERR_OK;
	if (is_blank(text))
		return err_set(e, ERR_INVALID, 0,
		    "the key is empty, so nobody can tell which record it is");
	if (col->kind != IMPORT_IS_ID)
		return import_value(im, col, text, out, e);
	if (!id_parse(text, &s->id) || id_is_zero(s->id))
		return err_set(e, ERR_INVALID, 0, "this is no id");
	return ERR_OK;
}

/* The first that is wrong is told; the others are read all the same, since the
 * key may be among them. */
static enum err_code
cells_read(struct import *im, const struct csv_line *line, struct said *s,
    struct err *e)
{
	enum err_code first = ERR_OK;

	for (size_t i = 0; i < im->n_columns; i++) {
		enum err_code code =
		    cell_read(im, &im->columns[i], line->cells[i], s,
		        &s->values[i], first == ERR_OK ? e : NULL);

		if (code != ERR_OK && code != ERR_INVALID)
			return err_set(e, code, 0, "the office cannot be read");
		if (code != ERR_OK && first == ERR_OK) {
			first = code;
			s->bad = i;
		}
	}
	return first;
}

/* ---- a line joins its entry ---- */

/* Lines of one record say the same of it, or nothing. */
static enum err_code
put_same(json_t *into, const char *name, json_t *value, struct err *e)
{
	const json_t *before = json_object_get(into, name);

	if (before == NULL)
		return json_put_take(into, name, json_incref(value), e);
	return json_equal(before, value)
	    ? ERR_OK
	    : err_set(e, ERR_INVALID, 0,
	          "an earlier line of the same record says something else");
}

static enum err_code
put_group(json_t *groups, const char *name, const char *member, json_t *value,
    struct err *e)
{
	json_t *group = json_object_get(groups, name);
	enum err_code code = ERR_OK;

	if (group == NULL) {
		code = json_put_take(groups, name, json_object(), e);
		group = json_object_get(groups, name);
	}
	return code == ERR_OK ? put_same(group, member, value, e) : code;
}

/* The row of this line that FIELD/+NAME stands for. */
static enum err_code
put_row(
    json_t *rows, const struct import_column *col, json_t *value, struct err *e)
{
	char name[2 * LIMIT_NAME_BYTES + 2];
	json_t *row;
	enum err_code code = ERR_OK;

	(void)snprintf(name, sizeof(name), "%s/%s", col->part[0], col->part[1]);
	row = json_object_get(rows, name);
	if (row == NULL) {
		code = json_put_take(rows, name, json_object(), e);
		row = json_object_get(rows, name);
	}
	if (code != ERR_OK)
		return code;
	return col->kind == IMPORT_ROW
	    ? put_same(row, col->part[2], value, e)
	    : put_group(row, col->part[2], col->part[3], value, e);
}

static enum err_code
put_value(struct import_entry *x, json_t *rows, const struct import_column *col,
    json_t *value, struct err *e)
{
	switch (col->kind) {
	case IMPORT_FIELD:
	case IMPORT_MEMBER:
	case IMPORT_SET:
		return put_same(x->values, col->path, value, e);
	case IMPORT_GROUP:
		return put_group(
		    x->groups, col->part[0], col->part[1], value, e);
	case IMPORT_ROW:
	case IMPORT_ROW_GROUP:
		return put_row(rows, col, value, e);
	case IMPORT_SKIPPED:
	case IMPORT_IS_ID:
		break;
	}
	return ERR_OK;
}

/* Rows of the line become rows of the entry: [field, columns]. */
static enum err_code
rows_join(struct import_entry *x, const json_t *rows, struct err *e)
{
	const char *name;
	json_t *row;
	enum err_code code = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)rows, name, row)
	{
		if (code == ERR_OK)
			code = json_add_take(x->rows,
			    json_pack(
			        "[s#, O]", name, (int)strcspn(name, "/"), row),
			    e);
	}
	return code;
}

/* A key that found a record is not written to it: the record may be one that
 * stands for the one with this key. */
static enum err_code
line_join(
    struct import *im, struct import_entry *x, struct said *s, struct err *e)
{
	const bool by_key = x->is_here && id_is_zero(s->id);
	json_t *rows = json_object();
	enum err_code code =
	    rows == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory") : ERR_OK;

	for (size_t i = 0; i < im->n_columns && code == ERR_OK; i++) {
		s->bad = i;
		if (s->values[i] != NULL && !(by_key && im->columns[i].is_key))
			code = put_value(
			    x, rows, &im->columns[i], s->values[i], e);
	}
	if (code == ERR_OK)
		code = rows_join(x, rows, e);
	json_decref(rows);
	return code;
}

/* The line's entry, and the line in it; *out is NULL when the line itself is
 * at fault. */
static enum err_code
line_take(struct import *im, const struct csv_line *line, struct said *s,
    struct import_entry **out, struct err *e)
{
	enum err_code code;

	if (line->n != im->n_columns)
		return err_set(e, ERR_INVALID, 0,
		    "the line has %zu cells, and the header has %zu", line->n,
		    im->n_columns);
	if ((code = cells_read(im, line, s, e)) != ERR_OK)
		return code;
	code = import_entry_of(
	    im, (const json_t *const *)s->values, s->id, out, e);
	if (code == ERR_OK)
		code = json_add_take(
		    (*out)->lines, json_integer((json_int_t)line->number), e);
	return code == ERR_OK ? line_join(im, *out, s, e) : code;
}

/* A line that is refused takes its record with it, when its key says which. */
static enum err_code
entry_spoil(struct import *im, const struct said *s, struct import_entry *x,
    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < im->n_columns; i++)
		if (im->columns[i].is_key &&
		    (im->columns[i].kind == IMPORT_IS_ID
		            ? id_is_zero(s->id)
		            : s->values[i] == NULL))
			return ERR_OK; /* nobody knows */
	if (x == NULL)
		code = import_entry_of(
		    im, (const json_t *const *)s->values, s->id, &x, e);
	if (x != NULL)
		x->is_refused = true;
	return code == ERR_INVALID ? ERR_OK : code;
}

enum err_code
import_line(struct import *im, const struct csv_line *line, struct err *e)
{
	struct said s = { .bad = CSV_CELLS_MAX }; /* no cell in particular */
	struct import_entry *x = NULL;
	const bool fits = line->n == im->n_columns;
	struct err why;
	enum err_code code;

	im->lines++;
	code = line_take(im, line, &s, &x, &why);
	if (code == ERR_INVALID) {
		const struct import_column *col =
		    fits && s.bad < im->n_columns ? &im->columns[s.bad] : NULL;

		code = import_refuse(im, line->number, col,
		    col == NULL ? "" : line->cells[s.bad], &why, e);
		if (code == ERR_OK && x != NULL)
			(void)json_array_remove(
			    x->lines, json_array_size(x->lines) - 1);
		if (code == ERR_OK && fits)
			code = entry_spoil(im, &s, x, e);
	} else if (code != ERR_OK && e != NULL) {
		*e = why;
	}
	said_fini(&s);
	return code;
}
