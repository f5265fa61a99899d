/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/person.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/apply.h"
#include "common/core/decide.h"
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/store/store_int.h"
#include "tests/sim/device.h"
#include "tests/sim/erased.h"
#include "tests/sim/marks.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"
#include "tests/simkit/fields.h"

#define EDITS_MAX 3
#define SIGN_EDITS_MAX 64

static void
say_saved(struct sim_device *d, const struct edit *edits, size_t n,
    const struct save_result *r)
{
	for (size_t i = 0; i < n; i++) {
		char *text = edits[i].now == NULL
		    ? NULL
		    : json_dumps(edits[i].now, JSON_COMPACT | JSON_ENCODE_ANY);

		trace_say(d->world,
		    "device %u saves change %llu of %s: %s = %s", d->slot,
		    (unsigned long long)r->counter, id_print(r->id).s,
		    edits[i].path, text == NULL ? "nothing" : text);
		free(text);
	}
}

bool
person_saves(struct sim_device *d, const struct id *record, const char *type,
    const struct edit *edits, size_t n, const struct change_resolve *resolve)
{
	struct save_result r;
	struct err e = { 0 };
	const unsigned first = d->world->n_marked + 1;
	enum err_code code;
	bool cut = false;

	if (d->store == NULL)
		return false;
	enter_device(d);
	code = device_store_save(
	    d->store, record, type, edits, n, resolve, &r, &e);
	leave();
	marks_saved(d->world,
	    code == ERR_OK       ? r.id
	        : record != NULL ? *record
	                         : (struct id){ { 0 } });
	if (record != NULL)
		erased_saved(d, *record, first);
	if (code == ERR_OK) {
		cut = r.counter != 0;
		if (cut) {
			say_saved(d, edits, n, &r);
			d->written = r.counter;
			count_change(d->world, d);
			if (!d->process.is_dead)
				device_note_journal(d);
		}
		save_result_fini(&r);
	} else if (!d->process.is_dead) {
		trace_say(
		    d->world, "device %u does not save: %s", d->slot, e.msg);
		if (code != ERR_INVALID && code != ERR_NOTFOUND)
			violation(d->world, "I1", "device %u: a save: %s",
			    d->slot, e.msg);
	}
	device_after(d);
	if (cut && d->store != NULL && d->n_links < d->written)
		violation(d->world, "I1",
		    "device %u said that change %llu is saved, and has %zu",
		    d->slot, (unsigned long long)d->written, d->n_links);
	return cut;
}

bool
person_writes_new(struct sim_device *d, struct rng *dice)
{
	static const char *const types[] = { "note", "note", "issue", "visit",
		"site", "person" };
	const char *type = types[rng_below(dice, 6)];
	unsigned k = (unsigned)rng_below(dice, SIM_CASES);
	struct field_edit f;
	struct edit edits[2] = { 0 };
	json_t *of_case = json_string(id_print(template.cases[k]).s), *empty;
	size_t n = 0;
	bool saved;

	/* Few write about a case that is not theirs. */
	if (!d->world->grants[d->user_no][k] && rng_below(dice, 8) != 0) {
		json_decref(of_case);
		k = 0;
		of_case = json_string(id_print(template.cases[k]).s);
	}
	if (strcmp(type, "note") == 0 || strcmp(type, "issue") == 0)
		edits[n++] = (struct edit){ .path = "case", .now = of_case };
	if (strcmp(type, "visit") == 0) {
		json_t *set = json_array();

		(void)json_array_append_new(set, of_case);
		of_case = set;
		edits[n++] = (struct edit){ .path = "cases", .now = of_case };
	}
	empty = json_object();
	if (field_choose(&d->world->words, dice, type, empty, &f))
		edits[n++] = (struct edit){ .path = f.path, .now = f.now };
	saved = person_saves(d, NULL, type, edits, n, NULL);
	json_decref(f.now);
	json_decref(of_case);
	json_decref(empty);
	return saved;
}

/* ---- a record that the device shows ---- */

struct picked {
	struct id id;
	char type[65];
};

/* Any; or, more often, one of those that others have too. */
static bool
pick_record(struct sim_device *d, struct rng *dice, const char *type,
    struct picked *out)
{
	struct db_stmt *q;
	struct err e = { 0 };
	int64_t n = 0;
	bool row = false;

