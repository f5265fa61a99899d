/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is given what: grants by the rows of a record (a case's assignments), by
 * command, and to the author of a new case.  Every one is an audit entry.
 */
#include "daemon/central/engine/engine_int.h"

struct finding {
	const char *scope;
	bool found;
};

static bool
find_scope(void *arg, const char *scope, uint64_t since)
{
	struct finding *f = arg;

	(void)since;
	f->found = strcmp(scope, f->scope) == 0;
	return !f->found;
}

enum err_code
grant_put(struct round *r, const struct grant_step *step, struct err *e)
{
	struct office_store *s = r->g->store;
	struct finding finding = { .scope = step->scope };
	struct id_text user = id_print(step->user);
	char object[ID_TEXT_LEN + 1 + 104];
	struct log_entry entry;
	struct audit_entry audit = { .actor = step->actor,
		.action = step->end ? "grant.end" : "grant.add",
		.object = object,
		.reason = step->reason };
	enum err_code code =
	    store_scopes_of_user(s, step->user, find_scope, &finding, e);

	if (code != ERR_OK)
		return code;
	if (strlen(step->scope) > 103)
		return err_set(e, ERR_INVALID, 0, "the scope is too long");
	if (!step->end && finding.found)
		return ERR_OK;
	if (step->end && !finding.found)
		return err_set(e, ERR_NOTFOUND, 0, "there is no such grant");
	(void)snprintf(object, sizeof(object), "%s %s", user.s, step->scope);
	code = audit_put(r, &audit, &entry, e);
	if (code != ERR_OK)
		return code;
	if (step->end)
		return store_grant_end(
		    s, step->user, step->scope, entry.seq, e);
	/* The entry's own record id names the grant: one id, one grant. */
	return store_grant_add(
	    s, entry.record, step->user, step->scope, entry.seq, e);
}

/* Is the row in force on the day?  Both its first and its last day count. */
static bool
is_in_force(const struct schema_grants *g, const json_t *row, const char *day)
{
	const char *from = g->from == NULL
	    ? NULL
	    : json_string_value(json_object_get(row, g->from));
	const char *to = g->to == NULL
	    ? NULL
	    : json_string_value(json_object_get(row, g->to));

	return (from == NULL || strcmp(from, day) <= 0) &&
	    (to == NULL || strcmp(to, day) >= 0);
}

/* Is the user named by a row that is in force on the day? */
static bool
is_given(const struct schema_grants *g, const json_t *rows, const char *user,
    const char *day)
{
	const char *row;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)rows, row, value)
	{
		const char *named =
		    json_string_value(json_object_get(value, g->user));

		(void)row;
		if (named != NULL && strcmp(named, user) == 0 &&
		    is_in_force(g, value, day))
			return true;
	}
	return false;
}

/* Rows as they are on a day. */
struct rows_on {
	const json_t *rows;
	const char *day;
};

struct granting {
	struct round *round;
	const struct schema_grants *rule;
	struct id actor;
	char scope[104];
};

/* Give (or end) what one says and the other does not. */
static enum err_code
grants_of_rows(const struct granting *w, const struct rows_on *from,
    const struct rows_on *other, bool end, struct err *e)
{
	const char *row;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from->rows, row, value)
	{
		const char *text =
		    json_string_value(json_object_get(value, w->rule->user));
		struct grant_step step = { .actor = w->actor,
			.scope = w->scope,
			.reason = w->rule->rows,
			.end = end };
		enum err_code code;

		(void)row;
		if (text == NULL || !id_parse(text, &step.user) ||
		    !is_given(w->rule, from->rows, text, from->day) ||
		    is_given(w->rule, other->rows, text, other->day))
			continue;
		code = grant_put(w->round, &step, e);
		/* Ended by hand before, or by another row of the same user. */
		if (end && code == ERR_NOTFOUND)
			code = ERR_OK;
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
grants_between(const struct granting *w, const struct rows_on *before,
    const struct rows_on *now, struct err *e)
{
	enum err_code code = grants_of_rows(w, now, before, false, e);

	return code != ERR_OK ? code : grants_of_rows(w, before, now, true, e);
}

static void
scope_print(const struct record *r, char out[static 104])
{
	(void)snprintf(out, 104, "%s:%s", r->type, id_print(r->id).s);
}

enum err_code
grants_follow(
    const struct applying *a, const struct scope_step *step, struct err *e)
{
	struct engine *g = a->round->g;
	const struct record *r = step->record;
	const struct schema_type *type = schema_type(g->schema, r->type);
	struct granting w = { .round = a->round, .actor = a->change->author };
	char today[CLOCK_DAY_MAX];
	struct rows_on before = { .day = today }, after = { .day = today };
	struct grant_step author = { .actor = a->change->author,
		.user = r->author,
		.scope = w.scope,
		.reason = "author" };
	json_t *now;
	enum err_code code = ERR_OK;

	if (type == NULL || type->grants.rows == NULL)
		return ERR_OK;
	w.rule = &type->grants;
	scope_print(r, w.scope);
	clock_day(a->round->now_ms, today);
	/* What the office makes it hands out by its rows. */
	if (step->facts == NULL && a->device->state != DEVICE_ENGINE)
		code = grant_put(a->round, &author, e);
	now = scopes_facts(g, r);
	if (now == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	after.rows = json_object_get(now, w.rule->rows);
	before.rows = json_object_get(step->facts, w.rule->rows);
	if (code == ERR_OK)
		code = grants_between(&w, &before, &after, e);
	json_decref(now);
	return code;
}

enum err_code
grants_turn(struct round *r, const struct record *record, const char *before,
    const char *now, struct err *e)
{
	const struct schema_type *type =
	    schema_type(r->g->schema, record->type);
	struct rows_on then = { .day = before }, today = { .day = now };
	struct granting w = { .round = r };

	if (type == NULL || type->grants.rows == NULL)
		return ERR_OK;
	w.rule = &type->grants;
	scope_print(record, w.scope);
	then.rows = today.rows =
	    json_object_get(record->doc, type->grants.rows);
	return grants_between(&w, &then, &today, e);
}
