/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts: two versions that wait for a person.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* What the telling needs beside the conflict. */
struct telling {
	struct command *c;
	struct decide_limits limits;
	uint64_t now_ms;
	json_t *list;
	enum err_code code; /* of a callback that can only stop */
	struct err *e;
};

static enum err_code
telling_init(struct telling *t, struct command *c, struct err *e)
{
	*t = (struct telling){ .c = c, .now_ms = clock_unix_ms(), .e = e };
	return engine_limits(c->g, &t->limits, e);
}

/* What is told of a conflict in a list. */
static enum err_code
conflict_put(const struct telling *t, json_t *out, const struct record *r,
    const struct conflict *k, struct err *e)
{
	const enum conflict_owner owner =
	    decide_owner(&t->limits, k, t->now_ms);
	enum err_code code;

	if ((code = json_put_id(out, "id", k->id, e)) != ERR_OK ||
	    (code = json_put_id(out, "record", r->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "type", r->type, e)) != ERR_OK ||
	    (code = json_put_str(out, "path", k->path, e)) != ERR_OK ||
	    (code = json_put_str(
	         out, "kind", conflict_kind_word(k->kind), e)) != ERR_OK ||
	    (code = json_put_str(out, "state",
	         conflict_is_open(k) ? "open" : "decided", e)) != ERR_OK ||
	    (code = json_put_str(
	         out, "owner", conflict_owner_word(owner), e)) != ERR_OK)
		return code;
	return json_put_int(out, "opened_at", (int64_t)k->opened_at, e);
}

static enum err_code
record_conflicts_add(
    const struct telling *t, const struct record *r, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		json_t *one;

		if (!conflict_is_open(&r->conflicts[i]))
			continue;
		one = json_object();
		code = conflict_put(t, one, r, &r->conflicts[i], e);
		if (code == ERR_OK)
			code = json_add_take(t->list, one, e);
		else
			json_decref(one);
	}
	return code;
}

static bool
list_add(void *arg, struct id record)
{
	struct telling *t = arg;
	struct record r;

	t->code = store_record_get(t->c->store, record, &r, t->e);
	if (t->code != ERR_OK)
		return false;
	t->code = record_conflicts_add(t, &r, t->e);
	record_fini(&r);
	return t->code == ERR_OK;
}

/* Of the record that the request names, or of all that have any. */
static enum err_code
list_fill(struct telling *t, struct err *e)
{
	const char *only = command_text_or(t->c, "record", NULL);
	struct id id;
	enum err_code code;

	if (only == NULL) {
		code = store_conflicted(t->c->store, list_add, t, e);
		return code != ERR_OK ? code : t->code;
	}
	if (!id_parse(only, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", only);
	(void)list_add(t, id);
	return t->code;
}

enum err_code
command_conflict_list(struct command *c, struct err *e)
{
	struct telling t;
	enum err_code code = store_begin_read(c->store, e);

	if (code != ERR_OK || (code = telling_init(&t, c, e)) != ERR_OK)
		return code;
	t.list = json_array();
	code = list_fill(&t, e);
	if (code == ERR_OK)
		return json_put_take(c->out, "conflicts", t.list, e);
	json_decref(t.list);
	return code;
}

enum err_code
command_value_put(
    json_t *out, const char *key, const json_t *value, struct err *e)
{
	return json_put_take(out, key,
	    value == NULL ? json_null()
	                  : json_incref((json_t *)(uintptr_t)value),
	    e);
}

static enum err_code
side_put(json_t *list, const struct conflict_side *s, struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_str(one, "side", s->key, e)) == ERR_OK &&
	    (code = command_value_put(one, "value", s->value, e)) == ERR_OK &&
	    (code = json_put_id(one, "author", s->author, e)) == ERR_OK &&
	    (code = json_put_id(one, "device", s->device, e)) == ERR_OK &&
	    (code = json_put_int(one, "counter", (int64_t)s->counter, e)) ==
	        ERR_OK &&
	    (code = json_put_int(one, "made_at", (int64_t)s->made_at, e)) ==
	        ERR_OK &&
	    (code = json_put_int(one, "uncertainty_s",
	         (s->clock_offset < 0 ? -s->clock_offset : s->clock_offset) /
	             1000,
	         e)) == ERR_OK &&
	    (code = json_put_bool(one, "open", s->is_open, e)) == ERR_OK)
		code = json_put_take(
		    one, "version", version_to_json(s->version), e);
	if (code == ERR_OK)
		return json_add_take(list, one, e);
	json_decref(one);
	return code;
}

/* The decision that stands, or null while it is open. */
static json_t *
decision_of(const struct conflict *k)
{
	const size_t n = json_array_size(k->decisions);
	json_t *last = n == 0 ? NULL : json_array_get(k->decisions, n - 1);

	return conflict_is_open(k) || last == NULL ? json_null()
	                                           : json_incref(last);
}

static enum err_code
conflict_show(
    struct command *c, const struct record *r, struct id id, struct err *e)
{
	const struct conflict *k = record_conflict(r, id);
	struct telling t;
	json_t *sides;
	enum err_code code = telling_init(&t, c, e);

	if (code != ERR_OK)
		return code;
	sides = json_array();
	for (size_t i = 0; i < k->n_sides; i++) {
		code = side_put(sides, &k->sides[i], e);
		if (code != ERR_OK) {
			json_decref(sides);
			return code;
		}
	}
	if ((code = json_put_take(c->out, "sides", sides, e)) != ERR_OK ||
	    (code = conflict_put(&t, c->out, r, k, e)) != ERR_OK ||
	    (code = command_value_put(c->out, "ancestor", k->ancestor, e)) !=
	        ERR_OK ||
	    (code = command_value_put(
	         c->out, "current", path_get(r->doc, k->path), e)) != ERR_OK)
		return code;
	return json_put_take(c->out, "decision", decision_of(k), e);
}

enum err_code
command_conflict_find(
    struct command *c, struct record *r, struct id *id_out, struct err *e)
{
	const char *text, *only = command_text_or(c, "record", NULL);
	struct id record;
	enum err_code code = command_text(c, "conflict", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, id_out))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = store_conflict_record(c->store, *id_out, &record, e)) !=
	        ERR_OK)
		return code;
	if (only != NULL && strcmp(only, id_print(record).s) != 0)
		return err_set(e, ERR_NOTFOUND, 0,
		    "that conflict is of another record than %.60s", only);
	code = store_record_get(c->store, record, r, e);
	if (code == ERR_OK && record_conflict(r, *id_out) == NULL) {
		record_fini(r);
		code = err_set(
		    e, ERR_CORRUPT, 0, "the record has no such conflict");
	}
	return code;
}

enum err_code
command_conflict_show(struct command *c, struct err *e)
{
	struct record r;
	struct id id;
	enum err_code code = command_conflict_find(c, &r, &id, e);

	if (code != ERR_OK)
		return code;
	code = conflict_show(c, &r, id, e);
	record_fini(&r);
	return code;
}
