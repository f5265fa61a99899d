/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions of a bundle: that each names fields that there are, and values
 * that these can have.
 */
#include "common/core/schema_int.h"

#define WHENS_MAX 16

const struct schema_field *
schema_plain_field(const struct schema_type *type, const char *path)
{
	const char *slash = strchr(path, '/');
	char name[SCHEMA_CODE_MAX + 1];
	const struct schema_field *f;

	if (slash == NULL)
		return schema_find_field(type, path);
	if ((size_t)(slash - path) >= sizeof(name))
		return NULL;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
	f = schema_find_field(type, name);
	return f == NULL || f->kind != SCHEMA_GROUP
	    ? NULL
	    : schema_child(f, slash + 1);
}

static bool
can_be(const struct schema_field *f, const json_t *value)
{
	switch (f->kind) {
	case SCHEMA_CODE:
	case SCHEMA_CODES:
		return json_is_string(value) &&
		    schema_code(f->codes, json_string_value(value)) != NULL;
	case SCHEMA_YES_NO:
		return json_is_boolean(value);
	case SCHEMA_LINE:
		return json_is_string(value);
	case SCHEMA_TEXT:
	case SCHEMA_DATE:
	case SCHEMA_TIME:
	case SCHEMA_NUMBER:
	case SCHEMA_REF:
	case SCHEMA_REFS:
	case SCHEMA_ROWS:
	case SCHEMA_GROUP:
		break;
	}
	return false;
}

static enum err_code
check_values(const struct schema_where *w, const struct schema_field *f,
    const json_t *values, struct err *e)
{
	if (json_array_size(values) == 0)
		return schema_bad(
		    w, e, "when: %s needs a list of values", f->name);
	for (size_t i = 0; i < json_array_size(values); i++)
		if (!can_be(f, json_array_get(values, i)))
			return schema_bad(w, e,
			    "when: %s cannot have the value %zu of the list",
			    f->name, i + 1);
	return ERR_OK;
}

static enum err_code
check_row(const struct schema_where *w, const struct schema_field *rows,
    const json_t *row, struct err *e)
{
	const char *name;
	json_t *values;
	enum err_code rc = schema_check_field(
	    w, "when: row", rows, SCHEMA_KIND_BIT(SCHEMA_ROWS), e);

	if (rc == ERR_OK && json_object_size(row) == 0)
		return schema_bad(w, e, "when: row names no column");
	json_object_foreach(schema_iterable(row), name, values)
	{
		const struct schema_field *f;

		if (rc != ERR_OK)
			break;
		f = schema_child(rows, name);
		rc = f == NULL ? schema_bad(w, e,
		                     "when: row: \"%.60s\" is no column", name)
		               : check_values(w, f, values, e);
	}
	return rc;
}

/* Whose field it is. */
static enum err_code
find_whose(const struct schema_where *w, const struct schema_type **type,
    const struct schema_when *out, struct err *e)
{
	const struct schema_field *f;
	enum err_code rc;

	if (out->at != NULL) {
		f = schema_find_field(*type, out->at);
		rc = schema_check_field(
		    w, "when: at", f, SCHEMA_KIND_BIT(SCHEMA_REF), e);
		if (rc != ERR_OK)
			return rc;
		*type = schema_type(w->s, f->ref);
	}
	if (out->of == NULL)
		return ERR_OK;
	if (out->by == NULL || schema_type(w->s, out->of) == NULL)
		return schema_bad(
		    w, e, "when: of and by name a type and its field");
	f = schema_find_field(schema_type(w->s, out->of), out->by);
	rc = schema_check_field(w, "when: by", f,
	    SCHEMA_KIND_BIT(SCHEMA_REF) | SCHEMA_KIND_BIT(SCHEMA_REFS), e);
	if (rc == ERR_OK && strcmp(f->ref, (*type)->name) != 0)
		rc = schema_bad(w, e, "when: %s/%s does not refer to a %s",
		    out->of, out->by, (*type)->name);
	*type = schema_type(w->s, out->of);
	return rc;
}

static enum err_code
load_when(const struct schema_where *w, json_t *def,
    const struct schema_type *type, bool may_look_away, struct schema_when *out,
    struct err *e)
{
	static const char *const keys[] = { "at", "of", "by", "field", "in",
		"row", "passed", "not" };
	const struct schema_field *f;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "when: a condition is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "at", false, &out->at, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "of", false, &out->of, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "by", false, &out->by, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "field", true, &out->path, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(
	         w, def, "passed", false, &out->has_passed, e)) != ERR_OK ||
	    (rc = schema_read_bool(w, def, "not", false, &out->is_not, e)) !=
	        ERR_OK ||
	    (rc = find_whose(w, &type, out, e)) != ERR_OK)
		return rc;
	if (!may_look_away && (out->at != NULL || out->of != NULL))
		return schema_bad(
		    w, e, "when: only the record's own fields count here");
	out->in = json_object_get(def, "in");
	out->row = json_object_get(def, "row");
	if ((f = schema_plain_field(type, out->path)) == NULL)
		return schema_bad(w, e, "when: \"%.60s\" is no field of a %s",
		    out->path, type->name);
	if (out->row != NULL)
		return check_row(w, f, out->row, e);
	if (out->has_passed)
		return schema_check_field(
		    w, "when: passed", f, SCHEMA_KIND_BIT(SCHEMA_DATE), e);
	return out->in != NULL ? check_values(w, f, out->in, e) : ERR_OK;
}

enum err_code
schema_load_whens(const struct schema_where *w, json_t *defs,
    const struct schema_type *type, bool may_look_away,
    struct schema_whens *out, struct err *e)
{
	size_t n = json_array_size(defs);
	struct schema_when *list;
	enum err_code rc = ERR_OK;

	if (defs == NULL)
		return ERR_OK;
	if (n == 0 || n > WHENS_MAX)
		return schema_bad(w, e, "when must be a list of conditions");
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_when(w, json_array_get(defs, i), type, may_look_away,
		    &list[i], e);
	out->list = list;
	out->n = n;
	return rc;
}
