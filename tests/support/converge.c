/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/converge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"
#include "tests/support/check.h"
#include "tests/support/check_schema.h"

void
converge_start(struct converge_world *w, const char *type, uint64_t seed)
{
	struct err e = { 0 };

	memset(w, 0, sizeof(*w));
	w->g = rng_make(seed);
	w->schema = check_schema_new();
	w->type = type;
	assert_ok(
	    record_init(&w->office, check_id(7), type, check_id(8), &e), &e);
	for (int i = 0; i < CONVERGE_DEVICES; i++)
		assert_ok(
		    record_copy(&w->office, &w->devices[i].confirmed, &e), &e);
}

void
converge_end(struct converge_world *w)
{
	for (int i = 0; i < CONVERGE_DEVICES; i++) {
		struct converge_device *d = &w->devices[i];

		record_fini(&d->confirmed);
		for (uint64_t k = 0; k < d->written; k++)
			change_fini(&d->changes[k]);
	}
	record_fini(&w->office);
	schema_free(w->schema);
}

enum outcome_kind
converge_apply(const struct converge_world *w, struct record *r,
    const struct change *c, uint64_t seq)
{
	struct apply_context ctx = {
		.schema = w->schema, .version = { 1, seq }, .now_ms = 5000 + seq
	};
	struct apply_result result;
	struct err e = { 0 };

	assert_ok(apply_change(r, c, &ctx, &result, &e), &e);
	return result.kind;
}

/* What the device's user sees: confirmed with own work on top. */
static struct record
view_of(const struct converge_world *w, unsigned n)
{
	const struct converge_device *d = &w->devices[n];
	struct record view;
	struct err e = { 0 };
	uint64_t seq = d->confirmed.version.seq;

	assert_ok(record_copy(&d->confirmed, &view, &e), &e);
	for (uint64_t k = 0; k < d->written; k++)
		if (k >= d->contained || d->held[k])
			(void)converge_apply(w, &view, &d->changes[k], ++seq);
	return view;
}

/* The last own counter that set the path, or what is around it, in the view. */
static uint64_t
own_at(const struct record *view, unsigned n, const char *path)
{
	uint64_t own = 0;

	for (size_t i = 0; i < view->n_paths; i++) {
		const struct path_state *ps = &view->paths[i];

		if (!path_related(ps->path, path))
			continue;
		for (size_t k = 0; k < ps->n_setters; k++)
			if (id_equal(ps->setters[k].device, check_device(n)) &&
			    ps->setters[k].counter > own)
				own = ps->setters[k].counter;
	}
	return own;
}

static const char *
random_path(struct converge_world *w)
{
	static const char *const note[] = { "summary", "mode", "interpreter",
		"safeguarding", "activities/listened", "activities/explained",
		"statements/r1/text", "statements/r1/kind",
		"statements/r2/text", "statements/r2/speaker", "statements/r1",
		"statements/r2", "template", "debrief_wanted", "unheard_of",
		"addenda/a1/text" };
	static const char *const person[] = { "full_name", "preferred_name",
		"email", "location" };

	if (strcmp(w->type, "note") == 0)
		return note[rng_below(&w->g, 16)];
	return person[rng_below(&w->g, 4)];
}

/* Text of a few lines, so that some edits merge. */
static json_t *
random_text(struct converge_world *w, const json_t *was)
{
	const char *old = json_string_value(was);
	char text[400];
	int n;

	w->words++;
	if (old == NULL || rng_below(&w->g, 5) == 0)
		n = snprintf(text, sizeof(text), "w%u\nalpha beta gamma\nx%u\n",
		    w->words, w->words);
	else if (rng_below(&w->g, 2) == 0)
		n = snprintf(text, sizeof(text), "%.350s w%u", old, w->words);
	else
		n = snprintf(text, sizeof(text), "w%u %.350s", w->words, old);
	return json_stringn(text, (size_t)n);
}

