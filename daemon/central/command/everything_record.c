/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record is made again, as changes of the office.  A change that signs names
 * all that is locked by it, or what it does not name would leave the record
 * (common/core/apply_sign.c); so what is locked goes together and last.  That
 * was one change before, and fits into one again.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/export.h"

/* Room for the names around the values of a change. */
#define CHANGE_VALUES_MAX (LIMIT_CHANGE_BYTES - LIMIT_CHANGE_BYTES / 4)
#define OP_OVERHEAD ((size_t)160)

struct edit {
	char path[LIMIT_PATH_BYTES + 1];
	const json_t *now; /* borrowed */
	size_t bytes;
	bool is_locked;
};

struct edits {
	const struct schema_type *type;
	bool is_signed;
	struct edit *all;
	size_t n, room;
};

static bool
is_locked(const struct edits *d, const char *path)
{
	const struct schema_field *f = schema_find(d->type, path).field;

	return d->is_signed &&
	    ((f != NULL && f->locks_at_sign_off) ||
	        strcmp(path, d->type->signing.field) == 0);
}

static enum err_code
edit_add(struct edits *d, const char *field, const char *part,
    const json_t *now, struct err *e)
{
	char *text = json_dumps(now, JSON_COMPACT | JSON_ENCODE_ANY);
	struct edit *x;

	if (text == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (d->n == d->room) {
		const size_t room = d->room == 0 ? 64 : d->room * 2;
		struct edit *all = realloc(d->all, room * sizeof(*all));

		if (all == NULL) {
			free(text);
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		}
		d->all = all;
		d->room = room;
	}
	x = &d->all[d->n];
	x->now = now;
	x->bytes = strlen(text) + OP_OVERHEAD;
	free(text);
	if (snprintf(x->path, sizeof(x->path), "%s%s%s", field,
	        part == NULL ? "" : "/",
	        part == NULL ? "" : part) >= (int)sizeof(x->path))
		return err_set(e, ERR_INVALID, 0, "a path is too long");
	x->is_locked = is_locked(d, x->path);
	d->n++;
	return ERR_OK;
}

/* Rows and members of a set are each a path of their own. */
static enum err_code
field_add(struct edits *d, const char *name, const json_t *value, struct err *e)
{
	const struct schema_field *f = schema_find_field(d->type, name);
	const char *key;
	json_t *row;
	enum err_code code = ERR_OK;

	if (f == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%.60s is no field of %.60s here", name, d->type->name);
	if (f->kind != SCHEMA_ROWS && !json_is_array(value))
		return edit_add(d, name, NULL, value, e);
	for (size_t i = 0; i < json_array_size(value) && code == ERR_OK; i++)
		code = edit_add(d, name,
		    json_string_value(json_array_get(value, i)), json_true(),
		    e);
	json_object_foreach((json_t *)(uintptr_t)value, key, row)
	{
		if (code == ERR_OK)
			code = edit_add(d, name, key, row, e);
	}
	return code;
}

static int
locked_last(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->is_locked != y->is_locked ? (int)x->is_locked - y->is_locked
	                                    : strcmp(x->path, y->path);
}

/* How many edits from `from` on go into one change: all the rest, or else all
 * that is not locked and fits. */
static size_t
change_len(const struct edits *d, size_t from)
{
	size_t bytes = 0, n = 0;

	for (size_t i = from; i < d->n; i++)
		bytes += d->all[i].bytes;
	if (bytes <= CHANGE_VALUES_MAX && d->n - from <= LIMIT_OPS)
		return d->n - from;
	bytes = 0;
	for (size_t i = from; i < d->n && n < LIMIT_OPS; i++, n++) {
		bytes += d->all[i].bytes;
		if (n > 0 &&
		    (bytes > CHANGE_VALUES_MAX ||
		        d->all[i].is_locked != d->all[from].is_locked))
			break;
	}
	return d->all[from].is_locked ? d->n - from : n;
}

static enum err_code
change_save(struct command *c, const struct everything_record *x,
    const struct edits *d, size_t from, size_t n, struct err *e)
{
	struct office_edit *all = calloc(n, sizeof(*all));
	const bool is_new = from == 0 && !x->is_here;
	const struct office_save save = { .author = x->author,
		.record = is_new ? NULL : &x->id,
		.fresh = is_new ? &x->id : NULL,
		.type = x->type->name,
		.edits = all,
		.n_edits = n };
	struct office_saved saved;
	enum err_code code;

	if (all == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++)
		all[i] = (struct office_edit){ d->all[from + i].path,
			d->all[from + i].now };
	code = n > LIMIT_OPS
	    ? err_set(e, ERR_INVALID, 0, "more was signed than fits together")
	    : engine_save_step(c->g, &save, &saved, e);
	free(all);
	return code;
}

enum err_code
everything_record_save(
    struct command *c, const struct everything_record *x, struct err *e)
{
	struct edits d = { .type = x->type,
		.is_signed = x->type->signing.field != NULL &&
		    schema_is_signed(x->type, x->doc) };
	const char *name;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)x->doc, name, value)
	{
		if (code == ERR_OK)
			code = field_add(&d, name, value, e);
	}
	if (code == ERR_OK && d.n > 0)
		qsort(d.all, d.n, sizeof(*d.all), locked_last);
	for (size_t i = 0, n = 0; i < d.n && code == ERR_OK; i += n) {
		n = change_len(&d, i);
		code = change_save(c, x, &d, i, n, e);
	}
	free(d.all);
	return code;
}
