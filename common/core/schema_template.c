/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/schema_template.h"

#include "common/core/path.h"
#include "common/core/schema_int.h"

size_t
schema_templates_n(const struct schema *s)
{
	return s->templates_n;
}

const struct schema_template *
schema_template_at(const struct schema *s, size_t i)
{
	return &s->templates[i];
}

const struct schema_template *
schema_template(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->templates_n; i++)
		if (strcmp(s->templates[i].name, name) == 0)
			return &s->templates[i];
	return NULL;
}

const struct template_version *
schema_template_current(const struct schema_template *t, const char *day)
{
	for (size_t i = t->versions_n; i-- > 0;) {
		const struct template_version *v = &t->versions[i];

		/* Dates in this form sort as text. */
		if (strcmp(v->from, day) <= 0 &&
		    (v->to == NULL || strcmp(day, v->to) <= 0))
			return v;
	}
	return NULL;
}

const struct template_version *
schema_template_version(const struct schema_template *t, int64_t version)
{
	for (size_t i = 0; i < t->versions_n; i++)
		if (t->versions[i].version == version)
			return &t->versions[i];
	return NULL;
}

enum template_of
schema_template_of(const struct schema *s, const struct schema_type *type,
    const json_t *doc, const struct template_version **out)
{
	const struct schema_template *t;
	const json_t *version;
	const char *name;

	if (type->begun.name == NULL)
		return TEMPLATE_NONE;
	name = json_string_value(json_object_get(doc, type->begun.name));
	version = json_object_get(doc, type->begun.version);
	if (name == NULL)
		return TEMPLATE_NONE;
	t = schema_template(s, name);
	if (t == NULL || t->type != type ||
	    (*out = schema_template_version(t, json_integer_value(version))) ==
	        NULL)
		return TEMPLATE_NEWER;
	return TEMPLATE_KNOWN;
}

static bool
is_lacking(const struct template_field *f, const json_t *doc)
{
	const json_t *value = json_object_get(doc, f->field->name);
	const char *id;
	json_t *row;

	if (path_is_absent(value))
		return f->field->instead == NULL ||
		    path_is_absent(json_object_get(doc, f->field->instead));
	if (f->each == NULL)
		return false;
	json_object_foreach(schema_iterable(value), id,
	    row) if (path_is_absent(json_object_get(row, f->each))) return true;
	return false;
}

const struct schema_field *
schema_template_missing(const struct template_version *v, const json_t *doc,
    const char *day, size_t *i)
{
	while (*i < v->fields_n) {
		const struct template_field *f = &v->fields[(*i)++];

		if (f->is_asked && schema_whens_hold(&f->when, doc, day) &&
		    is_lacking(f, doc))
			return f->field;
	}
	return NULL;
}
