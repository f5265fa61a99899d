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

/* What is told of a conflict in a list. */
static enum err_code
conflict_put(json_t *out, const struct record *r, const struct conflict *k,
    struct err *e)
{
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
	         out, "owner", conflict_owner_word(k->owner), e)) != ERR_OK)
		return code;
	return json_put_int(out, "opened_at", (int64_t)k->opened_at, e);
}

static enum err_code
record_conflicts_add(json_t *list, const struct record *r, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		json_t *one;

		if (!conflict_is_open(&r->conflicts[i]))
			continue;
		one = json_object();
		code = conflict_put(one, r, &r->conflicts[i], e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		else
			json_decref(one);
	}
	return code;
}

static enum err_code
list_add(void *arg, const struct record *r, bool *stop, struct err *e)
{
	(void)stop;
	return record_conflicts_add(arg, r, e);
}

enum err_code
command_conflict_list(struct command *c, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = command_each_record(c, list_add, list, e);
	if (code == ERR_OK)
		return json_put_take(c->out, "conflicts", list, e);
	json_decref(list);
	return code;
}

static enum err_code
value_put(json_t *out, const char *key, const json_t *value, struct err *e)
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
	    (code = value_put(one, "value", s->value, e)) == ERR_OK &&
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
	json_t *sides = json_array();
	enum err_code code;

	for (size_t i = 0; i < k->n_sides; i++) {
		code = side_put(sides, &k->sides[i], e);
		if (code != ERR_OK) {
			json_decref(sides);
			return code;
		}
	}
	if ((code = json_put_take(c->out, "sides", sides, e)) != ERR_OK ||
	    (code = conflict_put(c->out, r, k, e)) != ERR_OK ||
	    (code = value_put(c->out, "ancestor", k->ancestor, e)) != ERR_OK ||
	    (code = value_put(
	         c->out, "current", path_get(r->doc, k->path), e)) != ERR_OK)
		return code;
	return json_put_take(c->out, "decision", decision_of(k), e);
}

/* The conflict that the request names, with its record, in a snapshot. */
static enum err_code
conflict_find(
    struct command *c, struct record *r, struct id *id_out, struct err *e)
{
	const char *text;
	enum err_code code = command_text(c, "conflict", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, id_out))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	code = store_begin_read(c->store, e);
	if (code == ERR_OK)
		code = command_conflict_record(c, *id_out, r, e);
	return code;
}

enum err_code
command_conflict_show(struct command *c, struct err *e)
{
	struct record r;
	struct id id;
	enum err_code code = conflict_find(c, &r, &id, e);

	if (code != ERR_OK)
		return code;
	code = conflict_show(c, &r, id, e);
	record_fini(&r);
	return code;
}

/* ---- deciding ---- */

/* Who wrote one of the sides, or may settle other people's. */
static enum err_code
decider_check(struct command *c, const struct conflict *k, struct err *e)
{
	static const char *const roles[] = { "RES", "SEN", "MGR" };
	struct office_user u;
	enum err_code code;

	if (id_is_zero(c->acting)) {
		c->next = "Say who decides: --as USER.";
		return err_set(e, ERR_INVALID, 0,
		    "a decision is somebody's; nobody was named");
	}
	code = store_user_get(c->store, c->acting, &u, e);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(u.role, roles[i]) == 0)
			return ERR_OK;
	for (size_t i = 0; i < k->n_sides; i++)
		if (id_equal(k->sides[i].author, u.id))
			return ERR_OK;
	c->next = "Ask an author of one side, a senior or an administrator.";
	return err_set(
	    e, ERR_CONFLICT, 0, "%.80s may not decide this one", u.name);
}

/* Every open side as [key, version]: what the decider saw. */
static enum err_code
sides_seen(const struct conflict *k, json_t **out, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < k->n_sides && code == ERR_OK; i++) {
		json_t *pair;

		if (!k->sides[i].is_open)
			continue;
		pair = json_array();
		code = json_add_take(pair, json_string(k->sides[i].key), e);
		if (code == ERR_OK)
			code = json_add_take(
			    pair, version_to_json(k->sides[i].version), e);
		if (code == ERR_OK)
			code = json_add_take(list, pair, e);
		else
			json_decref(pair);
	}
	if (code == ERR_OK)
		*out = list;
	else
		json_decref(list);
	return code;
}

