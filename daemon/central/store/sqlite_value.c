/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path was at a place of the log: what its change said, or what merging
 * made of it.
 */
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/store/office_walk.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_merged_value_put(struct office_store *s, struct id record,
    const char *path, uint64_t seq, const json_t *value, struct err *e)
{
	struct buf text;
	enum err_code code = ERR_OK;

	if (path_is_absent(value))
		return db_exec(s->db, e,
		    "INSERT OR REPLACE INTO merged_value"
		    " (record, path, seq, value) VALUES (?, ?, ?, ?)",
		    "dsin", record, path, (int64_t)seq);
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = json_print(value, &text, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT OR REPLACE INTO merged_value"
		    " (record, path, seq, value) VALUES (?, ?, ?, ?)",
		    "dsib", record, path, (int64_t)seq, text.ptr, text.len);
	buf_wipe(&text);
	return code;
}

/* The row of the other store that the question stands on. */
static enum err_code
merged_value_copy(
    struct office_store *s, struct id record, struct db_stmt *q, struct err *e)
{
	json_t *value = NULL;
	size_t len;
	const void *text = db_col_blob(q, 2, &len);
	enum err_code code = ERR_OK;

	if (!db_col_is_null(q, 2))
		code = stored_json(text, len, &value, e);
	if (code == ERR_OK)
		code =
		    store_merged_value_put(s, record, db_col_text(q, 0, NULL),
		        (uint64_t)db_col_int(q, 1), value, e);
	json_decref(value);
	return code;
}

enum err_code
store_merged_values_take(struct office_store *s, struct office_store *from,
    struct id record, const json_t *paths, uint64_t before, struct err *e)
{
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = sqlite_merged_erase(s, record, paths, e);

	if (code == ERR_OK)
		code = db_query(from->db, &q, e,
		    "SELECT path, seq, value FROM merged_value"
		    " WHERE record = ? AND seq < ?",
		    "di", record, (int64_t)before);
	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		if (erasure_covers(paths, db_col_text(q, 0, NULL)))
			code = merged_value_copy(s, record, q, e);
	db_done(q);
	return code;
}

/* *found_out: there is a row; its value is *out, NULL if absent. */
static enum err_code
merged_value_get(struct office_store *s, struct id record, const char *path,
    uint64_t seq, bool *found_out, json_t **out, struct err *e)
{
	struct db_stmt *q;
	const void *value;
	size_t len;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT value FROM merged_value WHERE record = ? AND path = ?"
	    " AND seq = ?",
	    "dsi", record, path, (int64_t)seq);

	if (code != ERR_OK)
		return code;
	*out = NULL;
	code = db_step(q, found_out, e);
	if (code == ERR_OK && *found_out && !db_col_is_null(q, 0)) {
		value = db_col_blob(q, 0, &len);
		code = stored_json(value, len, out, e);
	}
	db_done(q);
	return code;
}

/* The `now` of a change's op at path. */
static enum err_code
value_of_change(const struct intake_change *stored, const char *path,
    json_t **out, struct err *e)
{
	struct change c;
	enum err_code code = intake_change_read(stored, &c, e);

	if (code != ERR_OK)
		return code;
	code = err_set(e, ERR_NOTFOUND, 0, "the entry did not set the path");
	for (size_t i = 0; i < c.n_ops; i++)
		if (strcmp(c.ops[i].path, path) == 0 && !c.ops[i].is_erased) {
			*out = json_incref(c.ops[i].now);
			code = ERR_OK;
		}
	change_fini(&c);
	return code;
}

enum err_code
store_value_at(struct office_store *s, struct id record, const char *path,
    struct version at, json_t **out, struct err *e)
{
	struct log_entry entry;
	struct intake_change stored;
	bool found;
	enum err_code code;

	/* The entry first: after a restore one number may have been given in
	 * two epochs, and only one of the two is here. */
	if ((code = store_log_get(s, at.seq, &entry, e)) != ERR_OK)
		return code;
	if (entry.epoch != at.epoch || !id_equal(entry.record, record))
		return err_set(
		    e, ERR_NOTFOUND, 0, "the entry is of another record");
	if ((code = merged_value_get(
	         s, record, path, at.seq, &found, out, e)) != ERR_OK ||
	    found)
		return code;
	code = store_intake_get(s, entry.device, entry.counter, &stored, e);
	if (code != ERR_OK)
		return code;
	code = value_of_change(&stored, path, out, e);
	intake_change_fini(&stored);
	return code;
}
