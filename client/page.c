/* SPDX-License-Identifier: Apache-2.0 */
#include "client/page.h"

#include <stdlib.h>
#include <string.h>

#include "client/save.h"
#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"

struct ids {
	struct id *list; /* owned */
	size_t n, room;
	bool is_full; /* out of memory */
};

static bool
take_id(void *arg, struct id id)
{
	struct ids *ids = arg;

	if (ids->n == ids->room) {
		size_t room = ids->room == 0 ? 64 : ids->room * 2;
		struct id *list = realloc(ids->list, room * sizeof(*list));

		ids->is_full = list == NULL;
		if (list == NULL)
			return false;
		ids->list = list;
		ids->room = room;
	}
	ids->list[ids->n++] = id;
	return true;
}

static int
newest_first(const void *a, const void *b)
{
	return memcmp(b, a, sizeof(struct id));
}

/* One that is named twice, as a visit by two cases, is there once. */
static void
settle(struct ids *ids)
{
	size_t kept = 0;

	if (ids->n > 0)
		qsort(ids->list, ids->n, sizeof(*ids->list), newest_first);
	for (size_t i = 0; i < ids->n; i++)
		if (kept == 0 || !id_equal(ids->list[kept - 1], ids->list[i]))
			ids->list[kept++] = ids->list[i];
	ids->n = kept;
}

/* The subject, and the records that it stands for: what names them is about it.
 */
static enum err_code
find_subjects(struct client *c, const struct record *subject, struct ids *out,
    struct err *e)
{
	const struct schema_type *type = schema_type(c->schema, subject->type);
	struct naming_query q = { .target = subject->id,
		.type = subject->type };
	enum err_code code = ERR_OK;

	if (!take_id(out, subject->id))
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (type == NULL || type->same.field == NULL)
		return ERR_OK;
	q.field = type->same.field;
	code = device_store_naming(c->store, &q, take_id, out, e);
	return code == ERR_OK && out->is_full
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : code;
}

/* The records from which the section's links lead to the subject, the newest
 * first. */
static enum err_code
find_linked(struct client *c, const struct schema_section *section,
    const struct record *subject, struct ids *out, struct err *e)
{
	struct ids at = { 0 };
	enum err_code code = find_subjects(c, subject, &at, e);

	for (size_t k = section->link_n; k-- > 0 && code == ERR_OK;) {
		struct ids next = { 0 };
		struct naming_query q = {
			.type = k == 0 ? section->type->name
			               : section->link[k - 1]->ref,
			.field = section->link[k]->name,
		};

		for (size_t i = 0; i < at.n && code == ERR_OK; i++) {
			q.target = at.list[i];
			code = device_store_naming(
			    c->store, &q, take_id, &next, e);
			if (code == ERR_OK && next.is_full)
				code =
				    err_set(e, ERR_NOMEM, 0, "out of memory");
		}
		settle(&next);
		free(at.list);
		at = next;
	}
	if (code != ERR_OK)
		free(at.list);
	else
		*out = at;
	return code;
}

/* The ids of a section's records, without a look at them. */
static enum err_code
find_ids(struct client *c, const struct schema_section *section,
    const struct record *subject, struct ids *out, struct err *e)
{
	struct id id = subject->id;
	const char *text;

	if (section->link_n > 0)
		return find_linked(c, section, subject, out, e);
	if (section->from != NULL) {
		text = json_string_value(path_get(subject->doc, section->from));
		if (text == NULL || !id_parse(text, &id))
			return ERR_OK;
	}
	return take_id(out, id) ? ERR_OK
	                        : err_set(e, ERR_NOMEM, 0, "out of memory");
}

struct loaded {
	struct record *records;     /* owned, each */
	const struct record **list; /* owned; into records */
	size_t n;
};

static void
loaded_fini(struct loaded *l)
{
	for (size_t i = 0; i < l->n; i++)
		record_fini(&l->records[i]);
	free(l->records);
	free((void *)l->list);
}

/* Read those that are shown.  Where nothing but when they were begun puts them
 * into order, one more than is shown is enough. */
static enum err_code
load(struct client *c, const struct schema_section *section,
    const struct ids *ids, struct loaded *out, struct err *e)
{
	const bool all = section->limit == 0 || section->order != NULL ||
	    section->each_n > 0 || section->prefer != NULL;
	char today[CLOCK_DAY_MAX];
	enum err_code code = ERR_OK;

	clock_day(clock_unix_ms(), today);
	out->records = calloc(ids->n + 1, sizeof(*out->records));
	out->list = calloc(ids->n + 1, sizeof(struct record *));
	if (out->records == NULL || out->list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < ids->n && (all || out->n <= section->limit);
	     i++) {
		struct record *r = &out->records[out->n];

		code = device_store_record(c->store, ids->list[i], r, e);
		if (code == ERR_NOTFOUND)
			continue; /* gone since, or not for this device */
		if (code != ERR_OK)
			return code;
		out->list[out->n] = r;
		if (page_shows(section, r, today))
			out->n++;
		else
			record_fini(r);
	}
	return ERR_OK;
}

