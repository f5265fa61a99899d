/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of any type, as the office writes them.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/fields.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* One save, being put together out of {"path", "value", "inline"}. */
struct draft {
	const struct schema_type *type;
	const json_t *doc; /* as the record is now; NULL: it is new */
	size_t n;
	struct office_edit edits[LIMIT_OPS];
	char *paths[LIMIT_OPS];    /* owned */
	json_t *values[LIMIT_OPS]; /* owned; NULL: absent */
	/* Rows that "+", "+1", "+2" ... of a field stand for. */
	size_t n_rows;
	struct {
		char name[LIMIT_PATH_BYTES + 1]; /* "assignments/+" */
		struct id row;
	} rows[64];
};

static void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++) {
		free(d->paths[i]);
		json_decref(d->values[i]);
	}
	free(d);
}

/* The row that FIELD/+... names: new the first time, then the same. */
static enum err_code
row_named(struct draft *d, const char *name, struct id *out, struct err *e)
{

	for (size_t i = 0; i < d->n_rows; i++)
		if (strcmp(d->rows[i].name, name) == 0) {
			*out = d->rows[i].row;
			return ERR_OK;
		}
	if (d->n_rows == sizeof(d->rows) / sizeof(d->rows[0]))
		return err_set(e, ERR_INVALID, 0, "too many new rows at once");
	(void)snprintf(
	    d->rows[d->n_rows].name, sizeof(d->rows[0].name), "%s", name);
	*out = d->rows[d->n_rows++].row = id_fresh(clock_unix_ms());
	return ERR_OK;
}

/* FIELD/+/COLUMN becomes FIELD/<new row id>/COLUMN; *out is the caller's. */
static enum err_code
path_resolve(struct draft *d, const char *said, char **out, struct err *e)
{
	const char *plus = strstr(said, "/+");
	const char *rest = plus == NULL ? NULL : strchr(plus + 1, '/');
	char path[LIMIT_PATH_BYTES + 1], name[LIMIT_PATH_BYTES + 1];
	struct id row;
	enum err_code code;

	if (strlen(said) > LIMIT_PATH_BYTES)
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	(void)snprintf(path, sizeof(path), "%s", said);
	if (plus != NULL) {
		const size_t len =
		    rest == NULL ? strlen(said) : (size_t)(rest - said);

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, said);
		code = row_named(d, name, &row, e);
		if (code != ERR_OK)
			return code;
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s%s",
		        (int)(plus - said), said, id_print(row).s,
		        rest == NULL ? "" : rest) >= sizeof(path))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
	}
	*out = strdup(path);
	if (*out != NULL)
		return ERR_OK;
	(void)err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_NOMEM;
}

/* Text that others could see in the list of processes. */
static enum err_code
refuse_inline(struct command *c, const struct schema_field *field,
    const json_t *set, struct err *e)
{
	const char *text = json_string_value(json_object_get(set, "value"));

	if (field == NULL || !field->free_text || text == NULL ||
	    text[0] == '\0' || !json_is_true(json_object_get(set, "inline")))
		return ERR_OK;
	c->next = "Put the text into a file and use PATH=@FILE, or PATH=- for "
	          "standard input.";
	return err_set(e, ERR_INVALID, 0,
	    "%.80s is free text, which is never given on the command line, "
	    "where others can see it",
	    json_string_value(json_object_get(set, "path")));
}

/* A group's member that a path names: "location/room". */
struct member {
	const struct schema_field *field; /* NULL: it names none */
	char *name; /* where its name begins in the path */
};

static struct member
member_named(const struct schema_type *type, char *path)
{
	char *slash = strrchr(path, '/');
	const struct schema_field *group;
	struct member m = { NULL, NULL };

	if (slash == NULL)
		return m;
	*slash = '\0';
	group = schema_find_field(type, path);
	*slash = '/';
	if (group == NULL || group->kind != SCHEMA_GROUP)
		return m;
	m.name = slash + 1;
	m.field = schema_child(group, m.name);
	return m;
}

/* The place in the draft of what is set at this path; d->n: nothing is yet. */
static size_t
edit_at(const struct draft *d, const char *path)
{
	size_t i = 0;

	while (i < d->n && strcmp(d->paths[i], path) != 0)
		i++;
	return i;
}

/* The group at the path with the member set (value NULL: without it), as this
 * command or else the record says the rest; NULL when nothing is left.  The
 * value is taken. */
static enum err_code
group_with(const struct draft *d, const char *path, const char *name,
    json_t *value, json_t **out, struct err *e)
{
	const size_t at = edit_at(d, path);
	const json_t *before =
	    at < d->n ? d->values[at] : path_get(d->doc, path);
	json_t *group = before == NULL ? json_object() : json_copy_all(before);
	enum err_code code = ERR_OK;

	if (value == NULL)
		(void)json_object_del(group, name);
	else
		code = json_put_take(group, name, value, e);
	if (code == ERR_OK && json_object_size(group) > 0)
		code = schema_check_value(d->type, path, group, NULL, e);
	if (code == ERR_OK && json_object_size(group) > 0)
		*out = group;
	else
		json_decref(group);
	return code;
}

