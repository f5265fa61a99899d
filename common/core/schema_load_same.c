/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How records of a type are found to be of one and the same.
 */
#include "common/core/schema_int.h"

#define LIST_MAX 8

/* A field, or "field/child": a group's member or a column of rows. */
static const struct schema_field *
place_named(const struct schema_type *type, const char *text)
{
	const char *slash = strchr(text, '/');
	const struct schema_field *field;
	char name[SCHEMA_CODE_MAX + 1];

	if (slash == NULL || (size_t)(slash - text) >= sizeof(name))
		return schema_find_field(type, text);
	memcpy(name, text, (size_t)(slash - text));
	name[slash - text] = '\0';
	field = schema_find_field(type, name);
	return field == NULL ? NULL : schema_child(field, slash + 1);
}

struct listed {
	const char *key;
	enum schema_kind kind;
	const json_t **out;
};

static enum err_code
load_list(const struct schema_where *w, json_t *same,
    const struct schema_type *type, const struct listed *listed, struct err *e)
{
	json_t *list = json_object_get(same, listed->key);
	enum err_code rc = ERR_OK;

	if (list == NULL)
		return ERR_OK;
	if (json_array_size(list) == 0 || json_array_size(list) > LIST_MAX)
		return schema_bad(
		    w, e, "same: %s is no list of fields", listed->key);
	for (size_t i = 0; i < json_array_size(list) && rc == ERR_OK; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		rc = schema_check_field(w, listed->key,
		    text == NULL ? NULL : place_named(type, text),
		    SCHEMA_KIND_BIT(listed->kind), e);
	}
	*listed->out = list;
	return rc;
}

enum err_code
schema_load_same(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "field", "born", "names", "numbers",
		"places" };
	json_t *same = json_object_get(def, "same");
	struct schema_same *out = &type->same;
	const struct schema_named names[] = {
		{ "field", &out->field, SCHEMA_REF, true },
		{ "born", &out->born, SCHEMA_DATE, false },
	};
	const struct listed lists[] = {
		{ "names", SCHEMA_LINE, &out->names },
		{ "numbers", SCHEMA_LINE, &out->numbers },
		{ "places", SCHEMA_REF, &out->places },
	};
	const struct schema_field *field;
	enum err_code rc;

	if (same == NULL)
		return ERR_OK;
	if (!json_is_object(same))
		return schema_bad(w, e, "same is not an object");
	if ((rc = schema_read_keys(
	         w, same, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, same, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK)
		return rc;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if ((rc = load_list(w, same, type, &lists[i], e)) != ERR_OK)
			return rc;
	field = schema_find_field(type, out->field);
	if (strcmp(field->ref, type->name) != 0 ||
	    field->policy != SCHEMA_OFFICE)
		return schema_bad(w, e,
		    "same: %s is no ref to its own type that only the office "
		    "sets",
		    field->name);
	return out->names != NULL ? ERR_OK
	                          : schema_bad(w, e, "same: names is missing");
}
