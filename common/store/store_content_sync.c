/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending and fetching the files beside records.
 *
 * The office's word that it has one counts in the epoch in which it was said:
 * one that was restored is asked again.
 */
#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/store/store_content_int.h"

/* Whole here, and not said to be with the office since this epoch began. */
#define UNSENT                                                                 \
	" NOT c.is_wanted AND c.with_office < max(?1, 1)"                      \
	" AND c.size = (SELECT coalesce(sum(length(bytes)), 0)"                \
	" FROM content_piece p WHERE p.sha256 = c.sha256)"

enum err_code
device_content_waiting(
    struct device_store *s, struct content_waiting *out, struct err *e)
{
	struct content_waiting w;
	struct db_stmt *q;
	int64_t epoch;
	enum err_code code = receipt_epoch(s, &epoch, e);

	if (code == ERR_OK)
		code = db_query_one(s->db, &q, e, "no count",
		    "SELECT count(*), coalesce(sum(c.size), 0) FROM content c"
		    " WHERE" UNSENT,
		    "i", epoch);
	if (code != ERR_OK)
		return code;
	w.n = (uint64_t)db_col_int(q, 0);
	w.bytes = (uint64_t)db_col_int(q, 1);
	db_done(q);
	*out = w;
	return ERR_OK;
}

/* What waits is told outside, too, where an order to erase is obeyed. */
static enum err_code
tell_outside(struct device_store *s, struct err *e)
{
	struct content_waiting w;
	enum err_code code = device_content_waiting(s, &w, e);

	return code == ERR_OK ? outside_files_set(s->outside, w.n > 0, e)
	                      : code;
}

/* After the text: nothing of the record waits for a receipt, and the office has
 * the record, as it told with it or in an outcome. */
#define TEXT_IS_THERE                                                          \
	" NOT EXISTS (SELECT 1 FROM journal j WHERE j.record = c.record"       \
	"  AND j.counter > ?2)"                                                \
	" AND (EXISTS (SELECT 1 FROM confirmed f WHERE f.record = c.record)"   \
	"  OR EXISTS (SELECT 1 FROM journal j JOIN outcome o"                  \
	"   ON o.counter = j.counter WHERE j.record = c.record"                \
	"   AND o.kind < ?4))"

static const char next_sql[] =
    "SELECT c.record, c.sha256, c.size, c.is_wanted,"
    " (SELECT coalesce(sum(length(bytes)), 0) FROM content_piece p"
    "  WHERE p.sha256 = c.sha256)"
    " FROM content c WHERE c.record > ?3"
    " AND (c.is_wanted OR (" TEXT_IS_THERE " AND" UNSENT "))"
    " ORDER BY c.record LIMIT 1";

enum err_code
device_content_next(struct device_store *s, const struct id *after,
    struct content_task *out, struct err *e)
{
	struct content_task t = { .is_fetch = false };
	struct db_stmt *q;
	uint64_t receipted;
	int64_t epoch;
	enum err_code code;

	if ((after == NULL && (code = tell_outside(s, e)) != ERR_OK) ||
	    (code = receipt_epoch(s, &epoch, e)) != ERR_OK ||
	    (code = receipted_upto(s, &receipted, e)) != ERR_OK ||
	    (code = db_query_one(s->db, &q, e, "no file waits", next_sql,
	         "iisi", epoch, (int64_t)receipted,
	         after == NULL ? "" : id_print(*after).s,
	         (int64_t)OUTCOME_HELD)) != ERR_OK)
		return code;
	code = db_col_id(q, 0, &t.record, e);
	(void)snprintf(
	    t.sha256, sizeof(t.sha256), "%s", db_col_text(q, 1, NULL));
	t.size = (uint64_t)db_col_int(q, 2);
	t.is_fetch = db_col_int(q, 3) != 0;
	t.have = (uint64_t)db_col_int(q, 4);
	db_done(q);
	if (code == ERR_OK)
		*out = t;
	return code;
}

/* Pieces are kept as they came, which need not be where the office stands. */
enum err_code
device_content_piece(struct device_store *s, const struct content_task *t,
    uint64_t at, struct buf *out, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT at, bytes FROM content_piece WHERE sha256 = ?1"
	    " AND at + length(bytes) > ?2 ORDER BY at",
	    "si", t->sha256, (int64_t)at);

	if (code != ERR_OK)
		return code;
	while (out->len < LIMIT_BLOB_PIECE &&
	    (code = db_step(q, &row, e)) == ERR_OK && row) {
		const uint64_t next = at + out->len;
		const uint64_t begin = (uint64_t)db_col_int(q, 0);
		size_t len, room = LIMIT_BLOB_PIECE - out->len;
		const uint8_t *bytes = db_col_blob(q, 1, &len);

		if (begin > next || begin + len <= next)
			break;
		len -= (size_t)(next - begin);
		(void)buf_add(
		    out, bytes + (next - begin), len < room ? len : room);
	}
	db_done(q);
	if (code == ERR_OK && out->len == 0)
		code = err_set(e, ERR_NOTFOUND, 0, "the file has gone");
	return code == ERR_OK ? buf_check(out, e) : code;
}

