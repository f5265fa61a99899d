/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of a pull: staged as they come, shown together when the last has
 * come, so that nobody sees half of the office's changes.
 */
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

static enum err_code
stage(struct device_store *s, const struct page_entry *p, struct err *e)
{
	struct buf text;
	json_t *json = NULL;
	enum err_code code = page_entry_to_json(p, &json, e);

	if (code != ERR_OK)
		return code;
	buf_init(&text, LIMIT_ANSWER_BYTES);
	code = json_print(json, &text, e);
	json_decref(json);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO staged (place, entry) VALUES ("
		    "(SELECT coalesce(max(place), 0) + 1 FROM staged), ?)",
		    "b", text.ptr, text.len);
	buf_wipe(&text);
	return code == ERR_OK ? told_in(s, TOLD_STAGED, db_last_rowid(s->db), e)
	                      : code;
}

static enum err_code
delta_put(struct device_store *s, const struct page_entry *p, struct record *r,
    struct err *e)
{
	json_t *delta = NULL;
	enum err_code code;

	if (p->texts == NULL)
		return record_merge_delta(r, p->delta, e);
	code = texts_fill(s, r, p, &delta, e);
	if (code == ERR_OK)
		code = record_merge_delta(r, delta, e);
	json_decref(delta);
	return code;
}

/* The state after the entry: whole as it came, or the delta on what is
 * held. */
static enum err_code
entry_state(struct device_store *s, const struct page_entry *p,
    struct confirmed *out, struct err *e)
{
	struct confirmed c = { 0 };
	enum err_code code;

	if (p->whole != NULL) {
		code = record_from_json(p->whole, &c.record, e);
	} else {
		code = confirmed_get(s, p->record, &c, e);
		if (code != ERR_OK)
			return code;
		code = delta_put(s, p, &c.record, e);
	}
	if (code != ERR_OK) {
		confirmed_fini(&c);
		return code;
	}
	if (!id_equal(c.record.id, p->record)) {
		confirmed_fini(&c);
		return err_set(e, ERR_MALFORMED, 0,
		    "page: an entry holds another record than it says");
	}
	json_decref(c.own_held);
	c.own = p->own;
	c.own_held =
	    p->own_held != NULL ? json_incref(p->own_held) : json_array();
	*out = c;
	return ERR_OK;
}

/* A delta that does not fit is asked for whole. */
enum err_code
page_want_whole(struct device_store *s, struct id id, struct err *e)
{
	json_t *repair = NULL, *records;
	enum err_code code = meta_get_json(s->db, "repair", &repair, e);

	if (code != ERR_OK)
		return code;
	if (repair == NULL)
		repair = json_object();
	records = json_object_get(repair, "records");
	if (records == NULL) {
		records = json_array();
		code = json_put_take(repair, "records", records, e);
	}
	if (code == ERR_OK)
		code = json_add_take(records, json_string(id_print(id).s), e);
	if (code == ERR_OK)
		code = meta_put_json(s->db, "repair", repair, e);
	json_decref(repair);
	return code;
}

/* Before what a restored office tells (NULL: that the record is not for this
 * user any more) takes the place of what it told in an epoch that is over,
 * others' words that it has lost are offered to it. */
