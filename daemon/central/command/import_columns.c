/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each column of a table sets: by a map, or because its header is a path
 * or a label of the schema.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/sys/json.h"
#include "daemon/central/command/import.h"

/* ---- a path of a map ---- */

/* Part the path at its slashes; 0: it is none. */
static size_t
parts_read(struct import_column *col, const char *path)
{
	size_t n = 0;

	while (n < 4) {
		const size_t len = strcspn(path, "/");

		if (len == 0 || len > LIMIT_NAME_BYTES)
			return 0;
		memcpy(col->part[n], path, len);
		col->part[n++][len] = '\0';
		path += len;
		if (*path == '\0')
			return n;
		path++;
	}
	return 0;
}

/* A set's member, a group's, or a row's column. */
static enum import_kind
kind_beneath(
    struct import_column *col, const struct schema_field *top, size_t n)
{
	const struct schema_field *below;

	switch (top->kind) {
	case SCHEMA_CODES:
		return n == 2 && schema_code(top->codes, col->part[1]) != NULL
		    ? IMPORT_MEMBER
		    : 0;
	case SCHEMA_GROUP:
		col->leaf = schema_child(top, col->part[1]);
		return n == 2 && col->leaf != NULL ? IMPORT_GROUP : 0;
	case SCHEMA_ROWS:
		below = n < 3 || col->part[1][0] != '+'
		    ? NULL
		    : schema_child(top, col->part[2]);
		if (below == NULL)
			return 0;
		if (n == 3 && below->kind != SCHEMA_GROUP) {
			col->leaf = below;
			return IMPORT_ROW;
		}
		col->leaf = n == 4 && below->kind == SCHEMA_GROUP
		    ? schema_child(below, col->part[3])
		    : NULL;
		return col->leaf != NULL ? IMPORT_ROW_GROUP : 0;
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
	case SCHEMA_DATE:
	case SCHEMA_TIME:
	case SCHEMA_NUMBER:
	case SCHEMA_YES_NO:
	case SCHEMA_CODE:
	case SCHEMA_REF:
	case SCHEMA_REFS:
		break;
	}
	return 0;
}

static bool
path_read(
    const struct schema_type *type, const char *path, struct import_column *col)
{
	const struct schema_field *top;
	size_t n;

	(void)snprintf(col->path, sizeof(col->path), "%s", path);
	if (strcmp(path, IMPORT_ID) == 0) {
		col->kind = IMPORT_IS_ID;
		return true;
	}
	n = parts_read(col, path);
	top = n == 0 ? NULL : schema_find_field(type, col->part[0]);
	if (top == NULL)
		return false;
	col->leaf = NULL;
	if (n > 1) {
		col->kind = kind_beneath(col, top, n);
		return col->kind != 0;
	}
	if (top->kind == SCHEMA_ROWS || top->kind == SCHEMA_GROUP)
		return false;
	col->leaf = top;
	col->kind = top->kind == SCHEMA_CODES || top->kind == SCHEMA_REFS
	    ? IMPORT_SET
	    : IMPORT_FIELD;
	return true;
}

/* ---- a header that is a label ---- */

struct search {
	const char *header;
	char path[IMPORT_PATH_CAP];
	size_t n; /* how many have the label */
};

/* "Postcode", or with what it is part of, "Address: Postcode". */
static void
fields_search(struct search *s, const struct schema_field *fields, size_t n,
    const char *above, const char *label_above)
{
	char path[IMPORT_PATH_CAP], label[512];

	for (size_t i = 0; i < n; i++) {
		const struct schema_field *f = &fields[i];

		(void)snprintf(path, sizeof(path), "%.200s%s", above, f->name);
		(void)snprintf(
		    label, sizeof(label), "%.300s%s", label_above, f->label);
		if (f->children_n == 0 &&
		    (strcasecmp(f->label, s->header) == 0 ||
		        strcasecmp(label, s->header) == 0)) {
			s->n++;
			(void)snprintf(s->path, sizeof(s->path), "%s", path);
		}
		if (f->children_n == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.200s%s%s", above, f->name,
		    f->kind == SCHEMA_ROWS ? "/+/" : "/");
		(void)snprintf(label, sizeof(label),
		    "%.300s%.200s: ", label_above, f->label);
		fields_search(s, f->children, f->children_n, path, label);
	}
}

