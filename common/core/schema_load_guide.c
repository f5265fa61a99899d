/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guides of a bundle: what is asked when a record is begun in a hurry, and whom
 * to phone then.
 */
#include "common/core/schema_guide.h"
#include "common/core/schema_int.h"

#define LISTS_MAX 40
#define ANY_KIND (~0U)
#define KIND(kind) SCHEMA_KIND_BIT(kind)
#define REF_KINDS (KIND(SCHEMA_REF) | KIND(SCHEMA_REFS))

/* The i-th of a list of names. */
static const char *
name_at(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(list, i));
}

/* {"field", "from": [ref, its field]} or {"field", "naming": [ref, type, its
 * field]}. */
static enum err_code
load_fill(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_fill *out, struct err *e)
{
	static const char *const keys[] = { "field", "from", "naming" };
	json_t *from = json_object_get(def, "from");
	json_t *naming = json_object_get(def, "naming");
	const char *name = NULL;
	enum err_code rc;

	if ((rc = schema_read_keys(w, def, keys, 3, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "field", true, &name, e)) !=
	        ERR_OK ||
	    (rc = schema_own_field(w, "fill", type, name, KIND(SCHEMA_REF),
	         &out->fill, e)) != ERR_OK)
		return rc;
	if ((from != NULL) == (naming != NULL) ||
	    (from != NULL && json_array_size(from) != 2) ||
	    (naming != NULL && json_array_size(naming) != 3))
		return schema_bad(w, e,
		    "fill: a field goes with from (two names) or naming "
		    "(three)");
	rc = schema_own_field(w, "fill", type,
	    name_at(from != NULL ? from : naming, 0), KIND(SCHEMA_REF),
	    &out->ref, e);
	if (rc != ERR_OK)
		return rc;
	if (from != NULL) {
		rc = schema_own_field(w, "from",
		    schema_type(w->s, out->ref->ref), name_at(from, 1),
		    REF_KINDS, &out->to, e);
		if (rc == ERR_OK && strcmp(out->to->ref, out->fill->ref) != 0)
			rc = schema_bad(
			    w, e, "from: %s names a %s", name, out->to->ref);
		return rc;
	}
	out->type = name_at(naming, 1) == NULL
	    ? NULL
	    : schema_type(w->s, name_at(naming, 1));
	if (out->type == NULL || strcmp(out->type->name, out->fill->ref) != 0)
		return schema_bad(w, e, "naming: %s names another type", name);
	return schema_own_field(w, "naming", out->type, name_at(naming, 2),
	    REF_KINDS, &out->back, e);
}

/* The rows that a call's numbers are in. */
static enum err_code
load_rows(const struct schema_where *w, json_t *def, struct schema_call *out,
    struct err *e)
{
	const char *type = NULL, *rows = NULL, *by = NULL, *call = NULL;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "type", true, &type, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "rows", true, &rows, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "by", true, &by, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "call", true, &call, e)) != ERR_OK)
		return rc;
	out->type = schema_type(w->s, type);
	if (out->type == NULL)
		return schema_bad(
		    w, e, "there is no record type \"%.60s\"", type);
	if ((rc = schema_own_field(w, "rows", out->type, rows,
	         KIND(SCHEMA_ROWS), &out->rows, e)) != ERR_OK)
		return rc;
	out->by = schema_child(out->rows, by);
	out->call = schema_child(out->rows, call);
	out->in = json_object_get(def, "in");
	if ((rc = schema_check_field(w, "by", out->by, KIND(SCHEMA_CODE), e)) !=
	        ERR_OK ||
	    (rc = schema_check_field(
	         w, "call", out->call, KIND(SCHEMA_LINE), e)) != ERR_OK)
		return rc;
	return schema_check_codes(w, "in", out->in, out->by, e);
}

static enum err_code
load_call(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_call *out, struct err *e)
{
	static const char *const keys[] = { "label", "number", "type", "rows",
		"by", "in", "call", "missing", "when", "unless" };
	enum err_code rc;

	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &out->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "number", false, &out->number, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "missing", false, &out->missing, e)) != ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "when"), type,
	         false, &out->when, e)) != ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "unless"), type,
	         false, &out->unless, e)) != ERR_OK)
		return rc;
	if (out->number == NULL)
		return load_rows(w, def, out, e);
	return json_object_get(def, "type") == NULL
	    ? ERR_OK
	    : schema_bad(w, e, "a call has a number or a type, not both");
}

