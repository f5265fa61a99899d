/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that two people at the office erased for good: gone here too, from the
 * journals, what was told, what is shown, what waits to be shown, drafts and
 * the index.
 */
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/store/store_content_int.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

#define UPTO "erased_upto"

enum err_code
erasures_upto(struct device_store *s, struct version *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = meta_get_json(s->db, UPTO, &json, e);

	*out = (struct version){ 0, 0 };
	if (code == ERR_OK)
		code = stored_damage(version_from_json(json, out, e), e);
	json_decref(json);
	return code;
}

/* ---- journals ---- */

/* The two journals alike: which row, and how it is written. */
static const struct {
	const char *select, *update;
} journals[] = {
	{ "SELECT rowid, body FROM journal WHERE record = ? AND NOT erased",
	    "UPDATE journal SET body = ? WHERE rowid = ?" },
	{ "SELECT rowid, body FROM past_journal WHERE record = ?"
	  " AND NOT erased",
	    "UPDATE past_journal SET body = ? WHERE rowid = ?" },
};

static enum err_code
entry_erase(struct device_store *s, struct db_stmt *q, const char *update,
    const struct erasure *z, bool *any, struct err *e)
{
	struct buf text;
	struct change c;
	json_t *json = NULL;
	size_t len;
	const void *body = db_col_blob(q, 1, &len);
	bool changed = false;
	enum err_code code = stored_change(body, len, &c, e);

	if (code != ERR_OK)
		return code;
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = erasure_of_change(z, &c, &changed, e);
	if (code == ERR_OK && changed &&
	    (code = change_to_json(&c, &json, e)) == ERR_OK &&
	    (code = json_print(json, &text, e)) == ERR_OK)
		code = db_exec(s->db, e, update, "bi", text.ptr, text.len,
		    db_col_int(q, 0));
	*any = *any || changed;
	json_decref(json);
	buf_wipe(&text);
	change_fini(&c);
	return code;
}

static enum err_code
journals_erase(
    struct device_store *s, const struct erasure *z, bool *any, struct err *e)
{
	for (size_t i = 0; i < sizeof(journals) / sizeof(journals[0]); i++) {
		struct db_stmt *q;
		bool row;
		enum err_code code =
		    db_query(s->db, &q, e, journals[i].select, "d", z->record);

		if (code != ERR_OK)
			return code;
		while ((code = db_step(q, &row, e)) == ERR_OK && row)
			if ((code = entry_erase(s, q, journals[i].update, z,
			         any, e)) != ERR_OK)
				break;
		db_done(q);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* ---- what was told ---- */

/* What the office tells next of the record comes whole; until then it is shown
 * as the erasure leaves it. */
static enum err_code
confirmed_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	struct confirmed c;
	enum err_code code = confirmed_get(s, z->record, &c, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	if (version_compare(c.record.version, z->version) < 0 &&
	    (code = erasure_of_record(s->schema, z, &c.record, e)) == ERR_OK)
		code = confirmed_rewrite(s, &c.record, e);
	confirmed_fini(&c);
	return code;
}

/* A staged page may hold them: it is asked for again, whole. */
static enum err_code
staged_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	struct db_stmt *q = NULL;
	bool row, any = false;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT place, entry FROM staged", "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct page_entry p;
		json_t *json = NULL;
		size_t len;
		const void *bytes = db_col_blob(q, 1, &len);

		if ((code = stored_json(bytes, len, &json, e)) != ERR_OK)
			break;
		code = stored_damage(page_entry_from_json(json, &p, e), e);
		json_decref(json);
		if (code != ERR_OK)
			break;
		if (id_equal(p.record, z->record) && !p.is_drop) {
			any = true;
			code = told_out(s, TOLD_STAGED, db_col_int(q, 0), e);
			if (code == ERR_OK)
				code = db_exec(s->db, e,
				    "DELETE FROM staged WHERE place = ?", "i",
				    db_col_int(q, 0));
		}
		page_entry_fini(&p);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code == ERR_OK && any ? page_want_whole(s, z->record, e) : code;
}

/* ---- drafts ---- */

/* Take what is at a covered path out of one part of a draft. */
static bool
part_erase(const json_t *draft, const char *part, const struct erasure *z)
{
	json_t *values = json_object_get(draft, part), *value;
	const char *path;
	void *next;
	bool any = false;

	json_object_foreach_safe(values, next, path, value)
	{
		if (path_check(path, NULL) != ERR_OK ||
		    !erasure_covers(z->paths, path))
			continue;
		any = true;
		(void)json_object_del(values, path);
	}
	return any;
}

static enum err_code
draft_erase(struct device_store *s, struct db_stmt *q, const struct erasure *z,
    struct err *e)
{
	struct buf text;
	json_t *draft = NULL;
	struct id record;
	size_t len;
	const void *bytes = db_col_blob(q, 1, &len);
	bool values, refused, shown;
	enum err_code code = stored_json(bytes, len, &draft, e);

