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

/* Is the user named by a row that is in force (one without an end)? */
static bool
is_given(const struct schema_grants *g, const json_t *rows, const char *user)
{
	const char *row;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)rows, row, value)
	{
		const char *named =
		    json_string_value(json_object_get(value, g->user));

		(void)row;
		if (named != NULL && strcmp(named, user) == 0 &&
		    (g->to == NULL || json_object_get(value, g->to) == NULL))
			return true;
	}
	return false;
}

struct granting {
	const struct applying *a;
	const struct schema_grants *rule;
	char scope[104];
};

/* Give (or end) what the rows `from` say and the rows `other` do not. */
static enum err_code
grants_of_rows(const struct granting *w, const json_t *from,
    const json_t *other, bool end, struct err *e)
{
	const char *row;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, row, value)
	{
		const char *text =
		    json_string_value(json_object_get(value, w->rule->user));
		struct grant_step step = { .actor = w->a->change->author,
			.scope = w->scope,
			.reason = w->rule->rows,
			.end = end };
		enum err_code code;

		(void)row;
		if (text == NULL || !id_parse(text, &step.user) ||
		    !is_given(w->rule, from, text) ||
		    is_given(w->rule, other, text))
			continue;
		code = grant_put(w->a->round, &step, e);
		/* Ended by hand before, or by another row of the same user. */
		if (end && code == ERR_NOTFOUND)
			code = ERR_OK;
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
grants_follow(
    const struct applying *a, const struct scope_step *step, struct err *e)
{
	struct engine *g = a->round->g;
	const struct record *r = step->record;
	const struct schema_type *type = schema_type(g->schema, r->type);
	struct granting w = { .a = a };
	struct grant_step author = { .actor = a->change->author,
		.user = r->author,
		.scope = w.scope,
		.reason = "author" };
	json_t *now;
	const json_t *rows, *before;
	enum err_code code = ERR_OK;

	if (type == NULL || type->grants.rows == NULL)
		return ERR_OK;
	w.rule = &type->grants;
	(void)snprintf(
	    w.scope, sizeof(w.scope), "%s:%s", r->type, id_print(r->id).s);
	/* What the office makes it hands out by its rows. */
	if (step->facts == NULL && a->device->state != DEVICE_ENGINE)
		code = grant_put(a->round, &author, e);
	now = scopes_facts(g, r);
	if (now == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	rows = json_object_get(now, w.rule->rows);
	before = json_object_get(step->facts, w.rule->rows);
	if (code == ERR_OK)
		code = grants_of_rows(&w, rows, before, false, e);
	if (code == ERR_OK)
		code = grants_of_rows(&w, before, rows, true, e);
	json_decref(now);
	return code;
}
