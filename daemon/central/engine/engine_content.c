/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records: which record names which, and whether they are what
 * they were.
 */
#include "daemon/central/engine/engine_content.h"

#include "common/base/enc.h"
#include "common/core/blob.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/engine_verify.h"

enum err_code
engine_content_of(struct engine *g, const struct record *r,
    struct office_content *out, struct err *e)
{
	char text[BLOB_HASH_TEXT_LEN + 1];
	struct hash32 hash;
	uint64_t size;

	if (!blob_of_record(g->schema, r, text, &size) ||
	    !enc_hex_parse(text, BLOB_HASH_TEXT_LEN, hash.b, sizeof(hash.b)))
		return err_set(e, ERR_NOTFOUND, 0, "it names no file");
	return store_content_get(g->store, &hash, out, e);
}

struct naming {
	struct engine *g;
	const char *sha256;
	bool is_named;
	enum err_code code;
	struct err *e;
};

static bool
naming_look(void *arg, struct id id, const char *type, struct version version)
{
	struct naming *n = arg;
	char text[BLOB_HASH_TEXT_LEN + 1];
	struct record r;
	uint64_t size;

	(void)type;
	(void)version;
	n->code = store_record_get(n->g->store, id, &r, n->e);
	if (n->code != ERR_OK)
		return false;
	n->is_named = blob_of_record(n->g->schema, &r, text, &size) &&
	    strcmp(text, n->sha256) == 0;
	record_fini(&r);
	return !n->is_named;
}

/* What the entry of a file that came is about. */
#define CONTENT_OBJECT_CAP (BLOB_HASH_TEXT_LEN + 1 + ID_TEXT_LEN + 1)
static void
content_object(
    const char *sha256, struct id upload, char out[static CONTENT_OBJECT_CAP])
{
	(void)snprintf(
	    out, CONTENT_OBJECT_CAP, "%.64s %s", sha256, id_print(upload).s);
}

enum err_code
engine_content_settle(struct engine *g, struct id by, const struct id *about,
    const struct office_content *c, bool *is_right_out, struct err *e)
{
	char hex[BLOB_HASH_TEXT_LEN + 1], object[CONTENT_OBJECT_CAP];
	const struct audit_entry entry = { .actor = by,
		.action = CONTENT_RECEIVE,
		.object = object,
		.about = about };
	struct log_entry logged;
	struct hash32 is;
	enum err_code code =
	    store_content_hash(g->store, &c->sha256, c->upload, &is, e);

	if (code != ERR_OK)
		return code;
	*is_right_out = hash32_equal(is, c->sha256);
	if (!*is_right_out)
		return ERR_OK;
	enc_hex(c->sha256.b, sizeof(c->sha256.b), hex);
	content_object(hex, c->upload, object);
	code = store_content_settle(g->store, c, e);
	return code == ERR_OK ? engine_audit(g, &entry, &logged, e) : code;
}

/* It goes, and an entry says so if it had been here whole. */
static enum err_code
erase(struct round *r, struct id by, const char *sha256,
    const struct hash32 *hash, struct err *e)
{
	const struct audit_entry entry = {
		.actor = by, .action = CONTENT_ERASE, .object = sha256
	};
	struct office_content c;
	struct log_entry logged;
	enum err_code code = store_content_get(r->g->store, hash, &c, e);
	const bool was_here = code == ERR_OK;

	if (code == ERR_OK || code == ERR_NOTFOUND)
		code = store_content_remove(r->g->store, hash, e);
	return code == ERR_OK && was_here ? audit_put(r, &entry, &logged, e)
	                                  : code;
}

enum err_code
content_unname(struct round *r, struct id by, const char *sha256, struct err *e)
{
	struct engine *g = r->g;
	struct naming n = { .g = g, .sha256 = sha256, .e = e };
	struct hash32 hash;
	enum err_code code = ERR_OK;

	if (!enc_hex_parse(sha256, strlen(sha256), hash.b, sizeof(hash.b)))
		return ERR_OK;
	for (size_t i = 0; i < schema_types_n(g->schema) && !n.is_named; i++) {
		const struct schema_type *type = schema_type_at(g->schema, i);

		if (type->content.hash == NULL)
			continue;
		code = store_records(g->store, type->name, NULL, SIZE_MAX >> 1,
		    naming_look, &n, e);
		if (code == ERR_OK)
			code = n.code;
		if (code != ERR_OK)
			return code;
	}
	return n.is_named ? ERR_OK : erase(r, by, sha256, &hash, e);
}

/* ---- verify ---- */

enum err_code
verify_note_content(
    struct verifying *v, const char *action, const char *object, struct err *e)
{
	char sha256[BLOB_HASH_TEXT_LEN + 1];
	const bool comes = strcmp(action, CONTENT_RECEIVE) == 0;

	if ((!comes && strcmp(action, CONTENT_ERASE) != 0) ||
	    strcspn(object, " ") != BLOB_HASH_TEXT_LEN)
		return ERR_OK;
	memcpy(sha256, object, BLOB_HASH_TEXT_LEN);
	sha256[BLOB_HASH_TEXT_LEN] = '\0';
	if (!comes)
		(void)json_object_del(v->files, sha256);
	else if (json_object_set_new(v->files, sha256, json_string(object)) !=
	    0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_OK;
}

struct checking {
	struct verifying *v;
	size_t n;
	enum err_code code;
	struct err *e;
};

static bool
check_one(void *arg, const struct office_content *c)
{
	struct checking *k = arg;
	struct verifying *v = k->v;
	char hex[BLOB_HASH_TEXT_LEN + 1], object[CONTENT_OBJECT_CAP];
	const char *entered;
	struct hash32 is;
	uint64_t have = 0;

	k->n++;
	enc_hex(c->sha256.b, sizeof(c->sha256.b), hex);
	content_object(hex, c->upload, object);
	entered = json_string_value(json_object_get(v->files, hex));
	if (entered == NULL || strcmp(entered, object) != 0) {
		verify_bad(v, "file %s: it was not received so", hex);
		return false;
	}
	k->code =
	    store_content_hash(v->g->store, &c->sha256, c->upload, &is, k->e);
	if (k->code == ERR_OK)
		k->code = store_content_have(
		    v->g->store, &c->sha256, c->upload, &have, k->e);
	if (k->code == ERR_OK &&
	    (have != c->size || !hash32_equal(is, c->sha256)))
		verify_bad(v, "file %s: it is not what was received", hex);
	return k->code == ERR_OK && !verify_is_bad(v);
}

enum err_code
verify_contents(struct verifying *v, struct err *e)
{
	struct checking k = { .v = v, .e = e };
	enum err_code code = store_contents(v->g->store, check_one, &k, e);

	if (code == ERR_OK)
		code = k.code;
	if (code == ERR_OK && !verify_is_bad(v) &&
	    k.n != json_object_size(v->files))
		verify_bad(v, "files: one that was received is not here");
	return code;
}