/* A group is one value, of which a member is set.  The path is taken. */
static enum err_code
add_member(struct command *c, struct draft *d, char *path,
    const struct member *m, const char *text, struct err *e)
{
	json_t *value = NULL, *group = NULL;
	size_t at;
	enum err_code code =
	    command_field_value(c, m->field, path, text, &value, e);

	m->name[-1] = '\0'; /* the group's path from here on */
	if (code == ERR_OK)
		code = group_with(d, path, m->name, value, &group, e);
	if (code != ERR_OK) {
		free(path);
		return code;
	}
	at = edit_at(d, path);
	if (at < d->n) {
		free(path);
		json_decref(d->values[at]);
	} else {
		d->paths[d->n++] = path;
	}
	d->values[at] = group;
	d->edits[at] = (struct office_edit){ d->paths[at], group };
	return ERR_OK;
}

/* One value at a path of its own.  The path is taken. */
static enum err_code
add_value(struct command *c, struct draft *d, char *path, const char *text,
    struct err *e)
{
	json_t *value = NULL;
	enum err_code code = command_value(c, d->type, path, text, &value, e);

	if (code != ERR_OK) {
		free(path);
		return code;
	}
	d->paths[d->n] = path;
	d->values[d->n] = value;
	d->edits[d->n] = (struct office_edit){ path, value };
	d->n++;
	return ERR_OK;
}

static enum err_code
draft_add(struct command *c, struct draft *d, const json_t *set, struct err *e)
{
	struct member member;
	const char *said, *text;
	char *path = NULL;
	enum err_code code;

	if (d->n == LIMIT_OPS)
		return err_set(e, ERR_INVALID, 0, "too many values at once");
	if ((code = json_get_str(set, "path", &said, NULL, e)) != ERR_OK ||
	    (code = json_get_str(set, "value", &text, NULL, e)) != ERR_OK ||
	    (code = path_resolve(d, said, &path, e)) != ERR_OK || path == NULL)
		return code;
	member = member_named(d->type, path);
	code = refuse_inline(c,
	    member.field != NULL ? member.field
	                         : schema_find_field(d->type, path),
	    set, e);
	if (code != ERR_OK) {
		free(path);
		return code;
	}
	return member.field != NULL ? add_member(c, d, path, &member, text, e)
	                            : add_value(c, d, path, text, e);
}

