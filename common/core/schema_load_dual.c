/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which acts need two people, who may propose and who confirm them.
 */
#include "common/core/schema_int.h"

#define HOURS_MAX 8760

static enum err_code
load_roles(const struct schema_where *w, json_t *def, const char *key,
    const json_t **out, struct err *e)
{
	const struct schema_type *type = w->s->account;
	json_t *roles = json_object_get(def, key);
	enum err_code rc = schema_check_codes(
	    w, key, roles, schema_find_field(type, type->account.role), e);

	if (rc == ERR_OK)
		*out = roles;
	return rc;
}

static enum err_code
load_act(
    struct schema_where *w, json_t *def, struct schema_dual *out, struct err *e)
{
	static const char *const keys[] = { "label", "propose", "confirm",
		"hours" };
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_int(w, def, "hours", 0, &out->hours, e)) !=
	        ERR_OK ||
	    (rc = load_roles(w, def, "propose", &out->propose, e)) != ERR_OK ||
	    (rc = load_roles(w, def, "confirm", &out->confirm, e)) != ERR_OK)
		return rc;
	if (out->hours < 1 || out->hours > HOURS_MAX)
		return schema_bad(
		    w, e, "hours must be from 1 to %d", HOURS_MAX);
	out->label = json_string_value(json_object_get(def, "label"));
	return out->label != NULL ? ERR_OK
	                          : schema_bad(w, e, "label must be a text");
}

enum err_code
schema_load_dual(struct schema *s, json_t *acts, struct err *e)
{
	struct schema_where w = { s, "", "dual", "", "" };
	size_t n = json_object_size(acts), i = 0;
	struct schema_dual *list;
	const char *key;
	json_t *def;
	enum err_code rc = ERR_OK;

	if (!json_is_object(acts))
		return schema_bad(&w, e, "is not an object");
	list = schema_alloc(s, n == 0 ? 1 : n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	json_object_foreach(acts, key, def)
	{
		struct schema_where act = { s, "dual", key, "", "" };

		list[i].act = key;
		if ((rc = load_act(&act, def, &list[i++], e)) != ERR_OK)
			return rc;
	}
	s->duals = list;
	s->duals_n = n;
	return ERR_OK;
}

const struct schema_dual *
schema_dual(const struct schema *s, const char *act)
{
	for (size_t i = 0; i < s->duals_n; i++)
		if (strcmp(s->duals[i].act, act) == 0)
			return &s->duals[i];
	return NULL;
}

static bool
names(const json_t *roles, const char *role)
{
	for (size_t i = 0; i < json_array_size(roles); i++)
		if (strcmp(json_string_value(json_array_get(roles, i)), role) ==
		    0)
			return true;
	return false;
}

bool
schema_dual_may_propose(const struct schema_dual *d, const char *role)
{
	return names(d->propose, role);
}

bool
schema_dual_may_confirm(const struct schema_dual *d, const char *role)
{
	return names(d->confirm, role);
}
