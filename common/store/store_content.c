/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records: kept with their record, shown whole or not at all, and
 * gone with it.
 */
#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/store/store_content_int.h"

/* How much of a file is here. */
static const char have_sql[] =
    "SELECT coalesce(sum(length(bytes)), 0) FROM content_piece"
    " WHERE sha256 = ?";

enum err_code
content_have(
    struct device_store *s, const char *sha256, uint64_t *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e, have_sql, "s", sha256);

	*out = (uint64_t)n;
	return code;
}

/* Bytes that no record's file has any more. */
static enum err_code
pieces_sweep(struct device_store *s, struct err *e)
{
	return db_exec(s->db, e,
	    "DELETE FROM content_piece WHERE sha256 NOT IN"
	    " (SELECT sha256 FROM content)",
	    "");
}

static enum err_code
piece_put(struct device_store *s, const char *sha256, uint64_t at,
    const void *bytes, size_t len, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO content_piece (sha256, at, bytes) VALUES (?, ?, ?)",
	    "sib", sha256, (int64_t)at, bytes, len);
}

/* What is here in part is replaced: this is all of it. */
static enum err_code
pieces_put(struct device_store *s, const char *sha256,
    const struct content_file *file, struct err *e)
{
	const uint8_t *bytes = file->bytes;
	enum err_code code = db_exec(s->db, e,
	    "DELETE FROM content_piece WHERE sha256 = ?", "s", sha256);

	for (size_t at = 0; at < file->len && code == ERR_OK;
	     at += LIMIT_BLOB_PIECE) {
		const size_t left = file->len - at;

		code = piece_put(s, sha256, at, bytes + at,
		    left < LIMIT_BLOB_PIECE ? left : LIMIT_BLOB_PIECE, e);
	}
	return code;
}

static void
hash_text(struct hash32 hash, char out[static BLOB_HASH_TEXT_LEN + 1])
{
	enc_hex(hash.b, sizeof(hash.b), out);
}

enum err_code
content_admits(struct device_store *s, const struct change *c,
    const struct content_file *file, struct err *e)
{
	const struct schema_type *type = schema_type(s->schema, c->type);

	if (file != NULL || type == NULL || type->content.hash == NULL)
		return ERR_OK;
	for (size_t i = 0; i < c->n_ops; i++) {
		const char *now = json_string_value(c->ops[i].now);

		if (strcmp(c->ops[i].path, type->content.hash) == 0 &&
		    now != NULL && blob_hash_is_ok(now))
			return err_set(e, ERR_INVALID, 0,
			    "%s: a file is named by attaching it",
			    type->content.hash);
	}
	return ERR_OK;
}

enum err_code
content_put(struct device_store *s, const struct record *r,
    const struct content_file *file, struct err *e)
{
	char named[BLOB_HASH_TEXT_LEN + 1], is[BLOB_HASH_TEXT_LEN + 1];
	uint64_t size;
	enum err_code code;

	hash_text(crypto_sha256(file->bytes, file->len), is);
	if (!blob_of_record(s->schema, r, named, &size) ||
	    strcmp(named, is) != 0 || size != file->len)
		return err_set(e, ERR_INVALID, 0,
		    "this is not the file that the %.64s names", r->type);
	code = db_exec(s->db, e,
	    "INSERT INTO content (record, sha256, size, with_office, is_wanted)"
	    " VALUES (?, ?, ?, 0, 0)",
	    "dsi", r->id, is, (int64_t)size);
	return code == ERR_OK ? pieces_put(s, is, file, e) : code;
}

enum err_code
content_drop(struct device_store *s, struct id record, struct err *e)
{
	enum err_code code = db_exec(s->db, e,
	    "DELETE FROM content WHERE record = ?"
	    " AND (with_office > 0 OR is_wanted)",
	    "d", record);

	if (code != ERR_OK || db_changes(s->db) == 0)
		return code;
	return pieces_sweep(s, e);
}

enum err_code
content_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	bool covers = false;
	enum err_code code;

	for (size_t i = 0; i < schema_types_n(s->schema); i++) {
		const char *hash = schema_type_at(s->schema, i)->content.hash;

		covers =
		    covers || (hash != NULL && erasure_covers(z->paths, hash));
	}
	if (!covers)
		return ERR_OK;
	code = db_exec(
	    s->db, e, "DELETE FROM content WHERE record = ?", "d", z->record);
	if (code != ERR_OK || db_changes(s->db) == 0)
		return code;
	return pieces_sweep(s, e);
}

