/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of a bundle: that what they set, ask and copy are fields that
 * there are.
 */
#include "common/core/schema_int.h"

#include "common/core/schema_template.h"

#define VERSIONS_MAX 100
#define FIELDS_MAX 200
#define COPIES_MAX 4
#define PRESET_ROWS_MAX 100

/* ---- what a record begins with ---- */

static enum err_code
check_set(const struct schema_where *w, const struct schema_type *type,
    json_t *set, struct err *e)
{
	const char *name;
	json_t *value;
	struct err why;
	unsigned remarks = 0;

	if (set != NULL && !json_is_object(set))
		return schema_bad(w, e, "set must be an object of values");
	json_object_foreach(set, name, value)
	{
		if (schema_find_field(type, name) == NULL)
			return schema_bad(
			    w, e, "set: there is no field \"%.60s\"", name);
		if (schema_check_value(type, name, value, &remarks, &why) !=
		        ERR_OK ||
		    remarks != 0)
			return schema_bad(
			    w, e, "set: %.60s cannot have that value", name);
	}
	return ERR_OK;
}

static enum err_code
check_row(const struct schema_where *w, const struct schema_type *type,
    const char *field, const json_t *row, struct err *e)
{
	char path[2 * SCHEMA_CODE_MAX];
	struct err why;
	unsigned remarks = 0;

	(void)snprintf(path, sizeof(path), "%s/1", field);
	if (json_object_size(row) == 0 ||
	    schema_check_value(type, path, row, &remarks, &why) != ERR_OK ||
	    remarks != 0)
		return schema_bad(
		    w, e, "rows: %.60s cannot have one of these rows", field);
	return ERR_OK;
}

static enum err_code
check_rows(const struct schema_where *w, const struct schema_type *type,
    json_t *rows, struct err *e)
{
	const char *name;
	json_t *list;
	enum err_code rc = ERR_OK;

	if (rows != NULL && !json_is_object(rows))
		return schema_bad(w, e, "rows must be an object of lists");
	json_object_foreach(rows, name, list)
	{
		size_t n = json_array_size(list);

		rc =
		    schema_check_field(w, "rows", schema_find_field(type, name),
		        SCHEMA_KIND_BIT(SCHEMA_ROWS), e);
		if (rc == ERR_OK && (n == 0 || n > PRESET_ROWS_MAX))
			rc = schema_bad(w, e,
			    "rows: %s must be a list of 1 to %d rows", name,
			    PRESET_ROWS_MAX);
		for (size_t i = 0; i < n && rc == ERR_OK; i++)
			rc = check_row(
			    w, type, name, json_array_get(list, i), e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* ---- rows of other records ---- */

#define TEXTS (SCHEMA_KIND_BIT(SCHEMA_LINE) | SCHEMA_KIND_BIT(SCHEMA_TEXT))

static enum err_code
check_copy(const struct schema_where *w, const struct schema_type *type,
    const struct template_copy *c, struct err *e)
{
	const struct schema_type *of = schema_type(w->s, c->of);
	const struct schema_field *ref = schema_find_field(type, c->ref);
	const struct schema_field *rows, *into, *by;
	enum err_code rc;

	if (of == NULL)
		return schema_bad(
		    w, e, "copy: there is no type \"%.60s\"", c->of);
	by = schema_find_field(of, c->by);
	rows = schema_find_field(of, c->rows);
	into = schema_find_field(type, c->into);
	if ((rc = schema_check_field(w, "copy: ref", ref,
	         SCHEMA_KIND_BIT(SCHEMA_REF), e)) != ERR_OK ||
	    (rc = schema_check_field(w, "copy: by", by,
	         SCHEMA_KIND_BIT(SCHEMA_REF), e)) != ERR_OK ||
	    (rc = schema_check_field(w, "copy: rows", rows,
	         SCHEMA_KIND_BIT(SCHEMA_ROWS), e)) != ERR_OK ||
	    (rc = schema_check_field(w, "copy: from",
	         schema_child(rows, c->from), TEXTS, e)) != ERR_OK ||
	    (rc = schema_check_field(w, "copy: into", into,
	         SCHEMA_KIND_BIT(SCHEMA_ROWS), e)) != ERR_OK ||
	    (rc = schema_check_field(w, "copy: column",
	         schema_child(into, c->column), TEXTS, e)) != ERR_OK)
		return rc;
	if (c->unless != NULL && schema_child(rows, c->unless) == NULL)
		return schema_bad(
		    w, e, "copy: unless: \"%.60s\" is no column", c->unless);
	return strcmp(by->ref, ref->ref) == 0
	    ? ERR_OK
	    : schema_bad(w, e, "copy: by and ref name different types");
}

static enum err_code
load_copy(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct template_copy *out, struct err *e)
{
	static const char *const keys[] = { "of", "by", "ref", "rows", "from",
		"unless", "into", "column" };
	const char **const names[] = { &out->of, &out->by, &out->ref,
		&out->rows, &out->from, &out->unless, &out->into,
		&out->column };
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	enum err_code rc = json_is_object(def)
	    ? schema_read_keys(w, def, keys, n, e)
	    : schema_bad(w, e, "copy: one is not an object");

	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = schema_read_line(
		    w, def, keys[i], names[i] != &out->unless, names[i], e);
	return rc != ERR_OK ? rc : check_copy(w, type, out, e);
}

static enum err_code
load_copies(const struct schema_where *w, json_t *defs,
    const struct schema_type *type, struct template_version *out, struct err *e)
{
	size_t n = json_array_size(defs);
	struct template_copy *list;
	enum err_code rc = ERR_OK;

	if (defs == NULL)
		return ERR_OK;
	if (n == 0 || n > COPIES_MAX)
		return schema_bad(
		    w, e, "copy must be a list of 1 to %d", COPIES_MAX);
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_copy(w, json_array_get(defs, i), type, &list[i], e);
	out->copies = list;
	out->copies_n = n;
	return rc;
}

/* ---- what it asks ---- */

static enum err_code
load_asked(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct template_field *out, struct err *e)
{
	static const char *const keys[] = { "field", "prompt", "ask", "each",
		"when" };
	const char *name = NULL;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "fields: one is not an object");
	out->prompt = "";
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "field", true, &name, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "prompt", false, &out->prompt, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "each", false, &out->each, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(w, def, "ask", false, &out->is_asked, e)) !=
	        ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "when"), type,
	         false, &out->when, e)) != ERR_OK)
		return rc;
	out->field = schema_find_field(type, name);
	if (out->field == NULL)
		return schema_bad(
		    w, e, "fields: there is no field \"%.60s\"", name);
	if (out->each != NULL &&
	    (out->field->kind != SCHEMA_ROWS ||
	        schema_child(out->field, out->each) == NULL))
		return schema_bad(
		    w, e, "fields: %s: each must name a column of it", name);
	return ERR_OK;
}

