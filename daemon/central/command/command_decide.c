/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts: who decides, and the decision.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/conflict_json.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_decide.h"

enum err_code
decision_allowed(struct command *c, const struct record *r,
    const struct conflict *k, struct err *e)
{
	const struct deciding d = {
		.conflict = k,
		.user = c->acting,
		.has_reason = command_text_or(c, "reason", NULL) != NULL,
		.now_ms = clock_unix_ms(),
	};
	struct decide_limits limits;
	struct office_user u;
	enum may_decide may;
	enum err_code code;

	if (id_is_zero(c->acting)) {
		c->next = "Say who decides: --as USER.";
		return err_set(e, ERR_INVALID, 0,
		    "a decision is somebody's; nobody was named");
	}
	if ((code = store_user_get(c->store, c->acting, &u, e)) != ERR_OK ||
	    (code = engine_limits(c->g, &limits, e)) != ERR_OK ||
	    (code = engine_may_decide(c->g, r, &d, &may, e)) != ERR_OK ||
	    may == MAY_DECIDE)
		return code;
	if (may == MAY_DECIDE_LATER) {
		c->next = limits.early
		    ? "Say why it cannot wait (--reason), or let them pass it "
		      "on (--ask)."
		    : "They can pass it on (--ask); visitbook-central "
		      "conflict show says when time does.";
		return err_set(e, ERR_CONFLICT, 0,
		    "it is not yet %.80s's to decide: whoever wrote the two "
		    "versions comes first",
		    u.name);
	}
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

enum err_code
decision_taken(struct command *c, const struct record *r,
    const struct conflict *k, const char *take, const json_t **out,
    struct err *e)
{
	size_t side;

	if (strcmp(take, "current") == 0) {
		*out = path_get(r->doc, k->path);
		return ERR_OK;
	}
	if (conflict_side_named(k, take, &side)) {
		*out = k->sides[side].value;
		return ERR_OK;
	}
	c->next = "visitbook-central conflict show names the sides.";
	return err_set(e, ERR_NOTFOUND, 0,
	    "there is no side %.60s: take current, or 1 to %zu", take,
	    k->n_sides);
}

/* The value that is to stand: borrowed from r or owned by *own. */
static enum err_code
value_chosen(struct command *c, const struct record *r,
    const struct conflict *k, const json_t **value_out, json_t **own,
    struct err *e)
{
	const json_t *text = json_object_get(c->in, "text");
	const struct schema_type *type =
	    schema_type(engine_schema(c->g), r->type);
	enum err_code code;

	if (text != NULL) {
		if (!json_is_string(text) || type == NULL)
			return err_set(e, ERR_INVALID, 0, "text is no text");
		code = command_value(
		    c, type, k->path, json_string_value(text), own, e);
		if (code == ERR_OK)
			*value_out = *own;
		return code;
	}
	return decision_taken(
	    c, r, k, command_text_or(c, "take", ""), value_out, e);
}

/* Who says what they had seen decides nothing else. */
enum err_code
decision_seen(struct command *c, const struct record *r,
    const struct conflict *k, const char *seen, struct err *e)
{
	char now[CONFLICT_SEEN_LEN + 1];
	enum err_code code;

	if (seen == NULL)
		return ERR_OK;
	code = conflict_seen(r, k, now, e);
	if (code != ERR_OK || strcmp(seen, now) == 0)
		return code;
	c->next = "Nothing was decided. visitbook-central conflict show shows "
	          "what it is now.";
	return err_set(e, ERR_CONFLICT, 0,
	    "this has changed since it was looked at as %.20s", seen);
}

enum err_code
decision_save(struct command *c, const struct decision *d,
    uint64_t *counter_out, struct err *e)
{
	const struct conflict *k = d->conflict;
	const json_t *last = conflict_decision(k);
	const struct office_edit edit = { k->path, d->value };
	struct change_resolve resolve = { .conflict = k->id,
		.current = record_path_version(d->record, k->path),
		.reason = (char *)(uintptr_t)d->reason,
		.ask = d->instead == ASK };
	const struct office_save save = { .author = d->author,
		.record = &d->record->id,
		.type = d->record->type,
		.edits = &edit,
		.n_edits = d->instead == DECIDE ? 1 : 0,
		.resolve = &resolve };
	struct office_saved saved;
	enum err_code code = sides_seen(k, &resolve.sides, e);

	if (d->instead == UNDO)
		(void)snprintf(resolve.undo, sizeof(resolve.undo), "%.40s/%lld",
		    json_string_value(json_object_get(last, "device")),
		    (long long)json_integer_value(
		        json_object_get(last, "counter")));
	if (code == ERR_OK)
		code = d->is_step ? engine_save_step(c->g, &save, &saved, e)
		                  : engine_save(c->g, &save, &saved, e);
	json_decref(resolve.sides);
	if (code == ERR_OK)
		*counter_out = saved.counter;
	return code;
}

/* How it stands after the decision: a newer side may have kept it open. */
enum err_code
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
		code = command_value_put(
		    c->out, "value", path_get(r.doc, k->path), e);
	record_fini(&r);
	return code;
}

/* Who may not decide it alone proposes it. */
static enum err_code
alone_check(struct command *c, const struct record *r, const struct conflict *k,
    struct err *e)
{
	bool needs_two = false;
	enum err_code code =
	    engine_needs_two(c->g, r, k, c->acting, &needs_two, e);

