/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a colleague is, and how long who may decide.
 */
#include "common/core/decide.h"
#include "common/core/schema_int.h"

/* Codes of the role's list in an array that may be missing. */
static enum err_code
load_roles(const struct schema_where *w, json_t *account, const char *key,
    const struct schema_field *role, const json_t **out, struct err *e)
{
	json_t *codes = json_object_get(account, key);

	if (codes == NULL)
		return ERR_OK;
	*out = codes;
	return schema_check_codes(w, key, codes, role, e);
}

enum err_code
schema_load_account(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "name", "role", "active", "senior",
		"administrator", "usual", "competences" };
	json_t *account = json_object_get(def, "account");
	struct schema_account *out = &type->account;
	const struct schema_named names[] = {
		{ "name", &out->name, SCHEMA_LINE, true },
		{ "role", &out->role, SCHEMA_CODE, true },
		{ "active", &out->active, SCHEMA_YES_NO, true },
	};
	const struct schema_field *role;
	enum err_code rc;

	if (account == NULL)
		return ERR_OK;
	if (!json_is_object(account))
		return schema_bad(w, e, "account is not an object");
	if (w->s->account != NULL)
		return schema_bad(
		    w, e, "account: %s has one already", w->s->account->name);
	w->s->account = type;
	if ((rc = schema_read_keys(w, account, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, account, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, account, "usual", false, &out->usual, e)) != ERR_OK)
		return rc;
	role = schema_find_field(type, out->role);
	if (out->usual != NULL && schema_code(role->codes, out->usual) == NULL)
		return schema_bad(w, e,
		    "account: usual is not in the list \"%s\"",
		    role->codes->name);
	if ((rc = load_roles(w, account, "senior", role, &out->seniors, e)) !=
	        ERR_OK ||
	    (rc = load_roles(w, account, "administrator", role,
	         &out->administrators, e)) != ERR_OK)
		return rc;
	return schema_load_competences(w, account, type, e);
}

static enum err_code
load_hours(const struct schema_where *w, json_t *otherwise, const char *key,
    uint64_t *out, struct err *e)
{
	int64_t hours = 0;
	enum err_code rc = schema_read_int(w, otherwise, key, 0, &hours, e);

	if (rc == ERR_OK && (hours < 0 || hours > DECIDE_HOURS_MAX))
		return schema_bad(w, e,
		    "deciding: %s is not from 0 to %d hours", key,
		    DECIDE_HOURS_MAX);
	*out = (uint64_t)hours;
	return rc;
}

enum err_code
schema_load_deciding(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "author", "senior", "early",
		"otherwise" };
	json_t *deciding = json_object_get(def, "deciding");
	json_t *otherwise = json_object_get(deciding, "otherwise");
	struct schema_deciding *out = &type->deciding;
	const struct schema_named names[] = {
		{ "author", &out->author, SCHEMA_NUMBER, true },
		{ "senior", &out->senior, SCHEMA_NUMBER, true },
		{ "early", &out->early, SCHEMA_YES_NO, true },
	};
	enum err_code rc;

	if (deciding == NULL)
		return ERR_OK;
	if (!json_is_object(deciding) || !json_is_object(otherwise))
		return schema_bad(
		    w, e, "deciding, or its otherwise, is not an object");
	if (w->s->deciding != NULL)
		return schema_bad(
		    w, e, "deciding: %s has one already", w->s->deciding->name);
	w->s->deciding = type;
	if ((rc = schema_read_keys(w, deciding, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_keys(w, otherwise, keys,
	         sizeof(keys) / sizeof(keys[0]) - 1, e)) != ERR_OK ||
	    (rc = schema_read_names(w, deciding, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK ||
	    (rc = load_hours(w, otherwise, "author", &out->author_hours, e)) !=
	        ERR_OK ||
	    (rc = load_hours(w, otherwise, "senior", &out->senior_hours, e)) !=
	        ERR_OK)
		return rc;
	return schema_read_bool(
	    w, otherwise, "early", false, &out->is_early, e);
}
