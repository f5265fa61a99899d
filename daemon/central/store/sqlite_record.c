/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records with their scopes, references and digests.
 */
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

static const struct json_limits stored_limits = {
	.bytes_max = LIMIT_RECORD_BYTES,
	.tokens_max = LIMIT_RECORD_BYTES,
	.depth_max = LIMIT_JSON_DEPTH,
	.any = true,
};

/* Read what we stored ourselves: damage there is corruption. */
static enum err_code
stored_json(const void *bytes, size_t len, json_t **out, struct err *e)
{
	enum err_code code = json_parse(bytes, len, &stored_limits, out, e);

	return code == ERR_MALFORMED
	    ? err_set(e, ERR_CORRUPT, 0, "a stored record does not read")
	    : code;
}

enum err_code
store_record_get(
    struct office_store *s, struct id id, struct record *out, struct err *e)
{
	struct db_stmt *q;
	const void *body;
	size_t len;
	json_t *json = NULL;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, "SELECT body FROM record WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_NOTFOUND, 0, "no such record");
	if (code == ERR_OK) {
		body = db_col_blob(q, 0, &len);
		code = stored_json(body, len, &json, e);
	}
	db_done(q);
	if (code == ERR_OK)
		code = record_from_json(json, out, e);
	json_decref(json);
	return code == ERR_MALFORMED ? ERR_CORRUPT : code;
}

static enum err_code
digest_load(struct office_store *s, const char *scope, struct digest *out,
    struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT sum FROM scope_digest WHERE scope = ?", "s", scope);

	if (code != ERR_OK)
		return code;
	*out = (struct digest){ 0 };
	code = db_step(q, &row, e);
	if (code == ERR_OK && row)
		code = db_col_bytes(q, 0, out->sum.b, HASH32_LEN, e);
	db_done(q);
	return code;
}

/* Take `before` out of the scope's sum and put `after` in; either is NULL. */
static enum err_code
digest_move(struct office_store *s, const char *scope,
    const struct hash32 *before, const struct hash32 *after, struct err *e)
{
	struct digest d;
	enum err_code code = digest_load(s, scope, &d, e);

	if (code != ERR_OK)
		return code;
	if (before != NULL)
		digest_remove(&d, before);
	if (after != NULL)
		digest_add(&d, after);
	return db_exec(s->db, e,
	    "INSERT INTO scope_digest (scope, sum) VALUES (?, ?)"
	    " ON CONFLICT (scope) DO UPDATE SET sum = excluded.sum",
	    "sb", scope, d.sum.b, sizeof(d.sum.b));
}

static bool
has_scope(const struct record_derived *d, const char *scope)
{
	for (size_t i = 0; i < d->n_scopes; i++)
		if (strcmp(d->scopes[i], scope) == 0)
			return true;
	return false;
}

/* Names of the scopes that the record is in, as a new array. */
static enum err_code
scopes_now(
    struct office_store *s, struct id record, json_t **out, struct err *e)
{
	struct db_stmt *q;
	json_t *names = json_array();
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT scope FROM record_scope WHERE record = ?"
	    " AND until IS NULL ORDER BY scope",
	    "d", record);

	if (code != ERR_OK) {
		json_decref(names);
		return code;
	}
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = json_add_take(
		    names, json_string(db_col_text(q, 0, NULL)), e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	if (code != ERR_OK)
		json_decref(names);
	else
		*out = names;
	return code;
}

static bool
array_has(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) ==
		    0)
			return true;
	return false;
}

/* Log joins and leaves at seq, and move the record's share of each scope's
 * digest from before to after (before NULL: the record is new). */
static enum err_code
scopes_move(struct office_store *s, struct id record,
    const struct record_derived *derived, uint64_t seq,
    const struct hash32 *before, const struct hash32 *after, struct err *e)
{
	json_t *old = NULL;
	enum err_code code = scopes_now(s, record, &old, e);

	for (size_t i = 0; code == ERR_OK && i < json_array_size(old); i++) {
		const char *scope = json_string_value(json_array_get(old, i));
		bool stays = has_scope(derived, scope);

		code = digest_move(s, scope, before, stays ? after : NULL, e);
		if (code == ERR_OK && !stays)
			code = db_exec(s->db, e,
			    "UPDATE record_scope SET until = ? WHERE record = ?"
			    " AND scope = ? AND until IS NULL",
			    "ids", (int64_t)seq, record, scope);
	}
	for (size_t i = 0; code == ERR_OK && i < derived->n_scopes; i++) {
		const char *scope = derived->scopes[i];

		if (array_has(old, scope))
			continue;
		code = digest_move(s, scope, NULL, after, e);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "INSERT INTO record_scope (record, scope, since)"
			    " VALUES (?, ?, ?)",
			    "dsi", record, scope, (int64_t)seq);
	}
	json_decref(old);
	return code;
}

static enum err_code
refs_put(struct office_store *s, const struct record *r,
    const struct record_derived *derived, struct err *e)
{
	enum err_code code = db_exec(
	    s->db, e, "DELETE FROM record_ref WHERE record = ?", "d", r->id);

	for (size_t i = 0; code == ERR_OK && i < derived->n_refs; i++)
		code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO record_ref"
		    " (target, type, field, record) VALUES (?, ?, ?, ?)",
		    "dssd", derived->refs[i].target, r->type,
		    derived->refs[i].field, r->id);
	return code;
}

