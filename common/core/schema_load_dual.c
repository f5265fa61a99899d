/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which acts need two people, who may propose and who confirm them.
 */
#include "common/core/schema_dual.h"
#include "common/core/schema_int.h"
#include "common/sys/json.h"

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

/* {type: [field]}, of this bundle. */
static enum err_code
load_fields(const struct schema_where *w, json_t *fields, struct err *e)
{
	const char *name;
	json_t *list, *one;
	size_t i;

	if (!json_is_object(fields) || json_object_size(fields) == 0)
		return schema_bad(w, e, "fields must be {type: [field]}");
	json_object_foreach(fields, name, list)
	{
		const struct schema_type *type = schema_type(w->s, name);

		if (type == NULL || json_array_size(list) == 0)
			return schema_bad(
			    w, e, "fields: \"%.64s\" is no type", name);
		json_array_foreach(list, i, one)
		{
			const char *field = json_string_value(one);

			if (field == NULL || strchr(field, '/') != NULL ||
			    schema_find_field(type, field) == NULL)
				return schema_bad(w, e,
				    "fields: %.64s has no such field", name);
		}
	}
	return ERR_OK;
}

/* Which conflicts need two people to decide. */
static enum err_code
load_decide(const struct schema_where *w, json_t *def, struct schema_dual *out,
    struct err *e)
{
	json_t *fields = json_object_get(def, "fields");
	enum err_code rc = schema_read_bool(
	    w, def, "signed_text", false, &out->signed_text, e);

	if (rc == ERR_OK && fields != NULL)
		rc = load_fields(w, fields, e);
	if (rc == ERR_OK)
		out->fields = fields;
	if (rc == ERR_OK && fields == NULL && !out->signed_text)
		rc = schema_bad(w, e, "says neither fields nor signed_text");
	return rc;
}

static enum err_code
load_act(
    struct schema_where *w, json_t *def, struct schema_dual *out, struct err *e)
{
	static const char *const keys[] = { "label", "propose", "confirm",
		"hours", "fields", "signed_text" };
	const bool decides = strcmp(out->act, SCHEMA_DUAL_DECIDE) == 0;
	const size_t keys_n = decides ? 6 : 4;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "is not an object");
	if ((rc = schema_read_keys(w, def, keys, keys_n, e)) != ERR_OK ||
	    (decides && (rc = load_decide(w, def, out, e)) != ERR_OK) ||
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

bool
schema_dual_may_propose(const struct schema_dual *d, const char *role)
{
	return json_list_has(d->propose, role);
}

bool
schema_dual_may_confirm(const struct schema_dual *d, const char *role)
{
	return json_list_has(d->confirm, role);
}

/* Free text, or what may hold some. */
static bool
holds_text(const struct schema_type *type, const char *path)
{
	const struct schema_spot spot = schema_find(type, path);

	return spot.field == NULL || spot.part == SCHEMA_PART_ROW ||
	    spot.field->kind == SCHEMA_ROWS || spot.field->free_text;
}

bool
schema_decide_needs_two(const struct schema *s, const struct schema_type *type,
    const json_t *doc, const char *path, const char *role)
{
	const struct schema_dual *d = schema_dual(s, SCHEMA_DUAL_DECIDE);
	const json_t *listed, *one;
	const size_t len = strcspn(path, "/");
	size_t i;

	if (d == NULL || type == NULL || !json_list_has(d->propose, role))
		return false;
	if (d->signed_text && schema_is_signed(type, doc) &&
	    holds_text(type, path))
		return true;
	listed = json_object_get(d->fields, type->name);
	json_array_foreach(listed, i, one)
	{
		const char *field = json_string_value(one);

		if (len == 0 ||
		    (strlen(field) == len && memcmp(field, path, len) == 0))
			return true;
	}
	return false;
}