	buf_init(&text, LIMIT_RECORD_BYTES);
	if (code != ERR_OK ||
	    json_get_id(draft, "record", &record, NULL) != ERR_OK ||
	    !id_equal(record, z->record))
		goto out;
	values = part_erase(draft, "values", z);
	refused = part_erase(draft, "refused", z);
	shown = part_erase(draft, "shown", z);
	if ((values || refused || shown) &&
	    (code = json_print(draft, &text, e)) == ERR_OK)
		code =
		    db_exec(s->db, e, "UPDATE draft SET body = ? WHERE key = ?",
		        "bs", text.ptr, text.len, db_col_text(q, 0, NULL));
out:
	buf_wipe(&text);
	json_decref(draft);
	return code;
}

/* What autosave kept is mostly what was there before, and a word more. */
static enum err_code
drafts_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT key, body FROM draft", "");

	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = draft_erase(s, q, z, e);
	db_done(q);
	return code;
}

/* The entry goes now and not when the index is brought up to date, and the
 * index is put together, since it keeps what was deleted until then. */
static enum err_code
index_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	enum err_code code;

	if ((code = db_exec(s->db, e,
	         "DELETE FROM search WHERE rowid ="
	         " (SELECT at FROM search_row WHERE record = ?)",
	         "d", z->record)) != ERR_OK ||
	    (code = db_exec(s->db, e, "DELETE FROM search_row WHERE record = ?",
	         "d", z->record)) != ERR_OK)
		return code;
	return db_exec(
	    s->db, e, "INSERT INTO search (search) VALUES ('optimize')", "");
}

static enum err_code
take_one(
    struct device_store *s, const struct erasure *z, bool *any, struct err *e)
{
	enum err_code code =
	    erasure_check(z, &s->identity.receipt_pub, s->identity.office, e);

	if (code != ERR_OK ||
	    (code = db_exec(s->db, e,
	         "INSERT OR IGNORE INTO erasure (epoch, seq, record, signed,"
	         " sig) VALUES (?, ?, ?, ?, ?)",
	         "iidbb", (int64_t)z->version.epoch, (int64_t)z->version.seq,
	         z->record, z->signed_bytes.ptr, z->signed_bytes.len, z->sig.b,
	         sizeof(z->sig.b))) != ERR_OK ||
	    (db_changes(s->db) > 0 &&
	        (code = told_in(s, TOLD_ERASURE, db_last_rowid(s->db), e)) !=
	            ERR_OK) ||
	    (code = journals_erase(s, z, any, e)) != ERR_OK ||
	    (code = confirmed_erase(s, z, e)) != ERR_OK ||
	    (code = closings_erase(s, z, e)) != ERR_OK ||
	    (code = staged_erase(s, z, e)) != ERR_OK ||
	    (code = drafts_erase(s, z, e)) != ERR_OK ||
	    (code = view_rebuild(s, z->record, e)) != ERR_OK ||
	    (code = content_erase(s, z, e)) != ERR_OK)
		return code;
	return index_erase(s, z, e);
}

enum err_code
erasures_take(
    struct device_store *s, const struct sync_answer *a, struct err *e)
{
	json_t *json;
	bool any = false;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->n_erasures && code == ERR_OK; i++)
		code = take_one(s, &a->erasures[i], &any, e);
	/* The envelopes hold the words too. */
	if (code == ERR_OK && any)
		code = envelope_key_renew(s->db, e);
	if (code != ERR_OK || version_is_never(a->erased_upto))
		return code;
	json = version_to_json(a->erased_upto);
	code = json == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : meta_put_json(s->db, UPTO, json, e);
	json_decref(json);
	return code;
}

/* ---- verify ---- */

enum err_code
erasures_cover(
    struct device_store *s, const struct change *c, bool *out, struct err *e)
{
	struct db_stmt *q = NULL;
	bool row;
	bool *covered = calloc(ERASURE_PLACES(c), sizeof(*covered));
	enum err_code code;

	if (covered == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	/* Most have lost nothing. */
	*out = erasure_is_covered(c, covered);
	if (*out) {
		free(covered);
		return ERR_OK;
	}
	code = db_query(s->db, &q, e,
	    "SELECT signed, sig FROM erasure WHERE record = ?", "d", c->record);
	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		struct erasure z = { 0 };

		code = erasure_read(q, &z, e);
		if (code == ERR_NOMEM)
			break;
		if (code != ERR_OK) {
			code = ERR_OK;
			continue; /* erasures_check tells of it */
		}
		erasure_cover(&z, c, covered);
		erasure_fini(&z);
	}
	db_done(q);
	*out = erasure_is_covered(c, covered);
	free(covered);
	return code;
}

enum err_code
erasure_read(struct db_stmt *q, struct erasure *out, struct err *e)
{
	struct sign_sig sig;
	size_t len;
	const void *bytes = db_col_blob(q, 0, &len);
	enum err_code code = db_col_bytes(q, 1, sig.b, sizeof(sig.b), e);

	if (code == ERR_OK)
		code = erasure_from_signed(bytes, len, &sig, out, e);
	return stored_damage(code, e);
}
