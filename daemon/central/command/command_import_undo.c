/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An import is looked at, and undone: what it made goes, what it changed is as
 * it was, but for what somebody has touched or pointed to since; that is left,
 * and told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

/* One change of the import, and its record as it is now. */
struct step {
	struct change change;
	struct record record;
	struct version version; /* what the change's outcome was numbered */
	bool has_made;          /* the record began with it */
};

struct undo {
	struct command *c;
	struct import_batch batch;
	json_t *mentioned; /* id -> id of a record that points to it */
	json_t *made;      /* ids that the import made: they count for
	                    * themselves, when they are left */
	json_t *left;      /* array of {"id", "path", "label", "why"} */
	size_t removed, taken_back; /* records */
	json_t *records;            /* array, to show */
};

/* ---- reading ---- */

static bool
first_entry(void *arg, const struct log_entry *l)
{
	*(struct log_entry *)arg = *l;
	return false;
}

/* ERR_NOTFOUND: it is no change of a record. */
static enum err_code
step_load(struct undo *u, uint64_t counter, struct step *s, struct err *e)
{
	struct log_entry begun = { .seq = 0 };
	struct intake_change stored;
	enum err_code code =
	    store_intake_get(u->c->store, u->batch.device, counter, &stored, e);

	if (code != ERR_OK)
		return code;
	s->version = stored.version;
	code = intake_change_read(&stored, &s->change, e);
	intake_change_fini(&stored);
	if (code != ERR_OK)
		return code;
	code = strcmp(s->change.type, u->batch.type) != 0
	    ? ERR_NOTFOUND
	    : store_record_get(u->c->store, s->change.record, &s->record, e);
	if (code == ERR_OK) {
		code = store_log_of_record(u->c->store, s->change.record, 0,
		    false, first_entry, &begun, e);
		s->has_made = begun.counter == counter &&
		    id_equal(begun.device, u->batch.device);
		if (code != ERR_OK)
			record_fini(&s->record);
	}
	if (code != ERR_OK)
		change_fini(&s->change);
	return code;
}

static void
step_fini(struct step *s)
{
	change_fini(&s->change);
	record_fini(&s->record);
}

typedef enum err_code step_do(struct undo *u, struct step *s, struct err *e);

/* Last first, so that what points goes before what it points to. */
static enum err_code
steps_back(struct undo *u, step_do *each, struct err *e)
{
	enum err_code code = ERR_OK;

	for (uint64_t n = u->batch.last; n >= u->batch.first && code == ERR_OK;
	     n--) {
		struct step s;

		code = step_load(u, n, &s, e);
		if (code == ERR_NOTFOUND) {
			code = ERR_OK;
			continue;
		}
		if (code != ERR_OK)
			break;
		code = each(u, &s, e);
		step_fini(&s);
	}
	return code;
}

/* ---- who points to what ---- */

static enum err_code
mention_put(struct undo *u, const char *text, const char *by, struct err *e)
{
	struct id id;

	return !id_parse(text, &id) || strcmp(text, by) == 0
	    ? ERR_OK
	    : json_put_str(u->mentioned, text, by, e);
}

/* Every id in a value, also as the name of a member. */
static enum err_code
mentions_put(struct undo *u, const json_t *value, const char *by, struct err *e)
{
	enum err_code code = ERR_OK;
	const char *key;
	json_t *one;

	if (json_is_string(value))
		return mention_put(u, json_string_value(value), by, e);
	for (size_t i = 0; i < json_array_size(value) && code == ERR_OK; i++)
		code = mentions_put(u, json_array_get(value, i), by, e);
	json_object_foreach((json_t *)(uintptr_t)value, key, one)
	{
		if (code == ERR_OK)
			code = mention_put(u, key, by, e);
		if (code == ERR_OK)
			code = mentions_put(u, one, by, e);
	}
	return code;
}

