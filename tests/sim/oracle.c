/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"

struct written {
	struct change change;
	struct version version;
};

struct history {
	struct written *items;
	size_t n, room;
	bool failed;
};

static bool
collect(void *arg, const struct intake_change *c)
{
	static const struct json_limits limits = {
		.bytes_max = (size_t)4 * 1024 * 1024,
		.tokens_max = 200000,
		.depth_max = 24,
	};
	struct history *h = arg;
	json_t *json = NULL;
	struct err e = { 0 };

	if (h->n == h->room) {
		h->room = h->room == 0 ? 64 : h->room * 2;
		h->items = realloc(h->items, h->room * sizeof(*h->items));
		if (h->items == NULL)
			abort();
	}
	h->failed = json_parse(c->body.ptr, c->body.len, &limits, &json, &e) !=
	        ERR_OK ||
	    change_from_json(json, &h->items[h->n].change, &e) != ERR_OK;
	json_decref(json);
	if (h->failed)
		return false;
	h->items[h->n++].version = c->version;
	return true;
}

/* Is the word in the text, and not just the beginning of a longer one? */
static bool
has_word(const char *text, const char *word, size_t len)
{
	for (const char *p = strstr(text, word); p != NULL;
	     p = strstr(p + 1, word))
		if (p[len] < '0' || p[len] > '9')
			return true;
	return false;
}

/* Has o2 (of b) what o1 (of a) said before its author's eyes? */
static bool
has_seen(const struct written *b, const struct change_op *o2,
    const struct written *a, const struct change_op *o1, const char *word)
{
	char key[64], *was;
	bool showed = false;

	if (!path_related(o1->path, o2->path))
		return false;
	/* After a restore the same words have another version: but what the
	 * author had before their eyes is told in full. */
	was = o2->was == NULL
	    ? NULL
	    : json_dumps(o2->was, JSON_ENCODE_ANY | JSON_COMPACT);
	if (was != NULL)
		showed = has_word(was, word, strlen(word));
	free(was);
	if (showed)
		return true;
	if (version_compare(o2->base.seen, a->version) >= 0)
		return true;
	if (id_equal(a->change.device, b->change.device) &&
	    o2->base.own >= a->change.counter)
		return true;
	(void)snprintf(key, sizeof(key), "%s/%llu",
	    id_print(a->change.device).s,
	    (unsigned long long)a->change.counter);
	return strcmp(o2->base.side, key) == 0;
}

/* Did who wrote o2 leave the word standing? */
static bool
leaves(const struct change_op *o2, const char *word)
{
	char *now = o2->now == NULL
	    ? NULL
	    : json_dumps(o2->now, JSON_ENCODE_ANY | JSON_COMPACT);
	const bool has = now != NULL && has_word(now, word, strlen(word));

	free(now);
	return has;
}

static bool
is_taken_away(const struct history *h, const struct written *a,
    const struct change_op *o1, const char *word)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct written *b = &h->items[i];

		if (b == a || !id_equal(b->change.record, a->change.record))
			continue;
		for (size_t k = 0; k < b->change.n_ops; k++)
			if (has_seen(b, &b->change.ops[k], a, o1, word) &&
			    !leaves(&b->change.ops[k], word))
				return true;
	}
	return false;
}

/* Every word w<number> of what the op left that it did not find there. */
static void
check_op(struct world *w, const struct history *h, const struct written *a,
    const struct change_op *op, const char *record)
{
	char *now = json_dumps(op->now, JSON_ENCODE_ANY | JSON_COMPACT);
	char *was = op->was == NULL
	    ? strdup("")
	    : json_dumps(op->was, JSON_ENCODE_ANY | JSON_COMPACT);

	for (const char *p = now; p != NULL && *p != '\0'; p++) {
		char word[16];
		size_t len = strspn(p + 1, "0123456789") + 1;

		if (*p != 'w' || len < 2 || len >= sizeof(word))
			continue;
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, p);
		if (!has_word(was, word, len) && !has_word(record, word, len) &&
		    !is_taken_away(h, a, op, word))
			violation(w, "I4",
			    "%s of change %llu of %s is nowhere in %s, and"
			    " nobody who saw it took it away (%s)",
			    word, (unsigned long long)a->change.counter,
			    id_print(a->change.device).s,
			    id_print(a->change.record).s, op->path);
		p += len - 1;
	}
	free(now);
	free(was);
}

