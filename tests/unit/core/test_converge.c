/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three devices and an office, one record, random schedules: devices write
 * with and without having heard of each other, the office applies what
 * arrives when it arrives, devices pull when they do.  Whatever the order,
 * everyone who has heard everything holds the same bytes, and nobody's words
 * are gone without someone having seen them.
 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"

#include "tests/support/check_apply.h"

#define DEVICES 3
#define CHANGES_MAX 200

struct device {
	struct record confirmed;
	struct version floor; /* what of the office's log it holds */
	uint64_t written;     /* own changes made */
	uint64_t sent;        /* of those, arrived at the office */
	uint64_t contained;   /* last own counter that confirmed contains */
	struct change changes[CHANGES_MAX];
	bool held[CHANGES_MAX];
};

struct logged {
	unsigned device;
	uint64_t counter;
};

struct world {
	struct rng g;
	struct schema *schema;
	const char *type;
	struct record office;
	uint64_t seq;
	struct device devices[DEVICES];
	struct logged log[DEVICES * CHANGES_MAX]; /* by seq - 1 */
	unsigned words; /* so that each written value is new */
	unsigned outcomes[OUTCOME_N];
};

static void
world_init(struct world *w, const char *type, uint64_t seed)
{
	struct err e = { 0 };

	memset(w, 0, sizeof(*w));
	w->g = rng_make(seed);
	w->schema = check_schema_new();
	w->type = type;
	assert_ok(
	    record_init(&w->office, check_id(7), type, check_id(8), &e), &e);
	for (int i = 0; i < DEVICES; i++)
		assert_ok(
		    record_copy(&w->office, &w->devices[i].confirmed, &e), &e);
}

static void
world_fini(struct world *w)
{
	for (int i = 0; i < DEVICES; i++) {
		struct device *d = &w->devices[i];

		record_fini(&d->confirmed);
		for (uint64_t k = 0; k < d->written; k++)
			change_fini(&d->changes[k]);
	}
	record_fini(&w->office);
	schema_free(w->schema);
}

