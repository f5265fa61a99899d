/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasures, and taking words out of what is kept.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_erasure_put(struct office_store *s, const struct erasure *z,
    const struct record *left, struct err *e)
{
	struct buf text, body;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	buf_init(&body, LIMIT_RECORD_BYTES);
	code = db_exec(s->db, e,
	    "UPDATE erasure SET body = NULL WHERE record = ?", "d", z->record);
	if (code == ERR_OK && left != NULL &&
	    (code = record_print(left, &text, e)) == ERR_OK)
		code = sqlite_pack(s, &text, &body, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO erasure (seq, epoch, record, signed, sig,"
		    " body) VALUES (?, ?, ?, ?, ?, ?)",
		    left == NULL ? "iidbbn" : "iidbbb", (int64_t)z->version.seq,
		    (int64_t)z->version.epoch, z->record, z->signed_bytes.ptr,
		    z->signed_bytes.len, z->sig.b, sizeof(z->sig.b), body.ptr,
		    body.len);
	buf_wipe(&text);
	buf_wipe(&body);
	return code;
}

static enum err_code
erasure_row(struct db_stmt *q, struct erasure *out, struct err *e)
{
	struct sign_sig sig;
	size_t len;
	const void *bytes = db_col_blob(q, 0, &len);
	enum err_code code = db_col_bytes(q, 1, sig.b, sizeof(sig.b), e);

	struct id record;
	struct erasure z;

	if (code != ERR_OK || (code = db_col_id(q, 2, &record, e)) != ERR_OK ||
	    (code = erasure_from_signed(bytes, len, &sig, &z, e)) != ERR_OK)
		return stored_damage(code, e);
	if (!id_equal(z.record, record) ||
	    z.version.epoch != (uint64_t)db_col_int(q, 3) ||
	    z.version.seq != (uint64_t)db_col_int(q, 4)) {
		erasure_fini(&z);
		return err_set(e, ERR_CORRUPT, 0,
		    "a stored erasure is of something else than it says");
	}
	*out = z;
	return ERR_OK;
}

/* Walk the rows of a query, which is done with then. */
static enum err_code
each_erasure(
    struct db_stmt *q, store_erasure_each each, void *arg, struct err *e)
{
	struct erasure z;
	bool row, more = true;
	enum err_code code = ERR_OK;

	while (more && (code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = erasure_row(q, &z, e)) != ERR_OK)
			break;
		more = each(arg, &z);
		erasure_fini(&z);
	}
	db_done(q);
	return code;
}

enum err_code
store_erasures_of(struct office_store *s, struct id record,
    store_erasure_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT signed, sig, record, epoch, seq FROM erasure WHERE record "
	    "= ? ORDER BY seq",
	    "d", record);

	return code != ERR_OK ? code : each_erasure(q, each, arg, e);
}

enum err_code
store_erasures_above(struct office_store *s, struct version above,
    store_erasure_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT signed, sig, record, epoch, seq FROM erasure WHERE (epoch, "
	    "seq) > (?, ?)"
	    " ORDER BY epoch, seq",
	    "ii", (int64_t)above.epoch, (int64_t)above.seq);

	return code != ERR_OK ? code : each_erasure(q, each, arg, e);
}

/* Of these the record was not here: the last one of a record has it. */
#define KEPT                                                                   \
	"FROM erasure z WHERE body IS NULL AND NOT EXISTS"                     \
	" (SELECT 1 FROM erasure y WHERE y.record = z.record"                  \
	" AND y.body IS NOT NULL)"

enum err_code
store_erasures_come(
    struct office_store *s, store_erasure_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT signed, sig, record, epoch, seq " KEPT
	    " AND EXISTS (SELECT 1 FROM record r WHERE r.id = z.record)"
	    " ORDER BY seq",
	    "");

	return code != ERR_OK ? code : each_erasure(q, each, arg, e);
}

