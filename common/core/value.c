/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/value.h"

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

/* Containers inside a field's value: rows > row > group. */
#define DEPTH_MAX 3

/* True if the name can be one part of a path. */
static bool
name_ok(const char *name)
{
	size_t len = strnlen(name, LIMIT_NAME_BYTES + 1);

	if (len == 0 || len > LIMIT_NAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '0' && c <= '9') || c == '_' || c == '-' ||
		        c == '.'))
			return false;
	}
	return true;
}

static enum err_code
check_set(const json_t *v, struct err *e)
{
	const char *last = "";

	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *s = json_string_value(json_array_get(v, i));

		if (s == NULL || !name_ok(s))
			return err_set(
			    e, ERR_MALFORMED, 0, "a set holds no name");
		if (strcmp(last, s) >= 0)
			return err_set(e, ERR_MALFORMED, 0,
			    "a set is not sorted or repeats a member");
		last = s;
	}
	return ERR_OK;
}

static enum err_code
check_members(const json_t *v, unsigned depth, struct err *e)
{
	const char *name;
	json_t *member;

	if (depth >= DEPTH_MAX)
		return err_set(
		    e, ERR_MALFORMED, 0, "a value is nested too deep");
	json_object_foreach(value_plain(v), name, member)
	{
		enum err_code code;

		if (!name_ok(name))
			return err_set(e, ERR_MALFORMED, 0,
			    "\"%.70s\" cannot be a name", name);
		code = value_check(member, depth + 1, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
value_check(const json_t *v, unsigned depth, struct err *e)
{
	if (path_is_absent(v))
		return err_set(e, ERR_MALFORMED, 0, "a value is empty");
	switch (json_typeof(v)) {
	case JSON_STRING:
	case JSON_INTEGER:
	case JSON_TRUE:
	case JSON_FALSE:
		return ERR_OK;
	case JSON_ARRAY:
		return check_set(v, e);
	case JSON_OBJECT:
		return check_members(v, depth, e);
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return err_set(
	    e, ERR_MALFORMED, 0, "a value is null or not a whole number");
}

enum err_code
value_check_doc(const json_t *doc, struct err *e)
{
	const char *name;
	json_t *field;

	if (!json_is_object(doc))
		return err_set(e, ERR_MALFORMED, 0, "doc is not an object");
	json_object_foreach(value_plain(doc), name, field)
	{
		enum err_code code;

		if (strchr(name, '/') != NULL ||
		    path_check(name, NULL) != ERR_OK)
			return err_set(e, ERR_MALFORMED, 0,
			    "\"%.70s\" cannot be a field", name);
		code = value_check(field, 0, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **
value_keys(const json_t *obj, size_t *n_out)
{
	size_t n = json_object_size(obj), i = 0;
	const char **names = calloc(n + 1, sizeof(*names));
	const char *name;
	json_t *member;

	if (names == NULL)
		return NULL;
	json_object_foreach(value_plain(obj), name, member) names[i++] = name;
	qsort(names, n, sizeof(*names), name_order);
	*n_out = n;
	return names;
}

static enum err_code copy_at(
    const json_t *v, unsigned depth, json_t **out, struct err *e);

static enum err_code
copy_members(const json_t *v, unsigned depth, json_t **out, struct err *e)
{
	json_t *copy = json_object(), *member;
	enum err_code code = ERR_OK;
	const char *name;

	if (copy == NULL)
		return value_no_memory(e);
	json_object_foreach(value_plain(v), name, member)
	{
		json_t *one = NULL;

		code = copy_at(member, depth + 1, &one, e);
		if (code == ERR_OK && one != NULL &&
		    json_object_set_new(copy, name, one) != 0)
			code = value_no_memory(e);
		if (code != ERR_OK)
			break;
	}
	if (code != ERR_OK || json_object_size(copy) == 0) {
		json_decref(copy);
		copy = NULL;
	}
	if (code == ERR_OK)
		*out = copy;
	return code;
}

static enum err_code
copy_at(const json_t *v, unsigned depth, json_t **out, struct err *e)
{
	json_t *copy;

	if (path_is_absent(v)) {
		*out = NULL;
		return ERR_OK;
	}
	if (json_is_null(v) || json_is_real(v))
		return err_set(e, ERR_MALFORMED, 0,
		    "a value is null or not a whole number");
	/* One more than inside a field: path "" takes a whole document. */
	if (depth > DEPTH_MAX + 1)
		return err_set(
		    e, ERR_MALFORMED, 0, "a value is nested too deep");
	if (json_is_object(v))
		return copy_members(v, depth, out, e);
	copy = json_deep_copy_all(v);
	if (copy == NULL)
		return value_no_memory(e);
	*out = copy;
	return ERR_OK;
}

enum err_code
value_copy(const json_t *v, json_t **out, struct err *e)
{
	return copy_at(v, 0, out, e);
}
