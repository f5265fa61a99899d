/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record as JSON.  One change often sets many paths, so setters stand in a
 * table of their own and each path names its own by index.
 */
#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* Put a value under the key unless it is absent. */
static enum err_code
put_value(json_t *obj, const char *key, const json_t *value, struct err *e)
{
	if (value == NULL)
		return ERR_OK;
	return json_put_take(obj, key, value_share(value), e);
}

static enum err_code
put_version(json_t *obj, struct version v, struct err *e)
{
	if (version_is_never(v))
		return ERR_OK;
	return json_put_take(obj, "version", version_to_json(v), e);
}

static enum err_code
put_uint(json_t *obj, const char *key, uint64_t n, struct err *e)
{
	return json_put_int(obj, key, (int64_t)n, e);
}

static enum err_code
side_to_json(const struct conflict_side *s, json_t **out, struct err *e)
{
	json_t *obj = json_object();
	enum err_code code = json_put_str(obj, "key", s->key, e);

	if (code == ERR_OK)
		code = put_value(obj, "value", s->value, e);
	if (code == ERR_OK)
		code = json_put_id(obj, "author", s->author, e);
	if (code == ERR_OK)
		code = json_put_id(obj, "device", s->device, e);
	if (code == ERR_OK)
		code = put_uint(obj, "counter", s->counter, e);
	if (code == ERR_OK)
		code = put_uint(obj, "made_at", s->made_at, e);
	if (code == ERR_OK)
		code = json_put_int(obj, "clock_offset", s->clock_offset, e);
	if (code == ERR_OK)
		code = put_version(obj, s->version, e);
	if (code == ERR_OK)
		code = json_put_bool(obj, "open", s->is_open, e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

static enum err_code
sides_to_json(const struct conflict *c, json_t **out, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = list == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++) {
		json_t *side = NULL;

		code = side_to_json(&c->sides[i], &side, e);
		if (code == ERR_OK)
			code = json_add_take(list, side, e);
	}
	if (code == ERR_OK)
		*out = list;
	else
		json_decref(list);
	return code;
}

static enum err_code
conflict_to_json(const struct conflict *c, json_t **out, struct err *e)
{
	json_t *obj = json_object(), *sides = NULL;
	enum err_code code = json_put_id(obj, "id", c->id, e);

	if (code == ERR_OK)
		code = json_put_str(obj, "path", c->path, e);
	if (code == ERR_OK)
		code =
		    json_put_str(obj, "kind", conflict_kind_word(c->kind), e);
	if (code == ERR_OK)
		code = json_put_str(
		    obj, "owner", conflict_owner_word(c->owner), e);
	if (code == ERR_OK)
		code = put_value(obj, "ancestor", c->ancestor, e);
	if (code == ERR_OK)
		code = put_version(obj, c->version, e);
	if (code == ERR_OK)
		code = put_uint(obj, "opened_at", c->opened_at, e);
	/* A copy: the list of a live conflict is appended to. */
	if (code == ERR_OK && c->decisions != NULL)
		code = json_put_take(
		    obj, "decisions", json_copy_all(c->decisions), e);
	if (code == ERR_OK)
		code = sides_to_json(c, &sides, e);
	if (code == ERR_OK)
		code = json_put_take(obj, "sides", sides, e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

/* All setters, sorted, each once. */
struct setter_table {
	struct setter *rows;
	size_t n;
};

static int
table_order(const void *a, const void *b)
{
	return setter_compare(a, b);
}

static bool
table_make(const struct record *r, struct setter_table *t)
{
	size_t all = 0, n = 0;

	for (size_t i = 0; i < r->n_paths; i++)
		all += r->paths[i].n_setters;
	t->rows = calloc(all + 1, sizeof(*t->rows));
	if (t->rows == NULL)
		return false;
	for (size_t i = 0; i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];

		for (size_t j = 0; j < ps->n_setters; j++)
			t->rows[n++] = ps->setters[j];
	}
	qsort(t->rows, n, sizeof(*t->rows), table_order);
	t->n = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 ||
		    setter_compare(&t->rows[i], &t->rows[t->n - 1]) != 0)
			t->rows[t->n++] = t->rows[i];
	return true;
}

static json_t *
setter_to_json(const struct setter *s)
{
	struct id_text device = id_print(s->device);
	struct id_text author = id_print(s->author);

	return json_pack("[I,I,s,I,s,I,I]", (json_int_t)s->version.epoch,
	    (json_int_t)s->version.seq, device.s, (json_int_t)s->counter,
	    author.s, (json_int_t)s->made_at, (json_int_t)s->clock_offset);
}

/* The path's indices into the table, ascending. */
static enum err_code
indices_to_json(const struct path_state *ps, const struct setter_table *t,
    json_t **out, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = list == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < ps->n_setters && code == ERR_OK; i++) {
		const struct setter *row = bsearch(
		    &ps->setters[i], t->rows, t->n, sizeof(*row), table_order);

		code = json_add_take(
		    list, json_integer((json_int_t)(row - t->rows)), e);
	}
	if (code == ERR_OK)
		*out = list;
	else
		json_decref(list);
	return code;
}

