/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's signature of what the office told.  A sum of hashes needs no
 * order and takes one row at a time, so a sync costs what it changes.
 */
#include "common/store/store_told_int.h"

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"

#define TOLD "told"
/* ---- what is signed ---- */

static enum err_code
sums_json(const struct told *told, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = ERR_OK;

	for (int t = 0; t < TOLD_N && code == ERR_OK; t++)
		code = json_put_hex(json, told_name((enum told_table)t),
		    told->sums[t].sum.b, HASH32_LEN, e);
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

/* {table: rows} of the tables whose rows may come again. */
static enum err_code
rows_json(const struct told *told, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = ERR_OK;

	for (int t = 0; t < TOLD_N && code == ERR_OK; t++)
		if (told_comes_again((enum told_table)t))
			code = json_put_int(json, told_name((enum told_table)t),
			    (int64_t)told->rows[t], e);
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

/* The hash of each named value.  The bundle is large and seldom another: its
 * hash is that of before (NULL: made anew). */
static enum err_code
meta_json(struct device_store *s, const char *schema_before, json_t **out,
    struct err *e)
{
	json_t *json = json_object();
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT name, value FROM meta WHERE name NOT IN ('" TOLD
	    "', 'last_outcome', '" TAKEN_TOLD
	    "') AND (?1 IS NULL OR name <> 'schema')",
	    "s", schema_before);

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		size_t len;
		const void *bytes = db_col_blob(q, 1, &len);
		struct hash32 hash = crypto_sha256(bytes, len);

		code = json_put_hex(
		    json, db_col_text(q, 0, NULL), hash.b, HASH32_LEN, e);
	}
	db_done(q);
	if (code == ERR_OK && schema_before != NULL)
		code = json_put_str(json, "schema", schema_before, e);
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

/* {"meta", "rows", "scopes", "sums"} of what is here now. */
static enum err_code
told_json(struct device_store *s, const struct told *told,
    const char *schema_before, json_t **out, struct err *e)
{
	json_t *json = json_object(), *part = NULL;
	struct hash32 scopes;
	enum err_code code;

	if ((code = meta_json(s, schema_before, &part, e)) == ERR_OK &&
	    (code = json_put_take(json, "meta", part, e)) == ERR_OK &&
	    (code = scopes_hash(s, &scopes, e)) == ERR_OK &&
	    (code = json_put_hex(json, "scopes", scopes.b, HASH32_LEN, e)) ==
	        ERR_OK &&
	    (code = rows_json(told, &part, e)) == ERR_OK &&
	    (code = json_put_take(json, "rows", part, e)) == ERR_OK &&
	    (code = sums_json(told, &part, e)) == ERR_OK)
		code = json_put_take(json, "sums", part, e);
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

static enum err_code
text_to_sign(const struct device_store *s, const json_t *json, struct buf *out,
    struct err *e)
{
	(void)buf_add_str(out, "vb/told/v1\n");
	(void)buf_add_str(out, id_print(s->identity.office).s);
	(void)buf_add_str(out, id_print(s->identity.device).s);
	return json_print(json, out, e);
}

/* Sign and write down; told is borrowed. */
static enum err_code
told_put(struct device_store *s, json_t *told, struct err *e)
{
	json_t *whole = json_object();
	struct sign_sig sig;
	struct buf text;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	code = text_to_sign(s, told, &text, e);
	if (code == ERR_OK) {
		signer_make(s->signer, text.ptr, text.len, &sig);
		if ((code = json_put_take(
		         whole, "told", json_incref(told), e)) == ERR_OK &&
		    (code = json_put_hex(
		         whole, "sig", sig.b, SIGN_SIG_LEN, e)) == ERR_OK)
			code = meta_put_json(s->db, TOLD, whole, e);
	}
	buf_fini(&text);
	json_decref(whole);
	return code;
}

static bool
sums_read(const json_t *told, struct told *out)
{
	json_t *sums, *rows;

	if (json_get_obj(told, "sums", &sums, NULL) != ERR_OK ||
	    json_get_obj(told, "rows", &rows, NULL) != ERR_OK)
		return false;
	for (int t = 0; t < TOLD_N; t++) {
		const char *name = told_name((enum told_table)t);

		if (json_get_hex(sums, name, out->sums[t].sum.b, HASH32_LEN,
		        NULL) != ERR_OK ||
		    (told_comes_again((enum told_table)t) &&
		        json_get_uint(rows, name, &out->rows[t], NULL) !=
		            ERR_OK))
			return false;
	}
	(void)snprintf(out->schema, sizeof(out->schema), "%s",
	    json_string_value(json_object_get(
	        json_object_get(told, "meta"), "schema")) == NULL
	        ? ""
	        : json_string_value(json_object_get(
	              json_object_get(told, "meta"), "schema")));
	return true;
}

/* The sums of the tables as they are. */
static enum err_code
sums_again(struct device_store *s, struct told *told, struct err *e)
{
	enum err_code code = ERR_OK;

	for (int t = 0; t < TOLD_N && code == ERR_OK; t++) {
		code = told_sum(s, (enum told_table)t, &told->sums[t], e);
		if (code == ERR_OK)
			code = told_count(
			    s, (enum told_table)t, &told->rows[t], e);
	}
	return code;
}

/* *is_new_out: there is a place for it, and nothing in it yet. */
static enum err_code
is_new(struct device_store *s, bool *is_new_out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM meta WHERE name = '" TOLD
	    "' AND length(value) = 0",
	    "");

	*is_new_out = n > 0;
	return code;
}

enum err_code
told_begin(struct device_store *s, struct err *e)
{
	json_t *whole = NULL;
	bool fresh;
	enum err_code code = is_new(s, &fresh, e);

	s->told = (struct told){ .is_lost = false };
	if (code != ERR_OK)
		return code;
	if (fresh)
		return sums_again(s, &s->told, e);
	code = meta_get_json(s->db, TOLD, &whole, e);
	if (code == ERR_OK || code == ERR_CORRUPT) {
		s->told.is_lost = code == ERR_CORRUPT ||
		    !sums_read(json_object_get(whole, "told"), &s->told);
		code = ERR_OK;
	}
	json_decref(whole);
	return code;
}

enum err_code
told_end(struct device_store *s, struct err *e)
{
	json_t *told = NULL;
	enum err_code code;

	if (s->told.is_lost)
		return ERR_OK;
	code = told_json(s, &s->told,
	    s->told.schema[0] == '\0' ? NULL : s->told.schema, &told, e);
	if (code == ERR_OK)
		code = told_put(s, told, e);
	json_decref(told);
	return code;
}

enum err_code
told_again(struct device_store *s, struct err *e)
{
	enum err_code code;

	s->told = (struct told){ .is_lost = false };
	code = sums_again(s, &s->told, e);
	return code == ERR_OK ? told_end(s, e) : code;
}

enum err_code
told_first(struct device_store *s, struct err *e)
{
	bool fresh;
	enum err_code code = is_new(s, &fresh, e);

	if (code != ERR_OK || !fresh)
		return code;
	code = db_begin(s->db, e);
	if (code == ERR_OK && (code = told_again(s, e)) == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	return code;
}

/* ---- verify ---- */

/* The first member of two objects of texts that differs; NULL: none does. */
static const char *
first_other(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		if (!json_equal(value, json_object_get(b, key)))
			return key;
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		if (json_object_get(a, key) == NULL)
			return key;
	}
	return NULL;
}

static void
compare(const json_t *told, const json_t *here, char *why, size_t cap)
{
	const char *other = first_other(
	    json_object_get(told, "sums"), json_object_get(here, "sums"));

	if (other == NULL)
		other = first_other(json_object_get(told, "rows"),
		    json_object_get(here, "rows"));
	if (other != NULL) {
		(void)snprintf(why, cap,
		    "table %s is not as it was when it was written", other);
		return;
	}
	other = first_other(
	    json_object_get(told, "meta"), json_object_get(here, "meta"));
	if (other != NULL)
		(void)snprintf(why, cap,
		    "table meta: \"%.60s\" is not as it was when it was"
		    " written",
		    other);
	else if (!json_equal(told, here))
		(void)snprintf(why, cap,
		    "table scope_digest is not as it was when it was written");
}

/* Did this device sign it? */
static enum err_code
is_signed(struct device_store *s, const json_t *whole, bool *out, struct err *e)
{
	const json_t *told = json_object_get(whole, "told");
	const struct sign_pub pub = sign_pub_of(&s->identity.sign_key);
	struct sign_sig sig;
	struct buf text;
	enum err_code code = ERR_OK;

	*out = false;
	if (told == NULL ||
	    json_get_hex(whole, "sig", sig.b, SIGN_SIG_LEN, NULL) != ERR_OK)
		return ERR_OK;
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = text_to_sign(s, told, &text, e);
	if (code == ERR_OK)
		*out = sign_check(&pub, text.ptr, text.len, &sig);
	buf_fini(&text);
	return code;
}

enum err_code
told_check(struct device_store *s, char *why_out, size_t why_cap, struct err *e)
{
	json_t *whole = NULL, *here = NULL;
	struct told now = { .is_lost = false };
	bool is_ours = false;
	enum err_code code = meta_get_json(s->db, TOLD, &whole, e);

	why_out[0] = '\0';
	if (code == ERR_CORRUPT)
		code = ERR_OK;
	if (code == ERR_OK)
		code = is_signed(s, whole, &is_ours, e);
	if (code == ERR_OK && !is_ours) {
		(void)snprintf(why_out, why_cap,
		    "table meta: what the office told is not signed for");
		goto out;
	}
	if (code == ERR_OK && (code = sums_again(s, &now, e)) == ERR_OK &&
	    (code = told_json(s, &now, NULL, &here, e)) == ERR_OK)
		compare(json_object_get(whole, "told"), here, why_out, why_cap);
out:
	json_decref(here);
	json_decref(whole);
	return code;
}
