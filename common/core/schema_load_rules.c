/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a type says about its fields as a whole: title, scopes and grants; and
 * that each name in them is a field of the right kind.
 */
#include "common/core/schema_int.h"

#define TITLE_MAX 8
#define RULES_MAX 8
#define TITLE_PART_MAX 200

#define KIND(kind) SCHEMA_KIND_BIT(kind)

/* Check that a name is that of a field at `path` in type, of one of these
 * kinds. */
enum err_code
schema_check_field(const struct schema_where *w, const char *key,
    const struct schema_field *field, unsigned kinds, struct err *e)
{
	if (field == NULL)
		return schema_bad(w, e, "%s names no field of the type", key);
	if ((KIND(field->kind) & kinds) == 0)
		return schema_bad(w, e, "%s: %s is of the wrong kind (%s)", key,
		    field->name, schema_kind_word(field->kind));
	return ERR_OK;
}

static const struct schema_field *
own_field(const struct schema_type *type, const char *name)
{
	return name == NULL ? NULL : schema_find_field(type, name);
}

/* "a|b/c": each alternative is a field or a group's member. */
static enum err_code
check_title(const struct schema_where *w, const struct schema_type *type,
    const char *text, struct err *e)
{
	char copy[TITLE_PART_MAX], *state = NULL;

	if (text == NULL || strlen(text) >= sizeof(copy) || *text == '\0')
		return schema_bad(w, e, "title must be a list of field names");
	memcpy(copy, text, strlen(text) + 1);
	for (char *one = strtok_r(copy, "|", &state); one != NULL;
	     one = strtok_r(NULL, "|", &state)) {
		char *slash = strchr(one, '/');
		const struct schema_field *f;

		if (strcmp(one, SCHEMA_TITLE_MADE) == 0)
			continue;
		if (slash != NULL)
			*slash = '\0';
		f = own_field(type, one);
		if (f != NULL && slash != NULL)
			f = schema_child(f, slash + 1);
		if (f == NULL || f->kind == SCHEMA_ROWS ||
		    f->kind == SCHEMA_GROUP)
			return schema_bad(w, e,
			    "title: \"%.60s\" is no field that can be shown",
			    text);
	}
	return ERR_OK;
}

static enum err_code
load_title(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	json_t *title = json_object_get(def, "title");
	size_t n = json_array_size(title);
	const char **out = schema_alloc(w->s, n, sizeof(*out));
	enum err_code rc = ERR_OK;

	if (out == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (n == 0 || n > TITLE_MAX)
		return schema_bad(w, e, "title must be a list of field names");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		out[i] = json_string_value(json_array_get(title, i));
		rc = check_title(w, type, out[i], e);
	}
	type->title = out;
	type->title_n = n;
	return rc;
}

/* An array of codes of the field's list, not empty. */
enum err_code
schema_check_codes(const struct schema_where *w, const char *key,
    const json_t *codes, const struct schema_field *field, struct err *e)
{
	const char *code;
	size_t n = json_array_size(codes);

	if (n == 0)
		return schema_bad(w, e, "%s must be a list of codes", key);
	for (size_t i = 0; i < n; i++) {
		code = json_string_value(json_array_get(codes, i));
		if (code == NULL || schema_code(field->codes, code) == NULL)
			return schema_bad(w, e,
			    "%s: a code is not in the list \"%s\"", key,
			    field->codes->name);
	}
	return ERR_OK;
}

static enum err_code
load_rule_by_ref(const struct schema_where *w, const struct schema_type *type,
    struct schema_scope_rule *out, struct err *e)
{
	const struct schema_field *field = own_field(type, out->field);
	enum err_code rc = schema_check_field(w, "scope rule ref", field,
	    KIND(SCHEMA_REF) | KIND(SCHEMA_REFS), e);

	if (rc == ERR_OK)
		out->type = field->ref;
	return rc;
}

static enum err_code
load_rule_back(const struct schema_where *w, const struct schema_type *type,
    struct schema_scope_rule *out, struct err *e)
{
	const struct schema_type *other =
	    out->type == NULL ? NULL : schema_type(w->s, out->type);
	const struct schema_field *field =
	    other == NULL ? NULL : own_field(other, out->field);
	enum err_code rc;

