/* SPDX-License-Identifier: Apache-2.0 */
#include "client/begin.h"

#include <stdlib.h>

#include "client/asked.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/schema_template.h"
#include "common/sys/json.h"

#define ROW_PATH_MAX (3 * LIMIT_NAME_BYTES)

static enum err_code
find_version(struct client *c, const char *name,
    const struct template_version **out, struct err *e)
{
	const struct schema_template *t = schema_template(c->schema, name);
	char today[CLOCK_DAY_MAX];

	client_next(c, "visitbook template list shows them.");
	if (t == NULL || t->type != c->type)
		return err_set(e, ERR_INVALID, 0,
		    "there is no template \"%.60s\" for a %.64s", name,
		    c->type->name);
	clock_day(clock_unix_ms(), today);
	*out = schema_template_current(t, today);
	if (*out == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "the template \"%.60s\" is not in use today", name);
	c->next[0] = '\0';
	return ERR_OK;
}

static enum err_code
set_values(struct edits *edits, const json_t *values, struct err *e)
{
	const char *name;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach(
	    (json_t *)(uintptr_t)values, name, value) if (code == ERR_OK) code =
	    edits_value(edits, name, value, e);
	return code;
}

/* One new row of a rows field, its columns one by one, so that what the person
 * gives for the same row goes beside them. */
static enum err_code
set_row(struct edits *edits, const char *field, size_t no, const json_t *row,
    struct err *e)
{
	char path[ROW_PATH_MAX];
	const char *column;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)row, column, value)
	{
		(void)snprintf(
		    path, sizeof(path), "%.64s/+%zu/%.64s", field, no, column);
		if (code == ERR_OK)
			code = edits_value(edits, path, value, e);
	}
	return code;
}

/* Rows are shown by their ids, which begin with the time: a millisecond each
 * keeps them in the template's order. */
static enum err_code
set_rows(struct edits *edits, const char *field, const json_t *rows, size_t no,
    struct err *e)
{
	const uint64_t now = edits->now_ms;
	const size_t n = json_array_size(rows);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		edits->now_ms = now - n + i;
		code =
		    set_row(edits, field, no + i, json_array_get(rows, i), e);
	}
	edits->now_ms = now;
	return code;
}

static enum err_code
set_which(struct edits *edits, const struct schema_begun *begun,
    const char *name, int64_t version, struct err *e)
{
	json_t *which = json_object();
	enum err_code code = json_put_str(which, begun->name, name, e);

	if (code == ERR_OK)
		code = json_put_int(which, begun->version, version, e);
	if (code == ERR_OK)
		code = set_values(edits, which, e);
	json_decref(which);
	return code;
}

enum err_code
begin_set(struct client *c, struct edits *edits, struct err *e)
{
	const char *name = args_get(c->args, "template"), *field;
	const struct template_version *v = NULL;
	json_t *rows;
	enum err_code code;

	if (name == NULL)
		return ERR_OK;
	if ((code = find_version(c, name, &v, e)) != ERR_OK ||
	    (code = set_which(edits, &c->type->begun, name, v->version, e)) !=
	        ERR_OK ||
	    (code = set_values(edits, v->set, e)) != ERR_OK)
		return code;
	json_object_foreach((json_t *)(uintptr_t)v->rows, field,
	    rows) if (code == ERR_OK) code = set_rows(edits, field, rows, 1, e);
	return code;
}

/* ---- rows of other records ---- */

/* A text as one line of at most max bytes, cut between characters. */
static json_t *
one_line(const char *text, size_t max)
{
	char *copy = strndup(text, max);
	size_t len = copy == NULL ? 0 : strlen(copy);
	json_t *line;

	/* Not in the middle of a character: those go on with 10xxxxxx. */
	if (copy != NULL && text[len] != '\0')
		while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
			len--;
	for (size_t i = 0; i < len; i++)
		if (copy[i] == '\n' || copy[i] == '\t')
			copy[i] = ' ';
	line = copy == NULL ? NULL : json_stringn(copy, len);
	free(copy);
	return line;
}

/* The value that an edit sets for a ref field. */
static const char *
ref_of(const struct edits *edits, const char *field)
{
	for (size_t i = 0; i < edits->n; i++)
		if (strcmp(edits->items[i].path, field) == 0)
			return json_string_value(edits->items[i].now);
	return NULL;
}

/* The rows of one record that are copied, as rows of the new one. */
static enum err_code
gather(const struct template_copy *copy, const struct schema_field *column,
    const json_t *doc, json_t *out, struct err *e)
{
	const json_t *rows = json_object_get(doc, copy->rows);
	const char *id;
	json_t *row, *made;
	enum err_code code = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)rows, id, row)
	{
		const json_t *text = json_object_get(row, copy->from);

		if (path_is_absent(text) ||
		    (copy->unless != NULL &&
		        !path_is_absent(json_object_get(row, copy->unless))))
			continue;
		made = json_object();
		code = json_put_take(made, copy->column,
		    one_line(json_string_value(text), column->max_len), e);
		if (code == ERR_OK)
			code = json_add_take(out, json_incref(made), e);
		json_decref(made);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
copy_rows(struct client *c, struct edits *edits,
    const struct template_version *v, const struct template_copy *copy,
    struct err *e)
{
	const struct schema_field *into =
	    schema_find_field(c->type, copy->into);
	const size_t preset =
	    json_array_size(json_object_get(v->rows, copy->into));
	const char *id = ref_of(edits, copy->ref);
	json_t *docs = NULL, *rows = json_array();
	enum err_code code = ERR_OK;

	if (id != NULL)
		code = asked_referring(c, copy->of, copy->by, id, &docs, e);
	for (size_t i = 0; i < json_array_size(docs) && code == ERR_OK; i++)
		code = gather(copy, schema_child(into, copy->column),
		    json_array_get(docs, i), rows, e);
	if (code == ERR_OK)
		code = set_rows(edits, copy->into, rows, preset + 1, e);
	json_decref(docs);
	json_decref(rows);
	return code;
}

enum err_code
begin_copy(struct client *c, struct edits *edits, struct err *e)
{
	const char *name = args_get(c->args, "template");
	const struct template_version *v = NULL;
	enum err_code code;

	if (name == NULL)
		return ERR_OK;
	code = find_version(c, name, &v, e);
	for (size_t i = 0; code == ERR_OK && i < v->copies_n; i++)
		code = copy_rows(c, edits, v, &v->copies[i], e);
	return code;
}
