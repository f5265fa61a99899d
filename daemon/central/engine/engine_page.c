/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pull's page: records, cursor and digest out of one snapshot, whose head no
 * later commit can be at or below.
 */
#include "daemon/central/engine/engine_page.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

/* Rows asked for at once: a page of 512 KiB holds at most some thousand of the
 * smallest records. */
#define ROWS_MAX ((size_t)1000)

struct rows {
	struct pull_row *items;
	size_t n;
};

static bool
add_row(void *arg, const struct pull_row *row)
{
	struct rows *rows = arg;

	rows->items[rows->n++] = *row;
	return rows->n < ROWS_MAX;
}

static size_t
json_bytes(const json_t *json)
{
	return json == NULL
	    ? 0
	    : json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static enum err_code
entry_add(struct page_build *b, struct id record, struct page_entry **out,
    struct err *e)
{
	struct sync_answer *a = b->a;

	if (a->n_page == b->room) {
		size_t room = b->room == 0 ? 32 : b->room * 2;
		struct page_entry *page =
		    realloc(a->page, room * sizeof(*page));

		if (page == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		a->page = page;
		b->room = room;
	}
	*out = &a->page[a->n_page++];
	**out = (struct page_entry){ .record = record };
	b->bytes += 64;
	return ERR_OK;
}

static enum err_code
add_delta(struct page_build *b, struct page_entry *p, struct err *e)
{
	struct record r;
	enum err_code code = store_record_get(b->g->store, p->record, &r, e);

	if (code != ERR_OK)
		return code;
	code = record_delta(&r, b->floor, &p->delta, e);
	record_fini(&r);
	return code == ERR_OK && b->job->sync.texts ? page_texts(b, p, e)
	                                            : code;
}

/* One record as this user's device is to have it. */
static enum err_code
add_visible(struct page_build *b, struct id record, bool whole, struct err *e)
{
	struct office_store *s = b->g->store;
	struct page_entry *p;
	enum err_code code = entry_add(b, record, &p, e);

	if (code != ERR_OK)
		return code;
	p->scopes = json_array();
	p->own_held = json_array();
	if (p->scopes == NULL || p->own_held == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = whole ? store_record_json(s, record, &p->whole, e)
	             : add_delta(b, p, e);
	if (code != ERR_OK || (code = closings_tell(b, record, e)) != ERR_OK ||
	    (code = store_record_scopes(
	         s, record, b->job->device.user, p->scopes, e)) != ERR_OK ||
	    (code = store_own_counters(s, b->job->device.id, record, &p->own,
	         p->own_held, e)) != ERR_OK)
		return code;
	if (json_array_size(p->own_held) == 0) {
		json_decref(p->own_held);
		p->own_held = NULL;
	}
	b->bytes += json_bytes(p->whole) + json_bytes(p->delta) +
	    json_bytes(p->scopes) + json_bytes(p->texts);
	return ERR_OK;
}

static enum err_code
add_drop(struct page_build *b, struct id record, struct err *e)
{
	struct page_entry *p;
	enum err_code code = entry_add(b, record, &p, e);

	if (code == ERR_OK)
		p->is_drop = true;
	return code;
}

/* May the device hold what is to be dropped?  One that is told for the first
 * time holds nothing; one that was enrolled again has kept all but its cursor.
 */
static bool
may_hold(const struct sync_request *r)
{
	return r->has_cursor || r->head_seq > 0;
}

/* Fill the page up to its target from where the cursor stands; *done_out: all
 * there is up to the head has been sent. */
static enum err_code
add_rows(struct page_build *b, struct cursor *at, bool *done_out, struct err *e)
{
	struct rows rows = { .items = calloc(ROWS_MAX, sizeof(*rows.items)) };
	size_t i = 0;
	enum err_code code = ERR_OK;

	if (rows.items == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_pull(b->g->store, b->job->device.user, at, b->a->head_seq,
	    ROWS_MAX, add_row, &rows, e);
	for (; code == ERR_OK && i < rows.n && b->bytes < LIMIT_PAGE_TARGET;
	     i++) {
		const struct pull_row *row = &rows.items[i];

		if (row->is_missing)
			code = closings_tell(b, row->record, e);
		else if (row->is_visible)
			code = add_visible(b, row->record, row->whole, e);
		else if (may_hold(&b->job->sync))
			code = add_drop(b, row->record, e);
		at->position = row->touched;
		at->position_id = row->record;
	}
	*done_out = i == rows.n && rows.n < ROWS_MAX;
	free(rows.items);
	return code;
}

/* Where the pull goes on: where the device says, if the log here has the link
 * that it names; else from the beginning. */
static enum err_code
start_cursor(struct page_build *b, struct cursor *out, struct err *e)
{
	const struct sync_request *r = &b->job->sync;
	struct engine *g = b->g;
	struct cursor c = { .epoch = g->epoch };
	struct log_entry entry;
	struct hash32 link;
	bool known = false;
	enum err_code code;

	code = store_log_link_at(g->store, 0, &c.link, e);
	if (code == ERR_OK && r->has_cursor && r->cursor.epoch == g->epoch) {
		code = store_log_link_at(g->store, r->cursor.floor, &link, e);
		known = code == ERR_OK && hash32_equal(link, r->cursor.link);
		if (code == ERR_NOTFOUND)
			code = ERR_OK;
	}
	if (code == ERR_OK && known) {
		c = r->cursor;
		if (c.floor > 0) {
			code = store_log_get(g->store, c.floor, &entry, e);
			b->floor = (struct version){ .epoch = entry.epoch,
				.seq = c.floor };
		}
	} else if (code == ERR_OK && r->has_cursor && !b->a->has_refusal) {
		b->a->has_refusal = true;
		b->a->refusal = WORD_EPOCH;
	}
	if (code == ERR_OK)
		*out = c;
	return code;
}

/* Records that the device wants whole: those that it may not have are told as
 * drops, as in any page. */
static enum err_code
add_wanted(struct page_build *b, struct err *e)
{
	const json_t *want = b->job->sync.want_records;
	enum err_code code = ERR_OK;

	for (size_t i = 0; want != NULL && i < json_array_size(want) &&
	     code == ERR_OK && b->bytes < LIMIT_PAGE_TARGET;
	     i++) {
		struct id id;
		bool sees;

		if (!id_parse(json_string_value(json_array_get(want, i)), &id))
			continue;
		code = store_user_sees(
		    b->g->store, b->job->device.user, id, false, &sees, e);
		if (code == ERR_OK)
			code = sees ? add_visible(b, id, true, e)
			            : add_drop(b, id, e);
	}
	return code;
}

enum err_code
page_fill(
    struct engine *g, const struct job *j, struct sync_answer *a, struct err *e)
{
	struct page_build b = { .g = g, .job = j, .a = a };
	struct cursor at = { 0 };
	uint64_t floor;
	bool done = false;
	enum err_code code;

	if ((code = start_cursor(&b, &at, e)) != ERR_OK ||
	    (code = add_wanted(&b, e)) != ERR_OK)
		return code;
	floor = at.floor;
	if (b.bytes < LIMIT_PAGE_TARGET)
		code = add_rows(&b, &at, &done, e);
	if (code != ERR_OK)
		return code;
	if (done) {
		at = (struct cursor){ .epoch = g->epoch,
			.floor = a->head_seq,
			.link = a->head_link,
			.position = a->head_seq };
		a->is_last = true;
	}
	a->cursor = at;
	a->has_cursor = true;
	if (done || j->sync.want_scopes)
		code = page_scopes(&b, floor, e);
	return code != ERR_OK ? code : page_ids(&b, e);
}