	if (other == NULL)
		return schema_bad(
		    w, e, "scope rule back needs a type that there is");
	rc = schema_check_field(w, "scope rule back", field,
	    KIND(SCHEMA_REF) | KIND(SCHEMA_REFS), e);
	if (rc == ERR_OK && strcmp(field->ref, type->name) != 0)
		rc = schema_bad(w, e,
		    "scope rule back: %s/%s does not refer to this type",
		    other->name, field->name);
	return rc;
}

static enum err_code
load_rule_same(const struct schema_where *w, const struct schema_type *type,
    struct schema_scope_rule *out, struct err *e)
{
	const struct schema_field *field = own_field(type, out->field);
	enum err_code rc = schema_check_field(
	    w, "scope rule same", field, KIND(SCHEMA_REF), e);

	if (rc == ERR_OK && strcmp(field->ref, type->name) != 0)
		rc = schema_bad(w, e,
		    "scope rule same: %s does not refer to its own type",
		    field->name);
	out->type = type->name;
	return rc;
}

static enum err_code
load_rule_author(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_scope_rule *out,
    struct err *e)
{
	const struct schema_field *field = own_field(type, out->field);
	enum err_code rc =
	    schema_check_field(w, "scope rule", field, KIND(SCHEMA_CODE), e);

	out->in = json_object_get(def, "in");
	if (rc == ERR_OK)
		rc = schema_check_codes(w, "scope rule", out->in, field, e);
	return rc;
}

static enum err_code
load_rule(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_scope_rule *out,
    struct err *e)
{
	static const char *const keys[] = { "rule", "type", "field", "in" };
	static const char *const words[] = { "", "everyone", "self", "ref",
		"back", "author_while", "same" };
	const char *rule = NULL;
	size_t i = 1;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "a scope rule is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "rule", true, &rule, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", false, &out->type, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "field", false, &out->field, e)) !=
	        ERR_OK)
		return rc;
	while (
	    i < sizeof(words) / sizeof(words[0]) && strcmp(words[i], rule) != 0)
		i++;
	if (i == sizeof(words) / sizeof(words[0]))
		return schema_bad(w, e, "\"%.40s\" is not a scope rule", rule);
	out->rule = (enum schema_rule)i;
	switch (out->rule) {
	case SCHEMA_BY_REF:
		return load_rule_by_ref(w, type, out, e);
	case SCHEMA_BACK:
		return load_rule_back(w, type, out, e);
	case SCHEMA_AUTHOR_WHILE:
		return load_rule_author(w, def, type, out, e);
	case SCHEMA_SAME:
		return load_rule_same(w, type, out, e);
	case SCHEMA_EVERYONE:
	case SCHEMA_SELF:
		break;
	}
	return ERR_OK;
}