enum err_code
store_erasures_wait(struct office_store *s, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code =
	    db_get_int(s->db, &n, e, "SELECT EXISTS (SELECT 1 " KEPT ")", "");

	*out = n > 0;
	return code;
}

enum err_code
store_erasure_at(struct office_store *s, uint64_t seq, struct erasure *out,
    struct record *left_out, bool *has_left_out, struct err *e)
{
	struct db_stmt *q;
	struct buf text;
	const void *body;
	size_t len;
	enum err_code code = db_query_one(s->db, &q, e, "no such erasure",
	    "SELECT signed, sig, record, epoch, seq, body FROM erasure WHERE "
	    "seq = ?",
	    "i", (int64_t)seq);

	if (code != ERR_OK)
		return code;
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = erasure_row(q, out, e);
	*has_left_out = !db_col_is_null(q, 5);
	if (code == ERR_OK && *has_left_out) {
		body = db_col_blob(q, 5, &len);
		if ((code = sqlite_unpack(s, body, len, &text, e)) == ERR_OK)
			code = stored_record(text.ptr, text.len, left_out, e);
		if (code != ERR_OK)
			erasure_fini(out);
	}
	db_done(q);
	buf_wipe(&text);
	return code;
}

/* ---- taking words out ---- */

static enum err_code
body_rewrite(struct office_store *s, int64_t rowid, const struct change *c,
    struct err *e)
{
	struct buf text, body;
	json_t *json = NULL;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	buf_init(&body, LIMIT_RECORD_BYTES);
	if ((code = change_to_json(c, &json, e)) == ERR_OK &&
	    (code = json_print(json, &text, e)) == ERR_OK &&
	    (code = sqlite_pack(s, &text, &body, e)) == ERR_OK)
		code = db_exec(s->db, e,
		    "UPDATE change SET body = ? WHERE rowid = ?", "bi",
		    body.ptr, body.len, rowid);
	json_decref(json);
	buf_wipe(&text);
	buf_wipe(&body);
	return code;
}

/* One change: *n counts those that had words. */
static enum err_code
change_erase(struct office_store *s, struct db_stmt *q, const struct erasure *z,
    uint64_t *n, struct err *e)
{
	struct buf text;
	struct change c;
	size_t len;
	const void *body = db_col_blob(q, 1, &len);
	bool changed = false;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	code = sqlite_unpack(s, body, len, &text, e);
	if (code == ERR_OK)
		code = stored_change(text.ptr, text.len, &c, e);
	buf_wipe(&text);
	if (code != ERR_OK)
		return code;
	code = erasure_of_change(z, &c, &changed, e);
	if (code == ERR_OK && changed) {
		code = body_rewrite(s, db_col_int(q, 0), &c, e);
		++*n;
	}
	change_fini(&c);
	return code;
}

enum err_code
sqlite_merged_erase(struct office_store *s, struct id record,
    const json_t *paths, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT path, rowid FROM merged_value WHERE record = ?", "d",
	    record);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		if (!erasure_covers(paths, db_col_text(q, 0, NULL)))
			continue;
		code = db_exec(s->db, e,
		    "DELETE FROM merged_value WHERE rowid = ?", "i",
		    db_col_int(q, 1));
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_words_erase(struct office_store *s, const struct erasure *z,
    uint64_t *changes_out, struct err *e)
{
	struct db_stmt *q;
	uint64_t n = 0;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT rowid, body FROM change WHERE record = ?"
	    " ORDER BY device, counter",
	    "d", z->record);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = change_erase(s, q, z, &n, e)) != ERR_OK)
			break;
	db_done(q);
	if (code == ERR_OK)
		code = sqlite_merged_erase(s, z->record, z->paths, e);
	if (code == ERR_OK)
		*changes_out = n;
	return code;
}

enum err_code
store_forget(struct office_store *s, struct err *e)
{
	return db_forget(s->db, e);
}