/* record NULL: a new one. */
static enum err_code
draft_make(struct command *c, const struct schema_type *type,
    const struct record *record, struct draft **out, struct err *e)
{
	const json_t *sets = json_object_get(c->in, "set");
	struct draft *d;
	enum err_code code = ERR_OK;

	if (json_array_size(sets) == 0) {
		c->next = "Give at least one --set PATH=VALUE.";
		return err_set(e, ERR_INVALID, 0, "there is nothing to save");
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	d->type = type;
	d->doc = record == NULL ? NULL : record->doc;
	code = store_begin_read(c->store, e);
	for (size_t i = 0; i < json_array_size(sets) && code == ERR_OK; i++)
		code = draft_add(c, d, json_array_get(sets, i), e);
	store_rollback(c->store);
	if (code == ERR_OK)
		*out = d;
	else
		draft_free(d);
	return code;
}

static enum err_code
saved_put(struct command *c, const struct draft *d,
    const struct office_saved *saved, struct err *e)
{
	json_t *changed = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < d->n && code == ERR_OK; i++)
		code = json_add_take(changed, json_string(d->paths[i]), e);
	if (code != ERR_OK) {
		json_decref(changed);
		return code;
	}
	if ((code = json_put_take(c->out, "changed", changed, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", saved->id, e)) != ERR_OK)
		return code;
	return json_put_int(c->out, "counter", (int64_t)saved->counter, e);
}

/* Two people mark a record as entered in error, and no edit does. */
static enum err_code
error_refuse(struct command *c, const struct draft *d, size_t i, struct err *e)
{
	const char *field = d->type->signing.field;
	const char *now = json_string_value(d->edits[i].now);

	if (field == NULL || strcmp(d->edits[i].path, field) != 0 ||
	    !content_is_error(d->type, now))
		return ERR_OK;
	c->next = "visitbook-central error propose RECORD --reason WHY, and "
	          "another one confirms it.";
	return err_set(
	    e, ERR_INVALID, 0, "two people mark a record as entered in error");
}

/* Whom the save gives work may be given it. */
static enum err_code
work_check(struct command *c, const struct draft *d, struct err *e)
{
	enum err_code code = store_begin_read(c->store, e);

	if (code != ERR_OK)
		return code;
	code = command_allocate_saved(c, d->type, d->doc, d->edits, d->n, e);
	store_rollback(c->store);
	return code;
}

static enum err_code
record_save(struct command *c, const struct schema_type *type,
    const struct record *record, struct err *e)
{
	struct office_save save = { .author = c->acting,
		.record = record == NULL ? NULL : &record->id,
		.type = type->name };
	struct office_saved saved;
	struct draft *d = NULL;
	enum err_code code = draft_make(c, type, record, &d, e);

	if (code != ERR_OK || d == NULL)
		return code;
	save.edits = d->edits;
	save.n_edits = d->n;
	for (size_t i = 0; i < d->n && code == ERR_OK; i++)
		code = error_refuse(c, d, i, e);
	if (code == ERR_OK)
		code = work_check(c, d, e);
	if (code != ERR_OK) {
		draft_free(d);
		return code;
	}
	code = engine_save(c->g, &save, &saved, e);
	if (code == ERR_OK)
		code = saved_put(c, d, &saved, e);
	draft_free(d);
	return code;
}

enum err_code
command_type(
    const struct command *c, const struct schema_type **out, struct err *e)
{
	const char *name;
	enum err_code code = command_text(c, "type", &name, e);

	if (code != ERR_OK)
		return code;
	*out = schema_type(engine_schema(c->g), name);
	return *out != NULL ? ERR_OK
	                    : err_set(e, ERR_INVALID, 0,
	                          "there are no records called %.60s", name);
}

enum err_code
command_record(const struct command *c, const struct schema_type *type,
    struct record *out, struct err *e)
{
	const char *text;
	struct record r;
	struct id id;
	enum err_code code = command_text(c, "id", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	code = store_begin_read(c->store, e);
	if (code == ERR_OK)
		code = store_record_get(c->store, id, &r, e);
	if (code == ERR_OK && strcmp(r.type, type->name) != 0) {
		record_fini(&r);
		code = ERR_NOTFOUND;
	}
	if (code == ERR_OK)
		*out = r;
	return code == ERR_NOTFOUND
	    ? err_set(
	          e, ERR_NOTFOUND, 0, "there is no %s %.60s", type->name, text)
	    : code;
}

enum err_code
command_record_new(struct command *c, struct err *e)
{
	const struct schema_type *type;
	enum err_code code = command_type(c, &type, e);

	if (code != ERR_OK)
		return code;
	if (type->account.name != NULL) {
		c->next = "Use visitbook-central user add.";
		return err_set(
		    e, ERR_INVALID, 0, "a colleague is more than a record");
	}
	return record_save(c, type, NULL, e);
}

enum err_code
command_record_edit(struct command *c, struct err *e)
{
	const struct schema_type *type;
	struct record r;
	enum err_code code;

	if ((code = command_type(c, &type, e)) != ERR_OK ||
	    (code = command_record(c, type, &r, e)) != ERR_OK)
		return code;
	store_rollback(c->store);
	code = record_save(c, type, &r, e);
	record_fini(&r);
	return code;
}

enum err_code
command_record_fields(struct command *c, struct err *e)
{
	const struct schema_type *type;
	enum err_code code = command_type(c, &type, e);

	return code != ERR_OK ? code : fields_to_json(type, c->out, e);
}

/* What is removed is gone from every list and stays in the history.  Where
 * something waits to be decided or read, a removal that does not name it would
 * be one more version and remove nothing. */
static enum err_code
removable(struct command *c, const struct schema_type *type,
    const struct record *r, struct err *e)
{
	const struct path_state *whole = record_path(r, "");

	if (whole != NULL && whole->is_removed)
		return err_set(e, ERR_INVALID, 0,
		    "this %.60s was removed before", type->name);
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (conflict_is_open(&r->conflicts[i])) {
			c->next = "Decide or read it first: visitbook-central "
			          "conflict list.";
			return err_set(e, ERR_INVALID, 0,
			    "something waits to be decided or read in this "
			    "%.60s",
			    type->name);
		}
	return ERR_OK;
}

enum err_code
command_record_remove(struct command *c, struct err *e)
{
	const struct schema_type *type;
	const struct office_edit whole = { .path = "" };
	struct office_save save = {
		.author = c->acting, .edits = &whole, .n_edits = 1
	};
	struct office_saved saved;
	struct record r;
	enum err_code code;

	if ((code = command_type(c, &type, e)) != ERR_OK ||
	    (code = command_record(c, type, &r, e)) != ERR_OK)
		return code;
	store_rollback(c->store);
	save.record = &r.id;
	code = removable(c, type, &r, e);
	if (code == ERR_OK)
		code = engine_save(c->g, &save, &saved, e);
	if (code == ERR_OK)
		code =
		    json_put_take(c->out, "changed", json_pack("[s]", ""), e);
	if (code == ERR_OK)
		code = json_put_id(c->out, "id", saved.id, e);
	if (code == ERR_OK)
		code =
		    json_put_int(c->out, "counter", (int64_t)saved.counter, e);
	record_fini(&r);
	return code;
}
