/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the office told, written down: confirmed records, the scopes they are
 * in, and the sums that the digest compares.
 */
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

static enum err_code
sums_move(struct device_store *s, const json_t *scopes,
    const struct hash32 *minus, const struct hash32 *plus, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(scopes) && code == ERR_OK; i++)
		code = stored_sum_move(s->db,
		    json_string_value(json_array_get(scopes, i)), minus, plus,
		    e);
	return code;
}

/* The digest and scopes of a record as stored; *has_out false if there is no
 * such record.  *scopes_out is new. */
static enum err_code
stored_share(struct device_store *s, struct id id, bool *has_out,
    struct hash32 *digest_out, json_t **scopes_out, struct err *e)
{
	json_t *scopes = json_array();
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT digest FROM confirmed WHERE record = ?", "d", id);

	if (code != ERR_OK)
		goto out;
	code = db_step(q, has_out, e);
	if (code == ERR_OK && *has_out)
		code = db_col_bytes(q, 0, digest_out->b, HASH32_LEN, e);
	db_done(q);
	if (code != ERR_OK ||
	    (code = db_query(s->db, &q, e,
	         "SELECT scope FROM confirmed_scope WHERE record = ?"
	         " ORDER BY scope",
	         "d", id)) != ERR_OK)
		goto out;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = json_add_take(
		    scopes, json_string(db_col_text(q, 0, NULL)), e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
out:
	if (code != ERR_OK)
		json_decref(scopes);
	else
		*scopes_out = scopes;
	return code;
}

static enum err_code
scopes_put(
    struct device_store *s, struct id id, const json_t *scopes, struct err *e)
{
	enum err_code code = db_exec(
	    s->db, e, "DELETE FROM confirmed_scope WHERE record = ?", "d", id);

	for (size_t i = 0; i < json_array_size(scopes) && code == ERR_OK; i++)
		code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO confirmed_scope (record, scope)"
		    " VALUES (?, ?)",
		    "ds", id, json_string_value(json_array_get(scopes, i)));
	return code;
}

