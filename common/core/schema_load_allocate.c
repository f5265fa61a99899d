/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked before somebody is given work: declarations of interest and
 * competences.
 */
#include "common/core/schema_int.h"

#define NEEDS_MAX 50

enum err_code
schema_load_interest(const struct schema_where *w, json_t *grants,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "rows", "user", "answer", "on",
		"clear" };
	json_t *interest = json_object_get(grants, "interest");
	struct schema_interest *out = &type->grants.interest;
	const struct schema_named names[] = {
		{ "user", &out->user, SCHEMA_REF, true },
		{ "answer", &out->answer, SCHEMA_CODE, true },
		{ "on", &out->on, SCHEMA_DATE, false },
	};
	const struct schema_field *rows;
	enum err_code rc;

	if (interest == NULL)
		return ERR_OK;
	if (!json_is_object(interest))
		return schema_bad(w, e, "grants: interest is not an object");
	if ((rc = schema_read_keys(w, interest, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, interest, "rows", true, &out->rows, e)) !=
	        ERR_OK)
		return rc;
	rows = schema_find_field(type, out->rows);
	if ((rc = schema_check_field(w, "interest: rows", rows,
	         SCHEMA_KIND_BIT(SCHEMA_ROWS), e)) != ERR_OK ||
	    (rc = schema_read_names(w, interest, type, rows, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK)
		return rc;
	out->clear = json_object_get(interest, "clear");
	return schema_check_codes(w, "interest: clear", out->clear,
	    schema_child(rows, out->answer), e);
}

enum err_code
schema_load_competences(const struct schema_where *w, json_t *account,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "rows", "what", "from", "to" };
	json_t *def = json_object_get(account, "competences");
	struct schema_competences *out = &type->account.competences;
	const struct schema_named names[] = {
		{ "what", &out->what, SCHEMA_CODE, true },
		{ "from", &out->from, SCHEMA_DATE, false },
		{ "to", &out->to, SCHEMA_DATE, false },
	};
	const struct schema_field *rows;
	enum err_code rc;

	if (def == NULL)
		return ERR_OK;
	if (!json_is_object(def))
		return schema_bad(
		    w, e, "account: competences is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "rows", true, &out->rows, e)) !=
	        ERR_OK)
		return rc;
	rows = schema_find_field(type, out->rows);
	rc = schema_check_field(
	    w, "competences: rows", rows, SCHEMA_KIND_BIT(SCHEMA_ROWS), e);
	return rc != ERR_OK ? rc
	                    : schema_read_names(w, def, type, rows, names,
	                          sizeof(names) / sizeof(names[0]), e);
}

static enum err_code
load_need(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct schema_need *out, struct err *e)
{
	static const char *const keys[] = { "when", "competence" };
	const struct schema_type *account = w->s->account;
	const struct schema_competences *rule = &account->account.competences;
	struct schema_whens when = { 0 };
	enum err_code rc;

	if (!json_is_object(def) || rule->rows == NULL)
		return schema_bad(
		    w, e, "grants: needs: colleagues have no competences");
	if ((rc = schema_read_keys(w, def, keys, 2, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "competence", true, &out->competence, e)) != ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "when"), type,
	         false, &when, e)) != ERR_OK)
		return rc;
	out->list =
	    schema_child(schema_find_field(account, rule->rows), rule->what)
	        ->codes;
	out->when = when.list;
	out->when_n = when.n;
	return schema_code(out->list, out->competence) != NULL
	    ? ERR_OK
	    : schema_bad(w, e, "grants: needs: \"%.60s\" is no competence",
	          out->competence);
}

enum err_code
schema_load_needs(struct schema *s, struct schema_type *type, struct err *e)
{
	const struct schema_where w = { s, "records", type->name, "", "" };
	json_t *def =
	    json_object_get(json_object_get(s->bundle, "records"), type->name);
	json_t *needs =
	    json_object_get(json_object_get(def, "grants"), "needs");
	size_t n = json_array_size(needs);
	struct schema_need *list;
	enum err_code rc = ERR_OK;

	/* Without an account there is no bundle at all; the caller says so. */
	if (needs == NULL || s->account == NULL)
		return ERR_OK;
	if (n == 0 || n > NEEDS_MAX)
		return schema_bad(&w, e, "grants: needs must be a list");
	list = schema_alloc(s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_need(&w, json_array_get(needs, i), type, &list[i], e);
	type->grants.needs = list;
	type->grants.needs_n = n;
	return rc;
}
