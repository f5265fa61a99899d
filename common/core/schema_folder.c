/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is common to all folders of definitions: the walk through them, and the
 * head that each definition has.  The walk is in the order of names, which are
 * the files', so that its items are sorted as whoever looks for one expects.
 */
#include "common/core/schema_int.h"

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

enum err_code
schema_load_folder(struct schema *s, const struct schema_folder *folder,
    json_t *defs, void **items_out, struct err *e)
{
	struct schema_where w = { s, "", "bundle", "", "" };
	const size_t n = json_object_size(defs);
	const char **names = schema_alloc(s, n, sizeof(*names));
	char *items = schema_alloc(s, n, folder->item_len);
	const char *key;
	json_t *def;
	size_t i = 0;
	enum err_code rc = ERR_OK;

	if (!json_is_object(defs))
		return schema_bad(&w, e, "%s must be an object", folder->name);
	if (names == NULL || items == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	json_object_foreach(defs, key, def) names[i++] = key;
	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n && rc == ERR_OK; i++) {
		w = (struct schema_where){ s, folder->name, names[i], "", "" };
		rc = folder->load(&w, json_object_get(defs, names[i]),
		    items + i * folder->item_len, e);
	}
	if (rc == ERR_OK)
		*items_out = items;
	return rc;
}

enum err_code
schema_read_head(const struct schema_where *w, json_t *def,
    const char *const *keys, size_t n, const char **name_out, struct err *e)
{
	const char *name = NULL;
	bool has_version = false;
	int64_t version = 0;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "is not an object");
	for (size_t i = 0; i < n; i++)
		has_version = has_version || strcmp(keys[i], "version") == 0;
	if ((rc = schema_read_keys(w, def, keys, n, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, keys[0], true, &name, e)) !=
	        ERR_OK ||
	    (rc = schema_read_int(w, def, "version", 0, &version, e)) != ERR_OK)
		return rc;
	if (strcmp(name, w->file) != 0 || !schema_name_is_ok(name))
		return schema_bad(w, e,
		    "%s \"%s\" must be the file's name, a-z 0-9 _", keys[0],
		    name);
	if (has_version && version < 1)
		return schema_bad(w, e, "version must be 1 or more");
	*name_out = name;
	return ERR_OK;
}