static enum err_code
body_put(struct device_store *s, const struct confirmed *c,
    const struct hash32 *digest, struct err *e)
{
	const struct record *r = &c->record;
	struct buf body, held;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	buf_init(&held, LIMIT_RECORD_BYTES);
	if ((code = record_print(r, &body, e)) == ERR_OK &&
	    (code = json_print(c->own_held, &held, e)) == ERR_OK &&
	    (code = told_out_id(s, TOLD_CONFIRMED, r->id, e)) == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO confirmed (record, type, v_epoch, v_seq, own,"
		    " own_held, body, digest, life, epoch)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		    " ON CONFLICT (record) DO UPDATE SET v_epoch ="
		    " excluded.v_epoch, v_seq = excluded.v_seq,"
		    " own = excluded.own, own_held = excluded.own_held,"
		    " body = excluded.body, digest = excluded.digest,"
		    " life = excluded.life, epoch = excluded.epoch",
		    "dsiiisbbii", r->id, r->type, (int64_t)r->version.epoch,
		    (int64_t)r->version.seq, (int64_t)c->own, held.ptr,
		    body.ptr, body.len, digest->b, sizeof(digest->b),
		    (int64_t)s->life, (int64_t)s->told_epoch);
	if (code == ERR_OK)
		code = told_in_id(s, TOLD_CONFIRMED, r->id, e);
	buf_fini(&held);
	buf_wipe(&body);
	return code;
}

enum err_code
confirmed_put(struct device_store *s, const struct confirmed *c,
    const json_t *scopes, struct err *e)
{
	struct hash32 before, after;
	json_t *old = NULL;
	bool had;
	struct id id = c->record.id;
	enum err_code code;

	if ((code = record_digest(&c->record, &after, e)) != ERR_OK ||
	    (code = stored_share(s, id, &had, &before, &old, e)) != ERR_OK)
		return code;
	if (scopes == NULL)
		scopes = old;
	if ((code = sums_move(s, old, had ? &before : NULL, NULL, e)) !=
	        ERR_OK ||
	    (code = sums_move(s, scopes, NULL, &after, e)) != ERR_OK ||
	    (code = body_put(s, c, &after, e)) != ERR_OK ||
	    (code = scopes_put(s, id, scopes, e)) != ERR_OK)
		goto out;
	code = told_out_id(s, TOLD_DROPPED, id, e);
	if (code == ERR_OK)
		code = db_exec(
		    s->db, e, "DELETE FROM dropped WHERE record = ?", "d", id);
out:
	json_decref(old);
	return code;
}

enum err_code
confirmed_rewrite(struct device_store *s, const struct record *r, struct err *e)
{
	struct hash32 before, after;
	json_t *scopes = NULL;
	struct buf body;
	bool had;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	if ((code = record_print(r, &body, e)) != ERR_OK ||
	    (code = stored_share(s, r->id, &had, &before, &scopes, e)) !=
	        ERR_OK)
		goto out;
	after = record_digest_of(r, body.ptr, body.len);
	if ((code = sums_move(s, scopes, &before, &after, e)) == ERR_OK &&
	    (code = told_out_id(s, TOLD_CONFIRMED, r->id, e)) == ERR_OK)
		code = db_exec(s->db, e,
		    "UPDATE confirmed SET v_epoch = ?, v_seq = ?, body = ?,"
		    " digest = ? WHERE record = ?",
		    "iibbd", (int64_t)r->version.epoch, (int64_t)r->version.seq,
		    body.ptr, body.len, after.b, sizeof(after.b), r->id);
	if (code == ERR_OK)
		code = told_in_id(s, TOLD_CONFIRMED, r->id, e);
out:
	json_decref(scopes);
	buf_wipe(&body);
	return code;
}

enum err_code
confirmed_forget(struct device_store *s, struct id id, struct err *e)
{
	struct hash32 digest;
	json_t *scopes = NULL;
	bool had;
	enum err_code code;

	if ((code = stored_share(s, id, &had, &digest, &scopes, e)) != ERR_OK)
		return code;
	if ((code = sums_move(s, scopes, had ? &digest : NULL, NULL, e)) ==
	        ERR_OK &&
	    (code = db_exec(s->db, e,
	         "DELETE FROM confirmed_scope WHERE record = ?", "d", id)) ==
	        ERR_OK &&
	    (code = told_out_id(s, TOLD_CONFIRMED, id, e)) == ERR_OK)
		code = db_exec(s->db, e,
		    "DELETE FROM confirmed WHERE record = ?", "d", id);
	json_decref(scopes);
	return code;
}

enum err_code
confirmed_drop(struct device_store *s, struct id id, struct err *e)
{
	enum err_code code = confirmed_forget(s, id, e);

	if (code != ERR_OK)
		return code;
	code = db_exec(s->db, e,
	    "INSERT OR IGNORE INTO dropped (record) VALUES (?)", "d", id);
	return code == ERR_OK && db_changes(s->db) > 0
	    ? told_in_id(s, TOLD_DROPPED, id, e)
	    : code;
}

enum err_code
scopes_hash(struct device_store *s, struct hash32 *out, struct err *e)
{
	const char **names = NULL;
	struct digest *sums = NULL;
	struct db_stmt *q;
	int64_t count = 0;
	size_t n = 0;
	bool row;
	enum err_code code = db_get_int(
	    s->db, &count, e, "SELECT count(*) FROM scope_digest", "");

	if (code != ERR_OK)
		return code;
	names = calloc((size_t)count + 1, sizeof(*names));
	sums = calloc((size_t)count + 1, sizeof(*sums));
	if (names == NULL || sums == NULL) {
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	code = db_query(s->db, &q, e,
	    "SELECT scope, sum FROM scope_digest ORDER BY scope", "");
	if (code != ERR_OK)
		goto out;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		names[n] = strdup(db_col_text(q, 0, NULL));
		if (names[n] == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		else
			code = db_col_bytes(q, 1, sums[n].sum.b, HASH32_LEN, e);
		if (code != ERR_OK)
			break;
		n++;
	}
	db_done(q);
	if (code == ERR_OK)
		*out = digest_of_scopes(names, sums, n);
out:
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)names[i]);
	free(names);
	free(sums);
	return code;
}
