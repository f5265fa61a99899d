/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is typed, as the value that the schema wants.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

static const struct json_limits value_limits = {
	.bytes_max = LIMIT_CHANGE_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

static enum err_code
number_read(const char *path, const char *text, json_t **out, struct err *e)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text)
		return err_set(e, ERR_INVALID, 0,
		    "%.80s takes a whole number, not \"%.60s\"", path, text);
	*out = json_integer(n);
	return ERR_OK;
}

static enum err_code
yes_no_read(const char *path, const char *text, json_t **out, struct err *e)
{
	if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
		*out = json_true();
	else if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
		*out = json_false();
	else
		return err_set(e, ERR_INVALID, 0,
		    "%.80s takes yes or no, not \"%.60s\"", path, text);
	return ERR_OK;
}

/* Names of users are understood where a user is meant. */
static enum err_code
ref_read(const struct command *c, const struct schema_field *field,
    const char *text, json_t **out, struct err *e)
{
	struct office_user u;
	struct id id;
	enum err_code code;

	if (!id_parse(text, &id) && field->ref != NULL &&
	    strcmp(field->ref, "user") == 0) {
		code = command_user(c, text, &u, e);
		if (code != ERR_OK)
			return code;
		*out = json_string(id_print(u.id).s);
		return ERR_OK;
	}
	*out = json_string(text);
	return ERR_OK;
}

static int
text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "b,a" as the set ["a", "b"]. */
static enum err_code
set_read(const char *path, const char *text, json_t **out, struct err *e)
{
	char *members[SCHEMA_SET_MAX], *rest = NULL;
	char *copy = strdup(text);
	json_t *set = json_array();
	size_t n = 0;
	enum err_code code = ERR_OK;

	if (copy == NULL || set == NULL) {
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	for (char *m = strtok_r(copy, ",", &rest); m != NULL;
	     m = strtok_r(NULL, ",", &rest)) {
		if (n == SCHEMA_SET_MAX) {
			code =
			    err_set(e, ERR_INVALID, 0, "%.80s: too many", path);
			goto out;
		}
		members[n++] = m;
	}
	if (n > 0)
		qsort(members, n, sizeof(members[0]), text_compare);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		if (i == 0 || strcmp(members[i], members[i - 1]) != 0)
			code = json_add_take(set, json_string(members[i]), e);
out:
	free(copy);
	if (code == ERR_OK)
		*out = set;
	else
		json_decref(set);
	return code;
}

static enum err_code
object_read(const char *path, const char *text, json_t **out, struct err *e)
{
	enum err_code code =
	    json_parse(text, strlen(text), &value_limits, out, e);

	return code == ERR_MALFORMED
	    ? err_set(e, ERR_INVALID, 0,
	          "%.80s takes a JSON object; set its parts one by one "
	          "instead (%.80s/NAME=VALUE)",
	          path, path)
	    : code;
}

static enum err_code
field_read(const struct command *c, const struct schema_field *field,
    const char *path, const char *text, json_t **out, struct err *e)
{
	switch (field->kind) {
	case SCHEMA_NUMBER:
		return number_read(path, text, out, e);
	case SCHEMA_YES_NO:
		return yes_no_read(path, text, out, e);
	case SCHEMA_CODES:
	case SCHEMA_REFS:
		return set_read(path, text, out, e);
	case SCHEMA_REF:
		return ref_read(c, field, text, out, e);
	case SCHEMA_ROWS:
	case SCHEMA_GROUP:
		return object_read(path, text, out, e);
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
	case SCHEMA_DATE:
	case SCHEMA_TIME:
	case SCHEMA_CODE:
		break;
	}
	*out = json_string(text);
	return ERR_OK;
}

enum err_code
command_value(const struct command *c, const struct schema_type *type,
    const char *path, const char *text, json_t **out, struct err *e)
{
	const struct schema_spot spot = schema_find(type, path);
	json_t *value = NULL;
	enum err_code code = ERR_OK;

	if (spot.part == SCHEMA_PART_BAD || spot.part == SCHEMA_PART_UNKNOWN ||
	    spot.part == SCHEMA_PART_RECORD)
		return err_set(
		    e, ERR_INVALID, 0, "a %s has no %.120s", type->name, path);
	if (text[0] == '\0') {
		*out = NULL;
		return ERR_OK;
	}
	if (spot.part == SCHEMA_PART_MEMBER) {
		code = yes_no_read(path, text, &value, e);
		if (code == ERR_OK && json_is_false(value))
			value = NULL;
	} else if (spot.part == SCHEMA_PART_ROW) {
		code = object_read(path, text, &value, e);
	} else {
		code = field_read(c, spot.field, path, text, &value, e);
		if (code == ERR_OK && value == NULL)
			code = err_set(e, ERR_INVALID, 0,
			    "%.80s takes text in UTF-8", path);
	}
	if (code == ERR_OK)
		code = schema_check_value(type, path, value, NULL, e);
	if (code == ERR_OK)
		*out = value;
	else
		json_decref(value);
	return code;
}