static enum err_code
header_read(struct import *im, struct import_column *col, struct err *e)
{
	struct search s = { .header = col->header };

	if (col->header[0] == '\0') {
		im->c->next = "Give it one, take it out of the table, or leave "
		              "it out with --map FILE: {\"columns\": {\"\": "
		              "null}}.";
		return err_set(e, ERR_INVALID, 0, "column %zu has no heading",
		    (size_t)(col - im->columns) + 1);
	}
	if (strcasecmp(col->header, "id") == 0 ||
	    strcmp(col->header, IMPORT_ID) == 0) {
		(void)path_read(im->type, IMPORT_ID, col);
		return ERR_OK;
	}
	if (path_read(im->type, col->header, col))
		return ERR_OK;
	fields_search(&s, im->type->fields, im->type->fields_n, "", "");
	if (s.n == 1 && path_read(im->type, s.path, col))
		return ERR_OK;
	im->c->next = "Say what the column sets with --map FILE: {\"columns\": "
	              "{\"HEADER\": \"PATH\"}}, or null to leave it out; "
	              "visitbook-central TYPE fields lists the paths.";
	if (s.n > 1)
		return err_set(e, ERR_INVALID, 0,
		    "the column \"%.80s\" may be one of %zu fields",
		    col->header, s.n);
	return err_set(e, ERR_INVALID, 0,
	    "the column \"%.80s\" is no field of %.60s", col->header,
	    im->type->name);
}

/* ---- all of them ---- */

static void
header_copy(const char *from, char out[static 128])
{
	const char *at = from + strspn(from, " \t");
	size_t len = strlen(at);

	while (len > 0 && strchr(" \t\n", at[len - 1]) != NULL)
		len--;
	if (len > 127) {
		len = 127;
		while (((unsigned char)at[len] & 0xC0U) == 0x80U)
			len--;
	}
	memcpy(out, at, len);
	out[len] = '\0';
}

/* What a signature is made of comes from who signs; two people say that two
 * records are of the same person. */
static enum err_code
column_allowed(
    const struct import *im, const struct import_column *col, struct err *e)
{
	const struct schema_signing *s = &im->type->signing;

	if ((s->field != NULL && strcmp(col->part[0], s->field) == 0) ||
	    (s->addenda != NULL && strcmp(col->part[0], s->addenda) == 0))
		return err_set(e, ERR_INVALID, 0,
		    "the column \"%.80s\" is part of signing, which only the "
		    "author does",
		    col->header);
	if (im->type->same.field != NULL &&
	    strcmp(col->part[0], im->type->same.field) == 0)
		return err_set(e, ERR_INVALID, 0,
		    "the column \"%.80s\" makes one of two records, which two "
		    "people do",
		    col->header);
	return ERR_OK;
}

static enum err_code
column_read(struct import *im, struct import_column *col, const json_t *columns,
    struct err *e)
{
	const json_t *said = json_object_get(columns, col->header);
	const char *path = json_string_value(said);
	enum err_code code = ERR_OK;

	if (json_is_null(said)) {
		col->kind = IMPORT_SKIPPED;
		return ERR_OK;
	}
	if (said == NULL)
		code = header_read(im, col, e);
	else if (path == NULL || !path_read(im->type, path, col))
		code = err_set(e, ERR_INVALID, 0,
		    "the map gives the column \"%.80s\" no path of %.60s",
		    col->header, im->type->name);
	return code == ERR_OK ? column_allowed(im, col, e) : code;
}

