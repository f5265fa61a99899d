/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table becomes records, or says what it would become; what was imported.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

static void
import_free(struct import *im)
{
	for (size_t i = 0; i < im->n_entries; i++) {
		json_decref(im->entries[i].values);
		json_decref(im->entries[i].groups);
		json_decref(im->entries[i].rows);
		json_decref(im->entries[i].lines);
	}
	free(im->entries);
	json_decref(im->names);
	json_decref(im->known);
	json_decref(im->by_key);
	json_decref(im->refusals);
	json_decref(im->rows);
	free(im);
}

static enum err_code
import_new(struct command *c, struct import **out, struct err *e)
{
	struct import *im = calloc(1, sizeof(*im));
	enum err_code code;

	if (im == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	im->c = c;
	im->names = json_object();
	im->by_key = json_object();
	im->refusals = json_array();
	im->rows = json_array();
	code = command_type(c, &im->type, e);
	if (code == ERR_OK && im->type->account.name != NULL) {
		c->next = "Use visitbook-central user add.";
		code = err_set(
		    e, ERR_INVALID, 0, "a colleague is more than a record");
	}
	if (code == ERR_OK &&
	    (im->names == NULL || im->by_key == NULL || im->refusals == NULL ||
	        im->rows == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		*out = im;
	else
		import_free(im);
	return code;
}

static enum err_code
lines_read(struct import *im, struct csv *table, struct err *e)
{
	struct csv_line line;
	bool any = true;
	enum err_code code = csv_next(table, &line, &any, e);

	if (code == ERR_OK && !any)
		code = err_set(e, ERR_INVALID, 0, "the table is empty");
	if (code == ERR_OK)
		code =
		    import_columns(im, &line, json_object_get(im->c->in, "map"),
		        json_object_get(im->c->in, "keys"), e);
	while (code == ERR_OK) {
		code = csv_next(table, &line, &any, e);
		if (code != ERR_OK || !any)
			return code;
		if (im->lines == IMPORT_LINES_MAX)
			return err_set(e, ERR_INVALID, 0,
			    "more than %zu lines; part the table",
			    IMPORT_LINES_MAX);
		code = import_line(im, &line, e);
	}
	return code;
}

static enum err_code
table_read(struct import *im, struct err *e)
{
	const char *text = json_string_value(json_object_get(im->c->in, "csv"));
	struct csv table;
	enum err_code code;

	if (text == NULL)
		return err_set(e, ERR_INVALID, 0, "csv is missing");
	im->c->next = "Nothing was changed; put the table right and run it "
	              "again.";
	if ((code = csv_init(&table, text, strlen(text), e)) != ERR_OK)
		return code;
	code = lines_read(im, &table, e);
	csv_fini(&table);
	if (code == ERR_OK)
		im->c->next = NULL;
	return code;
}

/* One entry of the journal says which changes were this import. */
static enum err_code
batch_put(struct import *im, struct id *out, struct err *e)
{
	struct import_batch b = { .id = id_fresh(clock_unix_ms()),
		.first = im->first,
		.last = im->last,
		.made = im->made,
		.changed = im->changed,
		.refused = im->refused };
	const char *file = command_text_or(im->c, "file", "");

	(void)snprintf(b.type, sizeof(b.type), "%s", im->type->name);
	(void)snprintf(b.file, sizeof(b.file), "%.256s", file);
	*out = b.id;
	return import_batch_put(im->c, &b, e);
}

static enum err_code
answer_put(const struct import *im, const struct id *batch, struct err *e)
{
	const bool dry = json_is_true(json_object_get(im->c->in, "dry_run"));
	json_t *out = im->c->out;
	const struct {
		const char *key;
		size_t n;
	} counts[] = { { "lines", im->lines }, { "made", im->made },
		{ "changed", im->changed }, { "same", im->same },
		{ "refused", im->refused } };
	enum err_code code = batch == NULL
	    ? json_put_take(out, "import", json_null(), e)
	    : json_put_id(out, "import", *batch, e);

	if (code == ERR_OK)
		code = json_put_bool(out, "dry_run", dry, e);
	if (code == ERR_OK)
		code = json_put_str(out, "type", im->type->name, e);
	for (size_t i = 0;
	     i < sizeof(counts) / sizeof(counts[0]) && code == ERR_OK; i++)
		code =
		    json_put_int(out, counts[i].key, (int64_t)counts[i].n, e);
	if (code == ERR_OK)
		code = json_put_take(out, "rows", json_incref(im->rows), e);
	return code != ERR_OK
	    ? code
	    : json_put_take(out, "refusals", json_incref(im->refusals), e);
}

/* A try does all of it, and commits none. */
static enum err_code
import_do(struct import *im, struct err *e)
{
	const bool dry = json_is_true(json_object_get(im->c->in, "dry_run"));
	struct id batch;
	bool any;
	enum err_code code = store_begin(im->c->store, e);

	if (code != ERR_OK || (code = table_read(im, e)) != ERR_OK ||
	    (code = import_entries(im, e)) != ERR_OK)
		return code;
	any = im->first != 0 && !dry;
	if (any &&
	    ((code = batch_put(im, &batch, e)) != ERR_OK ||
	        (code = store_commit(im->c->store, e)) != ERR_OK))
		return code;
	store_rollback(im->c->store);
	return answer_put(im, any ? &batch : NULL, e);
}

enum err_code
command_import(struct command *c, struct err *e)
{
	struct import *im = NULL;
	enum err_code code = import_new(c, &im, e);

	if (code != ERR_OK || im == NULL)
		return code;
	code = import_do(im, e);
	import_free(im);
	return code;
}

/* ---- what was imported ---- */

enum err_code
command_import_list(struct command *c, struct err *e)
{
	struct import_batch *all;
	json_t *list = json_array();
	size_t n;
	enum err_code code = json_put_take(c->out, "imports", list, e);

	if (code != ERR_OK ||
	    (code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = import_batches(c, &all, &n, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		json_t *one = json_object();

		code = import_batch_json(&all[i], one, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		else
			json_decref(one);
	}
	free(all);
	return code;
}
