/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored JSON and the two states of a record: as the office told it, and as
 * the user sees it.
 */
#include "common/core/limits.h"
#include "common/store/store_int.h"

enum err_code
stored_json(const void *bytes, size_t len, json_t **out, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_RECORD_BYTES,
		.tokens_max = LIMIT_RECORD_BYTES,
		.depth_max = LIMIT_JSON_DEPTH,
		.any = true,
	};
	enum err_code code = json_parse(bytes, len, &limits, out, e);

	if (code == ERR_MALFORMED)
		return err_set(
		    e, ERR_CORRUPT, 0, "something stored here does not read");
	return code;
}

enum err_code
stored_change(const void *bytes, size_t len, struct change *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = stored_json(bytes, len, &json, e);

	if (code == ERR_OK)
		code = change_from_json(json, out, e);
	json_decref(json);
	return code == ERR_MALFORMED ? ERR_CORRUPT : code;
}

enum err_code
record_bytes(const struct record *r, struct buf *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = record_to_json(r, &json, e);

	if (code == ERR_OK)
		code = json_print(json, out, e);
	json_decref(json);
	return code;
}

static enum err_code
record_parse(const void *bytes, size_t len, struct record *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = stored_json(bytes, len, &json, e);

	if (code == ERR_OK)
		code = record_from_json(json, out, e);
	json_decref(json);
	return code == ERR_MALFORMED ? ERR_CORRUPT : code;
}

void
confirmed_fini(struct confirmed *c)
{
	record_fini(&c->record);
	json_decref(c->own_held);
	c->own_held = NULL;
}

/* An old copy of a page put back by someone else is not noticed by the
 * encryption; the record's digest, summed into the scope's, notices. */
static enum err_code
digest_matches(
    const struct record *r, const struct hash32 *stored, struct err *e)
{
	struct hash32 now;
	enum err_code code = record_digest(r, &now, e);

	if (code == ERR_OK && !hash32_equal(now, *stored))
		code = err_set(e, ERR_CORRUPT, 0,
		    "a stored record does not match its digest");
	return code;
}

static enum err_code
confirmed_row(struct db_stmt *q, struct confirmed *out, struct err *e)
{
	struct hash32 digest;
	const void *bytes;
	const char *held;
	size_t len;
	enum err_code code;

	bytes = db_col_blob(q, 0, &len);
	code = record_parse(bytes, len, &out->record, e);
	if (code != ERR_OK)
		return code;
	out->own = (uint64_t)db_col_int(q, 1);
	held = db_col_text(q, 2, &len);
	if ((code = stored_json(held, len, &out->own_held, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 3, digest.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = digest_matches(&out->record, &digest, e)) != ERR_OK)
		confirmed_fini(out);
	return code;
}

enum err_code
confirmed_get(
    struct device_store *s, struct id id, struct confirmed *out, struct err *e)
{
	struct confirmed c = { 0 };
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT body, own, own_held, digest FROM confirmed"
	    " WHERE record = ?",
	    "d", id);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_NOTFOUND, 0, "no such record");
	if (code == ERR_OK)
		code = confirmed_row(q, &c, e);
	db_done(q);
	if (code == ERR_OK)
		*out = c;
	return code;
}

enum err_code
view_get(
    struct device_store *s, struct id id, struct record *out, struct err *e)
{
	struct db_stmt *q;
	const void *bytes;
	size_t len;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, "SELECT body FROM view WHERE record = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_NOTFOUND, 0, "no such record");
	if (code == ERR_OK) {
		bytes = db_col_blob(q, 0, &len);
		code = record_parse(bytes, len, out, e);
	}
	db_done(q);
	return code;
}
