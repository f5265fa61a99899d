/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's side for tests: what it pulled and holds.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/engine_world.h"

/* ---- what it holds ---- */

static struct held_record *
find_record(const struct dev *d, struct id id)
{
	for (size_t i = 0; i < d->n_records; i++)
		if (id_equal(d->records[i].record.id, id))
			return &d->records[i];
	return NULL;
}

static void
drop_record(struct dev *d, struct id id)
{
	struct held_record *h = find_record(d, id);

	if (h == NULL)
		return;
	record_fini(&h->record);
	json_decref(h->scopes);
	*h = d->records[--d->n_records];
}

static void
take_entry(struct dev *d, const struct page_entry *p)
{
	struct held_record *h;
	struct err e = { 0 };

	if (p->is_drop) {
		drop_record(d, p->record);
		return;
	}
	if (p->whole != NULL) {
		drop_record(d, p->record);
		d->records = realloc(
		    d->records, (d->n_records + 1) * sizeof(*d->records));
		assert_non_null(d->records);
		h = &d->records[d->n_records++];
		h->scopes = NULL;
		assert_ok(record_from_json(p->whole, &h->record, &e), &e);
	} else {
		h = find_record(d, p->record);
		assert_non_null(h);
		assert_ok(record_merge_delta(&h->record, p->delta, &e), &e);
	}
	json_decref(h->scopes);
	h->scopes = json_incref(p->scopes);
}

void
dev_take_page(struct dev *d, const struct sync_answer *a)
{
	for (size_t i = 0; i < a->n_page; i++)
		take_entry(d, &a->page[i]);
	if (a->has_cursor) {
		d->has_cursor = true;
		d->cursor = a->cursor;
	}
	if (a->scopes != NULL) {
		json_decref(d->scopes);
		d->scopes = json_incref(a->scopes);
	}
	if (a->schema != NULL) {
		struct buf text;
		struct hash32 hash;
		struct err e = { 0 };

		buf_init(&text, (size_t)4 * 1024 * 1024);
		assert_ok(json_print(a->schema, &text, &e), &e);
		hash = crypto_sha256(text.ptr, text.len);
		enc_hex(hash.b, HASH32_LEN, d->schema);
		buf_fini(&text);
	}
}

static bool
is_in(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) ==
		    0)
			return true;
	return false;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct hash32
dev_scopes_hash(const struct dev *d)
{
	size_t n = json_object_size(d->scopes), i = 0;
	const char **names = calloc(n + 1, sizeof(*names));
	struct digest *sums = calloc(n + 1, sizeof(*sums));
	struct hash32 hash, record;
	struct err e = { 0 };
	const char *key;
	json_t *value;

	assert_true(names != NULL && sums != NULL);
	json_object_foreach(d->scopes, key, value)
	{
		(void)value;
		names[i++] = key;
	}
	qsort(names, n, sizeof(*names), by_text);
	for (i = 0; i < n; i++)
		for (size_t k = 0; k < d->n_records; k++)
			if (is_in(d->records[k].scopes, names[i])) {
				assert_ok(record_digest(&d->records[k].record,
				              &record, &e),
				    &e);
				digest_add(&sums[i], &record);
			}
	hash = digest_of_scopes(names, sums, n);
	free(names);
	free(sums);
	return hash;
}

void
dev_sync(struct dev *d)
{
	bool last = false;

	while (!last) {
		struct sync_request r;
		struct sync_answer a;

		dev_request(d, &r);
		a = dev_exchange(d, &r);
		assert_false(a.has_refusal);
		assert_false(a.pull_refused);
		dev_take_page(d, &a);
		last = a.is_last;
		if (last)
			assert_true(
			    hash32_equal(a.scopes_hash, dev_scopes_hash(d)));
		sync_answer_fini(&a);
		sync_request_fini(&r);
	}
}

const struct record *
dev_record(const struct dev *d, struct id id)
{
	struct held_record *h = find_record(d, id);

	return h == NULL ? NULL : &h->record;
}

const char *
dev_text(const struct dev *d, struct id id, const char *path)
{
	const struct record *r = dev_record(d, id);
	const json_t *value;

	assert_non_null(r);
	value = path_get(r->doc, path);
	if (!json_is_string(value))
		fail_msg("%s: there is no text", path);
	return json_string_value(value);
}

const struct outcome *
dev_outcome(const struct dev *d, uint64_t counter)
{
	const struct outcome *found = NULL;

	for (size_t i = 0; i < d->n_outcomes; i++)
		if (d->outcomes[i].counter == counter)
			found = &d->outcomes[i];
	assert_non_null(found);
	return found;
}

uint64_t
dev_edit_text(
    struct dev *d, struct id record, const char *path, const char *now)
{
	const struct record *r = dev_record(d, record);
	const json_t *was;
	char was_text[400] = "", now_text[400];
	struct change_base base = { 0 };

	assert_non_null(r);
	base.seen = record_related_version(r, path);
	was = path_get(r->doc, path);
	if (was != NULL)
		(void)snprintf(
		    was_text, sizeof(was_text), "'%s'", json_string_value(was));
	(void)snprintf(now_text, sizeof(now_text), "'%s'", now);
	dev_begin(d, record, r->type);
	dev_set_seen(d, path, was == NULL ? NULL : was_text, now_text, base);
	return dev_cut(d);
}