static json_t *
random_value(struct converge_world *w, const char *path, const json_t *was)
{
	static const char *const ranks[] = { "no_concern", "unsure",
		"concern" };
	char line[32];

	if (rng_below(&w->g, 6) == 0)
		return NULL;
	if (rng_below(&w->g, 8) == 0)
		return value_share(was);
	(void)snprintf(line, sizeof(line), "v%u", ++w->words);
	if (strcmp(path, "safeguarding") == 0)
		return json_string(ranks[rng_below(&w->g, 3)]);
	if (strcmp(path, "debrief_wanted") == 0 ||
	    strncmp(path, "activities/", 11) == 0)
		return json_true();
	if (strcmp(path, "location") == 0)
		return json_pack("{s:s}", "room", line);
	if (path_split(path).n == 2)
		return json_pack("{s:s}", "text", line);
	if (strcmp(path, "summary") == 0 || strstr(path, "text") != NULL)
		return random_text(w, was);
	return json_string(line);
}

static void
add_op(struct change *c, const struct record *view,
    const struct converge_device *d, unsigned n, const char *path,
    const json_t *now)
{
	static const uint8_t salt[CHANGE_SALT_LEN];
	struct change_base base = { .seen = record_related_version(
		                        &d->confirmed, path),
		.own = own_at(view, n, path) };
	struct err e = { 0 };

	assert_ok(change_add_op(
	              c, path, &base, path_get(view->doc, path), now, salt, &e),
	    &e);
}

/* Edit a side of an open conflict in the view, if there is one. */
static void
edit_side(struct converge_world *w, struct change *c, const struct record *view,
    const struct converge_device *d, unsigned n)
{
	for (size_t i = 0; i < view->n_conflicts; i++) {
		const struct conflict *k = &view->conflicts[i];
		const struct conflict_side *s =
		    &k->sides[rng_below(&w->g, k->n_sides)];
		struct change_op *op;
		json_t *now;

		if (!conflict_is_open(k) || rng_below(&w->g, 2) == 0)
			continue;
		now = random_value(w, k->path, s->value);
		if (*k->path != '\0' || now != NULL)
			add_op(c, view, d, n, k->path, now);
		json_decref(now);
		if (c->n_ops == 0)
			return;
		op = &c->ops[c->n_ops - 1];
		json_decref(op->was);
		op->was = json_incref(s->value);
		memcpy(op->base.side, s->key, sizeof(op->base.side));
		return;
	}
}

/* Decide an open conflict that is confirmed, or pass it on. */
static void
decide(struct converge_world *w, struct change *c, const struct record *view,
    const struct converge_device *d, unsigned n)
{
	for (size_t i = 0; i < d->confirmed.n_conflicts; i++) {
		const struct conflict *k = &d->confirmed.conflicts[i];
		struct change_resolve *r;

		if (!conflict_is_open(k) || rng_below(&w->g, 2) == 0)
			continue;
		r = calloc(1, sizeof(*r));
		assert_non_null(r);
		r->conflict = k->id;
		r->current = record_path_version(&d->confirmed, k->path);
		r->sides = json_array();
		r->reason = strdup("because");
		r->ask = rng_below(&w->g, 5) == 0;
		for (size_t s = 0; s < k->n_sides; s++)
			if (rng_below(&w->g, 6) > 0)
				json_array_append_new(r->sides,
				    json_pack("[s,o]", k->sides[s].key,
				        version_to_json(k->sides[s].version)));
		c->resolves = r;
		c->n_resolves = 1;
		if (!r->ask && rng_below(&w->g, 3) > 0)
			add_op(c, view, d, n, k->path,
			    k->sides[rng_below(&w->g, k->n_sides)].value);
		return;
	}
}

