/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do both sides hold the same?  After each complete pull the sums are
 * compared; where they differ the next request asks for the list of scopes,
 * then for the ids of those that differ, then for the records that do.
 */
#include "common/base/enc.h"
#include "common/store/store_sync_int.h"

/* Records that are in no scope any more are dropped. */
static enum err_code
drop_scopeless(struct device_store *s, struct err *e)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM confirmed c WHERE NOT EXISTS"
	    " (SELECT 1 FROM confirmed_scope m WHERE m.record = c.record)",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK ||
		    (code = confirmed_drop(s, id, e)) != ERR_OK ||
		    (code = view_rebuild(s, id, e)) != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

/* Scopes that the office no longer lists go, and what was only in them. */
static enum err_code
forget_scopes(struct device_store *s, const json_t *listed, struct err *e)
{
	struct db_stmt *q;
	json_t *gone = json_array();
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT scope FROM scope_digest", "");

	if (code != ERR_OK)
		goto out;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		const char *scope = db_col_text(q, 0, NULL);

		if (json_object_get(listed, scope) == NULL &&
		    (code = json_add_take(gone, json_string(scope), e)) !=
		        ERR_OK)
			break;
	}
	db_done(q);
	for (size_t i = 0; code == ERR_OK && i < json_array_size(gone); i++) {
		const char *scope = json_string_value(json_array_get(gone, i));

		code = db_exec(s->db, e,
		    "DELETE FROM confirmed_scope WHERE scope = ?", "s", scope);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "DELETE FROM scope_digest WHERE scope = ?", "s",
			    scope);
	}
	if (code == ERR_OK && json_array_size(gone) > 0)
		code = drop_scopeless(s, e);
out:
	json_decref(gone);
	return code;
}

/* Take in the list of scopes held with the office's sums; *wanted gets the
 * names of those whose sums differ here. */
static enum err_code
take_scopes(
    struct device_store *s, json_t *listed, json_t *wanted, struct err *e)
{
	const char *scope;
	json_t *sum;
	enum err_code code = forget_scopes(s, listed, e);

	if (code != ERR_OK)
		return code;
	json_object_foreach(listed, scope, sum)
	{
		static const uint8_t zeros[HASH32_LEN];
		const char *hex = json_string_value(sum);
		uint8_t theirs[HASH32_LEN];
		int64_t same = 0;

		if (hex == NULL ||
		    !enc_hex_parse(hex, strlen(hex), theirs, HASH32_LEN))
			return err_set(
			    e, ERR_MALFORMED, 0, "scopes: not a sum");
		code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO scope_digest (scope, sum)"
		    " VALUES (?, ?)",
		    "sb", scope, (const void *)zeros, sizeof(zeros));
		if (code == ERR_OK)
			code = db_get_int(s->db, &same, e,
			    "SELECT sum = ? FROM scope_digest WHERE scope = ?",
			    "bs", (const void *)theirs, sizeof(theirs), scope);
		if (code == ERR_OK && same == 0)
			code = json_add_take(wanted, json_string(scope), e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* Is the record here at this version? */
static enum err_code
is_at_version(struct device_store *s, const char *id, struct version v,
    bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM confirmed WHERE record = ? AND v_epoch = ?"
	    " AND v_seq = ?",
	    "sii", id, (int64_t)v.epoch, (int64_t)v.seq);

	*out = n > 0;
	return code;
}

/* One scope's ids: what is not listed leaves the scope; what differs is
 * wanted.  If nothing differs by version, everything listed is wanted, since
 * the sums do. */
static enum err_code
take_ids(struct device_store *s, const char *scope, const json_t *list,
    json_t *wanted, struct err *e)
{
	json_t *keep = json_object();
	struct db_stmt *q = NULL;
	struct version v;
	size_t before = json_array_size(wanted);
	bool row, same;
	enum err_code code = ERR_OK;

	for (int pass = 0; pass < 2 && code == ERR_OK; pass++) {
		if (pass == 1 && json_array_size(wanted) > before)
			break;
		for (size_t i = 0; i < json_array_size(list) && code == ERR_OK;
		     i++) {
			const json_t *pair = json_array_get(list, i);
			const char *id =
			    json_string_value(json_array_get(pair, 0));

			if (id == NULL) {
				code = err_set(e, ERR_MALFORMED, 0,
				    "ids: not of its form");
				break;
			}
			if ((code = version_from_json(
			         json_array_get(pair, 1), &v, e)) != ERR_OK ||
			    (code = json_put_bool(keep, id, true, e)) !=
			        ERR_OK ||
			    (code = is_at_version(s, id, v, &same, e)) !=
			        ERR_OK)
				break;
			if (pass == 1 || !same)
				code =
				    json_add_take(wanted, json_string(id), e);
		}
	}
	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT record FROM confirmed_scope WHERE scope = ?", "s",
		    scope);
	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		const char *id = db_col_text(q, 0, NULL);

