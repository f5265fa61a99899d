/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sequences/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/sim/office.h"

#define LINES_MAX 512

struct lines {
	char *of[LINES_MAX];
	size_t n;
};

static void
add_json(struct lines *l, json_t *json)
{
	struct buf b;
	struct err e;

	buf_init(&b, (size_t)16 * 1024 * 1024);
	if (l->n == LINES_MAX || json_print(json, &b, &e) != ERR_OK)
		abort();
	l->of[l->n++] = buf_take(&b, NULL);
	json_decref(json);
}

static json_t *
or_null(const json_t *value)
{
	return value == NULL ? json_null()
	                     : json_incref((json_t *)(uintptr_t)value);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The values of sides, in an order of their own: they are sorted as texts. */
static json_t *
sides_of(const struct conflict *c)
{
	struct lines l = { .n = 0 };
	json_t *out = json_array();

	for (size_t i = 0; i < c->n_sides; i++)
		add_json(&l,
		    json_pack("{s:o, s:b}", "value", or_null(c->sides[i].value),
		        "open", c->sides[i].is_open ? 1 : 0));
	qsort(l.of, l.n, sizeof(l.of[0]), by_text);
	for (size_t i = 0; i < l.n; i++) {
		(void)json_array_append_new(out, json_string(l.of[i]));
		free(l.of[i]);
	}
	return out;
}

/* Addenda get an id and a time when they are made: what they say is told. */
static json_t *
doc_of(const struct record *r)
{
	json_t *doc = json_deep_copy(r->doc), *row, *said = json_array();
	struct lines l = { .n = 0 };
	const char *id;

	json_object_foreach(json_object_get(doc, "addenda"), id, row)
	    add_json(&l,
	        json_pack("{s:O?, s:O?}", "kind", json_object_get(row, "kind"),
	            "text", json_object_get(row, "text")));
	qsort(l.of, l.n, sizeof(l.of[0]), by_text);
	for (size_t i = 0; i < l.n; i++) {
		(void)json_array_append_new(said, json_string(l.of[i]));
		free(l.of[i]);
	}
	if (l.n > 0)
		(void)json_object_set(doc, "addenda", said);
	json_decref(said);
	return doc;
}

static json_t *
read_by_people(const struct record *r)
{
	json_t *conflicts = json_array(), *removed = json_array();
	struct lines l = { .n = 0 };

	for (size_t i = 0; i < r->n_conflicts; i++) {
		const struct conflict *c = &r->conflicts[i];

		add_json(&l,
		    json_pack("{s:s, s:i, s:o, s:b}", "path", c->path, "kind",
		        (int)c->kind, "sides", sides_of(c), "decided",
		        json_array_size(c->decisions) > 0 ? 1 : 0));
	}
	qsort(l.of, l.n, sizeof(l.of[0]), by_text);
	for (size_t i = 0; i < l.n; i++) {
		(void)json_array_append_new(conflicts, json_string(l.of[i]));
		free(l.of[i]);
	}
	for (size_t i = 0; i < r->n_paths; i++)
		if (r->paths[i].is_removed)
			(void)json_array_append_new(
			    removed, json_string(r->paths[i].path));
	return json_pack("{s:s, s:o, s:o, s:o}", "type", r->type, "doc",
	    doc_of(r), "conflicts", conflicts, "removed", removed);
}

static void
add_record(struct lines *l, const struct record *r, bool whole)
{
	json_t *json = NULL;
	struct err e;

	if (!whole)
		json = read_by_people(r);
	else if (record_to_json(r, &json, &e) != ERR_OK)
		abort();
	add_json(l, json);
}

/* ---- the office ---- */

static void
add_office(struct lines *l, struct sim_node *n, bool whole)
{
	struct office_store *s = engine_store(n->engine);
	struct db_stmt *q;
	struct hash32 link;
	struct record r;
	struct id id;
	uint64_t seq = 0;
	bool row;
	struct err e;

	if (store_begin_read(s, &e) != ERR_OK ||
	    store_log_head(s, &seq, &link, &e) != ERR_OK ||
	    db_query(s->db, &q, &e, "SELECT id FROM record", "") != ERR_OK)
		abort();
	while (db_step(q, &row, &e) == ERR_OK && row &&
	    db_col_id(q, 0, &id, &e) == ERR_OK)
		if (store_record_get(s, id, &r, &e) == ERR_OK) {
			add_record(l, &r, whole);
			record_fini(&r);
		}
	db_done(q);
	store_rollback(s);
	if (whole)
		add_json(l, json_pack("{s:I}", "seq", (json_int_t)seq));
}

/* ---- a device ---- */

struct shown {
	struct lines *lines;
	struct device_store *store;
	bool whole;
};

static bool
add_shown(void *arg, const struct record_summary *one)
{
	const struct shown *s = arg;
	struct record_view v;
	struct err e;

	if (device_store_get(s->store, one->id, &v, &e) == ERR_OK) {
		add_record(s->lines, &v.record, s->whole);
		record_view_fini(&v);
	}
	return true;
}

static void
add_device(struct lines *l, struct sim_device *d, bool whole)
{
	struct shown s = { .lines = l, .store = d->store, .whole = whole };
	struct store_status status;
	struct err e;

	if (device_store_list(
	        d->store, NULL, NULL, LINES_MAX, add_shown, &s, &e) != ERR_OK ||
	    device_store_status(d->store, &status, &e) != ERR_OK)
		abort();
	if (whole)
		add_json(l,
		    json_pack("{s:I, s:I}", "written",
		        (json_int_t)status.written, "receipted",
		        (json_int_t)status.receipted));
	add_json(l,
	    json_pack("{s:I, s:I, s:I}", "unsent", (json_int_t)status.unsent,
	        "held", (json_int_t)status.held, "open conflicts",
	        (json_int_t)status.conflicts));
}

static void
join(struct lines *l, const char *title, struct buf *out)
{
	qsort(l->of, l->n, sizeof(l->of[0]), by_text);
	(void)buf_add_str(out, title);
	for (size_t i = 0; i < l->n; i++) {
		(void)buf_add_str(out, "\n  ");
		(void)buf_add_str(out, l->of[i]);
		free(l->of[i]);
	}
	(void)buf_add_str(out, "\n");
	l->n = 0;
}

char *
snapshot(struct world *w, bool whole)
{
	struct sim_node *n = office_node(w);
	struct lines l = { .n = 0 };
	struct buf out;

	buf_init(&out, (size_t)64 * 1024 * 1024);
	if (n != NULL) {
		enter_node(n);
		add_office(&l, n, whole);
		leave();
	}
	join(&l, "office", &out);
	for (unsigned i = 0; i < w->n_devices; i++) {
		enter_device(&w->devices[i]);
		add_device(&l, &w->devices[i], whole);
		leave();
		join(&l, i == 0 ? "device" : "colleague", &out);
	}
	return buf_take(&out, NULL);
}
