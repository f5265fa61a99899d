/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle becomes a schema: the top level and the types.  Everything is
 * checked here, once, so that what asks the schema later need not doubt it; a
 * bundle that arrives from the office is held to the same checks as the one
 * that the program was built with.
 */
#include "common/core/schema_int.h"

#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

/* A bundle is some 100 KB; a type or list more adds a few. */
#define BUNDLE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define BUNDLE_TOKENS_MAX ((size_t)400 * 1000)
#define BUNDLE_DEPTH_MAX 16

static enum err_code
load_type(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "type", "version", "label",
		"plural", "help", "retention", "scope", "signing", "template",
		"grants", "account", "deciding", "intake", "kept", "same",
		"agreed", "content", "title", "fields" };
	struct schema_type *type = item;
	enum err_code rc;

	type->help = "";
	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &type->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &type->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "plural", true, &type->plural, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "help", false, &type->help, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "retention", true, &type->retention, e)) != ERR_OK)
		return rc;
	if (json_object_get(def, "signing") != NULL)
		type->signing.field = ""; /* fields may lock; named later */
	return schema_load_fields(
	    w, json_object_get(def, "fields"), type, NULL, e);
}

/* One more look at each type's definition, once all have their fields. */
static enum err_code
load_each(struct schema *s, const json_t *records, struct schema_type *types,
    enum err_code (*load)(struct schema_where *w, json_t *def,
        struct schema_type *type, struct err *e),
    struct err *e)
{
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < s->types_n && rc == ERR_OK; i++) {
		struct schema_where w = { s, "records", types[i].name, "", "" };

		rc = load(&w, json_object_get(records, w.file), &types[i], e);
	}
	return rc;
}

/* Every type's fields first, then every type's rules, because a rule may name
 * a field of another type. */
static enum err_code
load_types(struct schema *s, json_t *records, struct err *e)
{
	static const struct schema_folder folder = { "records",
		sizeof(struct schema_type), load_type };
	const size_t n = json_object_size(records);
	struct schema_type *types;
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, records, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->types = types = items;
	s->types_n = n;
	rc = load_each(s, records, types, schema_load_rules, e);
	/* What work asks for is among what colleagues can do. */
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = schema_load_needs(s, &types[i], e);
	if (rc == ERR_OK)
		rc = load_each(s, records, types, schema_load_intake, e);
	if (rc == ERR_OK)
		rc = load_each(s, records, types, schema_load_agreed, e);
	if (rc == ERR_OK)
		rc = load_each(s, records, types, schema_load_kept, e);
	return rc;
}

/* What is made of types, fields and codes: each part is known once all that it
 * speaks of is. */
static enum err_code
load_parts(struct schema *s, struct err *e)
{
	static const struct {
		const char *key;
		enum err_code (*load)(
		    struct schema *s, json_t *defs, struct err *e);
	} parts[] = {
		{ "templates", schema_load_templates },
		{ "checklists", schema_load_checklists },
		{ "pages", schema_load_pages },
		{ "guides", schema_load_guides },
		{ "retention", schema_load_retentions },
	};
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *defs = json_object_get(s->bundle, parts[i].key);

		if (rc == ERR_OK && defs != NULL)
			rc = parts[i].load(s, defs, e);
	}
	return rc;
}

static enum err_code
load_bundle(struct schema *s, struct err *e)
{
	static const char *const keys[] = { "format", "version", "records",
		"codes", "words", "guard", "dual", "templates", "checklists",
		"holidays", "pages", "guides", "retention" };
	struct schema_where w = { s, "", "bundle", "", "" };
	json_t *records = json_object_get(s->bundle, "records");
	json_t *codes = json_object_get(s->bundle, "codes");
	json_t *words = json_object_get(s->bundle, "words");
	json_t *guard = json_object_get(s->bundle, "guard");
	json_t *dual = json_object_get(s->bundle, "dual");
	json_t *holidays = json_object_get(s->bundle, "holidays");
	int64_t format = 0;
	enum err_code rc;

	if (!json_is_object(s->bundle))
		return schema_bad(&w, e, "is not an object");
	if ((rc = schema_read_int(&w, s->bundle, "format", 1, &format, e)) !=
	    ERR_OK)
		return rc;
	if (format > SCHEMA_FORMAT)
		return err_set(e, ERR_NEWER, 0,
		    "these record types need a newer version of Visitbook");
	if ((rc = schema_read_keys(&w, s->bundle, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_int(
	         &w, s->bundle, "version", 0, &s->version, e)) != ERR_OK)
		return rc;
	if (s->version < 1)
		return schema_bad(&w, e, "version must be 1 or more");
	if (!json_is_object(records) || !json_is_object(codes) ||
	    !json_is_object(words))
		return schema_bad(
		    &w, e, "records, codes and words must be objects");
	if (format > 1 && !json_is_object(guard))
		return schema_bad(&w, e, "guard must be an object");
	if (format > 4 && holidays == NULL)
		return schema_bad(&w, e, "holidays must be an object");
	if ((rc = schema_load_words(s, words, e)) != ERR_OK ||
	    (rc = schema_load_lists(s, codes, e)) != ERR_OK ||
	    (guard != NULL &&
	        (rc = schema_load_guard(s, guard, e)) != ERR_OK) ||
	    (holidays != NULL &&
	        (rc = schema_load_holidays(s, holidays, e)) != ERR_OK))
		return rc;
	rc = load_types(s, records, e);
	if (rc == ERR_OK && s->account == NULL)
		rc = schema_bad(&w, e, "records: no type has an account");
	if (rc == ERR_OK && dual != NULL)
		rc = schema_load_dual(s, dual, e);
	return rc != ERR_OK ? rc : load_parts(s, e);
}

enum err_code
schema_load(const json_t *bundle, struct schema **out, struct err *e)
{
	struct schema *s = calloc(1, sizeof(*s));
	enum err_code rc = ERR_NOMEM;

	if (s != NULL)
		s->bundle = json_deep_copy_all(bundle);
	if (s == NULL || s->bundle == NULL)
		rc = bundle == NULL
		    ? err_set(e, ERR_INVALID, 0, "there is no bundle")
		    : err_set(e, ERR_NOMEM, 0, "out of memory");
	else
		rc = load_bundle(s, e);
	if (rc == ERR_OK)
		*out = s;
	else
		schema_free(s);
	return rc;
}

enum err_code
schema_parse(const char *bytes, size_t len, struct schema **out, struct err *e)
{
	static const struct json_limits lim = { .bytes_max = BUNDLE_BYTES_MAX,
		.tokens_max = BUNDLE_TOKENS_MAX,
		.depth_max = BUNDLE_DEPTH_MAX };
	json_t *bundle = NULL;
	enum err_code rc = json_parse(bytes, len, &lim, &bundle, e);

	if (rc == ERR_MALFORMED)
		rc = err_set(e, ERR_INVALID, 0, "bundle: is not JSON");
	if (rc == ERR_OK)
		rc = schema_load(bundle, out, e);
	json_decref(bundle);
	return rc;
}

void
schema_free(struct schema *s)
{
	if (s == NULL)
		return;
	while (s->blocks != NULL) {
		struct schema_block *next = s->blocks->next;

		free(s->blocks);
		s->blocks = next;
	}
	json_decref(s->bundle);
	free(s);
}
