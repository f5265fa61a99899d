/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saving: edits become one change, which is numbered, linked, signed, kept
 * and shown in one transaction, and sealed right after it.
 */
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/store/store_content_int.h"
#include "common/store/store_int.h"

/* A save in the making. */
struct save {
	struct device_store *s;
	const struct schema_type *type;
	struct record view;    /* as the user sees it before the save */
	struct confirmed told; /* as the office told it, or empty */
	bool has_told;
	bool is_held; /* the envelopes: nobody else adds one now */
	struct change change;
	json_t *changed;                 /* array of paths */
	const struct content_file *file; /* of the record; NULL: none */
};

static void
save_fini(struct save *v)
{
	record_fini(&v->view);
	confirmed_fini(&v->told);
	change_fini(&v->change);
	json_decref(v->changed);
}

void
save_result_fini(struct save_result *r)
{
	json_decref(r->changed);
	r->changed = NULL;
}

/* What the author of the edit had before their eyes at its path or beneath. */
static const json_t *
was_at(const struct save *v, const struct edit *edit, const char *path)
{
	return edit->shown == NULL
	    ? path_get(v->view.doc, path)
	    : edit_shown_was(edit->shown, edit->path, path);
}

/* One op, unless it would say nothing new. */
static enum err_code
add_op(struct save *v, const struct edit *edit, const char *path,
    const json_t *now, struct err *e)
{
	const json_t *was = was_at(v, edit, path);
	struct change_base base;
	uint8_t salt[CHANGE_SALT_LEN];
	enum err_code code;

	if (path_equal(was, now) && !edit->restate && edit->side == NULL)
		return ERR_OK;
	if (edit->side != NULL) {
		const struct conflict *c = record_open_conflict(&v->view, path);

		for (size_t i = 0; c != NULL && i < c->n_sides; i++)
			if (strcmp(c->sides[i].key, edit->side) == 0)
				was = c->sides[i].value;
	}
	code = schema_check_value(v->type, path, now, NULL, e);
	if (code != ERR_OK)
		return code;
	base = edit->shown != NULL
	    ? edit_shown_base(edit->shown, v->s->identity.device)
	    : shown_base(v->has_told ? &v->told.record : NULL, &v->view,
	          v->s->identity.device, path, edit->side);
	rng_fill(salt, sizeof(salt));
	code = change_add_op(&v->change, path, &base, was, now, salt, e);
	if (code == ERR_OK)
		code = json_add_take(v->changed, json_string(path), e);
	return code;
}

static enum err_code
join(char out[static LIMIT_PATH_BYTES + 1], const char *a, const char *b,
    struct err *e)
{
	int n = snprintf(out, LIMIT_PATH_BYTES + 1, "%s/%s", a, b);

	if (n < 0 || (size_t)n > LIMIT_PATH_BYTES)
		return err_set(
		    e, ERR_INVALID, 0, "%s: the name is too long", a);
	return ERR_OK;
}