/* What is set without asking: the moment, the user, or a code. */
static enum err_code
check_set(const struct schema_where *w, json_t *set,
    const struct schema_type *type, struct err *e)
{
	const struct schema_field *f;
	const char *name, *text;
	json_t *value;
	enum err_code rc;

	json_object_foreach(set, name, value)
	{
		text = json_string_value(value);
		rc = schema_own_field(w, "set", type, name,
		    KIND(SCHEMA_TIME) | KIND(SCHEMA_REF) | KIND(SCHEMA_CODE),
		    &f, e);
		if (rc != ERR_OK)
			return rc;
		if (text == NULL ||
		    (f->kind == SCHEMA_TIME && strcmp(text, "now") != 0) ||
		    (f->kind == SCHEMA_REF &&
		        (strcmp(text, "me") != 0 ||
		            strcmp(f->ref, w->s->account->name) != 0)) ||
		    (f->kind == SCHEMA_CODE &&
		        schema_code(f->codes, text) == NULL))
			return schema_bad(w, e,
			    "set: %s is \"now\" for a time, \"me\" for a "
			    "colleague, or a code",
			    name);
	}
	return ERR_OK;
}

static enum err_code
load_lists(const struct schema_where *w, json_t *def, struct schema_guide *out,
    struct err *e)
{
	json_t *fills = json_object_get(def, "fill");
	json_t *calls = json_object_get(def, "calls");
	struct schema_fill *fill;
	struct schema_call *call;
	enum err_code rc = ERR_OK;

	out->fills_n = json_array_size(fills);
	out->calls_n = json_array_size(calls);
	if (out->fills_n > LISTS_MAX || out->calls_n > LISTS_MAX ||
	    out->calls_n == 0)
		return schema_bad(w, e, "calls and fill must be lists");
	fill = schema_alloc(w->s, out->fills_n + 1, sizeof(*fill));
	call = schema_alloc(w->s, out->calls_n, sizeof(*call));
	if (fill == NULL || call == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < out->fills_n && rc == ERR_OK; i++)
		rc = load_fill(
		    w, json_array_get(fills, i), out->type, &fill[i], e);
	for (size_t i = 0; i < out->calls_n && rc == ERR_OK; i++)
		rc = load_call(
		    w, json_array_get(calls, i), out->type, &call[i], e);
	out->fills = fill;
	out->calls = call;
	return rc;
}

static enum err_code
load_guide(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "guide", "version", "of", "command",
		"label", "help", "set", "ask", "fill", "calls", "shown" };
	struct schema_guide *out = item;
	const char *of = NULL, *shown = NULL;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &out->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "of", true, &of, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "command", true, &out->command, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &out->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "help", true, &out->help, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "shown", true, &shown, e)) != ERR_OK)
		return rc;
	out->type = schema_type(w->s, of);
	if (out->type == NULL)
		return schema_bad(w, e,
		    "must be of a record type, and there is no \"%.60s\"", of);
	out->set = json_object_get(def, "set");
	if ((rc = schema_own_field(w, "shown", out->type, shown,
	         KIND(SCHEMA_TIME), &out->shown, e)) != ERR_OK ||
	    (rc = check_set(w, json_object_get(def, "set"), out->type, e)) !=
	        ERR_OK ||
	    (rc = schema_own_fields(w, def, "ask", out->type, &out->ask,
	         &out->ask_n, e)) != ERR_OK)
		return rc;
	return load_lists(w, def, out, e);
}

enum err_code
schema_load_guides(struct schema *s, json_t *defs, struct err *e)
{
	static const struct schema_folder folder = { "guides",
		sizeof(struct schema_guide), load_guide };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, defs, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->guides = items;
	s->guides_n = json_object_size(defs);
	return ERR_OK;
}

size_t
schema_guides_n(const struct schema *s)
{
	return s->guides_n;
}

const struct schema_guide *
schema_guide_at(const struct schema *s, size_t i)
{
	return &s->guides[i];
}

const struct schema_guide *
schema_guide(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->guides_n; i++)
		if (strcmp(s->guides[i].name, name) == 0)
			return &s->guides[i];
	return NULL;
}