static enum err_code
load_scope(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	json_t *scope = json_object_get(def, "scope");
	size_t n = json_array_size(scope);
	struct schema_scope_rule *rules = schema_alloc(w->s, n, sizeof(*rules));
	enum err_code rc = ERR_OK;

	if (rules == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (n == 0 || n > RULES_MAX)
		return schema_bad(w, e, "scope must be a list of rules");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_rule(w, json_array_get(scope, i), type, &rules[i], e);
	type->rules = rules;
	type->rules_n = n;
	return rc;
}

static enum err_code
load_grants(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	static const char *const keys[] = { "rows", "user", "from", "to",
		"interest", "needs" };
	json_t *grants = json_object_get(def, "grants");
	struct schema_grants *out = &type->grants;
	const struct schema_field *rows;
	enum err_code rc;

	if (grants == NULL)
		return ERR_OK;
	if (!json_is_object(grants))
		return schema_bad(w, e, "grants is not an object");
	if ((rc = schema_read_keys(w, grants, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, grants, "rows", true, &out->rows, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, grants, "user", true, &out->user, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, grants, "from", false, &out->from, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, grants, "to", false, &out->to, e)) !=
	        ERR_OK)
		return rc;
	rows = own_field(type, out->rows);
	if ((rc = schema_check_field(
	         w, "grants: rows", rows, KIND(SCHEMA_ROWS), e)) != ERR_OK ||
	    (rc = schema_check_field(w, "grants: user",
	         schema_child(rows, out->user), KIND(SCHEMA_REF), e)) != ERR_OK)
		return rc;
	if (out->from != NULL)
		rc = schema_check_field(w, "grants: from",
		    schema_child(rows, out->from), KIND(SCHEMA_DATE), e);
	if (rc == ERR_OK && out->to != NULL)
		rc = schema_check_field(w, "grants: to",
		    schema_child(rows, out->to), KIND(SCHEMA_DATE), e);
	return rc != ERR_OK ? rc : schema_load_interest(w, grants, type, e);
}

/* Where a record says which template it was begun with. */
static enum err_code
load_begun(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	static const char *const keys[] = { "name", "version" };
	json_t *begun = json_object_get(def, "template");
	const struct schema_named names[] = {
		{ "name", &type->begun.name, SCHEMA_LINE, true },
		{ "version", &type->begun.version, SCHEMA_NUMBER, true },
	};
	enum err_code rc;

	if (begun == NULL)
		return ERR_OK;
	if (!json_is_object(begun))
		return schema_bad(w, e, "template is not an object");
	rc = schema_read_keys(w, begun, keys, 2, e);
	return rc != ERR_OK ? rc
	                    : schema_read_names(w, begun, type, NULL, names,
	                          sizeof(names) / sizeof(names[0]), e);
}

enum err_code
schema_read_names(const struct schema_where *w, json_t *obj,
    const struct schema_type *type, const struct schema_field *rows,
    const struct schema_named *names, size_t n, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		const char **name = names[i].name;

		rc = schema_read_line(
		    w, obj, names[i].key, names[i].is_required, name, e);
		if (rc == ERR_OK && *name != NULL)
			rc = schema_check_field(w, names[i].key,
			    rows == NULL ? schema_find_field(type, *name)
			                 : schema_child(rows, *name),
			    KIND(names[i].kind), e);
	}
	return rc;
}

/* Retention classes are codes of a list, where the bundle has that list. */
static enum err_code
check_retention(
    struct schema_where *w, const struct schema_type *type, struct err *e)
{
	const struct schema_list *classes =
	    schema_list(w->s, "retention_class");

	if (classes == NULL)
		return ERR_OK;
	if (schema_code(classes, type->retention) == NULL)
		return schema_bad(w, e,
		    "retention \"%.40s\" is not in the list retention_class",
		    type->retention);
	for (size_t i = 0; i < type->fields_n; i++) {
		w->field = type->fields[i].name;
		if (schema_code(classes, type->fields[i].retention) == NULL)
			return schema_bad(w, e,
			    "retention \"%.40s\" is not in the list "
			    "retention_class",
			    type->fields[i].retention);
	}
	w->field = "";
	return ERR_OK;
}

enum err_code
schema_load_rules(struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	enum err_code rc;

	if ((rc = check_retention(w, type, e)) != ERR_OK ||
	    (rc = load_title(w, def, type, e)) != ERR_OK ||
	    (rc = load_scope(w, def, type, e)) != ERR_OK ||
	    (rc = schema_load_signing(w, def, type, e)) != ERR_OK ||
	    (rc = load_begun(w, def, type, e)) != ERR_OK ||
	    (rc = load_grants(w, def, type, e)) != ERR_OK ||
	    (rc = schema_load_account(w, def, type, e)) != ERR_OK ||
	    (rc = schema_load_deciding(w, def, type, e)) != ERR_OK ||
	    (rc = schema_load_same(w, def, type, e)) != ERR_OK ||
	    (rc = schema_load_content(w, def, type, e)) != ERR_OK)
		return rc;
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f = &type->fields[i];

		w->field = f->name;
		if (f->instead != NULL && own_field(type, f->instead) == NULL)
			return schema_bad(w, e,
			    "instead: there is no field \"%.60s\"", f->instead);
	}
	w->field = "";
	return ERR_OK;
}
