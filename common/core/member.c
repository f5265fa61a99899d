/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/member.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/core/protocol.h"
#include "common/core/value.h"
#include "common/sys/json.h"

enum err_code
member_count(const json_t *json, const char *key, uint64_t *out, struct err *e)
{
	uint64_t v = 0;
	enum err_code code = ERR_OK;

	if (json_has(json, key)) {
		code = json_get_uint(json, key, &v, e);
		if (code == ERR_OK && v == 0)
			code = err_set(e, ERR_MALFORMED, 0,
			    "\"%s\" is 0, which is left out", key);
	}
	if (code == ERR_OK)
		*out = v;
	return code;
}

enum err_code
member_flag(const json_t *json, const char *key, bool *out, struct err *e)
{
	bool v = false;
	enum err_code code = ERR_OK;

	if (json_has(json, key)) {
		code = json_get_bool(json, key, &v, e);
		if (code == ERR_OK && !v)
			code = err_set(e, ERR_MALFORMED, 0,
			    "\"%s\" is false, which is left out", key);
	}
	if (code == ERR_OK)
		*out = v;
	return code;
}

enum err_code
member_text(
    const json_t *json, const char *key, char *out, size_t cap, struct err *e)
{
	const char *text = "";
	size_t len = 0;
	enum err_code code = ERR_OK;

	if (json_has(json, key)) {
		code = json_get_str(json, key, &text, &len, e);
		if (code == ERR_OK && (len == 0 || len >= cap))
			code = err_set(e, ERR_MALFORMED, 0,
			    "\"%s\" is not of 1 to %zu bytes", key, cap - 1);
	}
	if (code == ERR_OK)
		memcpy(out, text, len + 1);
	return code;
}

enum err_code
member_only(const json_t *json, const char *const *known, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(value_plain(json), key, value)
	{
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			return err_set(e, ERR_MALFORMED, 0,
			    "\"%.60s\" is not known here", key);
	}
	return ERR_OK;
}

enum err_code
member_ids(const json_t *json, const char *key, json_t **out, struct err *e)
{
	const char *name;
	json_t *object, *value;
	struct id id;
	enum err_code code;

	if (!json_has(json, key))
		return ERR_OK;
	code = json_get_obj(json, key, &object, e);
	if (code != ERR_OK)
		return code;
	if (json_object_size(object) == 0 ||
	    json_object_size(object) > LIMIT_WANTED)
		return err_set(e, ERR_MALFORMED, 0, "%s: wrong count", key);
	json_object_foreach(object, name, value)
	{
		if (name[0] == '\0' || !json_is_string(value) ||
		    !id_parse(json_string_value(value), &id))
			return err_set(
			    e, ERR_MALFORMED, 0, "%s: not of its form", key);
	}
	*out = json_incref(object);
	return ERR_OK;
}

enum err_code
member_list(const json_t *json, const char *key, size_t max, json_t **list_out,
    size_t *n_out, struct err *e)
{
	json_t *list = NULL;
	enum err_code code = ERR_OK;

	if (json_has(json, key))
		code = json_get_arr(json, key, &list, e);
	if (code != ERR_OK)
		return code;
	if (list != NULL &&
	    (json_array_size(list) == 0 || json_array_size(list) > max))
		return err_set(e, ERR_MALFORMED, 0, "%s: wrong count", key);
	*list_out = list;
	*n_out = json_array_size(list);
	return ERR_OK;
}

enum err_code
member_version(const json_t *json, struct err *e)
{
	int64_t v;
	enum err_code code = json_get_int(json, "v", &v, e);

	if (code != ERR_OK)
		return code;
	if (v != PROTOCOL_VERSION)
		return err_set(e, ERR_NEWER, 0,
		    "v: protocol version %lld is not spoken here",
		    (long long)v);
	return ERR_OK;
}
