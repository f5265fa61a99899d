/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own changes that only the office can read any more.  They are on records
 * that this user may no longer see, so their words are gone from the journal;
 * but an office that is restored from a backup without them must get them
 * again.  Until it says that a backup has them they wait here, sealed.
 */
#include "common/core/limits.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_told_int.h"

#define BACKED_UP "backed_up"

enum err_code
sealed_note_backup(struct device_store *s, uint64_t upto, struct err *e)
{
	int64_t known;
	enum err_code code = meta_get_int(s->db, BACKED_UP, 0, &known, e);

	if (code != ERR_OK || (uint64_t)known == upto)
		return code;
	return meta_put_int(s->db, BACKED_UP, (int64_t)upto, e);
}

enum err_code
sealed_keep(struct device_store *s, uint64_t counter, struct err *e)
{
	struct envelope env;
	int64_t backed_up;
	enum err_code code = meta_get_int(s->db, BACKED_UP, 0, &backed_up, e);

	if (code != ERR_OK || counter <= (uint64_t)backed_up)
		return code;
	code = journal_seal_entry(s, counter, &env, e);
	if (code != ERR_OK)
		return code;
	/* The device's own way to it (kept) is not written down. */
	code = db_exec(s->db, e,
	    "INSERT OR IGNORE INTO sealed (counter, key_id, bytes)"
	    " VALUES (?, ?, ?)",
	    "ibb", (int64_t)counter, env.key_id, sizeof(env.key_id),
	    env.sealed.ptr, env.sealed.len);
	buf_fini(&env.sealed);
	return code == ERR_OK && db_changes(s->db) > 0
	    ? told_in(s, TOLD_SEALED, (int64_t)counter, e)
	    : code;
}

/* What the disk lost of it is missed no more when a backup covers all that ever
 * was sealed. */
static enum err_code
settle_forgotten(
    struct device_store *s, int64_t backed_up, int64_t receipted, struct err *e)
{
	uint64_t here;
	int64_t above = 0;
	enum err_code code = told_count(s, TOLD_SEALED, &here, e);

	if (code != ERR_OK || here > 0 || s->told.rows[TOLD_SEALED] == 0)
		return code;
	code = db_get_int(s->db, &above, e,
	    "SELECT count(*) FROM journal WHERE erased AND counter >"
	    " min(?, ?)",
	    "ii", backed_up, receipted);
	return code == ERR_OK && above == 0 ? told_settle(s, TOLD_SEALED, e)
	                                    : code;
}

enum err_code
sealed_forget(struct device_store *s, uint64_t receipted, struct err *e)
{
	int64_t backed_up;
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = meta_get_int(s->db, BACKED_UP, 0, &backed_up, e);

	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT counter FROM sealed WHERE counter <= min(?, ?)",
		    "ii", backed_up, (int64_t)receipted);
	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = told_out(s, TOLD_SEALED, db_col_int(q, 0), e);
	db_done(q);
	if (code != ERR_OK)
		return code;
	code =
	    db_exec(s->db, e, "DELETE FROM sealed WHERE counter <= min(?, ?)",
	        "ii", backed_up, (int64_t)receipted);
	return code == ERR_OK
	    ? settle_forgotten(s, backed_up, (int64_t)receipted, e)
	    : code;
}

/* Of a row that begins with counter, key_id, bytes. */
static enum err_code
sealed_row(struct db_stmt *q, struct envelope *out, struct err *e)
{
	struct envelope env = { .counter = (uint64_t)db_col_int(q, 0) };
	size_t len;
	const void *bytes;
	enum err_code code =
	    db_col_bytes(q, 1, env.key_id, sizeof(env.key_id), e);

	if (code != ERR_OK)
		return code;
	bytes = db_col_blob(q, 2, &len);
	buf_init(&env.sealed, LIMIT_BODY_BYTES + SEAL_EXTRA_LEN);
	(void)buf_add(&env.sealed, bytes, len);
	code = buf_check(&env.sealed, e);
	if (code == ERR_OK)
		*out = env;
	else
		buf_fini(&env.sealed);
	return code;
}

enum err_code
sealed_get(struct device_store *s, uint64_t counter, struct envelope *out,
    struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "it is not sealed",
	    "SELECT counter, key_id, bytes FROM sealed WHERE counter = ?", "i",
	    (int64_t)counter);

	if (code != ERR_OK)
		return code;
	code = sealed_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
sealed_fill(struct device_store *s, uint64_t from, struct sync_request *r,
    struct err *e)
{
	struct envelope *list = calloc(LIMIT_ENVELOPES, sizeof(*list));
	struct db_stmt *q;
	size_t n = 0, bytes = 0;
	bool row;
	enum err_code code;

	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = db_query(s->db, &q, e,
	    "SELECT counter, key_id, bytes FROM sealed WHERE counter >= ?"
	    " ORDER BY counter",
	    "i", (int64_t)from);
	if (code != ERR_OK) {
		free(list);
		return code;
	}
	while (n < LIMIT_ENVELOPES && bytes < LIMIT_PUSH_TARGET &&
	    (code = db_step(q, &row, e)) == ERR_OK && row) {
		/* Between two of them others may have to go first. */
		if ((uint64_t)db_col_int(q, 0) != from + n)
			break;
		code = sealed_row(q, &list[n], e);
		if (code != ERR_OK)
			break;
		bytes += list[n++].sealed.len;
	}
	db_done(q);
	if (code != ERR_OK || n == 0) {
		envelopes_free(list, n);
		return code;
	}
	r->envelopes = list;
	r->n_envelopes = n;
	return ERR_OK;
}