	if (code != ERR_OK || !needs_two)
		return code;
	c->next = "visitbook-central conflict propose, and then somebody else "
	          "confirms it; or let them pass it on (--ask).";
	return err_set(e, ERR_CONFLICT, 0, "two people decide this one");
}

static enum err_code
decide(struct command *c, const struct record *r, struct id id, struct err *e)
{
	const enum instead instead = json_is_true(json_object_get(c->in, "ask"))
	    ? ASK
	    : json_is_true(json_object_get(c->in, "undo")) ? UNDO
	                                                   : DECIDE;
	const struct conflict *k = record_conflict(r, id);
	struct decision d = { .record = r,
		.conflict = k,
		.instead = instead,
		.author = c->acting,
		.reason = command_text_or(c, "reason", NULL) };
	uint64_t counter = 0;
	json_t *own = NULL;
	enum err_code code =
	    decision_seen(c, r, k, command_text_or(c, "seen", NULL), e);

	if (code == ERR_OK)
		code = decision_allowed(c, r, k, e);
	if (code == ERR_OK && instead != UNDO && !conflict_is_open(k)) {
		c->next =
		    "Take the decision back first: --undo, with a reason.";
		code = err_set(e, ERR_CONFLICT, 0, "it was decided already");
	}
	if (code == ERR_OK && instead == UNDO &&
	    (conflict_is_open(k) || conflict_decision(k) == NULL)) {
		c->next = "visitbook-central conflict show shows how it "
		          "stands.";
		code = err_set(e, ERR_CONFLICT, 0,
		    "there is no decision that could be taken back");
	}
	if (code == ERR_OK && instead == DECIDE)
		code = alone_check(c, r, k, e);
	if (code == ERR_OK && instead == DECIDE)
		code = value_chosen(c, r, k, &d.value, &own, e);
	store_rollback(c->store);
	if (code == ERR_OK &&
	    (code = decision_save(c, &d, &counter, e)) == ERR_OK)
		code = json_put_int(c->out, "counter", (int64_t)counter, e);
	json_decref(own);
	if (code == ERR_OK && instead == UNDO)
		code = json_put_bool(c->out, "undone", true, e);
	return code != ERR_OK ? code : decision_tell(c, r->id, id, e);
}

/* One thing is done at a time: of two, neither would be what was meant. */
static enum err_code
ways_check(struct command *c, struct err *e)
{
	const json_t *in = c->in;
	const int ways = (command_text_or(c, "take", NULL) != NULL ? 1 : 0) +
	    (json_has(in, "text") ? 1 : 0) +
	    (json_is_true(json_object_get(in, "ask")) ? 1 : 0) +
	    (json_is_true(json_object_get(in, "undo")) ? 1 : 0);

	if (ways == 1)
		return ERR_OK;
	c->next = "Use --take current, --take SIDE, --text-file F, --ask or "
	          "--undo.";
	return err_set(e, ERR_INVALID, 0,
	    ways == 0 ? "say which value is to stand"
	              : "say one thing that is to be done, not several");
}

enum err_code
command_conflict_decide(struct command *c, struct err *e)
{
	struct record r;
	struct id id;
	enum err_code code = ways_check(c, e);

	if (code != ERR_OK ||
	    (code = command_conflict_find(c, &r, &id, e)) != ERR_OK)
		return code;
	code = decide(c, &r, id, e);
	record_fini(&r);
	return code;
}

/* ---- time limits ---- */

static enum err_code
limits_change(struct command *c, struct decide_limits *limits, struct err *e)
{
	const json_t *author = json_object_get(c->in, "author_hours");
	const json_t *senior = json_object_get(c->in, "senior_hours");
	const json_t *early = json_object_get(c->in, "early");
	char object[64];
	const struct audit_entry entry = { .actor = c->acting,
		.action = "conflict.limits",
		.object = object,
		.reason = command_text_or(c, "reason", NULL) };
	struct log_entry logged;
	enum err_code code;

	if (author != NULL)
		limits->author_hours = (uint64_t)json_integer_value(author);
	if (senior != NULL)
		limits->senior_hours = (uint64_t)json_integer_value(senior);
	/* Limits that an office sets are kept to, unless it says otherwise. */
	limits->early = json_is_true(early);
	(void)snprintf(object, sizeof(object), "%llu %llu%s",
	    (unsigned long long)limits->author_hours,
	    (unsigned long long)limits->senior_hours,
	    limits->early ? " early" : "");
	if ((code = engine_limits_set(c->g, c->acting, limits, e)) != ERR_OK ||
	    (code = engine_audit(c->g, &entry, &logged, e)) != ERR_OK)
		return code;
	return store_commit(c->store, e);
}

enum err_code
command_conflict_limits(struct command *c, struct err *e)
{
	struct decide_limits limits;
	enum err_code code;

	if ((code = store_begin(c->store, e)) != ERR_OK ||
	    (code = engine_limits(c->g, &limits, e)) != ERR_OK)
		return code;
	if (json_has(c->in, "author_hours") ||
	    json_has(c->in, "senior_hours") || json_has(c->in, "early"))
		code = limits_change(c, &limits, e);
	if (code == ERR_OK)
		code = json_put_int(
		    c->out, "author_hours", (int64_t)limits.author_hours, e);
	if (code == ERR_OK)
		code = json_put_int(
		    c->out, "senior_hours", (int64_t)limits.senior_hours, e);
	return code != ERR_OK ? code
	                      : json_put_bool(c->out, "early", limits.early, e);
}
