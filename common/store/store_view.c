/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: what the office told, with this device's own later (and held)
 * changes applied on top by the same rules that the office applies.
 */
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/core/title.h"
#include "common/store/store_content_int.h"
#include "common/store/store_int.h"

enum err_code
view_apply(struct device_store *s, struct record *r, const struct change *c,
    struct err *e)
{
	return shown_apply(s->schema, r, c, s->life, e);
}

/* What this device knows of a record; an apply_type_of. */
static enum err_code
view_type(void *arg, struct id record, char type_out[static 65], struct err *e)
{
	struct device_store *s = arg;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT type FROM view WHERE record = ?", "d", record);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_NOTFOUND, 0, "no such record");
	if (code == ERR_OK)
		(void)snprintf(type_out, 65, "%s", db_col_text(q, 0, NULL));
	db_done(q);
	return code;
}

enum err_code
view_admits(struct device_store *s, const struct record *r,
    const struct change *c, struct err *e)
{
	struct apply_context ctx = {
		.schema = s->schema, .type_of = view_type, .arg = s
	};
	struct apply_result result = { .kind = OUTCOME_APPLIED };
	enum err_code code = apply_admits(r, c, &ctx, &result, e);

	if (code != ERR_OK || result.kind != OUTCOME_HELD)
		return code;
	if (strcmp(result.reason, "wrong_author") == 0)
		return err_set(e, ERR_INVALID, 0,
		    "%.120s: you can write, begin and sign for yourself only",
		    result.path);
	if (strcmp(result.reason, "wrong_ref") == 0)
		return err_set(e, ERR_INVALID, 0,
		    "%.120s: it names a record of another kind", result.path);
	if (strcmp(result.reason, "signed") == 0)
		return err_set(e, ERR_INVALID, 0,
		    "it is signed, and does not become a draft again: add an "
		    "addendum");
	if (strcmp(result.reason, "two_people") == 0)
		return err_set(e, ERR_INVALID, 0,
		    "two people at the office mark it as entered in error, "
		    "one after the other: ask them");
	return ERR_OK; /* what else it finds, others say better */
}

/* Is the change in what the office told? */
static bool
is_contained(const struct confirmed *told, uint64_t life, uint64_t counter)
{
	if (life != told->life)
		return life < told->life;
	return shown_contains(told->own, told->own_held, counter);
}

/* The record's own changes: those of lives that are over as far as the office
 * holds them, since what is above was cut again, and those of this one. */
static const char own_sql[] =
    "SELECT j.life, j.counter, j.body, j.erased FROM past_journal j"
    " JOIN past p ON p.life = j.life"
    " WHERE j.record = ?1 AND j.counter <= p.fork"
    " UNION ALL SELECT ?2, counter, body, erased FROM journal"
    " WHERE record = ?1 ORDER BY 1, 2";

/* Apply this device's changes to the record that are above `own`, or held.  One
 * that a person at the office closed is not pending any more; but where the
 * office has no such record it is all that there is of it, and stays. */
static enum err_code
apply_own(struct device_store *s, struct confirmed *told, uint64_t *last_out,
    struct err *e)
{
	const bool is_told = !version_is_never(told->record.version);
	bool is_closed = false;
	struct db_stmt *q;
	struct change c;
	const void *body;
	size_t len;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, own_sql, "di", told->record.id, (int64_t)s->life);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		uint64_t life = (uint64_t)db_col_int(q, 0);
		uint64_t counter = (uint64_t)db_col_int(q, 1);

		if (life == s->life)
			*last_out = counter;
		if (db_col_int(q, 3) != 0 || is_contained(told, life, counter))
			continue;
		if (is_told &&
		    (code = closed_is(s, life, counter, &is_closed, e)) !=
		        ERR_OK)
			break;
		if (is_closed)
			continue;
		body = db_col_blob(q, 2, &len);
		code = stored_change(body, len, &c, e);
		if (code != ERR_OK)
			break;
		code = shown_apply(s->schema, &told->record, &c, life, e);
		change_fini(&c);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

/* A record of which there is nothing but what was closed: it is shown empty,
 * with that beside it. */
static enum err_code
closed_base(
    struct device_store *s, struct id id, struct confirmed *out, struct err *e)
{
	char type[65];
	enum err_code code = closing_type(s, id, type, e);

	if (code != ERR_OK)
		return code;
	*out = (struct confirmed){ 0 };
	return record_init(&out->record, id, type, s->identity.user, e);
}

/* Start from what the office told, or from an empty record of the type that
 * the first own change names. */
static enum err_code
view_base(
    struct device_store *s, struct id id, struct confirmed *out, struct err *e)
{
	struct db_stmt *q;
	struct change c;
	const void *body;
	size_t len;
	enum err_code code = confirmed_get(s, id, out, e);

	if (code != ERR_NOTFOUND)
		return code;
	code = db_query_one(s->db, &q, e, "no such record",
	    "SELECT life, counter, body FROM past_journal"
	    " WHERE record = ?1 AND NOT erased"
	    " UNION ALL SELECT ?2, counter, body FROM journal"
	    " WHERE record = ?1 AND NOT erased ORDER BY 1, 2 LIMIT 1",
	    "di", id, (int64_t)s->life);
	if (code == ERR_NOTFOUND)
		return closed_base(s, id, out, e);
	if (code != ERR_OK)
		return code;
	body = db_col_blob(q, 2, &len);
	code = stored_change(body, len, &c, e);
	db_done(q);
	if (code != ERR_OK)
		return code;
	*out = (struct confirmed){ 0 };
	code = record_init(&out->record, id, c.type, c.author, e);
	change_fini(&c);
	return code;
}