	if (db_get_int(d->store->db, &n, &e,
	        "SELECT count(*) FROM view WHERE type = coalesce(?, type)", "s",
	        type) != ERR_OK ||
	    n == 0)
		return false;
	if (db_query(d->store->db, &q, &e,
	        "SELECT record, type FROM view WHERE type = coalesce(?, type)"
	        " ORDER BY record LIMIT 1 OFFSET ?",
	        "si", type, (int64_t)rng_below(dice, (uint64_t)n)) != ERR_OK)
		return false;
	if (db_step(q, &row, &e) == ERR_OK && row) {
		row = db_col_id(q, 0, &out->id, &e) == ERR_OK;
		(void)snprintf(out->type, sizeof(out->type), "%s",
		    db_col_text(q, 1, NULL));
	}
	db_done(q);
	return row;
}

static bool
pick_shared(struct sim_device *d, struct rng *dice, struct picked *out)
{
	const uint64_t k = rng_below(dice, 8);

	if (k >= 5)
		return pick_record(d, dice, NULL, out);
	if (k == 0)
		out->id = template.sites[rng_below(dice, SIM_SITES)];
	else if (k == 1)
		out->id = template.cases[rng_below(dice, SIM_CASES)];
	else
		out->id = template.people[rng_below(dice, 2)];
	(void)snprintf(out->type, sizeof(out->type), "%s",
	    k == 0       ? "site"
	        : k == 1 ? "case"
	                 : "person");
	return true;
}

/* The key of an open side at the path that this device's user wrote, or
 * another. */
static const char *
side_of(const struct record *r, const char *path, struct id user, bool own)
{
	const struct conflict *c = record_open_conflict(r, path);

	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (c->sides[i].is_open &&
		    id_equal(c->sides[i].author, user) == own)
			return c->sides[i].key;
	return NULL;
}

bool
person_edits(struct sim_device *d, struct rng *dice)
{
	struct field_edit f[EDITS_MAX];
	struct edit edits[EDITS_MAX] = { 0 };
	struct record_view v;
	struct picked p;
	struct err e = { 0 };
	size_t n = 1 + (size_t)rng_below(dice, EDITS_MAX), used = 0;
	bool saved = false;

	if (d->store == NULL || !pick_shared(d, dice, &p) ||
	    device_store_get(d->store, p.id, &v, &e) != ERR_OK)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool twice = false;
		uint64_t how;

		if (!field_choose(
		        &d->world->words, dice, p.type, v.record.doc, &f[used]))
			break;
		for (size_t k = 0; k < used; k++)
			twice = twice || path_related(f[k].path, f[used].path);
		if (twice) {
			json_decref(f[used].now);
			continue;
		}
		edits[used] =
		    (struct edit){ .path = f[used].path, .now = f[used].now };
		how = rng_below(dice, 6);
		if (how < 3)
			edits[used].side =
			    side_of(&v.record, f[used].path, d->user, how < 2);
		used++;
	}
	if (used > 0)
		saved = person_saves(d, &p.id, p.type, edits, used, NULL);
	for (size_t i = 0; i < used; i++)
		json_decref(f[i].now);
	record_view_fini(&v);
	return saved;
}

bool
person_writes_offices(struct sim_device *d, struct rng *dice)
{
	static const char *const states[] = { "on_hold", "closing" };
	const struct id id = template.cases[rng_below(dice, SIM_CASES)];
	json_t *state = json_string(states[rng_below(dice, 2)]);
	bool saved = true;

	for (unsigned i = 0; i < 2 && saved; i++) {
		struct edit edits[2] = { { .path = "commissioner" },
			{ .path = "status", .now = state } };
		char word[16];
		json_t *text;

		word_new(&d->world->words, word);
		edits[0].now = text = json_sprintf("commissioner %s", word);
		saved = person_saves(d, &id, "case", edits, 2 - i, NULL);
		json_decref(text);
	}
	json_decref(state);
	return saved;
}

/* ---- signing ---- */

struct signing {
	struct edit edits[SIGN_EDITS_MAX];
	size_t n;
	const json_t *doc;
};

static enum err_code
add_locked(void *arg, const char *path, struct err *e)
{
	struct signing *s = arg;

	(void)e;
	if (s->n < SIGN_EDITS_MAX - 3)
		s->edits[s->n++] = (struct edit){ .path = strdup(path),
			.now = path_get(s->doc, path),
			.restate = true };
	return ERR_OK;
}

