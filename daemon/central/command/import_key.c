/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which record a line is about: by its key, that of an earlier line, of a
 * record that is here, or of a new one.
 */
#include <string.h>

#include "common/core/path.h"
#include "common/core/same.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

#define KEY_CAP ((size_t)64 * 1024)

struct id_text
import_whose(const struct schema_type *type, const struct record *r)
{
	const char *stands = same_stands(type, r->doc);
	struct id id;

	return id_print(stands != NULL && id_parse(stands, &id) ? id : r->id);
}

static enum err_code
key_print(const struct import *im, const json_t *const *values, struct id id,
    struct buf *out, struct err *e)
{
	json_t *key = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < im->n_columns && code == ERR_OK; i++) {
		const struct import_column *col = &im->columns[i];

		if (!col->is_key)
			continue;
		code = json_add_take(key,
		    col->kind == IMPORT_IS_ID
		        ? json_string(id_print(id).s)
		        : json_incref((json_t *)(uintptr_t)values[i]),
		    e);
	}
	if (code == ERR_OK)
		code = json_print(key, out, e);
	json_decref(key);
	return code;
}

/* The key of a record that is here; nothing where it lacks a part of it. */
static enum err_code
key_of_record(void *arg, const struct record *r, struct err *e)
{
	struct import *im = arg;
	const struct id_text whose = import_whose(im->type, r);
	const json_t *values[CSV_CELLS_MAX] = { NULL }, *before;
	struct buf key;
	enum err_code code;

	for (size_t i = 0; i < im->n_columns; i++) {
		values[i] = im->columns[i].is_key
		    ? path_get(r->doc, im->columns[i].path)
		    : NULL;
		if (im->columns[i].is_key && values[i] == NULL)
			return ERR_OK;
	}
	buf_init(&key, KEY_CAP);
	code = key_print(im, values, r->id, &key, e);
	before = code == ERR_OK ? json_object_get(im->known, key.ptr) : NULL;
	if (code == ERR_OK && before == NULL)
		code = json_put_str(im->known, key.ptr, whose.s, e);
	else if (code == ERR_OK &&
	    (!json_is_string(before) ||
	        strcmp(json_string_value(before), whose.s) != 0))
		code = json_put_bool(im->known, key.ptr, false, e);
	buf_wipe(&key);
	return code;
}

/* Whether the record with this id may be it. */
static enum err_code
entry_by_id(struct import *im, struct import_entry *x, struct err *e)
{
	char here[65];
	enum err_code code = store_record_type(im->c->store, x->id, here, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code == ERR_OK && strcmp(here, im->type->name) != 0)
		return err_set(e, ERR_INVALID, 0,
		    "the record with this id is no %.60s", im->type->name);
	x->is_here = code == ERR_OK;
	return code;
}

static enum err_code
entry_by_key(
    struct import *im, const char *key, struct import_entry *x, struct err *e)
{
	const json_t *found;
	enum err_code code;

	if (im->known == NULL) {
		im->known = json_object();
		if (im->known == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		code =
		    import_records(im->c, im->type->name, key_of_record, im, e);
		if (code != ERR_OK)
			return code;
	}
	found = json_object_get(im->known, key);
	if (found == NULL)
		return ERR_OK;
	if (!json_is_string(found) ||
	    !id_parse(json_string_value(found), &x->id))
		return err_set(e, ERR_INVALID, 0,
		    "more than one %.60s here has this key", im->type->name);
	x->is_here = true;
	return ERR_OK;
}

static enum err_code
entry_new(struct import *im, struct id id, const char *key,
    struct import_entry **out, struct err *e)
{
	struct import_entry x = { .id = id,
		.values = json_object(),
		.groups = json_object(),
		.rows = json_array(),
		.lines = json_array() };
	enum err_code code = id_is_zero(id) ? entry_by_key(im, key, &x, e)
	                                    : entry_by_id(im, &x, e);

	if (code == ERR_OK &&
	    (x.values == NULL || x.groups == NULL || x.rows == NULL ||
	        x.lines == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && im->n_entries == im->room) {
		const size_t room = im->room == 0 ? 256 : im->room * 2;
		struct import_entry *all =
		    realloc(im->entries, room * sizeof(*all));

		if (all == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		else {
			im->entries = all;
			im->room = room;
		}
	}
	if (code == ERR_OK)
		code = json_put_int(im->by_key, key, (int64_t)im->n_entries, e);
	if (code == ERR_OK) {
		im->entries[im->n_entries] = x;
		*out = &im->entries[im->n_entries++];
		return ERR_OK;
	}
	json_decref(x.values);
	json_decref(x.groups);
	json_decref(x.rows);
	json_decref(x.lines);
	return code;
}

enum err_code
import_entry_of(struct import *im, const json_t *const *values, struct id id,
    struct import_entry **out, struct err *e)
{
	struct buf key;
	const json_t *place;
	enum err_code code;

	buf_init(&key, KEY_CAP);
	code = key_print(im, values, id, &key, e);
	if (code == ERR_OK) {
		place = json_object_get(im->by_key, key.ptr);
		if (place != NULL)
			*out = &im->entries[json_integer_value(place)];
		else
			code = entry_new(im, id, key.ptr, out, e);
	}
	buf_wipe(&key);
	return code;
}
