/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts: two versions that wait for a person.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/conflict_json.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

struct telling {
	struct command *c;
	struct conflict_teller teller;
	json_t *list;
	bool reviews_only;
	enum err_code code; /* of a callback that can only stop */
	struct err *e;
};

/* For the acting user, if there is one. */
static enum err_code
teller_make(struct command *c, struct conflict_teller *out, struct err *e)
{
	struct conflict_teller t = { .schema = engine_schema(c->g),
		.user = c->acting,
		.now_ms = clock_unix_ms() };
	struct office_user u;
	enum err_code code = engine_limits(c->g, &t.limits, e);

	if (code == ERR_OK && !id_is_zero(c->acting)) {
		code = store_user_get(c->store, c->acting, &u, e);
		if (code == ERR_OK && u.is_active)
			t.rung = decide_rung(t.schema, u.role);
	}
	if (code == ERR_OK)
		*out = t;
	return code;
}

static bool
is_review(const struct conflict *k)
{
	return k->kind == CONFLICT_REVIEW || k->kind == CONFLICT_NOTICE;
}

static enum err_code
record_conflicts_add(
    const struct telling *t, const struct record *r, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		json_t *one;

		if (!conflict_is_open(&r->conflicts[i]) ||
		    (t->reviews_only && !is_review(&r->conflicts[i])))
			continue;
		one = json_object();
		code =
		    conflict_line_json(&t->teller, r, &r->conflicts[i], one, e);
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
	struct telling t = { .c = c, .e = e };
	enum err_code code = store_begin_read(c->store, e);

	if (code != ERR_OK || (code = teller_make(c, &t.teller, e)) != ERR_OK)
		return code;
	t.list = json_array();
	code = list_fill(&t, e);
	if (code == ERR_OK)
		return json_put_take(c->out, "conflicts", t.list, e);
	json_decref(t.list);
	return code;
}

enum err_code
command_conflict_reviews(struct command *c, json_t *list, struct err *e)
{
	struct telling t = {
		.c = c, .list = list, .reviews_only = true, .e = e
	};
	enum err_code code = teller_make(c, &t.teller, e);

	if (code == ERR_OK)
		code = store_conflicted(c->store, list_add, &t, e);
	return code != ERR_OK ? code : t.code;
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
	json_t *sides, *by;
	struct conflict_teller teller;
	const struct conflict *k;
	struct record r;
	struct id id;
	enum err_code code = command_conflict_find(c, &r, &id, e);

	if (code != ERR_OK)
		return code;
	k = record_conflict(&r, id);
	if ((code = teller_make(c, &teller, e)) == ERR_OK &&
	    (code = conflict_line_json(&teller, &r, k, c->out, e)) == ERR_OK)
		code = conflict_whole_json(&teller, &r, k, c->out, e);
	sides = json_object_get(c->out, "sides");
	for (size_t i = 0; i < json_array_size(sides) && code == ERR_OK; i++)
		code = command_clock_put(c, json_array_get(sides, i), e);
	by = json_object_get(c->out, "current_by");
	if (code == ERR_OK && json_is_object(by))
		code = command_clock_put(c, by, e);
	record_fini(&r);
	return code;
}