bool
person_signs(struct sim_device *d, struct rng *dice)
{
	struct signing s = { 0 };
	struct record_view v;
	struct picked p;
	struct err e = { 0 };
	json_t *content, *by;
	bool saved;

	if (d->store == NULL || !pick_record(d, dice, "note", &p) ||
	    device_store_get(d->store, p.id, &v, &e) != ERR_OK)
		return false;
	s.doc = v.record.doc;
	if (schema_is_signed(
	        schema_type(device_store_schema(d->store), "note"), s.doc) ||
	    apply_locked_paths(
	        schema_type(device_store_schema(d->store), "note"), s.doc,
	        add_locked, &s, &e) != ERR_OK) {
		record_view_fini(&v);
		return false;
	}
	content = json_string("signed");
	by = json_string(id_print(d->user).s);
	s.edits[s.n] = (struct edit){ .path = "content", .now = content };
	s.edits[s.n + 1] = (struct edit){ .path = "signed_by", .now = by };
	saved = person_saves(d, &p.id, "note", s.edits, s.n + 2, NULL);
	for (size_t i = 0; i < s.n; i++)
		free((char *)(uintptr_t)s.edits[i].path);
	json_decref(content);
	json_decref(by);
	record_view_fini(&v);
	return saved;
}

/* ---- deciding ---- */

struct open_conflict {
	struct record record;
	struct id id;
	uint64_t at, n;
	bool has;
};

static bool
count_open(void *arg, struct id record, const char *type,
    const struct conflict *c, const struct record *r)
{
	struct open_conflict *o = arg;

	(void)record;
	(void)type;
	if (o->has)
		return true;
	if (o->n++ == o->at && r != NULL) {
		o->id = c->id;
		o->has = record_copy(r, &o->record, NULL) == ERR_OK;
	}
	return true;
}

static void
name_sides(const struct conflict *c, struct change_resolve *r)
{
	r->sides = json_array();
	for (size_t i = 0; i < c->n_sides; i++)
		if (c->sides[i].is_open)
			(void)json_array_append_new(r->sides,
			    json_pack("[so]", c->sides[i].key,
			        version_to_json(c->sides[i].version)));
}

/* Is the user one of those whose words are before them?  By what the office
 * told: somebody else's decision, which it holds, is in its author's view. */
static bool
is_own(const struct sim_device *d, const struct open_conflict *o)
{
	const struct conflict *c = record_conflict(&o->record, o->id);
	const struct setter *last = decide_last_setter(&o->record, c->path);

	for (size_t i = 0; i < c->n_sides; i++)
		if (id_equal(c->sides[i].author, d->user) &&
		    c->sides[i].version.epoch < SHOWN_EPOCH)
			return true;
	return last != NULL && last->version.epoch < SHOWN_EPOCH &&
	    id_equal(last->author, d->user);
}

static void
note_authors(struct sim_device *d)
{
	struct world *w = d->world;

	if (d->n_links >= d->written && d->written > 0 &&
	    w->n_authors_decisions < 64)
		w->authors_decisions[w->n_authors_decisions++] =
		    d->links[d->written - 1];
}

bool
person_decides(struct sim_device *d, struct rng *dice)
{
	struct open_conflict o = { .at = UINT64_MAX };
	struct change_resolve resolve = { 0 };
	struct edit edit = { .restate = true };
	const struct conflict *c;
	struct err e = { 0 };
	uint64_t pick;
	bool saved;

	if (d->store == NULL ||
	    device_store_conflicts(d->store, false, count_open, &o, &e) !=
	        ERR_OK ||
	    o.n == 0)
		return false;
	o.at = rng_below(dice, o.n);
	o.n = 0;
	if (device_store_conflicts(d->store, false, count_open, &o, &e) !=
	        ERR_OK ||
	    !o.has)
		return false;
	c = record_conflict(&o.record, o.id);
	resolve.conflict = o.id;
	resolve.current = shown_version(&o.record, c->path);
	resolve.ask = rng_below(dice, 10) == 0;
	name_sides(c, &resolve);
	edit.path = c->path;
	pick = rng_below(dice, c->n_sides + 1);
	edit.now = pick < c->n_sides ? c->sides[pick].value
	                             : path_get(o.record.doc, c->path);
	saved = person_saves(d, &o.record.id, o.record.type, &edit,
	    resolve.ask ? 0 : 1, &resolve);
	if (saved) {
		trace_say(d->world, "device %u decides conflict %s%s", d->slot,
		    id_print(o.id).s, resolve.ask ? " (asks on)" : "");
		count_event(d->world, EVENT_DECISION);
		if (is_own(d, &o))
			note_authors(d);
	}
	json_decref(resolve.sides);
	record_fini(&o.record);
	return saved;
}
