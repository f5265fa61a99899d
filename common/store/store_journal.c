/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: numbering, linking, signing, and the receipts that say how far
 * the office holds it.
 */
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/store/store_again_int.h"
#include "common/store/store_told_int.h"

enum err_code
journal_head(struct device_store *s, uint64_t *counter_out,
    struct hash32 *link_out, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT counter, link FROM journal ORDER BY counter DESC LIMIT 1",
	    "");

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row) {
		code = db_col_bytes(q, 1, link_out->b, HASH32_LEN, e);
		*counter_out = (uint64_t)db_col_int(q, 0);
	} else if (code == ERR_OK) {
		*counter_out = 0;
		*link_out =
		    change_link_start(s->identity.office, s->identity.device);
	}
	db_done(q);
	return code;
}

enum err_code
journal_insert(struct device_store *s, const struct change *c,
    const struct standing *at, uint64_t saved_ms, struct err *e)
{
	struct buf body;
	json_t *json = NULL;
	enum err_code code = change_to_json(c, &json, e);

	if (code != ERR_OK)
		return code;
	buf_init(&body, LIMIT_CHANGE_BYTES);
	code = json_print(json, &body, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO journal (counter, record, link, sig, body,"
		    " saved_at) VALUES (?, ?, ?, ?, ?, ?)",
		    "idbbbi", (int64_t)c->counter, c->record, at->link.b,
		    sizeof(at->link.b), at->sig.b, sizeof(at->sig.b), body.ptr,
		    body.len, (int64_t)saved_ms);
	json_decref(json);
	buf_wipe(&body);
	return code;
}

enum err_code
journal_append(struct device_store *s, struct change *c,
    struct envelope *sealed_out, struct err *e)
{
	struct standing at;
	uint64_t last;
	enum err_code code = journal_head(s, &last, &at.before, e);

	if (code == ERR_OK)
		code = again_check(s, e);
	if (code != ERR_OK)
		return code;
	c->device = s->identity.device;
	c->counter = last + 1;
	code = change_link_next(at.before, c, &at.link, e);
	if (code != ERR_OK)
		return code;
	at.sig = change_sign_with(s->signer, s->identity.office,
	    s->identity.device, c->counter, at.link);
	code = journal_insert(s, c, &at, clock_unix_ms(), e);
	if (code == ERR_OK)
		code = journal_seal(s, c, &at, sealed_out, e);
	return code;
}

enum err_code
receipt_epoch(struct device_store *s, int64_t *out, struct err *e)
{
	int64_t told, seen = 0;
	enum err_code code = meta_get_int(s->db, "epoch", 0, &told, e);

	/* The courier may have brought a receipt of a later one. */
	if (code == ERR_OK)
		code = db_get_int(s->db, &seen, e,
		    "SELECT coalesce(max(epoch), 0) FROM receipt", "");
	if (code == ERR_OK)
		*out = told > seen ? told : seen;
	return code;
}

enum err_code
receipted_upto(struct device_store *s, uint64_t *out, struct err *e)
{
	int64_t upto = 0, epoch;
	/* Receipts of an epoch that ended in a restore cover what the office
	 * may no longer have: only those of the newest epoch count. */
	enum err_code code = receipt_epoch(s, &epoch, e);

	if (code == ERR_OK)
		code = db_get_int(s->db, &upto, e,
		    "SELECT coalesce(max(counter), 0) FROM receipt"
		    " WHERE epoch = ?",
		    "i", epoch);
	if (code == ERR_OK)
		*out = (uint64_t)upto;
	return code;
}

enum err_code
journal_words(
    struct device_store *s, uint64_t n, struct change *out, struct err *e)
{
	struct db_stmt *q;
	const void *body;
	size_t len;
	enum err_code code =
	    db_query_one(s->db, &q, e, "no words of this change",
	        "SELECT body FROM journal WHERE counter = ? AND NOT erased",
	        "i", (int64_t)n);

	if (code != ERR_OK)
		return code;
	body = db_col_blob(q, 0, &len);
	code = stored_change(body, len, out, e);
	db_done(q);
	return code;
}

enum err_code
receipt_is_ours(
    struct device_store *s, const struct receipt *r, bool *out, struct err *e)
{
	struct db_stmt *q;
	struct hash32 link;
	bool row;
	enum err_code code;

	code = receipt_check(r, &s->identity.receipt_pub, s->identity.office,
	    s->identity.device, e);
	if (code != ERR_OK)
		return code;
	code =
	    db_query(s->db, &q, e, "SELECT link FROM journal WHERE counter = ?",
	        "i", (int64_t)r->counter);
	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row)
		code = db_col_bytes(q, 0, link.b, HASH32_LEN, e);
	db_done(q);
	if (code == ERR_OK)
		*out = row && hash32_equal(link, r->link);
	return code;
}

enum err_code
receipt_store(struct device_store *s, const struct receipt *r, struct err *e)
{
	bool is_ours = false;
	enum err_code code = receipt_is_ours(s, r, &is_ours, e);

	if (code != ERR_OK)
		return code;
	if (!is_ours)
		return err_set(e, ERR_AUTH, 0,
		    "the receipt is for another journal than this one");
	code = db_exec(s->db, e,
	    "INSERT INTO receipt (counter, epoch, intake, signed, sig)"
	    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (counter, epoch) DO NOTHING",
	    "iiibb", (int64_t)r->counter, (int64_t)r->epoch, (int64_t)r->intake,
	    r->signed_bytes.ptr, r->signed_bytes.len, r->sig.b,
	    sizeof(r->sig.b));
	return code == ERR_OK && db_changes(s->db) > 0
	    ? told_in(s, TOLD_RECEIPT, db_last_rowid(s->db), e)
	    : code;
}
