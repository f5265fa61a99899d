/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a table meet the records that are here: what differs is one change
 * of the office for each record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

/* What one entry changes. */
struct edits {
	size_t n;
	struct office_edit all[LIMIT_OPS];
	char paths[LIMIT_OPS][LIMIT_PATH_BYTES + 1];
	json_t *values[LIMIT_OPS]; /* owned */
};

static void
edits_clear(struct edits *d)
{
	for (size_t i = 0; i < d->n; i++)
		json_decref(d->values[i]);
	d->n = 0;
}

/* value is taken; NULL: absent. */
static enum err_code
edit_add(struct edits *d, const char *path, json_t *value, struct err *e)
{
	if (d->n == LIMIT_OPS) {
		json_decref(value);
		return err_set(
		    e, ERR_INVALID, 0, "the record says too much at once");
	}
	(void)snprintf(d->paths[d->n], sizeof(d->paths[0]), "%s", path);
	d->values[d->n] = value;
	d->all[d->n] = (struct office_edit){ d->paths[d->n], value };
	d->n++;
	return ERR_OK;
}

/* ---- values and sets ---- */

/* Members that are not there yet: adding one takes none away. */
static enum err_code
set_edits(struct edits *d, const json_t *doc, const char *field,
    const json_t *members, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(members) && code == ERR_OK;
	     i++) {
		char path[LIMIT_PATH_BYTES + 1];

		(void)snprintf(path, sizeof(path), "%s/%s", field,
		    json_string_value(json_array_get(members, i)));
		if (path_get(doc, path) == NULL)
			code = edit_add(d, path, json_true(), e);
	}
	return code;
}

static enum err_code
value_edit(const struct import *im, struct edits *d, const json_t *doc,
    const char *path, json_t *value, struct err *e)
{
	const json_t *here = path_get(doc, path);

	if (json_is_array(value))
		return set_edits(d, doc, path, value, e);
	if (schema_find(im->type, path).part == SCHEMA_PART_MEMBER) {
		if (json_is_true(value) == (here != NULL))
			return ERR_OK;
		return edit_add(
		    d, path, json_is_true(value) ? json_true() : NULL, e);
	}
	return path_equal(here, value)
	    ? ERR_OK
	    : edit_add(d, path, json_incref(value), e);
}

/* ---- groups ---- */

/* The group as it is here, with the members that the table gives. */
static enum err_code
group_edit(struct edits *d, const json_t *doc, const char *field,
    json_t *members, struct err *e)
{
	const json_t *here = path_get(doc, field);
	json_t *group = here == NULL ? json_object() : json_copy_all(here);

	if (group == NULL || json_object_update(group, members) != 0) {
		json_decref(group);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	if (!path_equal(here, group))
		return edit_add(d, field, group, e);
	json_decref(group);
	return ERR_OK;
}

/* ---- rows ---- */

/* Whether a row has all that the table says of it. */
static bool
row_has(const json_t *row, const json_t *said)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)said, name, value)
	{
		const json_t *here = json_object_get(row, name);

		if (json_is_object(value) ? !row_has(here, value)
		                          : !path_equal(here, value))
			return false;
	}
	return true;
}

static bool
row_is_here(const json_t *rows, const json_t *said)
{
	const char *name;
	json_t *row;

	json_object_foreach((json_t *)(uintptr_t)rows, name, row)
	{
		if (row_has(row, said))
			return true;
	}
	return false;
}

static enum err_code
row_edits(struct edits *d, const char *field, json_t *columns, struct err *e)
{
	const struct id_text row = id_print(id_fresh(clock_unix_ms()));
	const char *name;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach(columns, name, value)
	{
		char path[LIMIT_PATH_BYTES + 1];

		(void)snprintf(
		    path, sizeof(path), "%s/%s/%s", field, row.s, name);
		if (code == ERR_OK)
			code = edit_add(d, path, json_incref(value), e);
	}
	return code;
}

/* Rows that are not here, and not in the table twice. */
static enum err_code
rows_edits(
    struct edits *d, const json_t *doc, const json_t *rows, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(rows) && code == ERR_OK; i++) {
		const json_t *one = json_array_get(rows, i);
		const char *field = json_string_value(json_array_get(one, 0));
		json_t *columns = json_array_get(one, 1);
		bool again = row_is_here(json_object_get(doc, field), columns);

		for (size_t k = 0; k < i && !again; k++)
			again = json_equal(json_array_get(rows, k), one);
		if (!again)
			code = row_edits(d, field, columns, e);
	}
	return code;
}

/* ---- an entry ---- */

