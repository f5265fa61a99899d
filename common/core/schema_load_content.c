/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file the records of a type are of.
 */
#include "common/core/limits.h"
#include "common/core/schema_int.h"

#define OF_MAX 16

/* What they may belong to: refs, each to another type, so that the type of a
 * record says which of them is meant. */
static enum err_code
load_of(const struct schema_where *w, const json_t *of,
    const struct schema_type *type, struct err *e)
{
	const char *refs[OF_MAX];
	const size_t n = json_array_size(of);
	enum err_code rc = ERR_OK;

	if (n == 0 || n > OF_MAX)
		return schema_bad(w, e, "content: of is no list of fields");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		const char *name = json_string_value(json_array_get(of, i));
		const struct schema_field *f =
		    name == NULL ? NULL : schema_find_field(type, name);

		rc = schema_check_field(
		    w, "of", f, SCHEMA_KIND_BIT(SCHEMA_REF), e);
		if (rc != ERR_OK || f == NULL)
			return rc;
		refs[i] = f->ref;
		for (size_t k = 0; k < i && rc == ERR_OK; k++)
			if (strcmp(refs[k], refs[i]) == 0)
				rc = schema_bad(w, e,
				    "content: two fields of it name a %s",
				    refs[i]);
	}
	return rc;
}

enum err_code
schema_load_content(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "sha256", "size", "media", "kind",
		"of", "seen_with" };
	json_t *content = json_object_get(def, "content");
	struct schema_content *out = &type->content;
	const struct schema_named names[] = {
		{ "sha256", &out->hash, SCHEMA_LINE, true },
		{ "size", &out->size, SCHEMA_NUMBER, true },
		{ "media", &out->media, SCHEMA_CODE, true },
		{ "kind", &out->kind, SCHEMA_CODE, true },
		{ "seen_with", &out->seen_with, SCHEMA_REFS, true },
	};
	const struct schema_field *size;
	enum err_code rc;

	if (content == NULL)
		return ERR_OK;
	if (!json_is_object(content))
		return schema_bad(w, e, "content is not an object");
	if ((rc = schema_read_keys(w, content, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, content, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK)
		return rc;
	size = schema_find_field(type, out->size);
	if (size->min < 1 || size->max > (int64_t)LIMIT_BLOB_BYTES)
		return schema_bad(w, e,
		    "content: %s has no bounds, or wider ones than from 1 to "
		    "%zu",
		    size->name, LIMIT_BLOB_BYTES);
	out->of = json_object_get(content, "of");
	return load_of(w, out->of, type, e);
}
