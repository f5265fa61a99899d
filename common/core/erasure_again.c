/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an erasure that is done again leaves at its paths: the words of those
 * who had seen the first one.  What they come to is read off the record as its
 * changes make it without the words that go, so that nothing of those is in it.
 */
#include "common/core/erasure.h"

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"

struct putting_back {
	const struct schema *schema;
	const struct erasure *z;
	const struct record *made; /* of the changes */
	struct record *r;          /* as the erasure left it */
};

bool
erasure_leaves(const struct erasure *z, const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (!c->ops[i].is_erased &&
		    erasure_covers(z->paths, c->ops[i].path))
			return true;
	return false;
}

/* What lies in something that was removed is not put back without it. */
static bool
is_beneath_removed(const struct record *r, const char *path)
{
	struct record_related rel = record_related(r, path);

	for (size_t i = 0; i < rel.n_at; i++)
		if (rel.at[i]->is_removed && strcmp(rel.at[i]->path, path) != 0)
			return true;
	return false;
}

/* Who goes on from what is there has seen the erasure. */
static void
raise_last(struct path_state *ps, struct version version)
{
	ps->setters[ps->n_setters - 1].version = version;
}

/* Where a row is there again, it is removed no longer. */
static void
unremove(const struct putting_back *w, const char *path)
{
	for (size_t i = 0; i < w->r->n_paths; i++) {
		struct path_state *ps = &w->r->paths[i];

		if (!path_covers(path, ps->path) ||
		    path_get(w->r->doc, ps->path) == NULL)
			continue;
		ps->is_removed = false;
		json_decref(ps->was);
		ps->was = NULL;
	}
}

/* The erasure is what the words there came after. */
static enum err_code
put_first(const struct putting_back *w, const char *path, struct err *e)
{
	const struct setter erased = { .version = w->z->since,
		.device = w->z->device,
		.counter = w->z->counter,
		.author = w->z->author,
		.made_at = w->z->time };
	struct path_state *ps;
	enum err_code code = record_path_make(w->r, path, &ps, e);

	return code == ERR_OK ? path_state_put(ps, &erased, e) : code;
}

static enum err_code
put_path(const struct putting_back *w, const char *path, struct err *e)
{
	const struct schema_type *type = schema_type(w->schema, w->r->type);
	const bool is_member =
	    type != NULL && schema_find(type, path).part == SCHEMA_PART_MEMBER;
	bool any = false;
	enum err_code code = ERR_OK;

	if (is_beneath_removed(w->r, path))
		return ERR_OK;
	for (size_t i = 0; i < w->made->n_paths && code == ERR_OK; i++) {
		const struct path_state *from = &w->made->paths[i];
		struct path_state *ps;

		if (!path_covers(path, from->path))
			continue;
		any = true;
		code = record_path_copy(w->r, from, &ps, e);
		if (code == ERR_OK)
			raise_last(ps, w->z->version);
	}
	if (code != ERR_OK || !any)
		return code;
	code = path_set(
	    w->r->doc, path, path_get(w->made->doc, path), is_member, e);
	if (code == ERR_OK)
		unremove(w, path);
	return code == ERR_OK ? put_first(w, path, e) : code;
}

/* Of what had no place in the signed version. */
static enum err_code
put_addenda(const struct putting_back *w, struct err *e)
{
	const struct schema_type *type = schema_type(w->schema, w->r->type);
	const char *rows = type == NULL ? NULL : type->signing.addenda;
	const char *named = rows == NULL ? NULL : type->signing.addendum.path;
	json_t *row;
	const char *id;
	enum err_code code = ERR_OK;

	if (named == NULL)
		return ERR_OK;
	json_object_foreach(json_object_get(w->made->doc, rows), id, row)
	{
		const char *about =
		    json_string_value(json_object_get(row, named));
		char path[2 * 65];

		if (about == NULL || !erasure_covers(w->z->paths, about))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", rows, id);
		code = put_path(w, path, e);
		if (code != ERR_OK)
			break;
	}
	return code;
}

/* The conflict of this id, made if there is none. */
static enum err_code
find_conflict(struct record *r, const struct conflict *like,
    struct conflict **out, struct err *e)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (id_equal(r->conflicts[i].id, like->id)) {
			*out = &r->conflicts[i];
			return ERR_OK;
		}
	return record_conflict_make(r, like->id, like->path, out, e);
}

static enum err_code
put_conflict(
    const struct putting_back *w, const struct conflict *from, struct err *e)
{
	struct conflict copy, *to = NULL;
	enum err_code code = conflict_copy(from, &copy, e);

	if (code != ERR_OK)
		return code;
	if ((code = find_conflict(w->r, from, &to, e)) != ERR_OK) {
		conflict_fini(&copy);
		return code;
	}
	copy.version = w->z->version;
	conflict_fini(to);
	*to = copy;
	return ERR_OK;
}

enum err_code
erasure_put_back(const struct schema *s, const struct erasure *z,
    const struct record *made, struct record *r, struct err *e)
{
	const struct putting_back w = {
		.schema = s, .z = z, .made = made, .r = r
	};
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(z->paths) && code == ERR_OK; i++)
		code = put_path(
		    &w, json_string_value(json_array_get(z->paths, i)), e);
	if (code == ERR_OK)
		code = put_addenda(&w, e);
	for (size_t i = 0; i < made->n_conflicts && code == ERR_OK; i++)
		if (erasure_covers(z->paths, made->conflicts[i].path))
			code = put_conflict(&w, &made->conflicts[i], e);
	return code;
}