static enum err_code
keep_lost(struct device_store *s, struct id id, const struct record *now,
    size_t *proposed, struct err *e)
{
	struct confirmed old;
	enum err_code code = confirmed_get(s, id, &old, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	if (old.epoch != 0 && old.epoch < s->told_epoch)
		code = propose_lost(s, &old.record, now, proposed, e);
	confirmed_fini(&old);
	return code;
}

static enum err_code
entry_show(struct device_store *s, const struct page_entry *p, size_t *proposed,
    struct err *e)
{
	struct confirmed c;
	enum err_code code;

	if (p->is_drop) {
		code = keep_lost(s, p->record, NULL, proposed, e);
		return code == ERR_OK ? record_drop(s, p->record, e) : code;
	}
	code = entry_state(s, p, &c, e);
	if (code == ERR_NOTFOUND || code == ERR_CONFLICT)
		return page_want_whole(s, p->record, e);
	if (code != ERR_OK)
		return code;
	code = keep_lost(s, p->record, &c.record, proposed, e);
	if (code == ERR_OK)
		code = confirmed_put(s, &c, p->scopes, e);
	confirmed_fini(&c);
	return code == ERR_OK ? view_rebuild(s, p->record, e) : code;
}

static enum err_code
staged_row(
    struct device_store *s, struct db_stmt *q, size_t *proposed, struct err *e)
{
	struct page_entry p;
	json_t *json = NULL;
	const void *bytes;
	size_t len;
	enum err_code code;

	bytes = db_col_blob(q, 0, &len);
	if ((code = stored_json(bytes, len, &json, e)) != ERR_OK)
		return code;
	code = page_entry_from_json(json, &p, e);
	json_decref(json);
	if (code == ERR_MALFORMED) /* it was read before it was staged */
		code =
		    err_set(e, ERR_CORRUPT, 0, "a staged page does not read");
	if (code != ERR_OK)
		return code;
	code = entry_show(s, &p, proposed, e);
	page_entry_fini(&p);
	return code;
}

static enum err_code
show_staged(struct device_store *s, size_t *proposed, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, "SELECT entry FROM staged ORDER BY place", "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = staged_row(s, q, proposed, e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	s->told.sums[TOLD_STAGED] = (struct digest){ 0 };
	return code == ERR_OK ? db_exec(s->db, e, "DELETE FROM staged", "")
	                      : code;
}

static enum err_code
cursor_put(struct device_store *s, const struct cursor *c, struct err *e)
{
	json_t *json = cursor_to_json(c);
	enum err_code code;

	if (json == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = meta_put_json(s->db, "cursor", json, e);
	json_decref(json);
	return code;
}

/* Pages that were staged before the office was restored are what it told then:
 * they are shown as that, and what it tells now comes after. */
static enum err_code
end_epoch(
    struct device_store *s, uint64_t epoch, size_t *proposed, struct err *e)
{
	struct cursor before = { 0 };
	json_t *json = NULL;
	enum err_code code = meta_get_json(s->db, "cursor", &json, e);

	if (code == ERR_OK && json != NULL)
		code = cursor_from_json(json, &before, e);
	json_decref(json);
	if (code != ERR_OK || before.epoch == 0 || before.epoch == epoch)
		return code;
	s->told_epoch = before.epoch;
	code = show_staged(s, proposed, e);
	return code == ERR_OK ? closings_end(s, e) : code;
}

static enum err_code
show_all(struct device_store *s, const struct sync_answer *a, size_t *proposed,
    struct err *e)
{
	enum err_code code = show_staged(s, proposed, e);

	for (size_t i = 0; i < a->n_page && code == ERR_OK; i++)
		code = entry_show(s, &a->page[i], proposed, e);
	return code == ERR_OK ? propose_missing(s, proposed, e) : code;
}

enum err_code
page_take(struct device_store *s, const struct sync_answer *a,
    struct sync_progress *progress, struct err *e)
{
	enum err_code code;

	progress->pulled = a->n_page;
	if (!a->has_cursor && a->n_page == 0)
		return ERR_OK;
	code = end_epoch(s, a->epoch, &progress->proposed, e);
	s->told_epoch = a->epoch;
	if (code == ERR_OK && a->is_last)
		code = show_all(s, a, &progress->proposed, e);
	for (size_t i = 0; !a->is_last && i < a->n_page && code == ERR_OK; i++)
		code = stage(s, &a->page[i], e);
	if (code == ERR_OK)
		code = closings_take(s, a, e);
	if (code == ERR_OK && a->has_cursor)
		code = cursor_put(s, &a->cursor, e);
	return code;
}