static enum err_code
map_check(struct import *im, const json_t *columns, struct err *e)
{
	const char *header;
	json_t *path;

	json_object_foreach((json_t *)(uintptr_t)columns, header, path)
	{
		size_t i = 0;

		while (i < im->n_columns &&
		    strcmp(im->columns[i].header, header) != 0)
			i++;
		if (i == im->n_columns)
			return err_set(e, ERR_INVALID, 0,
			    "the map speaks of a column \"%.80s\", which the "
			    "table does not have",
			    header);
	}
	return ERR_OK;
}

static enum err_code
key_add(struct import *im, const char *name, struct err *e)
{
	for (size_t i = 0; name != NULL && i < im->n_columns; i++) {
		struct import_column *col = &im->columns[i];

		if (strcmp(col->header, name) != 0 &&
		    (col->kind == IMPORT_SKIPPED ||
		        strcmp(col->path, name) != 0))
			continue;
		if (col->kind != IMPORT_IS_ID && col->kind != IMPORT_FIELD &&
		    col->kind != IMPORT_GROUP)
			return err_set(e, ERR_INVALID, 0,
			    "the column \"%.80s\" cannot tell records apart",
			    col->header);
		col->is_key = true;
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID, 0, "the key \"%.80s\" is no column",
	    name == NULL ? "" : name);
}

static enum err_code
keys_read(struct import *im, const json_t *said, struct err *e)
{
	enum err_code code = ERR_OK;

	if (json_is_string(said))
		return key_add(im, json_string_value(said), e);
	for (size_t i = 0; i < json_array_size(said) && code == ERR_OK; i++)
		code =
		    key_add(im, json_string_value(json_array_get(said, i)), e);
	return code;
}

/* An id is the key, and the only one; without a key nothing tells whether a
 * line is here already. */
static enum err_code
keys_check(struct import *im, struct err *e)
{
	size_t keys = 0, ids = 0;

	for (size_t i = 0; i < im->n_columns; i++) {
		im->columns[i].is_key |= im->columns[i].kind == IMPORT_IS_ID;
		keys += im->columns[i].is_key;
		ids += im->columns[i].kind == IMPORT_IS_ID;
	}
	if (ids > 0 && keys > 1)
		return err_set(e, ERR_INVALID, 0,
		    "the column of ids is the key, and can be the only one");
	if (keys > 0)
		return ERR_OK;
	im->c->next = "Name one with --key COLUMN, such as a reference number; "
	              "several together are a key, too.";
	return err_set(e, ERR_INVALID, 0,
	    "nothing says which column tells one record from another");
}

/* Two columns that set the same would leave it open which counts. */
static enum err_code
twice_check(const struct import *im, struct err *e)
{
	for (size_t i = 0; i < im->n_columns; i++)
		for (size_t k = 0; k < i; k++)
			if (im->columns[i].kind != IMPORT_SKIPPED &&
			    im->columns[k].kind != IMPORT_SKIPPED &&
			    strcmp(im->columns[i].path, im->columns[k].path) ==
			        0)
				return err_set(e, ERR_INVALID, 0,
				    "the columns \"%.80s\" and \"%.80s\" set "
				    "the same",
				    im->columns[k].header,
				    im->columns[i].header);
	return ERR_OK;
}

enum err_code
import_columns(struct import *im, const struct csv_line *header,
    const json_t *map, const json_t *keys, struct err *e)
{
	const json_t *columns = json_object_get(map, "columns");
	enum err_code code = ERR_OK;

	if (map != NULL && !json_is_object(map))
		return err_set(e, ERR_INVALID, 0, "the map is no JSON object");
	im->n_columns = header->n;
	for (size_t i = 0; i < header->n; i++)
		header_copy(header->cells[i], im->columns[i].header);
	for (size_t i = 0; i < header->n && code == ERR_OK; i++)
		code = column_read(im, &im->columns[i], columns, e);
	if (code == ERR_OK && (code = map_check(im, columns, e)) == ERR_OK &&
	    (code = keys_read(im, json_object_get(map, "key"), e)) == ERR_OK &&
	    (code = keys_read(im, keys, e)) == ERR_OK &&
	    (code = keys_check(im, e)) == ERR_OK)
		code = twice_check(im, e);
	return code;
}