/* Does an op of c go on from a word that this op of a held change brought? */
static bool
goes_on_from(const struct change *c, const struct change_op *held)
{
	char *now = json_dumps(held->now, JSON_ENCODE_ANY | JSON_COMPACT);
	char *was = held->was == NULL
	    ? strdup("")
	    : json_dumps(held->was, JSON_ENCODE_ANY | JSON_COMPACT);
	bool found = false;

	for (size_t i = 0; i < c->n_ops && !found; i++) {
		char *from = c->ops[i].was == NULL ||
		        !path_related(c->ops[i].path, held->path)
		    ? NULL
		    : json_dumps(c->ops[i].was, JSON_ENCODE_ANY | JSON_COMPACT);

		for (const char *p = now; from != NULL && *p != '\0'; p++) {
			const size_t len = strspn(p + 1, "0123456789") + 1;
			char word[16];

			if (*p != 'w' || len < 2 || len >= sizeof(word))
				continue;
			(void)snprintf(word, sizeof(word), "%.*s", (int)len, p);
			found = found ||
			    (!has_word(was, word, len) &&
			        has_word(from, word, len));
		}
		free(from);
	}
	free(now);
	free(was);
	return found;
}

static bool
is_let_go(const struct world *w, const struct change *c)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s/%llu", id_print(c->device).s,
	    (unsigned long long)c->counter);
	for (size_t i = 0; i < w->n_let_go; i++)
		if (strcmp(w->let_go[i], name) == 0)
			return true;
	return false;
}

/* What goes on from a held change waits for it (P4): nothing is applied before
 * what it builds on, unless an administrator lets it go.  In a later life of
 * the office others may have proposed what is held now. */
static void
check_held(struct world *w, const struct written *c, const struct written *m,
    bool is_held)
{
	if (w->epoch > 1 || c->change.counter <= m->change.counter ||
	    !id_equal(c->change.device, m->change.device) ||
	    !id_equal(c->change.record, m->change.record) ||
	    (!is_held && version_compare(c->version, m->version) > 0) ||
	    is_let_go(w, &c->change))
		return;
	for (size_t i = 0; i < m->change.n_ops; i++)
		if (m->change.ops[i].now != NULL &&
		    goes_on_from(&c->change, &m->change.ops[i]))
			violation(w, "I7",
			    "change %llu of %s was applied before change %llu,"
			    " which it goes on from",
			    (unsigned long long)c->change.counter,
			    id_print(c->change.device).s,
			    (unsigned long long)m->change.counter);
}

/* Did its author write there again, in a later change of the device?  Then
 * that is what they are shown, and closing it does not bring the first back
 * to who took it away. */
static bool
went_on(const struct history *h, const struct written *m,
    const struct change_op *op)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct change *c = &h->items[i].change;

		if (c->counter <= m->change.counter ||
		    !id_equal(c->device, m->change.device) ||
		    !id_equal(c->record, m->change.record))
			continue;
		for (size_t k = 0; k < c->n_ops; k++)
			if (path_related(c->ops[k].path, op->path))
				return true;
	}
	return false;
}

/* What the device shows of the record of its change, in JSON, while it has the
 * change's words (a drop takes them); new, or NULL. */
static char *
shown_body(const struct sim_device *d, const struct change *c)
{
	struct db_stmt *q;
	struct err e = { 0 };
	char *body = NULL;
	bool row = false;

	if (d->store == NULL ||
	    db_query(d->store->db, &q, &e,
	        "SELECT body FROM view WHERE record = ? AND EXISTS (SELECT 1"
	        " FROM journal WHERE counter = ? AND erased = 0)",
	        "di", c->record, (int64_t)c->counter) != ERR_OK)
		return NULL;
	if (db_step(q, &row, &e) == ERR_OK && row) {
		size_t len;
		const char *bytes = db_col_blob(q, 0, &len);

		body = strndup(bytes, len);
	}
	db_done(q);
	return body;
}