enum err_code
device_content_sent(
    struct device_store *s, const struct content_task *t, struct err *e)
{
	int64_t epoch = 0, shown = 0;
	enum err_code code = db_begin(s->db, e);

	if (code == ERR_OK)
		code = receipt_epoch(s, &epoch, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "UPDATE content SET with_office = ? WHERE record = ?"
		    " AND sha256 = ?",
		    "ids", epoch > 0 ? epoch : 1, t->record, t->sha256);
	/* Its user may not see the record any more; the file stayed only until
	 * the office had it. */
	if (code == ERR_OK)
		code = db_get_int(s->db, &shown, e,
		    "SELECT count(*) FROM view WHERE record = ?", "d",
		    t->record);
	if (code == ERR_OK && shown == 0)
		code = content_drop(s, t->record, e);
	if (code == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	return code == ERR_OK ? tell_outside(s, e) : code;
}

/* ---- fetching ---- */

/* All of it is here: is it the right one? */
static enum err_code
fetched_check(struct device_store *s, const struct content_task *t,
    bool *is_right_out, struct err *e)
{
	char is[BLOB_HASH_TEXT_LEN + 1];
	struct crypto_hasher *hasher = crypto_hasher_new();
	struct db_stmt *q = NULL;
	struct hash32 hash;
	bool row;
	enum err_code code = hasher == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : db_query(s->db, &q, e,
	          "SELECT bytes FROM content_piece WHERE sha256 = ?"
	          " ORDER BY at",
	          "s", t->sha256);

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		size_t len;
		const void *bytes = db_col_blob(q, 0, &len);

		crypto_hasher_add(hasher, bytes, len);
	}
	db_done(q);
	if (code == ERR_OK) {
		hash = crypto_hasher_take(hasher);
		enc_hex(hash.b, sizeof(hash.b), is);
		*is_right_out = strcmp(is, t->sha256) == 0;
	}
	crypto_hasher_free(hasher);
	return code;
}

/* Whole: the office has it too, since it came from there. */
static enum err_code
fetched_settle(struct device_store *s, const struct content_task *t,
    bool is_right, struct err *e)
{
	int64_t epoch = 0;
	enum err_code code;

	if (!is_right)
		return db_exec(s->db, e,
		    "DELETE FROM content_piece WHERE sha256 = ?", "s",
		    t->sha256);
	code = receipt_epoch(s, &epoch, e);
	if (code != ERR_OK)
		return code;
	return db_exec(s->db, e,
	    "UPDATE content SET is_wanted = 0, with_office = ?"
	    " WHERE sha256 = ? AND is_wanted",
	    "is", epoch > 0 ? epoch : 1, t->sha256);
}

static enum err_code
take_in(struct device_store *s, const struct content_task *t, uint64_t at,
    const struct buf *bytes, uint64_t *have_out, struct err *e)
{
	int64_t wanted = 0, have = 0;
	enum err_code code = db_get_int(s->db, &wanted, e,
	    "SELECT count(*) FROM content WHERE record = ? AND sha256 = ?"
	    " AND is_wanted",
	    "ds", t->record, t->sha256);

	if (code == ERR_OK && wanted == 0)
		code = err_set(
		    e, ERR_NOTFOUND, 0, "the file is not wanted any more");
	if (code == ERR_OK)
		code = db_get_int(s->db, &have, e,
		    "SELECT coalesce(sum(length(bytes)), 0)"
		    " FROM content_piece WHERE sha256 = ?",
		    "s", t->sha256);
	if (code != ERR_OK)
		return code;
	/* Another process was quicker: what is here stands. */
	if ((uint64_t)have == at && at < t->size && bytes->len > 0) {
		if (bytes->len > t->size - at)
			return err_set(e, ERR_MALFORMED, 0,
			    "the office sent more than the file has");
		code = db_exec(s->db, e,
		    "INSERT INTO content_piece (sha256, at, bytes)"
		    " VALUES (?, ?, ?)",
		    "sib", t->sha256, have, bytes->ptr, bytes->len);
		have += (int64_t)bytes->len;
	}
	*have_out = (uint64_t)have;
	return code;
}

enum err_code
device_content_take(struct device_store *s, const struct content_task *t,
    uint64_t at, const struct buf *bytes, uint64_t *have_out, struct err *e)
{
	bool is_right = true;
	uint64_t have = 0;
	enum err_code code = db_begin(s->db, e);

	if (code == ERR_OK)
		code = take_in(s, t, at, bytes, &have, e);
	if (code == ERR_OK && have == t->size &&
	    (code = fetched_check(s, t, &is_right, e)) == ERR_OK)
		code = fetched_settle(s, t, is_right, e);
	if (code == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	if (code == ERR_OK && !is_right)
		code = err_set(e, ERR_MALFORMED, 0,
		    "what the office sent is another file than the record "
		    "names");
	if (code == ERR_OK)
		*have_out = have;
	return code;
}
