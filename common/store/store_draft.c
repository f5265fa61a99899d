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

/* Take what was shown out of one draft, if it is of the record. */
static enum err_code
unshow_one(
    struct device_store *s, struct db_stmt *q, struct id record, struct err *e)
{
	struct buf text;
	struct id of;
	json_t *draft = NULL;
	size_t len;
	const void *bytes = db_col_blob(q, 1, &len);
	enum err_code code = stored_json(bytes, len, &draft, e);

	buf_init(&text, LIMIT_RECORD_BYTES);
	if (code == ERR_OK &&
	    json_get_id(draft, "record", &of, NULL) == ERR_OK &&
	    id_equal(of, record) && json_object_del(draft, "shown") == 0 &&
	    (code = json_print(draft, &text, e)) == ERR_OK)
		code =
		    db_exec(s->db, e, "UPDATE draft SET body = ? WHERE key = ?",
		        "bs", text.ptr, text.len, db_col_text(q, 0, NULL));
	buf_wipe(&text);
	json_decref(draft);
	return code;
}

enum err_code
drafts_unshow(struct device_store *s, struct id record, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT key, body FROM draft", "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = unshow_one(s, q, record, e)) != ERR_OK)
			break;
	db_done(q);
	return code;
}