/* What the office holds is still shown to who wrote it (I3), in a field that
 * they did not write to again.  A decision says nothing of its own. */
static void
check_held_shown(
    struct world *w, const struct history *received, const struct written *m)
{
	for (unsigned i = 0; i < w->n_devices; i++) {
		const struct sim_device *d = &w->devices[i];
		char *body = d->is_left_out || m->change.n_resolves > 0 ||
		        !id_equal(d->id, m->change.device)
		    ? NULL
		    : shown_body(d, &m->change);

		for (size_t k = 0; body != NULL && k < m->change.n_ops; k++) {
			const struct change_op *op = &m->change.ops[k];
			const char *text = json_string_value(op->now);
			const char *word =
			    text == NULL ? NULL : strrchr(text, ' ');

			if (word == NULL || word[1] != 'w' ||
			    went_on(received, m, op) ||
			    has_word(body, word + 1, strlen(word + 1)))
				continue;
			violation(w, "I3",
			    "device %u does not show %s of its change %llu,"
			    " which is held",
			    d->slot, op->path,
			    (unsigned long long)m->change.counter);
		}
		free(body);
	}
}

/* What a decision's author saw standing is named as the office told it, never
 * by a number that only their own view has: that would say that they had seen
 * everything (I4). */
static void
check_named(struct world *w, const struct change *c)
{
	for (size_t i = 0; i < c->n_resolves; i++)
		if (c->resolves[i].current.epoch >= SHOWN_EPOCH)
			violation(w, "I4",
			    "a decision (change %llu of %s) names a version "
			    "that nobody told",
			    (unsigned long long)c->counter,
			    id_print(c->device).s);
}

static void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		change_fini(&h->items[i].change);
	free(h->items);
}

void
oracle_check(struct world *w, struct sim_node *n)
{
	struct office_store *s = engine_store(n->engine);
	struct history h = { 0 }, held = { 0 }, all = { 0 };
	struct err e = { 0 };

	if (store_intakes(s, CHANGE_DONE, NULL, collect, &h, &e) != ERR_OK ||
	    store_intakes(s, CHANGE_HELD, NULL, collect, &held, &e) != ERR_OK ||
	    store_intakes(s, CHANGE_DONE, NULL, collect, &all, &e) != ERR_OK ||
	    store_intakes(s, CHANGE_HELD, NULL, collect, &all, &e) != ERR_OK ||
	    store_intakes(s, CHANGE_CLOSED, NULL, collect, &all, &e) !=
	        ERR_OK ||
	    h.failed || held.failed || all.failed)
		violation(
		    w, "I2", "what was received does not read: %s", e.msg);
	for (size_t i = 0; i < all.n && !w->is_violated; i++)
		check_named(w, &all.items[i].change);
	for (size_t i = 0; i < held.n && !w->is_violated; i++)
		check_held_shown(w, &all, &held.items[i]);
	for (size_t i = 0; i < h.n && !w->is_violated; i++) {
		for (size_t k = 0; k < held.n; k++)
			check_held(w, &h.items[i], &held.items[k], true);
		for (size_t k = 0; k < h.n; k++)
			check_held(w, &h.items[i], &h.items[k], false);
	}
	for (size_t i = 0; i < h.n && !w->is_violated; i++) {
		const struct change *c = &h.items[i].change;
		json_t *json = NULL;
		char *record;

		if (id_is_zero(c->record) ||
		    store_record_json(s, c->record, &json, &e) != ERR_OK)
			continue;
		record = json_dumps(json, JSON_COMPACT);
		for (size_t k = 0; record != NULL && k < c->n_ops; k++)
			if (c->ops[k].now != NULL)
				check_op(
				    w, &h, &h.items[i], &c->ops[k], record);
		free(record);
		json_decref(json);
	}
	history_free(&all);
	history_free(&held);
	history_free(&h);
}
