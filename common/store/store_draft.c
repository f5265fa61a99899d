/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What autosave and refused saves keep: never synced.
 */
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/store/store_int.h"

enum err_code
device_store_draft_put(
    struct device_store *s, const char *key, const json_t *draft, struct err *e)
{
	struct buf text;
	enum err_code code;

	if (draft == NULL)
		return db_exec(
		    s->db, e, "DELETE FROM draft WHERE key = ?", "s", key);
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = json_print(draft, &text, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO draft (key, body, changed_at) VALUES (?, ?, ?)"
		    " ON CONFLICT (key) DO UPDATE SET body = excluded.body,"
		    " changed_at = excluded.changed_at",
		    "sbi", key, text.ptr, text.len, (int64_t)clock_unix_ms());
	buf_wipe(&text);
	return code;
}

enum err_code
device_store_draft_get(
    struct device_store *s, const char *key, json_t **out, struct err *e)
{
	struct db_stmt *q;
	const void *body;
	size_t len;
	enum err_code code = db_query_one(s->db, &q, e, "there is no draft",
	    "SELECT body FROM draft WHERE key = ?", "s", key);

	if (code != ERR_OK)
		return code;
	body = db_col_blob(q, 0, &len);
	code = stored_json(body, len, out, e);
	db_done(q);
	return code;
}