static enum err_code
entry_edits(const struct import *im, const struct import_entry *x,
    const json_t *doc, struct edits *d, struct err *e)
{
	const char *path;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach(x->values, path, value)
	{
		if (code == ERR_OK)
			code = value_edit(im, d, doc, path, value, e);
	}
	json_object_foreach(x->groups, path, value)
	{
		if (code == ERR_OK)
			code = group_edit(d, doc, path, value, e);
	}
	for (size_t i = 0; i < d->n && code == ERR_OK; i++)
		code = schema_check_value(
		    im->type, d->paths[i], d->values[i], NULL, e);
	return code == ERR_OK ? rows_edits(d, doc, x->rows, e) : code;
}

static enum err_code
entry_rows(struct import *im, const struct import_entry *x, const char *what,
    const struct id *id, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(x->lines) && code == ERR_OK;
	     i++) {
		json_t *one = json_object();

		if ((code = json_put_take(one, "line",
		         json_incref(json_array_get(x->lines, i)), e)) !=
		        ERR_OK ||
		    (code = json_put_str(one, "what", what, e)) != ERR_OK ||
		    (id != NULL &&
		        (code = json_put_id(one, "id", *id, e)) != ERR_OK)) {
			json_decref(one);
			return code;
		}
		code = json_add_take(im->rows, one, e);
	}
	return code;
}

static enum err_code
entry_refuse(struct import *im, const struct import_entry *x,
    const struct err *why, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(x->lines) && code == ERR_OK; i++)
		code = import_refuse(im,
		    (size_t)json_integer_value(json_array_get(x->lines, i)),
		    NULL, "", why, e);
	return code;
}

/* May those to whom this gives work be given it?  What should be looked at is
 * told with the line. */
static enum err_code
entry_allocate(struct import *im, const struct import_entry *x,
    const json_t *before, const struct edits *d, struct err *e)
{
	const size_t told =
	    json_array_size(json_object_get(im->c->out, "warnings"));
	const json_t *warnings;
	enum err_code code =
	    command_look_saved(im->c, im->type, before, d->all, d->n, e);

	im->c->next = NULL;
	warnings = json_object_get(im->c->out, "warnings");
	for (size_t i = told; i < json_array_size(warnings) && code == ERR_OK;
	     i++)
		code = json_put_take(json_array_get(warnings, i), "line",
		    json_incref(json_array_get(x->lines, 0)), e);
	return code;
}

static enum err_code
entry_save(struct import *im, struct import_entry *x, struct edits *d,
    bool *saved_out, struct err *e)
{
	struct office_save save = {
		.author = im->c->acting, .type = im->type->name, .edits = d->all
	};
	struct office_saved saved;
	struct record r;
	enum err_code code;

	if (x->is_here) {
		if ((code = store_record_get(im->c->store, x->id, &r, e)) !=
		    ERR_OK)
			return code;
		save.record = &x->id;
		code = entry_edits(im, x, r.doc, d, e);
		if (code == ERR_OK)
			code = entry_allocate(im, x, r.doc, d, e);
		record_fini(&r);
	} else {
		save.fresh = id_is_zero(x->id) ? NULL : &x->id;
		code = entry_edits(im, x, NULL, d, e);
		if (code == ERR_OK && d->n == 0)
			code = err_set(e, ERR_INVALID, 0,
			    "the line says nothing but the id");
		if (code == ERR_OK)
			code = entry_allocate(im, x, NULL, d, e);
	}
	save.n_edits = d->n;
	*saved_out = code == ERR_OK && d->n > 0;
	if (!*saved_out)
		return code;
	code = engine_save_step(im->c->g, &save, &saved, e);
	if (code != ERR_OK)
		return code;
	x->id = saved.id;
	im->last = saved.counter;
	if (im->first == 0)
		im->first = saved.counter;
	return ERR_OK;
}

static enum err_code
entry_take(
    struct import *im, struct import_entry *x, struct edits *d, struct err *e)
{
	static const struct err other = { .code = ERR_INVALID,
		.msg = "another line of the same record is refused" };
	bool saved = false;
	struct err why;
	enum err_code code;

	if (x->is_refused)
		return entry_refuse(im, x, &other, e);
	code = entry_save(im, x, d, &saved, &why);
	edits_clear(d);
	if (code == ERR_INVALID || code == ERR_CONFLICT)
		return entry_refuse(im, x, &why, e);
	if (code != ERR_OK) {
		if (e != NULL)
			*e = why;
		return code;
	}
	if (!x->is_here) {
		im->made++;
		return entry_rows(im, x, "made", &x->id, e);
	}
	*(saved ? &im->changed : &im->same) += 1;
	return entry_rows(im, x, saved ? "changed" : "same", &x->id, e);
}

enum err_code
import_entries(struct import *im, struct err *e)
{
	struct edits *d = calloc(1, sizeof(*d));
	enum err_code code = ERR_OK;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < im->n_entries && code == ERR_OK; i++)
		code = entry_take(im, &im->entries[i], d, e);
	edits_clear(d);
	free(d);
	return code;
}
