/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records, in the SQLite store (schema/sql/office_9.sql).
 */
#include "daemon/central/store/office_content.h"
#include "daemon/central/store/sqlite_int.h"

static enum err_code
content_row(struct db_stmt *q, struct office_content *out, struct err *e)
{
	struct office_content c = { .size = (uint64_t)db_col_int(q, 1) };
	enum err_code code =
	    db_col_bytes(q, 0, c.sha256.b, sizeof(c.sha256.b), e);

	if (code == ERR_OK)
		code = db_col_id(q, 2, &c.upload, e);
	if (code == ERR_OK)
		*out = c;
	return code;
}

enum err_code
store_content_get(struct office_store *s, const struct hash32 *sha256,
    struct office_content *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such file",
	    "SELECT sha256, size, upload FROM content"
	    " WHERE sha256 = ?",
	    "b", sha256->b, sizeof(sha256->b));

	if (code != ERR_OK)
		return code;
	code = content_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_contents(
    struct office_store *s, store_content_each each, void *arg, struct err *e)
{
	struct office_content c;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT sha256, size, upload FROM content"
	    " ORDER BY sha256",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = content_row(q, &c, e)) != ERR_OK || !each(arg, &c))
			break;
	db_done(q);
	return code;
}

enum err_code
store_content_have(struct office_store *s, const struct hash32 *sha256,
    struct id upload, uint64_t *out, struct err *e)
{
	int64_t have = 0;
	enum err_code code = db_get_int(s->db, &have, e,
	    "SELECT coalesce(sum(length(bytes)), 0) FROM content_piece"
	    " WHERE sha256 = ? AND upload = ?",
	    "bd", sha256->b, sizeof(sha256->b), upload);

	*out = (uint64_t)have;
	return code;
}

enum err_code
store_content_add(
    struct office_store *s, const struct content_piece *p, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO content_piece (sha256, upload, at, bytes)"
	    " VALUES (?, ?, ?, ?)",
	    "bdib", p->sha256->b, sizeof(p->sha256->b), p->upload,
	    (int64_t)p->at, p->bytes, p->len);
}

enum err_code
store_content_hash(struct office_store *s, const struct hash32 *sha256,
    struct id upload, struct hash32 *out, struct err *e)
{
	struct crypto_hasher *hasher = crypto_hasher_new();
	struct db_stmt *q = NULL;
	uint64_t next = 0;
	bool row;
	enum err_code code = hasher == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : db_query(s->db, &q, e,
	          "SELECT bytes, at FROM content_piece WHERE sha256 = ?"
	          " AND upload = ? ORDER BY at",
	          "bd", sha256->b, sizeof(sha256->b), upload);

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		size_t len;
		const void *bytes = db_col_blob(q, 0, &len);

		if ((uint64_t)db_col_int(q, 1) != next)
			code = err_set(
			    e, ERR_CORRUPT, 0, "a piece of a file is missing");
		crypto_hasher_add(hasher, bytes, len);
		next += len;
	}
	db_done(q);
	if (code == ERR_OK)
		*out = crypto_hasher_take(hasher);
	crypto_hasher_free(hasher);
	return code;
}

enum err_code
store_content_settle(
    struct office_store *s, const struct office_content *c, struct err *e)
{
	enum err_code code = db_exec(s->db, e,
	    "INSERT INTO content (sha256, size, upload) VALUES (?, ?, ?)",
	    "bid", c->sha256.b, sizeof(c->sha256.b), (int64_t)c->size,
	    c->upload);

	if (code != ERR_OK)
		return code;
	return db_exec(s->db, e,
	    "DELETE FROM content_piece WHERE sha256 = ? AND upload <> ?", "bd",
	    c->sha256.b, sizeof(c->sha256.b), c->upload);
}

enum err_code
store_content_undo(struct office_store *s, const struct hash32 *sha256,
    struct id upload, struct err *e)
{
	return db_exec(s->db, e,
	    "DELETE FROM content_piece WHERE sha256 = ? AND upload = ?", "bd",
	    sha256->b, sizeof(sha256->b), upload);
}

enum err_code
store_content_read(struct office_store *s, const struct office_content *c,
    uint64_t at, size_t most, struct buf *out, struct err *e)
{
	size_t got = 0;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT at, bytes FROM content_piece WHERE sha256 = ?"
	    " AND upload = ? AND at + length(bytes) > ? ORDER BY at",
	    "bdi", c->sha256.b, sizeof(c->sha256.b), c->upload, (int64_t)at);

	if (code != ERR_OK)
		return code;
	while (got < most && (code = db_step(q, &row, e)) == ERR_OK && row) {
		const uint64_t begin = (uint64_t)db_col_int(q, 0);
		size_t len;
		const uint8_t *bytes = db_col_blob(q, 1, &len);
		const uint64_t skip = at + got - begin;

		if (begin > at + got || skip >= len) {
			code = err_set(
			    e, ERR_CORRUPT, 0, "a piece of a file is missing");
			break;
		}
		len -= (size_t)skip;
		if (len > most - got)
			len = most - got;
		(void)buf_add(out, bytes + skip, len);
		got += len;
	}
	db_done(q);
	return code == ERR_OK ? buf_check(out, e) : code;
}

enum err_code
store_content_remove(
    struct office_store *s, const struct hash32 *sha256, struct err *e)
{
	enum err_code code =
	    db_exec(s->db, e, "DELETE FROM content WHERE sha256 = ?", "b",
	        sha256->b, sizeof(sha256->b));

	if (code != ERR_OK)
		return code;
	return db_exec(s->db, e, "DELETE FROM content_piece WHERE sha256 = ?",
	    "b", sha256->b, sizeof(sha256->b));
}
