/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives of the folder that are over: their words go with the records that this
 * user may no longer see, and what was cut again is what it says.
 */
#include "common/core/limits.h"
#include "common/store/store_again_int.h"
#include "common/store/store_sync_int.h"

enum err_code
past_erase(struct device_store *s, struct err *e)
{
	struct db_stmt *q;
	bool row;
	/* The change that repeats an unsent one keeps its words until a
	 * receipt covers it; these are read no more. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT j.life, j.counter, j.body FROM dropped d"
	    " CROSS JOIN past_journal j ON j.record = d.record"
	    " WHERE NOT j.erased",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct buf form;
		size_t len;
		const void *body = db_col_blob(q, 2, &len);

		buf_init(&form, LIMIT_RECORD_BYTES);
		code = erase_words(body, len, &form, e);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "UPDATE past_journal SET body = ?, erased = 1"
			    " WHERE life = ? AND counter = ?",
			    "bii", form.ptr, form.len, db_col_int(q, 0),
			    db_col_int(q, 1));
		buf_fini(&form);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

/* Does the body say that it repeats this change? */
static bool
repeats(const json_t *body, struct id device, uint64_t counter,
    const struct hash32 *link)
{
	json_t *recut;
	struct hash32 said;
	struct id from;
	int64_t n;

	return json_get_obj(body, "recut", &recut, NULL) == ERR_OK &&
	    json_get_id(recut, "device", &from, NULL) == ERR_OK &&
	    json_get_int(recut, "counter", &n, NULL) == ERR_OK &&
	    json_get_hex(recut, "link", said.b, HASH32_LEN, NULL) == ERR_OK &&
	    id_equal(from, device) && (uint64_t)n == counter &&
	    hash32_equal(said, *link);
}

static enum err_code
check_row(struct db_stmt *q, bool *ok_out, struct err *e)
{
	struct hash32 link;
	struct id device;
	json_t *body = NULL;
	size_t len;
	const void *bytes;
	enum err_code code;

	*ok_out = false;
	if (db_col_is_null(q, 3)) /* it was not cut again at all */
		return ERR_OK;
	bytes = db_col_blob(q, 3, &len);
	if ((code = db_col_id(q, 0, &device, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 2, link.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = stored_json(bytes, len, &body, e)) != ERR_OK)
		return code;
	*ok_out = repeats(body, device, (uint64_t)db_col_int(q, 1), &link);
	json_decref(body);
	return ERR_OK;
}

enum err_code
past_check_recuts(
    struct device_store *s, char *why_out, size_t why_cap, struct err *e)
{
	struct db_stmt *q;
	bool row, ok;
	/* Every change above a fork, and what stands in its place in the next
	 * life's journal; erased or not, a body says what it repeats. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT p.device, j.counter, j.link, coalesce(n.body, t.body)"
	    " FROM past p JOIN past_journal j ON j.life = p.life"
	    "  AND j.counter > p.fork"
	    " LEFT JOIN past_journal n ON n.life = p.life + 1"
	    "  AND n.counter = j.counter - p.fork"
	    " LEFT JOIN journal t ON p.life + 1 = ?"
	    "  AND t.counter = j.counter - p.fork"
	    " ORDER BY p.life, j.counter",
	    "i", (int64_t)s->life);

	why_out[0] = '\0';
	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = check_row(q, &ok, e);
		if (code != ERR_OK)
			break;
		if (ok)
			continue;
		(void)snprintf(why_out, why_cap,
		    "change %lld of an earlier enrolment was not cut again",
		    (long long)db_col_int(q, 1));
		break;
	}
	db_done(q);
	return code;
}