static enum err_code
load_fields(const struct schema_where *w, json_t *defs,
    const struct schema_type *type, struct template_version *out, struct err *e)
{
	size_t n = json_array_size(defs);
	struct template_field *list;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > FIELDS_MAX)
		return schema_bad(w, e, "fields must be a list of fields");
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_asked(w, json_array_get(defs, i), type, &list[i], e);
	out->fields = list;
	out->fields_n = n;
	return rc;
}

/* ---- versions and templates ---- */

static enum err_code
load_version(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct template_version *out, struct err *e)
{
	static const char *const keys[] = { "version", "from", "to", "set",
		"rows", "copy", "fields" };
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "a version is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_int(w, def, "version", 0, &out->version, e)) !=
	        ERR_OK ||
	    (rc = schema_read_dates(
	         w, def, "a version", &out->from, &out->to, e)) != ERR_OK)
		return rc;
	if (out->from == NULL)
		return schema_bad(w, e, "a version needs its from");
	out->set = json_object_get(def, "set");
	out->rows = json_object_get(def, "rows");
	if ((rc = check_set(w, type, json_object_get(def, "set"), e)) !=
	        ERR_OK ||
	    (rc = check_rows(w, type, json_object_get(def, "rows"), e)) !=
	        ERR_OK ||
	    (rc = load_copies(w, json_object_get(def, "copy"), type, out, e)) !=
	        ERR_OK)
		return rc;
	return load_fields(w, json_object_get(def, "fields"), type, out, e);
}

static enum err_code
load_versions(const struct schema_where *w, json_t *defs,
    struct schema_template *t, struct err *e)
{
	size_t n = json_array_size(defs);
	struct template_version *list;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > VERSIONS_MAX)
		return schema_bad(w, e, "versions must be a list of versions");
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		rc = load_version(
		    w, json_array_get(defs, i), t->type, &list[i], e);
		if (rc == ERR_OK &&
		    list[i].version <= (i == 0 ? 0 : list[i - 1].version))
			rc = schema_bad(w, e,
			    "versions must be numbered from 1 up, in order");
	}
	t->versions = list;
	t->versions_n = n;
	return rc;
}

static enum err_code
load_template(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "template", "type", "label", "help",
		"source", "versions" };
	struct schema_template *t = item;
	const char *type = NULL;
	enum err_code rc;

	t->help = "";
	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &t->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", true, &type, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &t->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "help", false, &t->help, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", false, &t->source, e)) !=
	        ERR_OK)
		return rc;
	t->type = schema_type(w->s, type);
	if (t->type == NULL || t->type->begun.name == NULL)
		return schema_bad(w, e,
		    "type: \"%.60s\" is no type that keeps its template", type);
	return load_versions(w, json_object_get(def, "versions"), t, e);
}

enum err_code
schema_load_templates(struct schema *s, json_t *defs, struct err *e)
{
	static const struct schema_folder folder = { "templates",
		sizeof(struct schema_template), load_template };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, defs, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->templates = items;
	s->templates_n = json_object_size(defs);
	return ERR_OK;
}
