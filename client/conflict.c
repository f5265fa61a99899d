/* SPDX-License-Identifier: Apache-2.0 */
#include "client/conflict.h"

#include <stdlib.h>

#include "client/output.h"
#include "client/save.h"
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* A record's document, NULL where it is not here; new. */
static enum err_code
doc_of(struct client *c, struct id id, json_t **out, struct err *e)
{
	struct record_view view;
	enum err_code code = device_store_get(c->store, id, &view, e);

	*out = NULL;
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	*out = value_share(view.record.doc);
	record_view_fini(&view);
	return ERR_OK;
}

enum err_code
conflict_teller_make(
    struct client *c, struct conflict_teller *out, struct err *e)
{
	const struct device_identity *me = device_store_identity(c->store);
	const struct schema_account *account =
	    &schema_account_type(c->schema)->account;
	uint64_t now_ms;
	json_t *settings = NULL, *user = NULL;
	const char *role;
	enum err_code code;

	if ((code = device_store_office_ms(c->store, &now_ms, e)) != ERR_OK ||
	    (code = doc_of(c, decide_settings_id(me->office), &settings, e)) !=
	        ERR_OK ||
	    (code = doc_of(c, me->user, &user, e)) != ERR_OK)
		goto out;
	role = json_string_value(json_object_get(user, account->role));
	*out = (struct conflict_teller){
		.schema = c->schema,
		.limits = decide_limits_of(c->schema, settings),
		.user = me->user,
		.rung =
		    role == NULL ? OWNER_AUTHOR : decide_rung(c->schema, role),
		.now_ms = now_ms,
	};
out:
	json_decref(settings);
	json_decref(user);
	return code;
}

struct listing {
	struct client *c;
	struct conflict_teller teller;
	bool (*fits)(const struct conflict *);
	json_t *list;
	struct err e;
};

static bool
list_each(void *arg, struct id record, const char *type,
    const struct conflict *conflict, const struct record *r)
{
	struct listing *l = arg;
	json_t *line;

	(void)record;
	(void)type;
	if (l->fits != NULL && !l->fits(conflict))
		return true;
	line = json_object();
	if (conflict_line_json(&l->teller, r, conflict, line, &l->e) == ERR_OK)
		return json_add_take(l->list, line, &l->e) == ERR_OK;
	json_decref(line);
	return false;
}