static enum err_code
record_mentions(void *arg, const struct record *r, struct err *e)
{
	struct undo *u = arg;
	const struct id_text id = id_print(r->id);

	return json_has(u->made, id.s) ? ERR_OK
	                               : mentions_put(u, r->doc, id.s, e);
}

/* ---- undoing ---- */

static enum err_code
left_put(struct undo *u, const struct step *s, const char *path,
    const char *why, struct err *e)
{
	const struct schema_type *type =
	    schema_type(engine_schema(u->c->g), s->record.type);
	const struct schema_field *f =
	    type == NULL ? NULL : schema_find_field(type, path);
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_id(one, "id", s->record.id, e)) != ERR_OK ||
	    (code = json_put_str(one, "path", path, e)) != ERR_OK ||
	    (code = json_put_str(one, "label", f == NULL ? "" : f->label, e)) !=
	        ERR_OK ||
	    (code = json_put_str(one, "why", why, e)) != ERR_OK) {
		json_decref(one);
		return code;
	}
	return json_add_take(u->left, one, e);
}

/* What was made and stays still points to others. */
static enum err_code
made_stays(struct undo *u, struct step *s, const char *why, struct err *e)
{
	const struct id_text id = id_print(s->record.id);
	enum err_code code = left_put(u, s, "", why, e);

	return code == ERR_OK ? mentions_put(u, s->record.doc, id.s, e) : code;
}

static enum err_code
save(struct undo *u, const struct step *s, const struct office_edit *edits,
    size_t n, struct err *e)
{
	const struct office_save one = { .author = u->c->acting,
		.record = &s->record.id,
		.edits = edits,
		.n_edits = n };
	struct office_saved saved;

	return engine_save_step(u->c->g, &one, &saved, e);
}

static enum err_code
undo_made(struct undo *u, struct step *s, struct err *e)
{
	const struct id_text id = id_print(s->record.id);
	const struct office_edit remove = { .path = "" };
	struct err why;
	enum err_code code;

	if (record_is_removed(&s->record))
		return ERR_OK; /* somebody did already */
	if (version_compare(s->record.version, s->version) > 0)
		return made_stays(u, s, "it was changed since", e);
	if (json_has(u->mentioned, id.s))
		return made_stays(u, s, "another record points to it", e);
	code = save(u, s, &remove, 1, &why);
	if (code == ERR_INVALID)
		return made_stays(u, s, why.msg, e);
	if (code != ERR_OK)
		return err_set(e, code, 0, "%s", why.msg);
	u->removed++;
	return ERR_OK;
}

/* The path that takes an op back: its row where it made one. */
static void
back_path(const struct change_op *op, char out[static LIMIT_PATH_BYTES + 1])
{
	const char *slash = strchr(op->path, '/');
	const char *second = slash == NULL ? NULL : strchr(slash + 1, '/');
	size_t len = strlen(op->path);

	if (second != NULL && op->was == NULL)
		len = (size_t)(second - op->path);
	(void)snprintf(out, LIMIT_PATH_BYTES + 1, "%.*s", (int)len, op->path);
}

struct backs {
	struct office_edit all[LIMIT_OPS];
	char paths[LIMIT_OPS][LIMIT_PATH_BYTES + 1];
	size_t n;
};

static enum err_code
back_add(struct undo *u, const struct step *s, const struct change_op *op,
    struct backs *b, struct err *e)
{
	char *path = b->paths[b->n];

	back_path(op, path);
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->paths[i], path) == 0)
			return ERR_OK;
	if (op->is_erased)
		return left_put(u, s, path, "its words were erased", e);
	if (version_compare(
	        record_related_version(&s->record, path), s->version) > 0)
		return left_put(u, s, path, "it was changed since", e);
	b->all[b->n++] = (struct office_edit){ path, op->was };
	return ERR_OK;
}

