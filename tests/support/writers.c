/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/writers.h"

#include "common/core/path.h"
#include "common/core/value.h"
#include "tests/support/check_apply.h"
#include "tests/support/check_schema.h"

static uint64_t
below(struct writers *w, uint64_t n)
{
	return rng_below(&w->g, n);
}

static const char *
random_path(struct writers *w)
{
	static const char *const paths[] = { "once", "late", "tags/red",
		"tags/green", "links/018f0000-0000-7000-8000-000000000201",
		"story", "story", "story", "heading", "risk", "alarm", "name",
		"day", "status", "span", "lines/r1", "lines/r2",
		"lines/r1/words", "lines/r2/words", "lines/r1/tone",
		"lines/r2/by", "lines/r1/told", "lines/r1/count", "events/v1",
		"events/v1/what", "unheard_of", "", "author", "signed_by",
		"addenda/a1/text", "addenda/a1/author", "addenda/a2",
		"links/018f0000-0000-7000-8000-000000000202", "lines" };

	return paths[below(w, sizeof(paths) / sizeof(paths[0]))];
}

/* Sentences, so that some edits touch each other, some do not, and some touch
 * words that turn the meaning of others. */
json_t *
writers_text(struct writers *w, const char *old)
{
	static const char *const sentences[] = { "She likes the garden.",
		"He was not asked.", "They never said no.\n",
		"Two tablets at night.", "It may be a risk to her.",
		"The room faces north.\n", "“Leave me be,” she said." };
	const char *add =
	    sentences[below(w, sizeof(sentences) / sizeof(sentences[0]))];
	char text[700];
	size_t len, cut;

	if (old == NULL || strlen(old) > 500 || below(w, 6) == 0)
		old = "The visit was short. She sat by the window.\n"
		      "He spoke of his brother and of the sea.\n"
		      "We agreed to meet again on Friday.\n";
	len = strlen(old);
	cut = below(w, len + 1);
	while (cut < len && old[cut] != ' ')
		cut++;
	if (below(w, 3) == 0 && len > cut + 20) {
		(void)snprintf(text, sizeof(text), "%.*s%s", (int)cut, old,
		    old + cut + strcspn(old + cut + 1, " ") + 1);
		return json_string(text);
	}
	(void)snprintf(
	    text, sizeof(text), "%.*s %s%s", (int)cut, old, add, old + cut);
	return json_string(text);
}

/* Mostly the change's author, or else the record's. */
static json_t *
random_author(struct writers *w, const struct change *c)
{
	return json_string(
	    id_print(below(w, 3) ? c->author : check_author(1)).s);
}

static json_t *
random_row(struct writers *w, const struct change *c, const char *path)
{
	if (strncmp(path, "addenda", 7) == 0)
		return json_pack("{s:s, s:o}", "text", "She rang later.",
		    "author", random_author(w, c));
	if (strncmp(path, "events", 6) == 0)
		return json_pack(
		    "{s:s}", "what", below(w, 2) ? "fall" : "call");
	return json_pack("{s:s, s:s}", "words", "She nodded.", "tone",
	    below(w, 2) ? "red" : "blue");
}

static bool
is_one_of(const char *name, const char *names)
{
	const char *at = strstr(names, name);

	return at != NULL && at[strlen(name)] == ' ';
}

/* Some codes are of no list, and one day is of no calendar. */
static json_t *
random_choice(struct writers *w, const char *name)
{
	static const struct {
		const char *name, *values[4];
	} choices[] = {
		{ "risk", { "low", "middle", "high", "high" } },
		{ "status", { "red", "green", "blue", "mauve" } },
		{ "tone", { "red", "green", "blue", "mauve" } },
		{ "heading",
		    { "A visit", "A short visit", "A visit to the sea at noon",
		        "The visit to the sea" } },
		{ "day",
		    { "2026-01-01", "2026-02-29", "2026-12-31",
		        "2026-01-02" } },
		{ "", { "one", "two", "three", "four" } },
	};
	size_t i = 0;

	while (*choices[i].name != '\0' && strcmp(choices[i].name, name) != 0)
		i++;
	return json_string(choices[i].values[below(w, 4)]);
}

/* A value that mostly fits the path. */
static json_t *
random_value(struct writers *w, const struct change *c, const char *path,
    const json_t *was)
{
	struct path_parts parts = path_split(path);
	const char *name = parts.part[parts.n == 3 ? 2 : 0];

	if (below(w, 6) == 0)
		return NULL;
	if (below(w, 10) == 0)
		return value_share(was);
	if (below(w, 60) == 0 || strcmp(name, "count") == 0)
		return json_integer((json_int_t)below(w, 11));
	if (is_one_of(name, "story words text "))
		return writers_text(w, json_string_value(was));
	if (is_one_of(name, "alarm told tags links "))
		return below(w, 9) > 0 ? json_true() : json_false();
	if (is_one_of(name, "author signed_by "))
		return random_author(w, c);
	if (strcmp(name, "span") == 0)
		return json_pack("{s:s, s:o}", "start",
		    "2026-11-21T18:05:09.123Z", "place_of",
		    random_choice(w, ""));
	if (*path == '\0')
		return json_pack("{s:o}", "name", random_choice(w, ""));
	return parts.n == 2 ? random_row(w, c, path) : random_choice(w, name);
}