/* What is on a page besides its sections. */
struct making {
	struct client *c;
	const struct record *subject;
	struct page_since since;
	int64_t changed, open;
};

static enum err_code
put_records(struct making *m, const struct schema_section *section,
    const struct loaded *l, json_t *out, struct err *e)
{
	size_t n = page_order(section, l->list, l->n);
	const bool more = section->limit > 0 && n > section->limit;
	json_t *records = json_array(), *one;
	char title[TITLE_MAX];
	enum err_code code = json_put_take(out, "records", records, e);

	n = more ? section->limit : n;
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		code = page_entry(section, l->list[i], &m->since, &one, e);
		if (code != ERR_OK || one == NULL)
			continue;
		record_title(m->c, id_print(l->list[i]->id).s, title);
		m->changed +=
		    (int64_t)json_array_size(json_object_get(one, "changed"));
		m->open +=
		    (int64_t)json_array_size(json_object_get(one, "open"));
		if ((code = json_put_str(one, "title", title, e)) == ERR_OK)
			code = json_add_take(records, json_incref(one), e);
		json_decref(one);
	}
	return code == ERR_OK ? json_put_bool(out, "more", more, e) : code;
}

static enum err_code
put_section(struct making *m, const struct schema_section *section,
    json_t *sections, struct err *e)
{
	struct loaded l = { 0 };
	struct ids ids = { 0 };
	json_t *out = json_object();
	enum err_code code;

	if ((code = json_put_str(out, "section", section->name, e)) == ERR_OK &&
	    (code = json_put_str(out, "label", section->label, e)) == ERR_OK &&
	    (code = json_put_take(out, "empty",
	         section->empty != NULL ? json_string(section->empty)
	                                : json_null(),
	         e)) == ERR_OK &&
	    (code = find_ids(m->c, section, m->subject, &ids, e)) == ERR_OK &&
	    (code = load(m->c, section, &ids, &l, e)) == ERR_OK &&
	    (code = put_records(m, section, &l, out, e)) == ERR_OK)
		code = json_add_take(sections, json_incref(out), e);
	loaded_fini(&l);
	free(ids.list);
	json_decref(out);
	return code;
}

/* Since when changes are new: since the last day before today on which this
 * page was read.  Today's first reading is written down; where that fails, more
 * is marked the next time, and never less. */
static enum err_code
mark_read(struct making *m, const struct schema_page *page,
    struct page_read *out, struct err *e)
{
	const uint64_t now = clock_unix_ms();
	struct store_status status;
	char day[HUMAN_TIME_MAX], today[HUMAN_TIME_MAX];
	enum err_code code;

	if ((code = device_store_page_read(
	         m->c->store, page->name, m->subject->id, out, e)) != ERR_OK ||
	    (code = device_store_status(m->c->store, &status, e)) != ERR_OK)
		return code;
	human_day(out->at, day);
	human_day(now, today);
	if (out->at == 0 || strcmp(day, today) != 0) {
		*out = (struct page_read){ .at = now,
			.heard = { status.cursor.epoch, status.cursor.floor },
			.before_at = out->at,
			.before = out->heard };
		if (device_store_page_read_put(m->c->store, page->name,
		        m->subject->id, out, NULL) != ERR_OK)
			out->at = 0;
	}
	m->since =
	    (struct page_since){ .me = device_store_identity(m->c->store)->user,
		    .is_known = out->before_at != 0,
		    .heard = out->before };
	return ERR_OK;
}

enum err_code
page_make(struct client *c, const struct schema_page *page, struct id subject,
    json_t *result, struct err *e)
{
	struct making m = { .c = c };
	struct page_read read = { 0 };
	struct record r;
	json_t *sections = json_array();
	char title[TITLE_MAX];
	enum err_code code = json_put_take(result, "sections", sections, e);

	if (code != ERR_OK ||
	    (code = device_store_record(c->store, subject, &r, e)) != ERR_OK)
		return code;
	m.subject = &r;
	record_title(c, id_print(subject).s, title);
	if ((code = mark_read(&m, page, &read, e)) == ERR_OK &&
	    (code = json_put_str(result, "page", page->name, e)) == ERR_OK &&
	    (code = json_put_id(result, "id", subject, e)) == ERR_OK &&
	    (code = json_put_str(result, "type", r.type, e)) == ERR_OK &&
	    (code = json_put_str(result, "title", title, e)) == ERR_OK)
		code = json_put_take(result, "read_before",
		    read.before_at != 0
		        ? json_integer((json_int_t)read.before_at)
		        : json_null(),
		    e);
	for (size_t i = 0; i < page->sections_n && code == ERR_OK; i++)
		code = put_section(&m, &page->sections[i], sections, e);
	if (code == ERR_OK &&
	    (code = json_put_int(result, "changed", m.changed, e)) == ERR_OK)
		code = json_put_int(result, "open", m.open, e);
	record_fini(&r);
	return code;
}
