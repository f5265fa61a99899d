/* SPDX-License-Identifier: Apache-2.0 */
#include "common/store/stored.h"

#include <stdio.h>

#include "common/core/limits.h"
#include "common/sys/json.h"

enum err_code
stored_damage(enum err_code code, struct err *e)
{
	if (code != ERR_MALFORMED)
		return code;
	return err_set(
	    e, ERR_CORRUPT, 0, "something stored here does not read");
}

enum err_code
stored_json(const void *bytes, size_t len, json_t **out, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_RECORD_BYTES,
		.tokens_max = LIMIT_RECORD_BYTES,
		.depth_max = LIMIT_JSON_DEPTH,
		.any = true,
	};

	return stored_damage(json_parse(bytes, len, &limits, out, e), e);
}

enum err_code
stored_change(const void *bytes, size_t len, struct change *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = stored_json(bytes, len, &json, e);

	if (code == ERR_OK)
		code = stored_damage(change_from_json(json, out, e), e);
	json_decref(json);
	return code;
}

enum err_code
stored_record(const void *bytes, size_t len, struct record *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = stored_json(bytes, len, &json, e);

	if (code == ERR_OK)
		code = stored_damage(record_from_json(json, out, e), e);
	json_decref(json);
	return code;
}

enum err_code
stored_receipt(struct db_stmt *q, struct receipt *out, struct err *e)
{
	struct sign_sig sig;
	size_t len;
	const void *bytes = db_col_blob(q, 0, &len);
	enum err_code code = db_col_bytes(q, 1, sig.b, sizeof(sig.b), e);

	if (code == ERR_OK)
		code = receipt_from_signed(bytes, len, &sig, out, e);
	return stored_damage(code, e);
}

enum err_code
stored_outcome(struct db_stmt *q, struct outcome *out, struct err *e)
{
	int64_t kind = db_col_int(q, 2);

	if (kind < 0 || kind >= OUTCOME_N)
		return err_set(e, ERR_CORRUPT, 0, "an outcome of no kind");
	*out = (struct outcome){ .no = (uint64_t)db_col_int(q, 0),
		.counter = (uint64_t)db_col_int(q, 1),
		.kind = (enum outcome_kind)kind,
		.version = { .epoch = (uint64_t)db_col_int(q, 3),
		    .seq = (uint64_t)db_col_int(q, 4) } };
	(void)snprintf(
	    out->reason, sizeof(out->reason), "%s", db_col_text(q, 5, NULL));
	(void)snprintf(
	    out->path, sizeof(out->path), "%s", db_col_text(q, 6, NULL));
	return ERR_OK;
}

enum err_code
stored_sum_get(
    struct db *db, const char *scope, struct digest *out, struct err *e)
{
	struct digest d = { 0 };
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(db, &q, e,
	    "SELECT sum FROM scope_digest WHERE scope = ?", "s", scope);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row)
		code = db_col_bytes(q, 0, d.sum.b, HASH32_LEN, e);
	db_done(q);
	if (code == ERR_OK)
		*out = d;
	return code;
}

enum err_code
stored_sum_move(struct db *db, const char *scope, const struct hash32 *minus,
    const struct hash32 *plus, struct err *e)
{
	struct digest d;
	enum err_code code = stored_sum_get(db, scope, &d, e);

	if (code != ERR_OK)
		return code;
	if (minus != NULL)
		digest_remove(&d, minus);
	if (plus != NULL)
		digest_add(&d, plus);
	return db_exec(db, e,
	    "INSERT INTO scope_digest (scope, sum) VALUES (?, ?)"
	    " ON CONFLICT (scope) DO UPDATE SET sum = excluded.sum",
	    "sb", scope, d.sum.b, sizeof(d.sum.b));
}

enum err_code
stored_meta_get(struct db *db, const char *name, struct buf *out, struct err *e)
{
	struct db_stmt *q;
	const void *value;
	size_t len;
	enum err_code code = db_query_one(db, &q, e, "no such value",
	    "SELECT value FROM meta WHERE name = ?", "s", name);

	if (code == ERR_NOTFOUND)
		return err_set(e, code, 0, "no value named %s", name);
	if (code != ERR_OK)
		return code;
	value = db_col_blob(q, 0, &len);
	(void)buf_add(out, value, len);
	code = buf_check(out, e);
	db_done(q);
	return code;
}

enum err_code
stored_meta_put(struct db *db, const char *name, const void *value, size_t len,
    struct err *e)
{
	return db_exec(db, e,
	    "INSERT INTO meta (name, value) VALUES (?, ?)"
	    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "sb", name, value, len);
}