/* The state of the record that an author had before them, some steps ago. */
static const struct record *
before_them(struct writers *w)
{
	return &w->past[w->n_past - 1 - below(w, w->n_past)];
}

static uint64_t
own_at(const struct record *r, struct id device, const char *path)
{
	uint64_t own = 0;

	for (size_t i = 0; i < r->n_paths; i++)
		for (size_t k = 0; path_related(r->paths[i].path, path) &&
		     k < r->paths[i].n_setters;
		     k++) {
			const struct setter *s = &r->paths[i].setters[k];

			if (id_equal(s->device, device) && s->counter > own)
				own = s->counter;
		}
	return own;
}

static void
add_op(struct change *c, const struct record *seen, const char *path,
    const json_t *now)
{
	static const uint8_t salt[CHANGE_SALT_LEN];
	struct change_base base = { .seen = record_related_version(seen, path),
		.own = own_at(seen, c->device, path) };
	struct err e;

	assert_ok(change_add_op(
	              c, path, &base, path_get(seen->doc, path), now, salt, &e),
	    &e);
}

static void
add_edit(struct writers *w, struct change *c)
{
	const struct record *seen = before_them(w);
	const char *path = random_path(w);
	json_t *now = random_value(w, c, path, path_get(seen->doc, path));

	add_op(c, seen, path, now);
	json_decref(now);
}

/* An open conflict, or NULL. */
static const struct conflict *
some_conflict(struct writers *w, const struct record *seen)
{
	const struct conflict *k;

	if (seen->n_conflicts == 0)
		return NULL;
	k = &seen->conflicts[below(w, seen->n_conflicts)];
	return conflict_is_open(k) || below(w, 4) == 0 ? k : NULL;
}

static void
add_side_edit(struct writers *w, struct change *c)
{
	const struct record *seen = before_them(w);
	const struct conflict *k = some_conflict(w, seen);
	const struct conflict_side *side;
	struct change_op *op;
	json_t *now;

	if (k == NULL)
		return;
	side = &k->sides[below(w, k->n_sides)];
	now = random_value(w, c, k->path, side->value);
	add_op(c, seen, k->path, now);
	json_decref(now);
	op = &c->ops[c->n_ops - 1];
	json_decref(op->was);
	op->was = value_share(side->value);
	memcpy(op->base.side, side->key, sizeof(op->base.side));
}

static void
add_decision(struct writers *w, struct change *c)
{
	const struct record *seen = before_them(w);
	const struct conflict *k = some_conflict(w, seen);
	struct change_resolve *r;

	if (k == NULL)
		return;
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	*r = (struct change_resolve){ .conflict = k->id,
		.current = record_path_version(seen, k->path),
		.sides = json_array(),
		.reason = strdup("because"),
		.ask = below(w, 6) == 0 };
	if (below(w, 30) == 0)
		r->conflict = check_id(99);
	for (size_t i = 0; i < k->n_sides; i++)
		if (below(w, 6) > 0)
			json_array_append_new(r->sides,
			    json_pack("[s,o]", k->sides[i].key,
			        version_to_json(k->sides[i].version)));
	c->resolves = r;
	c->n_resolves = 1;
	if (!r->ask && below(w, 3) > 0)
		add_op(c, seen, k->path, k->sides[below(w, k->n_sides)].value);
}

struct signing {
	struct change *c;
	const struct record *seen;
};

static enum err_code
sign_path(void *arg, const char *path, struct err *e)
{
	struct signing *s = arg;

	(void)e;
	add_op(s->c, s->seen, path, path_get(s->seen->doc, path));
	return ERR_OK;
}

/* Every locked path as it was seen, and the state. */
static void
add_signature(struct writers *w, struct change *c)
{
	struct signing s = { .c = c, .seen = before_them(w) };
	const struct schema_type *type = check_type(w->schema, w->type);
	json_t *state = json_string(type->signing.closes);
	json_t *by = json_string(id_print(c->author).s);
	struct err e;

	assert_ok(apply_locked_paths(type, s.seen->doc, sign_path, &s, &e), &e);
	add_op(c, s.seen, type->signing.field, state);
	add_op(c, s.seen, type->signing.by, by);
	json_decref(state);
	json_decref(by);
}

void
writers_fill(struct writers *w, struct change *c)
{
	uint64_t what = below(w, 40);

	if (what < 4)
		add_side_edit(w, c);
	else if (what < 9)
		add_decision(w, c);
	else if (what == 9 && strcmp(w->type, "paper") == 0 && below(w, 3) == 0)
		add_signature(w, c);
	if (c->n_ops + c->n_resolves > 0)
		return;
	for (uint64_t n = 1 + below(w, 3); n > 0; n--)
		add_edit(w, c);
}

void
writers_show(struct writers *w, const struct record *r)
{
	struct err e;

	if (w->n_past == WRITERS_PAST) {
		record_fini(&w->past[0]);
		memmove(w->past, w->past + 1,
		    (WRITERS_PAST - 1) * sizeof(w->past[0]));
		w->n_past--;
	}
	assert_ok(record_copy(r, &w->past[w->n_past++], &e), &e);
}

void
writers_forget(struct writers *w)
{
	while (w->n_past > 0)
		record_fini(&w->past[--w->n_past]);
}