/* Put one path where it belongs: paths or removed. */
static enum err_code
put_path(const struct path_state *ps, json_t *by, json_t *paths,
    json_t *removed, struct err *e)
{
	json_t *entry;
	enum err_code code;

	if (!ps->is_removed)
		return json_put_take(paths, ps->path, by, e);
	entry = json_object();
	code = json_put_take(entry, "by", by, e);
	if (code == ERR_OK)
		code = put_value(entry, "was", ps->was, e);
	if (code == ERR_OK)
		return json_put_take(removed, ps->path, entry, e);
	json_decref(entry);
	return code;
}

static enum err_code
put_paths(const struct record *r, json_t *obj, struct err *e)
{
	struct setter_table t = { NULL, 0 };
	json_t *setters = json_array(), *paths = json_object();
	json_t *removed = json_object(), *by = NULL;
	enum err_code code = ERR_OK;

	if (removed == NULL || !table_make(r, &t))
		code = value_no_memory(e);
	for (size_t i = 0; i < t.n && code == ERR_OK; i++)
		code = json_add_take(setters, setter_to_json(&t.rows[i]), e);
	for (size_t i = 0; i < r->n_paths && code == ERR_OK; i++) {
		const struct path_state *ps = &r->paths[i];

		code = indices_to_json(ps, &t, &by, e);
		if (code == ERR_OK)
			code = put_path(ps, by, paths, removed, e);
	}
	if (code == ERR_OK)
		code = json_put_take(obj, "setters", value_share(setters), e);
	if (code == ERR_OK)
		code = json_put_take(obj, "paths", value_share(paths), e);
	if (code == ERR_OK && json_object_size(removed) > 0)
		code = json_put_take(obj, "removed", value_share(removed), e);
	free(t.rows);
	json_decref(setters);
	json_decref(paths);
	json_decref(removed);
	return code;
}

/* Put the conflicts, if there are any. */
static enum err_code
put_conflicts(const struct record *r, json_t *obj, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = list == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		json_t *one = NULL;

		code = conflict_to_json(&r->conflicts[i], &one, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
	}
	if (code == ERR_OK && json_array_size(list) > 0)
		return json_put_take(obj, "conflicts", list, e);
	json_decref(list);
	return code;
}

/* The whole state but the document. */
static enum err_code
head_to_json(const struct record *r, json_t **out, struct err *e)
{
	json_t *obj = json_object();
	enum err_code code = ERR_OK;

	/* Unknown keys first, so that one of ours is never covered by them. */
	if (obj == NULL ||
	    (r->extra != NULL && json_object_update(obj, r->extra) != 0))
		code = value_no_memory(e);
	if (code == ERR_OK)
		code = json_put_id(obj, "id", r->id, e);
	if (code == ERR_OK)
		code = json_put_str(obj, "type", r->type, e);
	if (code == ERR_OK)
		code = json_put_id(obj, "author", r->author, e);
	if (code == ERR_OK)
		code = put_version(obj, r->version, e);
	if (code == ERR_OK)
		code = put_paths(r, obj, e);
	if (code == ERR_OK)
		code = put_conflicts(r, obj, e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

enum err_code
record_to_json(const struct record *r, json_t **out, struct err *e)
{
	json_t *obj = NULL;
	enum err_code code = head_to_json(r, &obj, e);

	/* A copy of the outermost object, which is changed in place. */
	if (code == ERR_OK)
		code = json_put_take(obj, "doc", json_copy_all(r->doc), e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

struct hash32
record_digest_of(const struct record *r, const void *canonical, size_t len)
{
	struct hash32 hash = crypto_sha256(canonical, len);
	struct crypto_part parts[3];
	uint8_t version[16];

	for (int i = 0; i < 8; i++) {
		int shift = 56 - 8 * i;

		version[i] = (uint8_t)(r->version.epoch >> shift);
		version[8 + i] = (uint8_t)(r->version.seq >> shift);
	}
	parts[0] = crypto_part(r->id.b, ID_LEN);
	parts[1] = crypto_part(version, sizeof(version));
	parts[2] = crypto_part(hash.b, HASH32_LEN);
	return crypto_sha256_parts(parts, 3);
}

enum err_code
record_print(const struct record *r, struct buf *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = record_to_json(r, &json, e);

	if (code == ERR_OK)
		code = json_print(json, out, e);
	json_decref(json);
	return code;
}

enum err_code
record_digest(const struct record *r, struct hash32 *out, struct err *e)
{
	struct buf text;
	enum err_code code;

	/* The text is our own record's, so its length is no attack. */
	buf_init(&text, SIZE_MAX / 4);
	code = record_print(r, &text, e);
	if (code == ERR_OK)
		*out = record_digest_of(r, text.ptr, text.len);
	buf_wipe(&text);
	return code;
}
