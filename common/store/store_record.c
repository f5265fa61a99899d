/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two states of a record: as the office told it, and as the user sees it.
 */
#include "common/store/store_int.h"

void
confirmed_fini(struct confirmed *c)
{
	record_fini(&c->record);
	json_decref(c->own_held);
	c->own_held = NULL;
}

/* An old copy of a page put back by someone else is not noticed by the
 * encryption; the record's digest, summed into the scope's, notices. */
static enum err_code
digest_matches(
    const struct record *r, const struct hash32 *stored, struct err *e)
{
	struct hash32 now;
	enum err_code code = record_digest(r, &now, e);

	if (code == ERR_OK && !hash32_equal(now, *stored))
		code = err_set(e, ERR_CORRUPT, 0,
		    "a stored record does not match its digest");
	return code;
}

static enum err_code
confirmed_row(struct db_stmt *q, struct confirmed *out, struct err *e)
{
	struct hash32 digest;
	const void *bytes;
	const char *held;
	size_t len;
	enum err_code code;

	bytes = db_col_blob(q, 0, &len);
	code = stored_record(bytes, len, &out->record, e);
	if (code != ERR_OK)
		return code;
	out->own = (uint64_t)db_col_int(q, 1);
	out->life = (uint64_t)db_col_int(q, 4);
	out->epoch = (uint64_t)db_col_int(q, 5);
	held = db_col_text(q, 2, &len);
	if ((code = stored_json(held, len, &out->own_held, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 3, digest.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = digest_matches(&out->record, &digest, e)) != ERR_OK)
		confirmed_fini(out);
	return code;
}

enum err_code
confirmed_get(
    struct device_store *s, struct id id, struct confirmed *out, struct err *e)
{
	struct confirmed c = { 0 };
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such record",
	    "SELECT body, own, own_held, digest, life, epoch"
	    " FROM confirmed"
	    " WHERE record = ?",
	    "d", id);

	if (code != ERR_OK)
		return code;
	code = confirmed_row(q, &c, e);
	db_done(q);
	if (code == ERR_OK)
		*out = c;
	return code;
}

enum err_code
view_get(
    struct device_store *s, struct id id, struct record *out, struct err *e)
{
	struct db_stmt *q;
	const void *bytes;
	size_t len;
	enum err_code code = db_query_one(s->db, &q, e, "no such record",
	    "SELECT body FROM view WHERE record = ?", "d", id);

	if (code != ERR_OK)
		return code;
	bytes = db_col_blob(q, 0, &len);
	code = stored_record(bytes, len, out, e);
	db_done(q);
	return code;
}