/* A view that need not be stored: confirmed with own work on top, and the last
 * own counter on it. */
static enum err_code
view_compute(struct device_store *s, struct id id, struct record *out,
    uint64_t *last_out, struct err *e)
{
	struct confirmed base;
	int64_t dropped = 0;
	enum err_code code = db_get_int(s->db, &dropped, e,
	    "SELECT count(*) FROM dropped WHERE record = ?", "d", id);

	if (code != ERR_OK)
		return code;
	if (dropped > 0)
		return err_set(e, ERR_NOTFOUND, 0, "no such record");
	code = view_base(s, id, &base, e);
	if (code != ERR_OK)
		return code;
	code = apply_own(s, &base, last_out, e);
	json_decref(base.own_held);
	if (code != ERR_OK)
		record_fini(&base.record);
	else
		*out = base.record;
	return code;
}

enum err_code
view_rebuild(struct device_store *s, struct id id, struct err *e)
{
	struct record r;
	uint64_t last = 0;
	enum err_code code = view_compute(s, id, &r, &last, e);

	if (code == ERR_NOTFOUND) {
		code = db_exec(
		    s->db, e, "DELETE FROM view WHERE record = ?", "d", id);
		if (code == ERR_OK)
			code = named_remove(s, id, e);
		if (code == ERR_OK)
			code = content_drop(s, id, e);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "DELETE FROM page_read WHERE record = ?", "d", id);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "INSERT OR IGNORE INTO dirty (record) VALUES (?)",
			    "d", id);
		return code;
	}
	if (code != ERR_OK)
		return code;
	code = view_put(s, &r, last, e);
	record_fini(&r);
	return code;
}

/* What is beside the body in a view's row. */
struct view_row {
	struct buf body, title;
	const char *content; /* the record's own */
	int64_t open;
};

static void
view_row_fini(struct view_row *row)
{
	buf_wipe(&row->title);
	buf_wipe(&row->body);
}

/* The caller ends it, also on failure. */
static enum err_code
view_row_make(struct device_store *s, const struct record *r,
    struct view_row *out, struct err *e)
{
	const struct schema_type *type = schema_type(s->schema, r->type);
	const char *content = NULL;

	buf_init(&out->body, LIMIT_RECORD_BYTES);
	buf_init(&out->title, 512);
	out->open = 0;
	for (size_t i = 0; i < r->n_conflicts; i++)
		out->open += conflict_is_open(&r->conflicts[i]) ? 1 : 0;
	if (type != NULL && type->signing.field != NULL)
		content =
		    json_string_value(path_get(r->doc, type->signing.field));
	out->content = content != NULL ? content : "";
	title_print(type, r, &out->title);
	/* One that is cut for its length is a title too. */
	return out->title.bad == ERR_NOMEM ? buf_check(&out->title, e)
	                                   : record_print(r, &out->body, e);
}

enum err_code
view_put(struct device_store *s, const struct record *r, uint64_t counter,
    struct err *e)
{
	struct view_row row;
	enum err_code code = view_row_make(s, r, &row, e);

	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO view (record, type, v_epoch, v_seq, counter,"
		    " title, content, conflicts, body)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
		    " ON CONFLICT (record) DO UPDATE SET v_epoch ="
		    " excluded.v_epoch, v_seq = excluded.v_seq,"
		    " counter = excluded.counter, title = excluded.title,"
		    " content = excluded.content,"
		    " conflicts = excluded.conflicts, body = excluded.body",
		    "dsiiissib", r->id, r->type, (int64_t)r->version.epoch,
		    (int64_t)r->version.seq, (int64_t)counter, row.title.ptr,
		    row.content, row.open, row.body.ptr, row.body.len);
	if (code == ERR_OK)
		code = named_put(s, r, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO dirty (record) VALUES (?)", "d",
		    r->id);
	view_row_fini(&row);
	return code;
}

enum err_code
view_is_as_made(struct device_store *s, struct id id, bool *out, struct err *e)
{
	struct view_row row;
	struct record r;
	uint64_t last = 0;
	int64_t n = 0;
	enum err_code code = view_compute(s, id, &r, &last, e);

	if (code == ERR_NOTFOUND) {
		code = db_get_int(s->db, &n, e,
		    "SELECT count(*) FROM view WHERE record = ?", "d", id);
		if (code == ERR_OK && n > 0)
			code = err_set(e, ERR_NOTFOUND, 0, "nobody told of it");
		*out = code == ERR_OK;
		return code;
	}
	if (code != ERR_OK)
		return code;
	code = view_row_make(s, &r, &row, e);
	if (code == ERR_OK)
		code = db_get_int(s->db, &n, e,
		    "SELECT count(*) FROM view WHERE record = ? AND type = ?"
		    " AND v_epoch = ? AND v_seq = ? AND counter = ?"
		    " AND title = ? AND content = ? AND conflicts = ?"
		    " AND body = ?",
		    "dsiiissib", r.id, r.type, (int64_t)r.version.epoch,
		    (int64_t)r.version.seq, (int64_t)last, row.title.ptr,
		    row.content, row.open, row.body.ptr, row.body.len);
	view_row_fini(&row);
	*out = n > 0;
	if (code == ERR_OK && *out)
		code = named_is_as_made(s, &r, out, e);
	record_fini(&r);
	return code;
}