/* ---- reading ---- */

/* Without a row: only what the record says. */
static enum err_code
row_read(struct device_store *s, struct id record, struct content_view *v,
    struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT with_office, is_wanted FROM content"
	    " WHERE record = ? AND sha256 = ?",
	    "ds", record, v->sha256);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row) {
		v->is_with_office = db_col_int(q, 0) > 0;
		v->is_wanted = db_col_int(q, 1) != 0;
	}
	db_done(q);
	return code;
}

enum err_code
content_view_in(struct device_store *s, struct id record,
    struct content_view *out, struct err *e)
{
	struct content_view v = { .size = 0 };
	struct record r;
	bool names;
	enum err_code code = view_get(s, record, &r, e);

	if (code != ERR_OK)
		return code;
	names = blob_of_record(s->schema, &r, v.sha256, &v.size);
	record_fini(&r);
	if (!names)
		return err_set(e, ERR_NOTFOUND, 0, "this record names no file");
	if ((code = row_read(s, record, &v, e)) != ERR_OK ||
	    (code = content_have(s, v.sha256, &v.have, e)) != ERR_OK)
		return code;
	v.is_here = v.have == v.size;
	*out = v;
	return ERR_OK;
}

enum err_code
device_content_view(struct device_store *s, struct id record,
    struct content_view *out, struct err *e)
{
	enum err_code code = db_begin_read(s->db, e);

	if (code == ERR_OK)
		code = content_view_in(s, record, out, e);
	db_rollback(s->db);
	return code;
}

/* Append the pieces in their order, each where the one before ended. */
static enum err_code
pieces_read(
    struct device_store *s, const char *sha256, struct buf *out, struct err *e)
{
	const size_t before = out->len;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT at, bytes FROM content_piece WHERE sha256 = ? ORDER BY at",
	    "s", sha256);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		size_t len;
		const void *bytes = db_col_blob(q, 1, &len);

		if (db_col_int(q, 0) != (int64_t)(out->len - before)) {
			code = err_set(
			    e, ERR_CORRUPT, 0, "a piece of a file is missing");
			break;
		}
		(void)buf_add(out, bytes, len);
	}
	db_done(q);
	return code == ERR_OK ? buf_check(out, e) : code;
}

enum err_code
content_file(
    struct device_store *s, const char *sha256, struct buf *out, struct err *e)
{
	const size_t before = out->len;
	char is[BLOB_HASH_TEXT_LEN + 1];
	enum err_code code = pieces_read(s, sha256, out, e);

	if (code != ERR_OK)
		return code;
	hash_text(crypto_sha256(out->ptr + before, out->len - before), is);
	if (strcmp(is, sha256) != 0)
		return err_set(
		    e, ERR_CORRUPT, 0, "a file is not the one that was kept");
	return ERR_OK;
}

enum err_code
device_content_read(
    struct device_store *s, struct id record, struct buf *out, struct err *e)
{
	struct content_view v;
	enum err_code code = db_begin_read(s->db, e);

	if (code == ERR_OK)
		code = content_view_in(s, record, &v, e);
	if (code == ERR_OK && !v.is_here)
		code = err_set(
		    e, ERR_NOTFOUND, 0, "the file is not on this device yet");
	if (code == ERR_OK)
		code = content_file(s, v.sha256, out, e);
	db_rollback(s->db);
	return code;
}

enum err_code
device_content_want(struct device_store *s, struct id record, struct err *e)
{
	struct content_view v;
	enum err_code code = db_begin(s->db, e);

	if (code == ERR_OK)
		code = content_view_in(s, record, &v, e);
	if (code == ERR_OK && !v.is_here)
		code = db_exec(s->db, e,
		    "INSERT INTO content (record, sha256, size, with_office,"
		    " is_wanted) VALUES (?, ?, ?, 0, 1)"
		    " ON CONFLICT (record) DO NOTHING",
		    "dsi", record, v.sha256, (int64_t)v.size);
	if (code == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	return code;
}