		if (json_object_get(keep, id) == NULL)
			code = db_exec(s->db, e,
			    "DELETE FROM confirmed_scope WHERE record = ?"
			    " AND scope = ?",
			    "ss", id, scope);
	}
	db_done(q);
	json_decref(keep);
	return code;
}

static enum err_code
take_all_ids(struct device_store *s, json_t *ids, json_t *wanted, struct err *e)
{
	const char *scope;
	json_t *list;
	enum err_code code = ERR_OK;

	json_object_foreach(ids, scope, list)
	{
		code = take_ids(s, scope, list, wanted, e);
		if (code != ERR_OK)
			return code;
	}
	return drop_scopeless(s, e);
}

/* Write down what the next request asks for; nothing clears it. */
static enum err_code
repair_put(struct device_store *s, bool scopes, json_t *ids, json_t *records,
    struct err *e)
{
	json_t *repair;
	enum err_code code = ERR_OK;

	if (!scopes && json_array_size(ids) == 0 &&
	    json_array_size(records) == 0)
		return db_exec(
		    s->db, e, "DELETE FROM meta WHERE name = ?", "s", "repair");
	repair = json_object();
	if (scopes)
		code = json_put_bool(repair, "scopes", true, e);
	if (code == ERR_OK && json_array_size(ids) > 0)
		code = json_put_take(repair, "ids", json_incref(ids), e);
	if (code == ERR_OK && json_array_size(records) > 0)
		code =
		    json_put_take(repair, "records", json_incref(records), e);
	if (code == ERR_OK)
		code = meta_put_json(s->db, "repair", repair, e);
	json_decref(repair);
	return code;
}

/* Did this very answer leave a delta that did not fit?  Records that an
 * earlier answer noted have been asked for and come by now. */
static bool
was_just_noted(const json_t *repair, const struct sync_answer *a)
{
	const json_t *noted = json_object_get(repair, "records");

	for (size_t i = 0; i < a->n_page; i++)
		for (size_t n = 0;
		     a->page[i].delta != NULL && n < json_array_size(noted);
		     n++)
			if (strcmp(json_string_value(json_array_get(noted, n)),
			        id_print(a->page[i].record).s) == 0)
				return true;
	return false;
}

enum err_code
repair_step(struct device_store *s, const struct sync_answer *a,
    bool *differs_out, struct err *e)
{
	json_t *ids = json_array(), *records = json_array(), *old = NULL;
	struct hash32 ours;
	enum err_code code = ERR_OK;

	if (a->scopes != NULL)
		code = take_scopes(s, a->scopes, ids, e);
	if (code == ERR_OK && a->ids != NULL)
		code = take_all_ids(s, a->ids, records, e);
	if (code == ERR_OK)
		code = scopes_hash(s, &ours, e);
	if (code == ERR_OK)
		code = meta_get_json(s->db, "repair", &old, e);
	if (code != ERR_OK)
		goto out;
	*differs_out = !hash32_equal(ours, a->scopes_hash);
	/* Records that page_take just noted (a delta did not fit) are asked
	 * for before anything else. */
	if (*differs_out && json_array_size(records) == 0 &&
	    a->scopes == NULL && a->ids == NULL && was_just_noted(old, a))
		goto out;
	code = repair_put(s,
	    *differs_out && json_array_size(ids) == 0 &&
	        json_array_size(records) == 0,
	    ids, records, e);
out:
	json_decref(old);
	json_decref(ids);
	json_decref(records);
	return code;
}
