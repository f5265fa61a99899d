/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The titles of what is on the device, in words.
 */
#include "common/core/title.h"
#include "common/store/store_int.h"

static enum err_code
stored_title(void *arg, struct id id, struct buf *out, struct err *e)
{
	struct device_store *s = arg;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, "SELECT title FROM view WHERE record = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row)
		(void)buf_add_str(out, db_col_text(q, 0, NULL));
	db_done(q);
	return code;
}

enum err_code
title_words(
    struct device_store *s, const char *stored, struct buf *out, struct err *e)
{
	return title_fill(stored, stored_title, s, out, e);
}

enum err_code
device_store_title(
    struct device_store *s, struct id id, struct buf *out, struct err *e)
{
	const size_t before = out->len;
	enum err_code code = title_of(id, stored_title, s, out, e);

	if (code == ERR_OK && out->len == before)
		return err_set(e, ERR_NOTFOUND, 0, "no such record");
	return code;
}