static enum outcome_kind
apply(const struct world *w, struct record *r, const struct change *c,
    uint64_t seq)
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
view_of(const struct world *w, unsigned n)
{
	const struct device *d = &w->devices[n];
	struct record view;
	struct err e = { 0 };
	uint64_t seq = d->confirmed.version.seq;

	assert_ok(record_copy(&d->confirmed, &view, &e), &e);
	for (uint64_t k = 0; k < d->written; k++)
		if (k >= d->contained || d->held[k])
			(void)apply(w, &view, &d->changes[k], ++seq);
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
random_path(struct world *w)
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
random_text(struct world *w, const json_t *was)
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
random_value(struct world *w, const char *path, const json_t *was)
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
add_op(struct change *c, const struct record *view, const struct device *d,
    unsigned n, const char *path, const json_t *now)
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
edit_side(struct world *w, struct change *c, const struct record *view,
    const struct device *d, unsigned n)
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
decide(struct world *w, struct change *c, const struct record *view,
    const struct device *d, unsigned n)
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
sign(struct world *w, struct change *c, const struct record *view,
    const struct device *d, unsigned n)
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
write_change(struct world *w, unsigned n)
{
	struct device *d = &w->devices[n];
	struct record view = view_of(w, n);
	struct change *c = &d->changes[d->written];
	uint64_t what = rng_below(&w->g, 20);

	if (d->written == CHANGES_MAX) {
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

/* The office gets the device's next change. */
static void
send_change(struct world *w, unsigned n)
{
	struct device *d = &w->devices[n];
	const struct change *c;
	enum outcome_kind kind;

	if (d->sent == d->written)
		return;
	c = &d->changes[d->sent];
	kind = apply(w, &w->office, c, w->seq + 1);
	w->outcomes[kind]++;
	if (kind == OUTCOME_HELD)
		d->held[d->sent] = true;
	else
		w->log[w->seq++] = (struct logged){ n, c->counter };
	d->sent++;
}

/* The device pulls: sometimes whole, mostly what is above its floor. */
static void
pull(struct world *w, unsigned n)
{
	struct device *d = &w->devices[n];
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

static void
assert_same(const struct record *a, const struct record *b)
{
	char *x = check_text(a), *y = check_text(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void
random_step(struct world *w)
{
	unsigned n = (unsigned)rng_below(&w->g, DEVICES);

	switch (rng_below(&w->g, 5)) {
	case 0:
	case 1:
		write_change(w, n);
		break;
	case 2:
	case 3:
		send_change(w, n);
		break;
	default:
		pull(w, n);
		assert_same(&w->devices[n].confirmed, &w->office);
	}
}

static void
settle(struct world *w)
{
	for (unsigned n = 0; n < DEVICES; n++)
		while (w->devices[n].sent < w->devices[n].written)
			send_change(w, n);
	for (unsigned n = 0; n < DEVICES; n++)
		pull(w, n);
}

static void
when_all_have_synced_every_device_holds_the_same_bytes(void **state)
{
	uint64_t seed = check_seed(__func__);
	unsigned outcomes[OUTCOME_N] = { 0 };

	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		struct world w;

		world_init(&w, "note", seed + round);
		for (int i = 0; i < 100; i++)
			random_step(&w);
		settle(&w);
		for (int i = 0; i < DEVICES; i++) {
			struct hash32 a, b;
			struct err e = { 0 };

			assert_same(&w.devices[i].confirmed, &w.office);
			assert_ok(
			    record_digest(&w.devices[i].confirmed, &a, &e), &e);
			assert_ok(record_digest(&w.office, &b, &e), &e);
			assert_true(hash32_equal(a, b));
		}
		for (int k = 0; k < OUTCOME_N; k++)
			outcomes[k] += w.outcomes[k];
		world_fini(&w);
	}
	/* The schedules are of all kinds. */
	for (int k = OUTCOME_APPLIED; k <= OUTCOME_HELD; k++) {
		print_message("%s: %u\n", outcome_word((enum outcome_kind)k),
		    outcomes[k]);
		assert_true(outcomes[k] > 0);
	}
}

static void
replaying_the_log_from_any_state_gives_the_same_bytes(void **state)
{
	uint64_t seed = check_seed(__func__);

	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		struct world w;
		struct record r;
		struct err e = { 0 };
		uint64_t from;
		json_t *json;

		world_init(&w, "note", seed + round);
		for (int i = 0; i < 60; i++)
			random_step(&w);
		assert_ok(record_to_json(&w.office, &json, &e), &e);
		from = w.seq;
		for (int i = 0; i < 60; i++)
			random_step(&w);
		/* What the office was, out of its JSON, and the log. */
		if (from == 0)
			assert_ok(record_init(
			              &r, check_id(7), "note", check_id(8), &e),
			    &e);
		else
			assert_ok(record_from_json(json, &r, &e), &e);
		for (uint64_t seq = from + 1; seq <= w.seq; seq++) {
			const struct logged *l = &w.log[seq - 1];

			assert_int_not_equal(
			    apply(&w, &r,
			        &w.devices[l->device].changes[l->counter - 1],
			        seq),
			    OUTCOME_HELD);
		}
		assert_same(&r, &w.office);
		record_fini(&r);
		json_decref(json);
		world_fini(&w);
	}
}

/* True if the value stands at the path or on an open side of it. */
static bool
is_visible(const struct record *r, const char *path, const json_t *value)
{
	const struct conflict *c = record_open_conflict(r, path);

	if (path_equal(path_get(r->doc, path), value))
		return true;
	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (c->sides[i].is_open && path_equal(c->sides[i].value, value))
			return true;
	return false;
}

/* Every setter of the path had been seen by the op's author. */
static bool
saw_all(
    const struct record *r, const struct change *c, const struct change_op *op)
{
	const struct path_state *ps = record_path(r, op->path);

	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (version_compare(s->version, op->base.seen) > 0 &&
		    !(id_equal(s->device, c->device) &&
		        s->counter <= op->base.own))
			return false;
	}
	return true;
}

static bool
decides(const struct record *r, const struct change *c, const char *path)
{
	const struct conflict *k = c->n_resolves == 0
	    ? NULL
	    : record_conflict(r, c->resolves[0].conflict);

	return k != NULL && strcmp(k->path, path) == 0;
}

/* Whether an open side of before may be gone after the op: its author went on
 * from it, or someone who named it decided. */
static bool
may_go(const struct record *before, const struct change *c,
    const struct change_op *op, const struct conflict_side *s)
{
	bool goes_on = strcmp(s->key, op->base.side) == 0 ||
	    (id_equal(s->device, c->device) &&
	        (s->counter == op->base.own || path_equal(s->value, op->was)));

	return (id_equal(s->author, c->author) && goes_on) ||
	    decides(before, c, op->path);
}

/* Fields of policy ask: nobody's words go unseen. */
static void
check_nothing_went_unseen(const struct record *before,
    const struct record *after, const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++) {
		const struct change_op *op = &c->ops[i];
		const json_t *current = path_get(before->doc, op->path);
		const struct conflict *k =
		    record_open_conflict(before, op->path);
		bool is_last = true;

		for (size_t n = i + 1; n < c->n_ops; n++)
			if (strcmp(c->ops[n].path, op->path) == 0)
				is_last = false;
		if (!is_last || i > 0)
			continue;
		/* What was written is there. */
		assert_true(is_visible(after, op->path, op->now));
		/* What was there is there, or its end was seen. */
		if (!saw_all(before, c, op))
			assert_true(is_visible(after, op->path, current));
		for (size_t n = 0; k != NULL && n < k->n_sides; n++)
			if (k->sides[n].is_open &&
			    !may_go(before, c, op, &k->sides[n]))
				assert_true(is_visible(
				    after, op->path, k->sides[n].value));
	}
}

static void
nobody_is_overruled_without_being_seen(void **state)
{
	uint64_t seed = check_seed(__func__);
	unsigned clashes = 0;

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		struct world w;

		world_init(&w, "person", seed + round);
		for (int i = 0; i < 120; i++) {
			unsigned n = (unsigned)rng_below(&w.g, DEVICES);
			const struct device *d = &w.devices[n];
			uint64_t sent = d->sent;
			struct record before;
			struct err e = { 0 };

			assert_ok(record_copy(&w.office, &before, &e), &e);
			send_change(&w, n);
			if (d->sent > sent && !d->held[sent])
				check_nothing_went_unseen(
				    &before, &w.office, &d->changes[sent]);
			record_fini(&before);
			random_step(&w);
		}
		clashes += (unsigned)w.office.n_conflicts;
		world_fini(&w);
	}
	assert_true(clashes > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    when_all_have_synced_every_device_holds_the_same_bytes),
		cmocka_unit_test(
		    replaying_the_log_from_any_state_gives_the_same_bytes),
		cmocka_unit_test(nobody_is_overruled_without_being_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
