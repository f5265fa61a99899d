/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths lock at sign-off, and which of them a document has.
 */
#include "common/core/apply_int.h"
#include "common/core/value.h"

static bool
is_locked(const struct schema_type *type, const char *path)
{
	struct schema_spot spot = schema_find(type, path);
	struct path_parts p;
	char row[2 * 65];

	if (type->signing.field == NULL)
		return false;
	if (spot.part == SCHEMA_PART_RECORD)
		return true;
	if (spot.field != NULL)
		return spot.field->locks_at_sign_off;
	/* A column of a newer schema is locked as its row is. */
	p = path_split(path);
	if (p.n < 3)
		return false;
	(void)snprintf(row, sizeof(row), "%s/%s", p.part[0], p.part[1]);
	spot = schema_find(type, row);
	return spot.field != NULL && spot.field->locks_at_sign_off;
}

bool
apply_is_locked(const struct applying *a, const struct spot *spot)
{
	return is_locked(a->type, spot->path);
}

/* A walk over the locked paths of a document. */
struct walk {
	const struct schema_type *type;
	apply_path_each each;
	void *arg;
};

/* Names within a set or an object, sorted; NULL when memory ran out. */
static const char **
names_within(const json_t *value, size_t *n_out)
{
	const char **names;

	if (!json_is_array(value))
		return value_keys(value, n_out);
	names = calloc(json_array_size(value) + 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++)
		names[i] = json_string_value(json_array_get(value, i));
	*n_out = json_array_size(value);
	return names;
}

/* The places within the value at the path: members, rows and their columns.
 * depth is how many names more a path may have. */
static enum err_code
walk_within(const struct walk *w, const char *path, const json_t *value,
    unsigned depth, struct err *e)
{
	/* A reference, so that the names live on if the caller changes the
	 * document. */
	json_t *held = value_share(value);
	size_t n = 0;
	const char **names = names_within(held, &n);
	enum err_code code = names == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const json_t *inner = json_object_get(held, names[i]);
		char at[3 * 65];

		(void)snprintf(at, sizeof(at), "%s/%s", path, names[i]);
		if (depth > 1 && json_is_object(inner))
			code = walk_within(w, at, inner, depth - 1, e);
		else if (is_locked(w->type, at))
			code = w->each(w->arg, at, e);
	}
	free(names);
	json_decref(held);
	return code;
}

enum err_code
apply_locked_paths(const struct schema_type *type, const json_t *doc,
    apply_path_each each, void *arg, struct err *e)
{
	struct walk w = { .type = type, .each = each, .arg = arg };
	size_t n = 0;
	const char **names = value_keys(doc, &n);
	enum err_code code = names == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const struct schema_field *f =
		    schema_find_field(type, names[i]);
		const json_t *value = json_object_get(doc, names[i]);

		if (f == NULL)
			continue;
		if (f->kind == SCHEMA_ROWS || f->kind == SCHEMA_CODES ||
		    f->kind == SCHEMA_REFS)
			code = walk_within(&w, names[i], value, 2, e);
		else if (is_locked(type, names[i]))
			code = each(arg, names[i], e);
	}
	free(names);
	return code;
}
