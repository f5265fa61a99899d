/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/allocate.h"

#include "common/core/schema_int.h"
#include "common/sys/json.h"

static const char *
text_of(const json_t *row, const char *column)
{
	const char *text = column == NULL
	    ? NULL
	    : json_string_value(json_object_get(row, column));

	return text == NULL ? "" : text;
}

enum allocate_interest
allocate_interest(
    const struct schema_type *type, const json_t *doc, const char *user)
{
	const struct schema_interest *rule = &type->grants.interest;
	enum allocate_interest found = ALLOCATE_UNDECLARED;
	const char *last = "", *id;
	json_t *row;

	if (rule->rows == NULL)
		return ALLOCATE_NOT_ASKED;
	json_object_foreach(
	    schema_iterable(json_object_get(doc, rule->rows)), id, row)
	{
		const char *on = text_of(row, rule->on);
		/* Dates in this form sort as text; one without is before all
		 * others. */
		const int later = strcmp(on, last);
		const enum allocate_interest said =
		    json_list_has(rule->clear, text_of(row, rule->answer))
		    ? ALLOCATE_CLEAR
		    : ALLOCATE_CONFLICT;

		if (strcmp(text_of(row, rule->user), user) != 0 || later < 0)
			continue;
		if (later > 0 || said == ALLOCATE_CONFLICT ||
		    found == ALLOCATE_UNDECLARED)
			found = said;
		last = on;
	}
	return found;
}

bool
allocate_is_given(const struct schema_grants *g, const json_t *doc,
    const char *user, const char *day)
{
	const char *id;
	json_t *row;

	json_object_foreach(
	    schema_iterable(json_object_get(doc, g->rows)), id, row)
	{
		const char *to = text_of(row, g->to);

		if (strcmp(text_of(row, g->user), user) == 0 &&
		    (*to == '\0' || strcmp(day, to) <= 0))
			return true;
	}
	return false;
}

enum err_code
allocate_given(const struct schema_type *type, const json_t *before,
    const json_t *now, const char *day, json_t *out, struct err *e)
{
	const struct schema_grants *g = &type->grants;
	enum err_code code = ERR_OK;
	const char *id;
	json_t *row;

	if (g->rows == NULL)
		return ERR_OK;
	json_object_foreach(
	    schema_iterable(json_object_get(now, g->rows)), id, row)
	{
		const char *user = text_of(row, g->user);

		if (code == ERR_OK && *user != '\0' &&
		    !json_list_has(out, user) &&
		    allocate_is_given(g, now, user, day) &&
		    !allocate_is_given(g, before, user, day))
			code = json_add_take(out, json_string(user), e);
	}
	return code;
}

static bool
has_competence(const struct schema_competences *rule, const json_t *colleague,
    const char *code, const char *day)
{
	const char *id;
	json_t *row;

	json_object_foreach(
	    schema_iterable(json_object_get(colleague, rule->rows)), id, row)
	{
		const char *from = text_of(row, rule->from);
		const char *to = text_of(row, rule->to);

		if (strcmp(text_of(row, rule->what), code) == 0 &&
		    strcmp(from, day) <= 0 &&
		    (*to == '\0' || strcmp(day, to) <= 0))
			return true;
	}
	return false;
}

static bool
is_needed(const struct schema_need *need, const json_t *doc, const char *day)
{
	const struct schema_whens all = { need->when, need->when_n };

	return schema_whens_hold(&all, doc, day);
}

enum err_code
allocate_lacking(const struct schema *s, const struct schema_type *type,
    const json_t *doc, const json_t *colleague, const char *day, json_t *out,
    struct err *e)
{
	const struct schema_competences *rule =
	    &s->account->account.competences;
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < type->grants.needs_n && rc == ERR_OK; i++) {
		const struct schema_need *need = &type->grants.needs[i];

		if (is_needed(need, doc, day) &&
		    !has_competence(rule, colleague, need->competence, day))
			rc = json_add_take(out,
			    json_string(schema_code_label(
			        need->list, need->competence)),
			    e);
	}
	return rc;
}