/* One op for each leaf that locks, as seen, and the state. */
static void
sign(struct converge_world *w, struct change *c, const struct record *view,
    const struct converge_device *d, unsigned n)
{
	static const char *const leaves[] = { "summary", "mode", "interpreter",
		"safeguarding", "activities/listened", "activities/explained",
		"statements/r1/text", "statements/r1/kind",
		"statements/r2/text", "statements/r2/speaker", "template" };
	json_t *state = json_string("signed");

	(void)w;
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (path_get(view->doc, leaves[i]) != NULL)
			add_op(c, view, d, n, leaves[i],
			    path_get(view->doc, leaves[i]));
	add_op(c, view, d, n, "content", state);
	json_decref(state);
}

/* The device's user saves something. */
static void
write_change(struct converge_world *w, unsigned n)
{
	struct converge_device *d = &w->devices[n];
	struct record view = view_of(w, n);
	struct change *c = &d->changes[d->written];
	uint64_t what = rng_below(&w->g, 20);

	if (d->written == CONVERGE_CHANGES_MAX) {
		record_fini(&view);
		return;
	}
	change_init(c);
	c->device = check_device(n);
	/* The third device belongs to the second's author. */
	c->author = check_author(n == 2 ? 1 : n);
	c->counter = d->written + 1;
	c->made_at = 9000 + w->words;
	c->record = w->office.id;
	(void)snprintf(c->type, sizeof(c->type), "%s", w->type);
	if (what < 3)
		edit_side(w, c, &view, d, n);
	else if (what < 6)
		decide(w, c, &view, d, n);
	else if (what == 6 && strcmp(w->type, "note") == 0 &&
	    rng_below(&w->g, 3) == 0)
		sign(w, c, &view, d, n);
	if (c->n_ops == 0 && c->n_resolves == 0) {
		for (uint64_t i = 1 + rng_below(&w->g, 3); i > 0; i--) {
			const char *path = random_path(w);
			json_t *now =
			    random_value(w, path, path_get(view.doc, path));

			add_op(c, &view, d, n, path, now);
			json_decref(now);
		}
	}
	d->written++;
	record_fini(&view);
}

void
converge_send(struct converge_world *w, unsigned n)
{
	struct converge_device *d = &w->devices[n];
	const struct change *c;
	enum outcome_kind kind;

	if (d->sent == d->written)
		return;
	c = &d->changes[d->sent];
	kind = converge_apply(w, &w->office, c, w->seq + 1);
	w->outcomes[kind]++;
	if (kind == OUTCOME_HELD)
		d->held[d->sent] = true;
	else
		w->log[w->seq++] = (struct converge_logged){ n, c->counter };
	d->sent++;
}

/* The device pulls: sometimes whole, mostly what is above its floor. */
static void
pull(struct converge_world *w, unsigned n)
{
	struct converge_device *d = &w->devices[n];
	struct err e = { 0 };
	json_t *json;

	if (rng_below(&w->g, 5) == 0) {
		assert_ok(record_to_json(&w->office, &json, &e), &e);
		record_fini(&d->confirmed);
		assert_ok(record_from_json(json, &d->confirmed, &e), &e);
	} else {
		assert_ok(record_delta(&w->office, d->floor, &json, &e), &e);
		assert_ok(record_merge_delta(&d->confirmed, json, &e), &e);
	}
	json_decref(json);
	d->floor = w->office.version;
	d->contained = d->sent;
}

void
converge_assert_same(const struct record *a, const struct record *b)
{
	char *x = check_text(a), *y = check_text(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

void
converge_step(struct converge_world *w)
{
	unsigned n = (unsigned)rng_below(&w->g, CONVERGE_DEVICES);

	switch (rng_below(&w->g, 5)) {
	case 0:
	case 1:
		write_change(w, n);
		break;
	case 2:
	case 3:
		converge_send(w, n);
		break;
	default:
		pull(w, n);
		converge_assert_same(&w->devices[n].confirmed, &w->office);
	}
}

void
converge_settle(struct converge_world *w)
{
	for (unsigned n = 0; n < CONVERGE_DEVICES; n++)
		while (w->devices[n].sent < w->devices[n].written)
			converge_send(w, n);
	for (unsigned n = 0; n < CONVERGE_DEVICES; n++)
		pull(w, n);
}
