/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of one thing: see them, and say which stands.
 */
#include <stdlib.h>

#include "client/commands.h"
#include "client/core/view_json.h"
#include "client/output.h"
#include "client/save.h"
#include "client/show.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

struct listing {
	struct client *c;
	json_t *list;
	struct err e;
};

static bool
list_each(void *arg, struct id record, const char *type,
    const struct conflict *conflict, const struct record *r)
{
	struct listing *l = arg;
	json_t *line = json_object();

	(void)record;
	return conflict_to_json(schema_type(l->c->schema, type), r, conflict,
	           line, &l->e) == ERR_OK
	    ? json_add_take(l->list, line, &l->e) == ERR_OK
	    : (json_decref(line), false);
}

enum err_code
conflict_list_run(struct client *c, json_t *result, struct err *e)
{
	struct listing l = { .c = c, .list = json_array() };
	enum err_code code = json_put_take(result, "conflicts", l.list, e);

	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK ||
	    (code = device_store_conflicts(c->store, args_has(c->args, "all"),
	         list_each, &l, e)) != ERR_OK)
		return code;
	if (l.e.code != ERR_OK) {
		*e = l.e;
		return e->code;
	}
	return ERR_OK;
}

void
conflict_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "conflicts");
	char title[TITLE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		output_words(c, "conflict.title", "field",
		    output_str(one, "label"), NULL);
		record_title(c, output_str(one, "record"), title);
		output("    %s %s\n    visitbook conflict show %s\n",
		    output_str(one, "type"), title, output_str(one, "id"));
	}
	if (json_array_size(list) == 0)
		output("There are no two versions of anything.\n");
}

/* One conflict with a copy of its record. */
struct found {
	struct id id;
	struct record record;
	bool has;
	struct err e;
};

static bool
find_each(void *arg, struct id record, const char *type,
    const struct conflict *conflict, const struct record *r)
{
	struct found *f = arg;

	(void)record;
	(void)type;
	if (!id_equal(conflict->id, f->id))
		return true;
	f->has = record_copy(r, &f->record, &f->e) == ERR_OK;
	return false;
}

/* Find a conflict by its id; c->type becomes its record's. */
static enum err_code
find(struct client *c, struct found *f, struct err *e)
{
	enum err_code code;

	*f = (struct found){ .has = false };
	if ((code = client_id(c, c->args->operands[0], &f->id, e)) != ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK ||
	    (code = device_store_conflicts(c->store, true, find_each, f, e)) !=
	        ERR_OK)
		return code;
	if (f->e.code != ERR_OK) {
		*e = f->e;
		return e->code;
	}
	if (!f->has) {
		client_next(c, "visitbook conflict list --all shows them.");
		return err_set(e, ERR_NOTFOUND, 0,
		    "there are no two versions with this id on this device");
	}
	c->type = schema_type(c->schema, f->record.type);
	if (c->type == NULL) {
		record_fini(&f->record);
		return err_set(e, ERR_NEWER, 0,
		    "this is a kind of record that this version does not "
		    "know");
	}
	return ERR_OK;
}

enum err_code
conflict_show_run(struct client *c, json_t *result, struct err *e)
{
	const struct conflict *conflict;
	struct found f;
	enum err_code code = find(c, &f, e);

	if (code != ERR_OK)
		return code;
	conflict = record_conflict(&f.record, f.id);
	code = conflict_to_json(c->type, &f.record, conflict, result, e);
	if (code == ERR_OK)
		code = conflict_more_to_json(&f.record, conflict, result, e);
	record_fini(&f.record);
	return code;
}

/* "1. You wrote on 21 November 2026:" and the value. */
static void
show_side(struct client *c, const struct schema_field *field,
    const json_t *side, size_t number)
{
	struct id_text me = id_print(device_store_identity(c->store)->user);
	const char *author = output_str(side, "author");
	char name[TITLE_MAX], day[OUTPUT_TIME_MAX], time[OUTPUT_TIME_MAX];

	record_title(c, author, name);
	output_day(output_num(side, "made_at"), day);
	output_clock(output_num(side, "made_at"), time);
	output("%zu. %s wrote on %s, %s%s:\n", number,
	    strcmp(author, me.s) == 0 ? "You" : name, day, time,
	    json_is_true(json_object_get(side, "open")) ? "" : " (closed)");
	show_value(c, field, json_object_get(side, "value"), "  ");
}

void
conflict_show_human(struct client *c, const json_t *result)
{
	const struct schema_field *field =
	    schema_find_field(c->type, output_str(result, "path"));
	const json_t *sides = json_object_get(result, "sides");
	const json_t *decision = json_object_get(result, "decision");
	char name[TITLE_MAX], day[OUTPUT_TIME_MAX];

	output_words(
	    c, "conflict.title", "field", output_str(result, "label"), NULL);
	output("The value that stands now (current):\n");
	show_value(c, field, json_object_get(result, "current"), "  ");
	for (size_t i = 0; i < json_array_size(sides); i++)
		show_side(c, field, json_array_get(sides, i), i + 1);
	if (json_is_object(decision)) {
		record_title(c, output_str(decision, "by"), name);
		output_day(output_num(decision, "at"), day);
		output_words(c, "conflict.decided", "who", name, "day", day,
		    "reason", output_str(decision, "reason"), NULL);
	} else {
		output("\nvisitbook conflict decide %s, with --take and "
		       "current or a number, --text-file FILE, or --ask\n",
		    output_str(result, "id"));
	}
}

