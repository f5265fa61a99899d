/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's side for tests: the journal that it writes.
 */
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "tests/support/check_schema.h"
#include "tests/support/engine_world.h"

/* ---- the journal ---- */

void
dev_begin(struct dev *d, struct id record, const char *type)
{
	change_fini(&d->open);
	change_init(&d->open);
	d->open.record = record;
	(void)snprintf(d->open.type, sizeof(d->open.type), "%s", type);
}

struct id
dev_begin_new(struct dev *d, const char *type)
{
	struct id id = id_fresh(clock_unix_ms());

	dev_begin(d, id, type);
	return id;
}

void
dev_set_seen(struct dev *d, const char *path, const char *was, const char *now,
    struct change_base base)
{
	uint8_t salt[CHANGE_SALT_LEN];
	json_t *before = was == NULL ? NULL : check_json(was);
	json_t *after = now == NULL ? NULL : check_json(now);
	struct err e = { 0 };

	rng_fill(salt, sizeof(salt));
	assert_ok(
	    change_add_op(&d->open, path, &base, before, after, salt, &e), &e);
	json_decref(before);
	json_decref(after);
}

void
dev_set(struct dev *d, const char *path, const char *was, const char *now)
{
	dev_set_seen(d, path, was, now, (struct change_base){ 0 });
}

uint64_t
dev_cut(struct dev *d)
{
	struct change *c = &d->open;
	size_t n = d->n_journal;
	struct hash32 before = n == 0
	    ? change_link_start(d->w->keys.office, d->id)
	    : d->links[n - 1];
	struct err e = { 0 };

	d->journal = realloc(d->journal, (n + 1) * sizeof(*d->journal));
	d->links = realloc(d->links, (n + 1) * sizeof(*d->links));
	assert_true(d->journal != NULL && d->links != NULL);
	c->device = d->id;
	c->counter = n + 1;
	if (id_is_zero(c->author))
		c->author = d->user;
	c->made_at = clock_unix_ms();
	assert_ok(change_link_next(before, c, &d->links[n], &e), &e);
	d->journal[n] = *c;
	change_init(c);
	return ++d->n_journal;
}

/* A deep copy by way of the full form. */
static struct change
copy_change(const struct change *from)
{
	struct change c;
	json_t *json = NULL;
	struct err e = { 0 };

	assert_ok(change_to_json(from, &json, &e), &e);
	assert_ok(change_from_json(json, &c, &e), &e);
	json_decref(json);
	return c;
}

struct batch
dev_batch(const struct dev *d, uint64_t from, uint64_t to)
{
	struct batch b;

	batch_init(&b);
	b.device = d->id;
	b.from = from;
	b.to = to;
	b.before = from == 1 ? change_link_start(d->w->keys.office, d->id)
	                     : d->links[from - 2];
	b.link = d->links[to - 1];
	b.sig = change_sign(&d->sign_key, d->w->keys.office, d->id, to, b.link);
	b.n_changes = (size_t)(to - from + 1);
	b.changes = calloc(b.n_changes, sizeof(*b.changes));
	assert_non_null(b.changes);
	for (size_t i = 0; i < b.n_changes; i++)
		b.changes[i] = copy_change(&d->journal[from - 1 + i]);
	return b;
}

/* ---- records of the caseload's kinds ---- */

static void
set_text(struct dev *d, const char *path, const char *text)
{
	char json[512];

	(void)snprintf(json, sizeof(json), "'%s'", text);
	dev_set(d, path, NULL, json);
}

struct id
dev_person(struct dev *d, const char *name)
{
	struct id id = dev_begin_new(d, "person");

	set_text(d, "full_name", name);
	(void)dev_cut(d);
	return id;
}

struct id
dev_case(struct dev *d, struct id person)
{
	struct id id = dev_begin_new(d, "case");

	set_text(d, "person", id_print(person).s);
	set_text(d, "model", "care_act");
	(void)dev_cut(d);
	return id;
}

struct id
dev_note(struct dev *d, struct id of_case, const char *summary)
{
	struct id id = dev_begin_new(d, "note");

	set_text(d, "case", id_print(of_case).s);
	set_text(d, "summary", summary);
	set_text(d, "content", "signed");
	(void)dev_cut(d);
	return id;
}

struct id
dev_long_note(struct dev *d, struct id of_case, const char *summary)
{
	struct id id = dev_begin_new(d, "note");

	set_text(d, "case", id_print(of_case).s);
	dev_set(d, "summary", NULL, summary);
	set_text(d, "content", "signed");
	(void)dev_cut(d);
	return id;
}
