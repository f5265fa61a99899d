/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records with their scopes, references and digests.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_record_json(
    struct office_store *s, struct id id, json_t **out, struct err *e)
{
	struct db_stmt *q;
	const void *body;
	struct buf text;
	size_t len;
	enum err_code code = db_query_one(s->db, &q, e, "no such record",
	    "SELECT body FROM record WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	buf_init(&text, LIMIT_RECORD_BYTES);
	body = db_col_blob(q, 0, &len);
	code = sqlite_unpack(s, body, len, &text, e);
	db_done(q);
	if (code == ERR_OK)
		code = stored_json(text.ptr, text.len, out, e);
	buf_wipe(&text);
	return code;
}

enum err_code
store_record_get(
    struct office_store *s, struct id id, struct record *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = store_record_json(s, id, &json, e);

	if (code == ERR_OK)
		code = record_from_json(json, out, e);
	json_decref(json);
	return code == ERR_MALFORMED ? ERR_CORRUPT : code;
}

enum err_code
store_record_type(
    struct office_store *s, struct id id, char out[static 65], struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such record",
	    "SELECT type FROM record WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	(void)snprintf(out, 65, "%s", db_col_text(q, 0, NULL));
	db_done(q);
	return ERR_OK;
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

		code = stored_sum_move(
		    s->db, scope, before, stays ? after : NULL, e);
		if (code == ERR_OK && !stays)
			code = db_exec(s->db, e,
			    "UPDATE record_scope SET until = ? WHERE record = ?"
			    " AND scope = ? AND until IS NULL",
			    "ids", (int64_t)seq, record, scope);
	}
	for (size_t i = 0; code == ERR_OK && i < derived->n_scopes; i++) {
		const char *scope = derived->scopes[i];

		if (json_list_has(old, scope))
			continue;
		code = stored_sum_move(s->db, scope, NULL, after, e);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "INSERT INTO record_scope (record, scope, since)"
			    " VALUES (?, ?, ?)",
			    "dsi", record, scope, (int64_t)seq);
	}
	json_decref(old);
	return code;
}

/* True in *out if the stored references are those derived: most changes leave
 * them as they were, and a read is cheaper than writing them again. */
static enum err_code
refs_same(struct office_store *s, struct id record,
    const struct record_derived *derived, bool *out, struct err *e)
{
	struct db_stmt *q;
	struct id target;
	size_t n = 0;
	bool row, found = true;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT target, field FROM record_ref WHERE record = ?", "d",
	    record);

	if (code != ERR_OK)
		return code;
	while (found && (code = db_step(q, &row, e)) == ERR_OK && row) {
		found = false;
		code = db_col_id(q, 0, &target, e);
		if (code != ERR_OK)
			break;
		for (size_t i = 0; i < derived->n_refs && !found; i++)
			found = id_equal(derived->refs[i].target, target) &&
			    strcmp(derived->refs[i].field,
			        db_col_text(q, 1, NULL)) == 0;
		n++;
	}
	db_done(q);
	if (code == ERR_OK)
		*out = found && n == derived->n_refs;
	return code;
}

static enum err_code
refs_put(struct office_store *s, const struct record *r,
    const struct record_derived *derived, struct err *e)
{
	bool same;
	enum err_code code = refs_same(s, r->id, derived, &same, e);

	if (code != ERR_OK || same)
		return code;
	code = db_exec(
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
    struct hash32 *digest, struct err *e)
{
	struct buf body, packed;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	buf_init(&packed, LIMIT_RECORD_BYTES);
	code = record_print(r, &body, e);
	if (code == ERR_OK)
		code = sqlite_pack(s, &body, &packed, e);
	if (code == ERR_OK) {
		*digest = record_digest_of(r, body.ptr, body.len);
		code = db_exec(s->db, e,
		    "INSERT INTO record (id, type, v_epoch, v_seq, created,"
		    " body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
		    " ON CONFLICT (id) DO UPDATE SET v_epoch = "
		    "excluded.v_epoch,"
		    " v_seq = excluded.v_seq, body = excluded.body,"
		    " digest = excluded.digest",
		    "dsiiibb", r->id, r->type, (int64_t)r->version.epoch,
		    (int64_t)r->version.seq, (int64_t)seq, packed.ptr,
		    packed.len, digest->b, sizeof(digest->b));
	}
	buf_wipe(&body);
	buf_fini(&packed);
	return code;
}

enum err_code
store_record_put(struct office_store *s, const struct record *r,
    const struct record_derived *derived, uint64_t seq,
    struct hash32 *digest_out, struct err *e)
{
	struct hash32 before, after;
	bool has;
	enum err_code code;

	if ((code = stored_digest(s, r->id, &has, &before, e)) != ERR_OK ||
	    (code = body_put(s, r, seq, &after, e)) != ERR_OK ||
	    (code = refs_put(s, r, derived, e)) != ERR_OK ||
	    (code = sqlite_conflicts_put(s->db, r, e)) != ERR_OK ||
	    (code = scopes_move(s, r->id, derived, seq, has ? &before : NULL,
	         &after, e)) != ERR_OK)
		return code;
	*digest_out = after;
	return ERR_OK;
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
	return stored_sum_get(s->db, scope, out, e);
}
