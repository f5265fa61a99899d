/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An erasure meets a record: the same at the office and on every device.
 */
#include "common/core/erasure.h"

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"

/* Set a path absent whatever it is: a field, a set's member, a row, a
 * column. */
static enum err_code
clear(const struct schema *s, struct record *r, const char *path, struct err *e)
{
	const struct schema_type *type = schema_type(s, r->type);
	bool is_member =
	    type != NULL && schema_find(type, path).part == SCHEMA_PART_MEMBER;

	return path_set(r->doc, path, NULL, is_member, e);
}

/* What a removal kept, of the path itself or of what it was part of. */
static void
forget_removed(struct record *r, const char *path)
{
	for (size_t i = 0; i < r->n_paths; i++) {
		if (!path_related(r->paths[i].path, path))
			continue;
		json_decref(r->paths[i].was);
		r->paths[i].was = NULL;
	}
}

static enum err_code
forget_decisions(struct conflict *c, struct err *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(c->decisions); i++) {
		json_t *one = json_copy(json_array_get(c->decisions, i));

		(void)json_object_del(one, "value");
		(void)json_object_del(one, "reason");
		if (one == NULL || json_array_append_new(list, one) != 0) {
			json_decref(list);
			return value_no_memory(e);
		}
	}
	if (list == NULL)
		return value_no_memory(e);
	if (c->decisions != NULL)
		json_decref(c->decisions);
	c->decisions = json_array_size(list) > 0 ? list : NULL;
	if (c->decisions == NULL)
		json_decref(list);
	return ERR_OK;
}

/* Sides, ancestor and what was decided: who and when stay, and nothing is left
 * to decide. */
static enum err_code
forget_conflicts(
    struct record *r, const struct erasure *z, const char *path, struct err *e)
{
	for (size_t i = 0; i < r->n_conflicts; i++) {
		struct conflict *c = &r->conflicts[i];
		enum err_code code;

		if (!path_related(c->path, path))
			continue;
		json_decref(c->ancestor);
		c->ancestor = NULL;
		for (size_t k = 0; k < c->n_sides; k++) {
			json_decref(c->sides[k].value);
			c->sides[k].value = NULL;
			c->sides[k].is_open = false;
		}
		c->version = z->version;
		if ((code = forget_decisions(c, e)) != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* Addenda about the path hold words that were left over from it. */
static enum err_code
forget_addenda(
    const struct schema *s, struct record *r, const char *path, struct err *e)
{
	const struct schema_type *type = schema_type(s, r->type);
	const struct schema_signing *signing =
	    type == NULL ? NULL : &type->signing;
	const char *row;
	json_t *rows, *value;
	enum err_code code = ERR_OK;

	if (signing == NULL || signing->addenda == NULL ||
	    signing->addendum.path == NULL)
		return ERR_OK;
	/* A copy: path_set takes the original apart. */
	rows = json_deep_copy(json_object_get(r->doc, signing->addenda));
	json_object_foreach(rows, row, value)
	{
		const char *about = json_string_value(
		    json_object_get(value, signing->addendum.path));
		char at[300];

		if (about == NULL || path_check(about, NULL) != ERR_OK ||
		    !path_related(about, path))
			continue;
		(void)snprintf(at, sizeof(at), "%s/%s/%s", signing->addenda,
		    row, signing->addendum.text);
		code = clear(s, r, at, e);
		if (code != ERR_OK)
			break;
		forget_removed(r, at);
	}
	json_decref(rows);
	return code;
}

enum err_code
erasure_of_record(const struct schema *s, const struct erasure *z,
    struct record *r, struct err *e)
{
	const struct setter setter = { .version = z->version,
		.device = z->device,
		.counter = z->counter,
		.author = z->author,
		.made_at = z->time };
	struct path_state *ps;

	for (size_t i = 0; i < json_array_size(z->paths); i++) {
		const char *path =
		    json_string_value(json_array_get(z->paths, i));
		enum err_code code;

		if ((code = clear(s, r, path, e)) != ERR_OK ||
		    (code = forget_conflicts(r, z, path, e)) != ERR_OK ||
		    (code = forget_addenda(s, r, path, e)) != ERR_OK ||
		    (code = record_path_make(r, path, &ps, e)) != ERR_OK ||
		    (code = path_state_put(ps, &setter, e)) != ERR_OK)
			return code;
		forget_removed(r, path);
	}
	r->version = z->version;
	return ERR_OK;
}

/* Words, and not whose the record is or what it counts as. */
static bool
is_kept(const struct schema_type *type, const struct schema_field *f)
{
	return f->kind == SCHEMA_REF || f->kind == SCHEMA_REFS ||
	    (type->signing.field != NULL &&
	        strcmp(type->signing.field, f->name) == 0) ||
	    (type->grants.rows != NULL &&
	        strcmp(type->grants.rows, f->name) == 0);
}

enum err_code
erasure_all_paths(
    const struct schema *s, const struct record *r, json_t **out, struct err *e)
{
	const struct schema_type *type = schema_type(s, r->type);
	json_t *list = json_array();
	const char *name;
	json_t *value;

	if (list == NULL || type == NULL) {
		json_decref(list);
		return type == NULL
		    ? err_set(e, ERR_INVALID, 0, "that kind is not known here")
		    : value_no_memory(e);
	}
	/* Fields that hold nothing now may have held something once. */
	for (size_t i = 0; i < type->fields_n; i++)
		if (!is_kept(type, &type->fields[i]) &&
		    json_array_append_new(
		        list, json_string(type->fields[i].name)) != 0) {
			json_decref(list);
			return value_no_memory(e);
		}
	json_object_foreach(r->doc, name, value)
	{
		if (schema_find_field(type, name) != NULL)
			continue;
		if (json_array_append_new(list, json_string(name)) != 0) {
			json_decref(list);
			return value_no_memory(e);
		}
	}
	*out = list;
	return ERR_OK;
}
