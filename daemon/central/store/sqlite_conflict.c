/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records have which conflicts.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/office_walk.h"
#include "daemon/central/store/sqlite_int.h"

/* A record never loses a conflict: it is closed and stays. */
enum err_code
sqlite_conflicts_put(struct db *db, const struct record *r, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		const struct conflict *k = &r->conflicts[i];

		code = db_exec(db, e,
		    "INSERT INTO conflict (id, record, is_open, opened_at)"
		    " VALUES (?, ?, ?, ?)"
		    " ON CONFLICT (id) DO UPDATE SET is_open = "
		    "excluded.is_open,"
		    " opened_at = excluded.opened_at"
		    " WHERE is_open <> excluded.is_open"
		    " OR opened_at <> excluded.opened_at",
		    "ddii", k->id, r->id, (int64_t)conflict_is_open(k),
		    (int64_t)k->opened_at);
	}
	return code;
}

enum err_code
store_conflicts_unmake(struct office_store *s, struct id record, struct err *e)
{
	return db_exec(
	    s->db, e, "DELETE FROM conflict WHERE record = ?", "d", record);
}

/* One record's body, as it is kept. */
static enum err_code
conflicts_of_body(struct office_store *s, struct db_stmt *q, struct err *e)
{
	json_t *json = NULL;
	struct record r;
	struct buf text;
	size_t len;
	const void *body = db_col_blob(q, 0, &len);
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	code = sqlite_unpack(s, body, len, &text, e);
	if (code == ERR_OK)
		code = stored_json(text.ptr, text.len, &json, e);
	if (code == ERR_OK)
		code = record_from_json(json, &r, e);
	json_decref(json);
	buf_wipe(&text);
	if (code != ERR_OK)
		return code;
	code = sqlite_conflicts_put(s->db, &r, e);
	record_fini(&r);
	return code;
}

enum err_code
sqlite_conflicts_fill(struct db *db, struct err *e)
{
	struct office_store s = { .db = db };
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = body_codec_new(&s.codec, e);

	if (code == ERR_OK)
		code = db_query(db, &q, e, "SELECT body FROM record", "");
	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = conflicts_of_body(&s, q, e);
	db_done(q);
	body_codec_free(s.codec);
	return code == ERR_MALFORMED ? ERR_CORRUPT : code;
}

enum err_code
store_conflict_record(
    struct office_store *s, struct id conflict, struct id *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code =
	    db_query_one(s->db, &q, e, "there is no such conflict",
	        "SELECT record FROM conflict WHERE id = ?", "d", conflict);

	if (code != ERR_OK)
		return code;
	code = db_col_id(q, 0, out, e);
	db_done(q);
	return code;
}

enum err_code
store_conflicted(
    struct office_store *s, store_id_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	/* Index conflict_open alone; the newest record first. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT DISTINCT record FROM conflict WHERE is_open = 1"
	    " ORDER BY record DESC",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &id, e);
		if (code != ERR_OK || !each(arg, id))
			break;
	}
	db_done(q);
	return code;
}