/* The stored digest of a record; *has_out false if there is none. */
static enum err_code
stored_digest(struct office_store *s, struct id record, bool *has_out,
    struct hash32 *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT digest FROM record WHERE id = ?", "d", record);

	if (code != ERR_OK)
		return code;
	code = db_step(q, has_out, e);
	if (code == ERR_OK && *has_out)
		code = db_col_bytes(q, 0, out->b, HASH32_LEN, e);
	db_done(q);
	return code;
}

static enum err_code
body_put(struct office_store *s, const struct record *r, uint64_t seq,
    const struct hash32 *digest, struct err *e)
{
	struct buf body;
	json_t *json = NULL;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	code = record_to_json(r, &json, e);
	if (code == ERR_OK)
		code = json_print(json, &body, e);
	json_decref(json);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO record (id, type, v_epoch, v_seq, created,"
		    " body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
		    " ON CONFLICT (id) DO UPDATE SET v_epoch = "
		    "excluded.v_epoch,"
		    " v_seq = excluded.v_seq, body = excluded.body,"
		    " digest = excluded.digest",
		    "dsiiibb", r->id, r->type, (int64_t)r->version.epoch,
		    (int64_t)r->version.seq, (int64_t)seq, body.ptr, body.len,
		    digest->b, sizeof(digest->b));
	buf_wipe(&body);
	return code;
}

enum err_code
store_record_put(struct office_store *s, const struct record *r,
    const struct record_derived *derived, uint64_t seq, struct err *e)
{
	struct hash32 before, after;
	bool has;
	enum err_code code;

	if ((code = record_digest(r, &after, e)) != ERR_OK ||
	    (code = stored_digest(s, r->id, &has, &before, e)) != ERR_OK ||
	    (code = body_put(s, r, seq, &after, e)) != ERR_OK ||
	    (code = refs_put(s, r, derived, e)) != ERR_OK)
		return code;
	return scopes_move(
	    s, r->id, derived, seq, has ? &before : NULL, &after, e);
}

enum err_code
store_record_scopes_put(struct office_store *s, struct id record,
    const struct record_derived *derived, uint64_t seq, struct err *e)
{
	struct hash32 digest;
	bool has;
	enum err_code code = stored_digest(s, record, &has, &digest, e);

	if (code != ERR_OK)
		return code;
	if (!has)
		return err_set(e, ERR_NOTFOUND, 0, "no such record");
	return scopes_move(s, record, derived, seq, &digest, &digest, e);
}

enum err_code
store_scope_digest(struct office_store *s, const char *scope,
    struct digest *out, struct err *e)
{
	return digest_load(s, scope, out, e);
}

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
	json_t *json = NULL;
	enum err_code code =
	    stored_json(stored->body.ptr, stored->body.len, &json, e);

	if (code != ERR_OK)
		return code;
	code = change_from_json(json, &c, e);
	json_decref(json);
	if (code != ERR_OK)
		return code == ERR_MALFORMED ? ERR_CORRUPT : code;
	code = err_set(e, ERR_NOTFOUND, 0, "the entry did not set the path");
	for (size_t i = 0; i < c.n_ops; i++)
		if (strcmp(c.ops[i].path, path) == 0) {
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

	if ((code = merged_value_get(
	         s, record, path, at.seq, &found, out, e)) != ERR_OK ||
	    found)
		return code;
	if ((code = store_log_get(s, at.seq, &entry, e)) != ERR_OK)
		return code;
	if (entry.epoch != at.epoch || !id_equal(entry.record, record))
		return err_set(
		    e, ERR_NOTFOUND, 0, "the entry is of another record");
	code = store_intake_get(s, entry.device, entry.counter, &stored, e);
	if (code != ERR_OK)
		return code;
	code = value_of_change(&stored, path, out, e);
	intake_change_fini(&stored);
	return code;
}

/* Call back with the ids in column 0. */
static enum err_code
each_id(struct db_stmt *q, store_id_each each, void *arg, struct err *e)
{
	struct id id;
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &id, e);
		if (code != ERR_OK || !each(arg, id))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_referring(struct office_store *s, const char *type, const char *field,
    struct id target, store_id_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM record_ref WHERE target = ? AND type = ?"
	    " AND field = ? ORDER BY record",
	    "dss", target, type, field);

	return code != ERR_OK ? code : each_id(q, each, arg, e);
}

static enum err_code
each_record(struct db_stmt *q, store_record_each each, void *arg, struct err *e)
{
	struct id id;
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct version v = { .epoch = (uint64_t)db_col_int(q, 2),
			.seq = (uint64_t)db_col_int(q, 3) };

		code = db_col_id(q, 0, &id, e);
		if (code != ERR_OK ||
		    !each(arg, id, db_col_text(q, 1, NULL), v))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_records(struct office_store *s, const char *type, const struct id *after,
    size_t limit, store_record_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT id, type, v_epoch, v_seq FROM record"
	    " WHERE (?1 IS NULL OR type = ?1) AND id < ?2"
	    " ORDER BY id DESC LIMIT ?3",
	    "ssi", type, after == NULL ? "g" : id_print(*after).s,
	    (int64_t)limit);

	return code != ERR_OK ? code : each_record(q, each, arg, e);
}

enum err_code
store_scope_records(struct office_store *s, const char *scope,
    store_record_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT r.id, r.type, r.v_epoch, r.v_seq FROM record_scope m"
	    " JOIN record r ON r.id = m.record"
	    " WHERE m.scope = ? AND m.until IS NULL ORDER BY r.id",
	    "s", scope);

	return code != ERR_OK ? code : each_record(q, each, arg, e);
}