enum err_code
conflict_list(struct client *c, bool (*fits)(const struct conflict *),
    const char *key, json_t *result, struct err *e)
{
	struct listing l = { .c = c, .fits = fits, .list = json_array() };
	enum err_code code = json_put_take(result, key, l.list, e);

	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK ||
	    (code = conflict_teller_make(c, &l.teller, e)) != ERR_OK ||
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
conflict_tell_reviews(const struct client *c, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	output_words(c, n == 1 ? "review.waiting.one" : "review.waiting.many",
	    "n", text, NULL);
}

/* The record that has the conflict. */
struct find {
	struct id conflict, record;
	bool has;
};

static bool
find_each(void *arg, struct id record, const char *type,
    const struct conflict *conflict, const struct record *r)
{
	struct find *f = arg;

	(void)type;
	(void)r;
	if (!id_equal(conflict->id, f->conflict))
		return true;
	f->record = record;
	f->has = true;
	return false;
}

enum err_code
conflict_find(struct client *c, struct conflict_found *f, struct err *e)
{
	struct find found = { .has = false };
	enum err_code code;

	if ((code = client_id(c, c->args->operands[0], &f->id, e)) != ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK)
		return code;
	found.conflict = f->id;
	code = device_store_conflicts(c->store, true, find_each, &found, e);
	if (code == ERR_OK && found.has)
		code = device_store_shown(c->store, found.record, &f->shown, e);
	if (code != ERR_OK)
		return code;
	if (found.has && record_conflict(&f->shown.view, f->id) == NULL) {
		record_shown_fini(&f->shown);
		found.has = false; /* it went with its record just now */
	}
	if (!found.has) {
		client_next(c, "visitbook conflict list --all shows them.");
		return err_set(e, ERR_NOTFOUND, 0,
		    "there are no two versions with this id on this device");
	}
	c->type = schema_type(c->schema, f->shown.view.type);
	if (c->type == NULL) {
		record_shown_fini(&f->shown);
		return err_set(e, ERR_NEWER, 0,
		    "this is a kind of record that this version does not "
		    "know");
	}
	return ERR_OK;
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

/* Whether it is the user's to decide, before they do: in their own view what
 * they decided stands in their name, whatever the office makes of it. */
static enum err_code
tell_may(struct client *c, const struct conflict_found *f,
    const struct conflict_decision *d, json_t *result, struct err *e)
{
	struct conflict_teller teller;
	struct deciding by = { .conflict =
		                   record_conflict(&f->shown.view, f->id),
		.has_reason = d->reason != NULL };
	enum err_code code = conflict_teller_make(c, &teller, e);

	if (code != ERR_OK)
		return code;
	by.user = teller.user;
	by.rung = teller.rung;
	by.now_ms = teller.now_ms;
	return json_put_str(result, "may",
	    conflict_may_word(decide_may(&teller.limits, &f->shown.view, &by)),
	    e);
}

/* What the record says after the decision. */
static enum err_code
tell_decided(struct client *c, const struct conflict_found *f, json_t *result,
    struct err *e)
{
	struct conflict_teller teller;
	struct record_view after;
	const struct conflict *conflict;
	json_t *more = json_object(), *value;
	enum err_code code =
	    device_store_get(c->store, f->shown.view.id, &after, e);

	if (code != ERR_OK) {
		json_decref(more);
		return code;
	}
	conflict = record_conflict(&after.record, f->id);
	if (conflict == NULL)
		code = err_set(e, ERR_CORRUPT, 0,
		    "the two versions are gone from the record");
	else if ((code = conflict_teller_make(c, &teller, e)) == ERR_OK)
		code = conflict_line_json(
		    &teller, &after.record, conflict, more, e);
	if (code == ERR_OK)
		code =
		    json_put_str(result, "state", human_str(more, "state"), e);
	if (code == ERR_OK) {
		value = value_share(path_get(after.record.doc, conflict->path));
		code = json_put_take(
		    result, "value", value != NULL ? value : json_null(), e);
	}
	if (code == ERR_OK)
		code = json_put_id(result, "id", f->id, e);
	if (code == ERR_OK)
		code = json_put_id(result, "record", f->shown.view.id, e);
	json_decref(more);
	record_view_fini(&after);
	return code;
}

/* Name the decision that stands. */
static enum err_code
name_decision(struct client *c, const struct conflict *conflict,
    char out[static 60], struct err *e)
{
	const json_t *last = conflict_decision(conflict);

	if (last == NULL || conflict_is_open(conflict)) {
		client_next(c, "visitbook conflict show %s shows it.",
		    id_print(conflict->id).s);
		return client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "closed", e,
		    "there is no decision here that could be taken back");
	}
	(void)snprintf(out, 60, "%s/%llu", human_str(last, "device"),
	    (unsigned long long)human_num(last, "counter"));
	return ERR_OK;
}

enum err_code
conflict_save(struct client *c, const struct conflict_found *f,
    const struct conflict_decision *d, json_t *result, struct err *e)
{
	const struct conflict *conflict =
	    record_conflict(&f->shown.view, f->id);
	struct edit_item item = { .path = conflict->path,
		.now = (json_t *)(uintptr_t)d->value };
	struct change_resolve resolve = { .conflict = f->id,
		.current = shown_version(&f->shown.view, conflict->path),
		.ask = d->ask };
	struct save_edits what = { .record = &f->shown.view.id,
		.items = &item,
		.n = d->has_value ? 1 : 0,
		.restate = true,
		.resolve = &resolve,
		.shown = &f->shown };
	enum err_code code = name_sides(conflict, &resolve, e);

	if (code == ERR_OK)
		code = tell_may(c, f, d, result, e);
	if (code == ERR_OK && d->undo)
		code = name_decision(c, conflict, resolve.undo, e);
	if (code == ERR_OK && d->reason != NULL &&
	    (resolve.reason = strdup(d->reason)) == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		code = save_edits(c, &what, result, e);
	json_decref(resolve.sides);
	free(resolve.reason);
	return code != ERR_OK ? code : tell_decided(c, f, result, e);
}
