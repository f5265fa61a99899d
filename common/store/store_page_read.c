/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When this user read a page about a record: what others changed since is
 * marked the next time.
 */
#include "common/store/store_int.h"

enum err_code
device_store_page_read(struct device_store *s, const char *page,
    struct id record, struct page_read *out, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT at, v_epoch, v_seq, before_at, before_epoch, before_seq"
	    " FROM page_read WHERE page = ? AND record = ?",
	    "sd", page, record);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK)
		*out = (struct page_read){ 0 };
	if (code == ERR_OK && row)
		*out = (struct page_read){
			.at = (uint64_t)db_col_int(q, 0),
			.heard = { (uint64_t)db_col_int(q, 1),
			    (uint64_t)db_col_int(q, 2) },
			.before_at = (uint64_t)db_col_int(q, 3),
			.before = { (uint64_t)db_col_int(q, 4),
			    (uint64_t)db_col_int(q, 5) },
		};
	db_done(q);
	return code;
}

enum err_code
device_store_page_read_put(struct device_store *s, const char *page,
    struct id record, const struct page_read *r, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT OR REPLACE INTO page_read (page, record, at, v_epoch,"
	    " v_seq, before_at, before_epoch, before_seq)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	    "sdiiiiii", page, record, (int64_t)r->at, (int64_t)r->heard.epoch,
	    (int64_t)r->heard.seq, (int64_t)r->before_at,
	    (int64_t)r->before.epoch, (int64_t)r->before.seq);
}