/* Every version that the person saw: all sides. */
static enum err_code
name_sides(
    const struct conflict *conflict, struct change_resolve *r, struct err *e)
{
	enum err_code code = ERR_OK;

	r->sides = json_array();
	for (size_t i = 0; i < conflict->n_sides && code == ERR_OK; i++) {
		const struct conflict_side *s = &conflict->sides[i];
		json_t *pair = json_array();

		if (s->is_open &&
		    (code = json_add_take(pair, json_string(s->key), e)) ==
		        ERR_OK &&
		    (code = json_add_take(
		         pair, version_to_json(s->version), e)) == ERR_OK)
			code = json_add_take(r->sides, json_incref(pair), e);
		json_decref(pair);
	}
	return code;
}

/* The value of "current", a side's name, or a side's number. */
static enum err_code
take_side(struct client *c, const struct found *f,
    const struct conflict *conflict, json_t **out, struct err *e)
{
	const char *take = args_get(c->args, "take");
	char *end;
	unsigned long n = strtoul(take, &end, 10);

	if (strcmp(take, "current") == 0) {
		*out = value_share(path_get(f->record.doc, conflict->path));
		return ERR_OK;
	}
	for (size_t i = 0; i < conflict->n_sides; i++)
		if (strcmp(conflict->sides[i].key, take) == 0 ||
		    (*end == '\0' && end != take && n == i + 1)) {
			*out = value_share(conflict->sides[i].value);
			return ERR_OK;
		}
	client_next(
	    c, "visitbook conflict show %s names them.", c->args->operands[0]);
	return err_set(e, ERR_INVALID, 0,
	    "there is no side \"%.80s\": take current, or 1 to %zu", take,
	    conflict->n_sides);
}

static enum err_code
take_text(struct client *c, const struct found *f,
    const struct conflict *conflict, json_t **out, struct err *e)
{
	struct edits edits;
	struct buf text;
	enum err_code code;

	buf_init(&text, 3 * LIMIT_TEXT_BYTES);
	edits_init(&edits, c->type, f->record.doc);
	edits.now_ms = clock_unix_ms();
	code = client_read_text(c, args_get(c->args, "text-file"), &text, e);
	if (code == ERR_OK)
		code = edits_set(
		    &edits, conflict->path, text.ptr, text.len, EDIT_TEXT, e);
	if (code == ERR_OK)
		*out = value_share(edits.items[0].now);
	edits_fini(&edits);
	buf_wipe(&text);
	return code;
}

static enum err_code
decide(struct client *c, const struct found *f, const struct conflict *conflict,
    json_t *result, struct err *e)
{
	bool ask = args_has(c->args, "ask");
	struct edit_item item = { .path = conflict->path };
	struct change_resolve resolve = { .conflict = conflict->id,
		.current = record_path_version(&f->record, conflict->path),
		.ask = ask };
	struct save_edits what = { .record = &f->record.id,
		.items = &item,
		.n = ask ? 0 : 1,
		.restate = true,
		.resolve = &resolve };
	const char *reason = args_get(c->args, "reason");
	enum err_code code = name_sides(conflict, &resolve, e);

	if (code == ERR_OK && reason != NULL &&
	    (resolve.reason = strdup(reason)) == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && args_has(c->args, "take"))
		code = take_side(c, f, conflict, &item.now, e);
	else if (code == ERR_OK && !ask)
		code = take_text(c, f, conflict, &item.now, e);
	if (code == ERR_OK)
		code = save_edits(c, &what, result, e);
	json_decref(item.now);
	json_decref(resolve.sides);
	free(resolve.reason);
	return code;
}

/* What the record says after the decision. */
static enum err_code
tell_decided(
    struct client *c, const struct found *f, json_t *result, struct err *e)
{
	struct record_view after;
	const struct conflict *conflict;
	json_t *more = json_object(), *value;
	enum err_code code =
	    device_store_get(c->store, f->record.id, &after, e);

	if (code != ERR_OK) {
		json_decref(more);
		return code;
	}
	conflict = record_conflict(&after.record, f->id);
	if (conflict == NULL)
		code = err_set(e, ERR_CORRUPT, 0,
		    "the two versions are gone from the record");
	else
		code =
		    conflict_to_json(c->type, &after.record, conflict, more, e);
	if (code == ERR_OK)
		code =
		    json_put_str(result, "state", output_str(more, "state"), e);
	if (code == ERR_OK) {
		value = value_share(path_get(after.record.doc, conflict->path));
		code = json_put_take(
		    result, "value", value != NULL ? value : json_null(), e);
	}
	if (code == ERR_OK)
		code = json_put_id(result, "id", f->id, e);
	if (code == ERR_OK)
		code = json_put_id(result, "record", f->record.id, e);
	json_decref(more);
	record_view_fini(&after);
	return code;
}

enum err_code
conflict_decide_run(struct client *c, json_t *result, struct err *e)
{
	int ways = (args_has(c->args, "take") ? 1 : 0) +
	    (args_has(c->args, "text-file") ? 1 : 0) +
	    (args_has(c->args, "ask") ? 1 : 0);
	const struct conflict *conflict;
	struct found f;
	enum err_code code;

	if (ways != 1)
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "say one of --take current or --take SIDE, --text-file "
		    "FILE, --ask");
	code = find(c, &f, e);
	if (code != ERR_OK)
		return code;
	conflict = record_conflict(&f.record, f.id);
	if (!conflict_is_open(conflict)) {
		client_next(c,
		    "It stands as it is. To change the field, edit the "
		    "record.");
		code = client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "closed", e,
		    "this was decided already");
	} else {
		code = decide(c, &f, conflict, result, e);
	}
	if (code == ERR_OK)
		code = tell_decided(c, &f, result, e);
	record_fini(&f.record);
	return code;
}

void
conflict_decide_human(struct client *c, const json_t *result)
{
	output("%s\n",
	    strcmp(output_str(result, "state"), "open") == 0
	        ? "Both versions are kept until someone decides."
	        : "Decided. Both versions stay readable.");
	saved_human(c, result);
}
