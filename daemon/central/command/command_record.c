/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of any type, as the office writes them.
 */
#include <string.h>

#include "common/core/content.h"
#include "common/core/fields.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_draft.h"

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

/* Two people mark a record as entered in error, or say that two are of the
 * same, and no edit does. */
static enum err_code
error_refuse(struct command *c, const struct draft *d, size_t i, struct err *e)
{
	const char *field = d->type->signing.field;
	const char *now = json_string_value(d->edits[i].now);

	if (d->type->same.field != NULL &&
	    strcmp(d->edits[i].path, d->type->same.field) == 0) {
		c->next = "visitbook-central duplicates merge KEEP OTHER "
		          "--reason WHY, and another one confirms it.";
		return err_set(e, ERR_INVALID, 0,
		    "two people say that two records are of the same person");
	}
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
	code = command_look_saved(c, d->type, d->doc, d->edits, d->n, e);
	store_rollback(c->store);
	return code;
}

static enum err_code
record_save(struct command *c, const struct schema_type *type,
    const struct record *record, struct err *e)
{
	const struct id service = engine_settings_id(c->g);
	struct office_save save = { .author = c->acting,
		.record = record == NULL ? NULL : &record->id,
		.fresh = type->deciding.author == NULL ? NULL : &service,
		.type = type->name };
	struct office_saved saved;
	struct draft *d = NULL;
	enum err_code code =
	    draft_make(c, type, record, json_object_get(c->in, "set"), &d, e);

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

/* There is one record that says how the service works. */
static enum err_code
service_refuse(struct command *c, const struct schema_type *type, struct err *e)
{
	const struct id id = engine_settings_id(c->g);
	char here[65];
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_record_type(c->store, id, here, e);
	store_rollback(c->store);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	c->next = "Change it: visitbook-central service edit.";
	return err_set(e, ERR_INVALID, 0, "there is one %.60s already: %s",
	    type->name, id_print(id).s);
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
	if (type->deciding.author != NULL &&
	    (code = service_refuse(c, type, e)) != ERR_OK)
		return code;
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

struct naming {
	struct office_store *store;
	struct id own; /* a record may name itself */
	struct id by;
	const char *type; /* of it; NULL: none was found */
	struct err e;
};

/* One that was removed itself names nobody any more. */
static bool
take_standing(void *arg, struct id id)
{
	struct naming *n = arg;
	struct record r;

	if (id_equal(id, n->own))
		return true;
	if (store_record_get(n->store, id, &r, &n->e) != ERR_OK)
		return false;
	if (!record_is_removed(&r))
		n->by = id;
	record_fini(&r);
	return id_equal(n->by, n->own);
}

/* A record of type t that names one of the type. */
static enum err_code
find_naming(struct command *c, const struct schema_type *t,
    const struct schema_type *type, struct naming *n, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < t->fields_n && n->type == NULL; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->ref == NULL || strcmp(f->ref, type->name) != 0)
			continue;
		n->by = n->own;
		code = store_referring(
		    c->store, t->name, f->name, n->own, take_standing, n, e);
		if (code == ERR_OK && n->e.code != ERR_OK) {
			*e = n->e;
			code = e->code;
		}
		if (code != ERR_OK)
			break;
		if (!id_equal(n->by, n->own))
			n->type = t->name;
	}
	return code;
}

/* Whoever opens a record that names this one would find nobody there. */
static enum err_code
check_unnamed(struct command *c, const struct schema_type *type, struct id id,
    struct err *e)
{
	const struct schema *schema = engine_schema(c->g);
	struct naming n = { .store = c->store, .own = id };
	enum err_code code = store_begin_read(c->store, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < schema_types_n(schema) && n.type == NULL; i++) {
		code = find_naming(c, schema_type_at(schema, i), type, &n, e);
		if (code != ERR_OK)
			break;
	}
	store_rollback(c->store);
	if (code != ERR_OK || n.type == NULL)
		return code;
	c->next = "Look at that one with show: it goes first, or names "
	          "another.";
	return err_set(e, ERR_INVALID, 0,
	    "the %.60s %s names this %.60s, so it stays", n.type,
	    id_print(n.by).s, type->name);
}

/* What is removed is gone from every list and stays in the history.  Where
 * something waits to be decided or read, a removal that does not name it would
 * be one more version and remove nothing. */
static enum err_code
removable(struct command *c, const struct schema_type *type,
    const struct record *r, struct err *e)
{
	if (record_is_removed(r))
		return err_set(e, ERR_INVALID, 0,
		    "this %.60s was removed before", type->name);
	if (schema_is_signed(type, r->doc)) {
		c->next = "visitbook-central error propose RECORD --reason "
		          "WHY, and another one confirms it.";
		return err_set(e, ERR_INVALID, 0,
		    "this %.60s is signed, so it stays; two people mark what "
		    "was entered in error",
		    type->name);
	}
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (conflict_is_open(&r->conflicts[i])) {
			c->next = "Decide or read it first: visitbook-central "
			          "conflict list.";
			return err_set(e, ERR_INVALID, 0,
			    "something waits to be decided or read in this "
			    "%.60s",
			    type->name);
		}
	return check_unnamed(c, type, r->id, e);
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