/* The value that is to stand: borrowed from r or owned by *own. */
static enum err_code
value_chosen(struct command *c, const struct record *r,
    const struct conflict *k, const json_t **value_out, json_t **own,
    struct err *e)
{
	const json_t *text = json_object_get(c->in, "text");
	const char *take = command_text_or(c, "take", NULL);
	const struct schema_type *type =
	    schema_type(engine_schema(c->g), r->type);
	enum err_code code;

	if (text != NULL && take == NULL) {
		if (!json_is_string(text) || type == NULL)
			return err_set(e, ERR_INVALID, 0, "text is no text");
		code = command_value(
		    c, type, k->path, json_string_value(text), own, e);
		if (code == ERR_OK)
			*value_out = *own;
		return code;
	}
	if (take != NULL && text == NULL) {
		if (strcmp(take, "current") == 0) {
			*value_out = path_get(r->doc, k->path);
			return ERR_OK;
		}
		for (size_t i = 0; i < k->n_sides; i++)
			if (strcmp(k->sides[i].key, take) == 0) {
				*value_out = k->sides[i].value;
				return ERR_OK;
			}
		return err_set(
		    e, ERR_NOTFOUND, 0, "there is no side %.60s", take);
	}
	c->next = "Use --take current, --take SIDE, --text-file F or --ask.";
	return err_set(e, ERR_INVALID, 0, "say which value is to stand");
}

static enum err_code
decision_save(struct command *c, const struct record *r,
    const struct conflict *k, const json_t *value, bool ask, struct err *e)
{
	const struct office_edit edit = { k->path, value };
	char *reason = (char *)(uintptr_t)command_text_or(c, "reason", NULL);
	struct change_resolve resolve = { .conflict = k->id,
		.current = record_path_version(r, k->path),
		.reason = reason,
		.ask = ask };
	const struct office_save save = { .author = c->acting,
		.record = &r->id,
		.type = r->type,
		.edits = &edit,
		.n_edits = ask ? 0 : 1,
		.resolve = &resolve };
	struct office_saved saved;
	enum err_code code = sides_seen(k, &resolve.sides, e);

	if (code == ERR_OK)
		code = engine_save(c->g, &save, &saved, e);
	json_decref(resolve.sides);
	return code != ERR_OK
	    ? code
	    : json_put_int(c->out, "counter", (int64_t)saved.counter, e);
}

/* How it stands after the decision: a newer side may have kept it open. */
static enum err_code
decision_tell(struct command *c, struct id record, struct id id, struct err *e)
{
	const struct conflict *k;
	struct record r;
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_record_get(c->store, record, &r, e);
	if (code != ERR_OK)
		return code;
	k = record_conflict(&r, id);
	if ((code = json_put_id(c->out, "id", id, e)) == ERR_OK && k != NULL &&
	    (code = json_put_str(c->out, "state",
	         conflict_is_open(k) ? "open" : "decided", e)) == ERR_OK)
		code = value_put(c->out, "value", path_get(r.doc, k->path), e);
	record_fini(&r);
	return code;
}

static enum err_code
decide(struct command *c, const struct record *r, struct id id, struct err *e)
{
	const bool ask = json_is_true(json_object_get(c->in, "ask"));
	const struct conflict *k = record_conflict(r, id);
	const json_t *value = NULL;
	json_t *own = NULL;
	enum err_code code = decider_check(c, k, e);

	if (code == ERR_OK && !conflict_is_open(k)) {
		c->next = "Edit the record to change what was decided.";
		code = err_set(e, ERR_CONFLICT, 0, "it was decided already");
	}
	if (code == ERR_OK && !ask)
		code = value_chosen(c, r, k, &value, &own, e);
	store_rollback(c->store);
	if (code == ERR_OK)
		code = decision_save(c, r, k, value, ask, e);
	json_decref(own);
	return code != ERR_OK ? code : decision_tell(c, r->id, id, e);
}

enum err_code
command_conflict_decide(struct command *c, struct err *e)
{
	struct record r;
	struct id id;
	enum err_code code = conflict_find(c, &r, &id, e);

	if (code != ERR_OK)
		return code;
	code = decide(c, &r, id, e);
	record_fini(&r);
	return code;
}
