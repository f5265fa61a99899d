/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that may no longer be here.  The journal's entry stays as its signed
 * form, so that links and signatures still verify.
 */
#include "common/core/limits.h"
#include "common/store/store_again_int.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_sync_int.h"

enum err_code
erase_words(const void *body, size_t len, struct buf *out, struct err *e)
{
	struct change c;
	enum err_code code = stored_change(body, len, &c, e);

	if (code != ERR_OK)
		return code;
	code = change_signed_form(&c, out, e);
	change_fini(&c);
	return code;
}

static enum err_code
erase_one(struct device_store *s, uint64_t counter, const void *body,
    size_t len, struct err *e)
{
	struct buf form;
	enum err_code code;

	buf_init(&form, LIMIT_RECORD_BYTES);
	code = erase_words(body, len, &form, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "UPDATE journal SET body = ?, erased = 1"
		    " WHERE counter = ?",
		    "bi", form.ptr, form.len, (int64_t)counter);
	buf_fini(&form);
	return code;
}

enum err_code
erase_dropped(struct device_store *s, struct err *e)
{
	struct db_stmt *q;
	uint64_t receipted;
	const void *body;
	size_t len;
	bool row, erased = false;
	enum err_code code = receipted_upto(s, &receipted, e);

	if (code == ERR_OK)
		code = past_erase(s, e);
	if (code != ERR_OK)
		return code;
	/* Unsent work stays readable to the push until a receipt covers it;
	 * then its words go, and what the office would need after a restore
	 * is left for its eyes only.  CROSS JOIN: from the few that were
	 * dropped to their entries; the other way round every sync would read
	 * the journal. */
	code = db_query(s->db, &q, e,
	    "SELECT j.counter, j.body FROM dropped d"
	    " CROSS JOIN journal j ON j.record = d.record"
	    " WHERE NOT j.erased AND j.counter <= ?",
	    "i", (int64_t)receipted);
	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		body = db_col_blob(q, 1, &len);
		code = sealed_keep(s, (uint64_t)db_col_int(q, 0), e);
		if (code == ERR_OK)
			code = erase_one(
			    s, (uint64_t)db_col_int(q, 0), body, len, e);
		if (code != ERR_OK)
			break;
		erased = true;
	}
	db_done(q);
	if (code == ERR_OK)
		code = sealed_forget(s, receipted, e);
	/* The envelopes hold the words too. */
	if (code == ERR_OK && erased)
		code = envelope_key_renew(s->db, e);
	return code;
}