static enum err_code
undo_changed(struct undo *u, struct step *s, struct err *e)
{
	struct backs *b = calloc(1, sizeof(*b));
	struct err why;
	enum err_code code = ERR_OK;

	if (b == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < s->change.n_ops && code == ERR_OK; i++)
		code = back_add(u, s, &s->change.ops[i], b, e);
	if (code == ERR_OK && b->n > 0) {
		code = save(u, s, b->all, b->n, &why);
		if (code == ERR_OK)
			u->taken_back++;
		else if (code == ERR_INVALID)
			code = left_put(u, s, "", why.msg, e);
		else
			code = err_set(e, code, 0, "%s", why.msg);
	}
	free(b);
	return code;
}

static enum err_code
step_undo(struct undo *u, struct step *s, struct err *e)
{
	return s->has_made ? undo_made(u, s, e) : undo_changed(u, s, e);
}

static enum err_code
step_note(struct undo *u, struct step *s, struct err *e)
{
	return s->has_made
	    ? json_put_bool(u->made, id_print(s->record.id).s, true, e)
	    : ERR_OK;
}

static enum err_code
step_show(struct undo *u, struct step *s, struct err *e)
{
	json_t *one = json_object();
	enum err_code code = json_put_id(one, "id", s->record.id, e);

	if (code == ERR_OK)
		code = json_put_str(
		    one, "what", s->has_made ? "made" : "changed", e);
	if (code == ERR_OK)
		code = json_put_bool(one, "touched",
		    version_compare(s->record.version, s->version) > 0, e);
	if (code == ERR_OK)
		code = json_put_bool(
		    one, "removed", record_is_removed(&s->record), e);
	if (code != ERR_OK) {
		json_decref(one);
		return code;
	}
	if (json_array_insert_new(u->records, 0, one) != 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_OK;
}

/* ---- the commands; in the open transaction ---- */

static enum err_code
undo_all(struct undo *u, struct err *e)
{
	enum err_code code = import_batch_find(u->c, &u->batch, e);

	if (code != ERR_OK)
		return code;
	if (u->batch.is_undone)
		return err_set(
		    e, ERR_CONFLICT, 0, "this import was undone before");
	if ((code = steps_back(u, step_note, e)) != ERR_OK ||
	    (code = import_records(u->c, NULL, record_mentions, u, e)) !=
	        ERR_OK ||
	    (code = steps_back(u, step_undo, e)) != ERR_OK ||
	    (code = import_batch_undone(u->c, &u->batch, e)) != ERR_OK)
		return code;
	return store_commit(u->c->store, e);
}

enum err_code
command_import_undo(struct command *c, struct err *e)
{
	struct undo u = { .c = c,
		.mentioned = json_object(),
		.made = json_object(),
		.left = json_array() };
	enum err_code code = store_begin(c->store, e);

	if (code == ERR_OK &&
	    (u.mentioned == NULL || u.made == NULL || u.left == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && (code = undo_all(&u, e)) == ERR_OK &&
	    (code = json_put_id(c->out, "import", u.batch.id, e)) == ERR_OK &&
	    (code = json_put_int(c->out, "removed", (int64_t)u.removed, e)) ==
	        ERR_OK &&
	    (code = json_put_int(
	         c->out, "taken_back", (int64_t)u.taken_back, e)) == ERR_OK)
		code = json_put_take(c->out, "left", json_incref(u.left), e);
	json_decref(u.mentioned);
	json_decref(u.made);
	json_decref(u.left);
	return code;
}

enum err_code
command_import_show(struct command *c, struct err *e)
{
	struct undo u = { .c = c, .records = json_array() };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK &&
	    (code = import_batch_find(c, &u.batch, e)) == ERR_OK &&
	    (code = import_batch_json(&u.batch, c->out, e)) == ERR_OK &&
	    (code = steps_back(&u, step_show, e)) == ERR_OK)
		code =
		    json_put_take(c->out, "records", json_incref(u.records), e);
	json_decref(u.records);
	return code;
}
