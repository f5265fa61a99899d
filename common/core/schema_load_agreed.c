/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which agreement of its person a type's records rest on.
 */
#include "common/core/schema_int.h"

/* The person is one and the same: a ref of both to one type. */
static enum err_code
check_who(const struct schema_where *w, const struct schema_type *type,
    const struct schema_type *of, struct err *e)
{
	const struct schema_agreed *a = &type->agreed;
	const struct schema_field *ours = schema_find_field(type, a->who);
	const struct schema_field *theirs = schema_find_field(of, a->who);

	if (theirs == NULL || theirs->kind != SCHEMA_REF ||
	    strcmp(theirs->ref, ours->ref) != 0)
		return schema_bad(
		    w, e, "agreed: who names no ref of both to the same type");
	if (strcmp(schema_find_field(type, a->ref)->ref, of->name) != 0)
		return schema_bad(
		    w, e, "agreed: %s does not refer to %s", a->ref, of->name);
	if (a->with != NULL && a->to == NULL)
		return schema_bad(w, e, "agreed: with needs to");
	return ERR_OK;
}

/* When it was done: a day or a moment. */
static enum err_code
check_at(
    const struct schema_where *w, const struct schema_type *type, struct err *e)
{
	return schema_check_field(w, "agreed: at",
	    schema_find_field(type, type->agreed.at),
	    SCHEMA_KIND_BIT(SCHEMA_DATE) | SCHEMA_KIND_BIT(SCHEMA_TIME), e);
}

static enum err_code
load_codes(const struct schema_where *w, json_t *agreed, const char *key,
    const struct schema_field *field, const json_t **out, struct err *e)
{
	*out = json_object_get(agreed, key);
	return schema_check_codes(w, key, *out, field, e);
}

static enum err_code
load_answers(const struct schema_where *w, json_t *agreed,
    struct schema_type *type, const struct schema_type *of, struct err *e)
{
	struct schema_agreed *a = &type->agreed;
	const struct schema_field *answer = schema_find_field(of, a->answer);
	enum err_code rc;

	if ((rc = load_codes(w, agreed, "about", schema_find_field(of, a->what),
	         &a->about, e)) != ERR_OK ||
	    (rc = load_codes(w, agreed, "yes", answer, &a->yes, e)) != ERR_OK ||
	    (rc = load_codes(w, agreed, "no", answer, &a->no, e)) != ERR_OK)
		return rc;
	if (a->law != NULL &&
	    (rc = load_codes(w, agreed, "lawful",
	         schema_find_field(type, a->law), &a->lawful, e)) != ERR_OK)
		return rc;
	if (schema_code(
	        schema_find_field(w->s->account, w->s->account->account.role)
	            ->codes,
	        a->role) == NULL)
		return schema_bad(
		    w, e, "agreed: \"%.60s\" is no role", a->role);
	return ERR_OK;
}

enum err_code
schema_load_agreed(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "of", "ref", "who", "at", "on",
		"what", "about", "to", "with", "answer", "yes", "no", "law",
		"lawful", "role" };
	json_t *agreed = json_object_get(def, "agreed");
	struct schema_agreed *a = &type->agreed;
	const struct schema_named ours[] = {
		{ "ref", &a->ref, SCHEMA_REF, true },
		{ "who", &a->who, SCHEMA_REF, true },
		{ "to", &a->to, SCHEMA_REF, false },
		{ "law", &a->law, SCHEMA_CODE, false },
	};
	const struct schema_named theirs[] = {
		{ "on", &a->on, SCHEMA_DATE, true },
		{ "what", &a->what, SCHEMA_CODE, true },
		{ "with", &a->with, SCHEMA_REF, false },
		{ "answer", &a->answer, SCHEMA_CODE, true },
	};
	const struct schema_type *of;
	enum err_code rc;

	/* A bundle without roles is refused for that. */
	if (agreed == NULL || w->s->account == NULL)
		return ERR_OK;
	if (!json_is_object(agreed))
		return schema_bad(w, e, "agreed is not an object");
	if ((rc = schema_read_keys(w, agreed, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, agreed, "of", true, &a->of, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, agreed, "at", true, &a->at, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, agreed, "role", true, &a->role, e)) !=
	        ERR_OK)
		return rc;
	of = schema_type(w->s, a->of);
	if (of == NULL)
		return schema_bad(
		    w, e, "agreed: there is no type \"%.60s\"", a->of);
	if ((rc = schema_read_names(w, agreed, type, NULL, ours,
	         sizeof(ours) / sizeof(ours[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, agreed, of, NULL, theirs,
	         sizeof(theirs) / sizeof(theirs[0]), e)) != ERR_OK ||
	    (rc = check_at(w, type, e)) != ERR_OK ||
	    (rc = check_who(w, type, of, e)) != ERR_OK)
		return rc;
	return load_answers(w, agreed, type, of, e);
}