/* A whole row: one op for each column, so that columns merge by themselves. */
static enum err_code
add_row(struct save *v, const struct edit *edit, const char *row,
    const json_t *columns, struct err *e)
{
	char path[LIMIT_PATH_BYTES + 1];
	const json_t *old = was_at(v, edit, row);
	const char *name;
	json_t *value;
	enum err_code code;

	if (path_is_absent(columns))
		return add_op(v, edit, row, NULL, e);
	if (!json_is_object(columns))
		return err_set(e, ERR_INVALID, 0,
		    "%s: a row is an object of its columns", row);
	json_object_foreach((json_t *)(uintptr_t)columns, name, value)
	{
		if ((code = join(path, row, name, e)) != ERR_OK ||
		    (code = add_op(v, edit, path, value, e)) != ERR_OK)
			return code;
	}
	if (old == NULL)
		return ERR_OK;
	json_object_foreach((json_t *)(uintptr_t)old, name, value)
	{
		if (json_object_get(columns, name) != NULL)
			continue;
		if ((code = join(path, row, name, e)) != ERR_OK ||
		    (code = add_op(v, edit, path, NULL, e)) != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* A whole rows field: each row by itself; rows left out are removed. */
static enum err_code
add_rows(struct save *v, const struct edit *edit, struct err *e)
{
	const json_t *old = was_at(v, edit, edit->path);
	char path[LIMIT_PATH_BYTES + 1];
	const char *name;
	json_t *value;
	enum err_code code;

	if (!path_is_absent(edit->now) && !json_is_object(edit->now))
		return err_set(e, ERR_INVALID, 0,
		    "%s: rows are an object, one member for each row",
		    edit->path);
	json_object_foreach((json_t *)(uintptr_t)edit->now, name, value)
	{
		if ((code = join(path, edit->path, name, e)) != ERR_OK ||
		    (code = add_row(v, edit, path, value, e)) != ERR_OK)
			return code;
	}
	json_object_foreach((json_t *)(uintptr_t)old, name, value)
	{
		if (json_object_get(edit->now, name) != NULL)
			continue;
		if ((code = join(path, edit->path, name, e)) != ERR_OK ||
		    (code = add_op(v, edit, path, NULL, e)) != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static bool
array_has(const json_t *array, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (json_equal(json_array_get(array, i), value))
			return true;
	return false;
}

/* One op for each member of `from` that `other` lacks. */
static enum err_code
add_members(struct save *v, const struct edit *edit, const json_t *from,
    const json_t *other, const json_t *now, struct err *e)
{
	char path[LIMIT_PATH_BYTES + 1];
	enum err_code code;

	for (size_t i = 0; i < json_array_size(from); i++) {
		const json_t *member = json_array_get(from, i);

		if (!json_is_string(member))
			return err_set(e, ERR_INVALID, 0,
			    "%s: a set is a list of codes", edit->path);
		if (array_has(other, member) && !edit->restate)
			continue;
		if ((code = join(path, edit->path, json_string_value(member),
		         e)) != ERR_OK ||
		    (code = add_op(v, edit, path, now, e)) != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
add_set(struct save *v, const struct edit *edit, struct err *e)
{
	const json_t *old = was_at(v, edit, edit->path);
	struct edit removal = *edit;
	enum err_code code;

	if (!path_is_absent(edit->now) && !json_is_array(edit->now))
		return err_set(e, ERR_INVALID, 0,
		    "%s: a set is a list of codes", edit->path);
	removal.restate = false;
	code = add_members(v, edit, edit->now, old, json_true(), e);
	if (code == ERR_OK)
		code = add_members(v, &removal, old, edit->now, NULL, e);
	return code;
}

/* A row that was removed comes back, and a decision between two versions of
 * it is told, as one value: its columns alone would lie in nothing. */
static bool
is_whole(const struct save *v, const struct edit *edit)
{
	const struct path_state *row = record_path(&v->view, edit->path);

	return edit->restate || (row != NULL && row->is_removed);
}

static enum err_code
add_edit(struct save *v, const struct edit *edit, struct err *e)
{
	struct schema_spot spot = schema_find(v->type, edit->path);

	if (spot.part == SCHEMA_PART_BAD)
		return err_set(e, ERR_INVALID, 0,
		    "%s: there is no such field in a %s", edit->path,
		    v->type->name);
	if (spot.part == SCHEMA_PART_FIELD && spot.field != NULL) {
		if (spot.field->kind == SCHEMA_ROWS)
			return add_rows(v, edit, e);
		if (spot.field->kind == SCHEMA_CODES ||
		    spot.field->kind == SCHEMA_REFS)
			return add_set(v, edit, e);
	}
	if (spot.part == SCHEMA_PART_ROW && !is_whole(v, edit))
		return add_row(v, edit, edit->path, edit->now, e);
	return add_op(v, edit, edit->path, edit->now, e);
}

/* Load what the record is now, or begin a new one. */
static enum err_code
save_start(
    struct save *v, const struct id *record, const char *type, struct err *e)
{
	struct id id;
	enum err_code code;

	if (record != NULL) {
		code = view_get(v->s, *record, &v->view, e);
		if (code == ERR_OK && strcmp(v->view.type, type) != 0)
			code = err_set(e, ERR_NOTFOUND, 0,
			    "there is no %s with this id", type);
		if (code != ERR_OK)
			return code;
		code = confirmed_get(v->s, *record, &v->told, e);
		v->has_told = code == ERR_OK;
		return code == ERR_NOTFOUND ? ERR_OK : code;
	}
	id = id_fresh(clock_unix_ms());
	return record_init(&v->view, id, type, v->s->identity.user, e);
}

/* The time by this device's clock, and what is known of that clock.  One that
 * says less than it did when the office was last heard was set back since, by
 * at least the difference. */
static enum err_code
clock_put(struct device_store *s, struct change *c, struct err *e)
{
	int64_t within, contact;
	enum err_code code;

	c->made_at = clock_unix_ms();
	if ((code = meta_get_int(
	         s->db, "clock_offset", 0, &c->clock_offset, e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "clock_within", 0, &within, e)) !=
	        ERR_OK ||
	    (code = meta_get_int(s->db, "last_contact", 0, &contact, e)) !=
	        ERR_OK)
		return code;
	c->clock_within = (uint64_t)within;
	if (contact > (int64_t)c->made_at)
		c->clock_offset += contact - (int64_t)c->made_at;
	return ERR_OK;
}

static enum err_code
save_build(struct save *v, const struct edit *edits, size_t n_edits,
    const struct change_resolve *resolve, struct err *e)
{
	struct change *c = &v->change;
	enum err_code code;

	c->author = v->s->identity.user;
	c->record = v->view.id;
	(void)snprintf(c->type, sizeof(c->type), "%s", v->view.type);
	code = clock_put(v->s, c, e);
	for (size_t i = 0; i < n_edits && code == ERR_OK; i++)
		code = add_edit(v, &edits[i], e);
	if (code == ERR_OK && resolve != NULL) {
		struct change_resolve salted = *resolve;

		rng_fill(salted.salt, sizeof(salted.salt));
		salted.has_salt = salted.reason != NULL;
		code = change_add_resolve(c, &salted, e);
	}
	return code;
}

/* What is to be saved. */
struct saving {
	const struct id *record;
	const char *type;
	const struct edit *edits;
	size_t n_edits;
	const struct change_resolve *resolve;
	const struct content_file *file;
};

/* The transaction: everything, or nothing. */
static enum err_code
save_commit(struct save *v, const struct saving *what,
    struct envelope *sealed_out, struct err *e)
{
	struct db *db = v->s->db;
	enum err_code code;

	if ((code = db_begin_unsynced(db, e)) != ERR_OK ||
	    (code = save_start(v, what->record, what->type, e)) != ERR_OK ||
	    (code = save_build(
	         v, what->edits, what->n_edits, what->resolve, e)) != ERR_OK)
		goto out;
	if (v->change.n_ops == 0 && v->change.n_resolves == 0) {
		if (what->record == NULL)
			code = err_set(e, ERR_INVALID, 0,
			    "a new %s needs at least one value", what->type);
		goto out;
	}
	if ((code = content_admits(v->s, &v->change, v->file, e)) != ERR_OK ||
	    (code = view_admits(v->s, &v->view, &v->change, e)) != ERR_OK ||
	    (code = journal_append(v->s, &v->change, sealed_out, e)) !=
	        ERR_OK ||
	    (code = view_apply(v->s, &v->view, &v->change, e)) != ERR_OK ||
	    (code = view_put(v->s, &v->view, v->change.counter, e)) != ERR_OK ||
	    (v->file != NULL &&
	        (code = content_put(v->s, &v->view, v->file, e)) != ERR_OK))
		goto out;
	/* The envelopes are in the journal's order: nobody else's comes between
	 * this commit and its own.  Where they cannot be held there is nothing
	 * to put in order either. */
	v->is_held = outside_hold(v->s->outside, NULL) == ERR_OK;
	code = db_commit(db, e);
out:
	db_rollback(db);
	/* The envelope would bring the record back after a power cut, but not
	 * its file. */
	if (code == ERR_OK && v->file != NULL)
		code = db_sync(db, e);
	return code;
}

/* The commit is seen by every process and waits for no disk: its envelope is
 * what makes it durable (journal_take_back), or, where that cannot be written,
 * the database itself. */
static enum err_code
save_settle(struct save *v, const struct envelope *sealed, bool *is_sealed_out,
    struct err *e)
{
	struct outside *o = v->s->outside;
	const uint64_t counter = v->change.counter;

	if (counter == 0)
		*is_sealed_out = true;
	else if (v->is_held && outside_expects(o, counter))
		*is_sealed_out =
		    outside_envelope_add(o, sealed, NULL) == ERR_OK;
	else /* the first ever or since they went, or one is missing */
		*is_sealed_out = journal_seal_missing(v->s, NULL) == ERR_OK;
	if (*is_sealed_out)
		return ERR_OK;
	/* For whoever sees only the outside; there is nothing else to try. */
	(void)!outside_unsealed_set(o, true, NULL);
	return db_sync(v->s->db, e);
}

static enum err_code
save_run(struct device_store *s, const struct saving *what,
    struct save_result *out, struct err *e)
{
	struct save v = { .s = s,
		.type = schema_type(s->schema, what->type),
		.file = what->file };
	struct envelope sealed = { 0 };
	bool is_sealed;
	enum err_code code;

	if (v.type == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "there is no kind of record named %s", what->type);
	/* Before it is there, for whoever sees only the outside. */
	if (v.file != NULL &&
	    (code = outside_files_set(s->outside, true, e)) != ERR_OK)
		return code;
	change_init(&v.change);
	buf_init(&sealed.sealed, 0);
	v.changed = json_array();
	code = save_commit(&v, what, &sealed, e);
	if (code == ERR_OK)
		code = save_settle(&v, &sealed, &is_sealed, e);
	outside_release(s->outside);
	if (code == ERR_OK)
		*out = (struct save_result){ .id = v.view.id,
			.counter = v.change.counter,
			.changed = json_incref(v.changed),
			.is_sealed = is_sealed };
	buf_fini(&sealed.sealed);
	save_fini(&v);
	return code;
}

enum err_code
device_store_save(struct device_store *s, const struct id *record,
    const char *type, const struct edit *edits, size_t n_edits,
    const struct change_resolve *resolve, struct save_result *out,
    struct err *e)
{
	const struct saving what = { .record = record,
		.type = type,
		.edits = edits,
		.n_edits = n_edits,
		.resolve = resolve };

	return save_run(s, &what, out, e);
}

enum err_code
device_store_attach(struct device_store *s, const char *type,
    const struct edit *edits, size_t n_edits, const struct content_file *file,
    struct save_result *out, struct err *e)
{
	const struct saving what = {
		.type = type, .edits = edits, .n_edits = n_edits, .file = file
	};

	return save_run(s, &what, out, e);
}
