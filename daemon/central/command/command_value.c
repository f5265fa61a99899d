/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is typed, as the value that the schema wants.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/schema_typed.h"
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
	    strcmp(field->ref,
	        schema_account_type(engine_schema(c->g))->name) == 0) {
		code = command_user(c, text, &u, e);
		if (code != ERR_OK)
			return code;
		*out = json_string(id_print(u.id).s);
		return ERR_OK;
	}
	*out = json_string(text);
	return ERR_OK;
}

/* A day, or "today" where this machine is. */
static json_t *
date_read(const char *text)
{
	char day[CLOCK_DAY_MAX];

	if (strcmp(text, "today") != 0)
		return json_string(text);
	clock_day(clock_unix_ms(), day);
	return json_string(day);
}

/* A time, also one in this machine's time zone, or "now"; what is none is
 * refused as a value of the field later. */
static json_t *
time_read(const char *text)
{
	uint64_t ms = clock_unix_ms();

	return strcmp(text, "now") == 0 || clock_parse(text, &ms) ||
	        clock_parse_typed(text, &ms)
	    ? json_string(clock_print(ms).s)
	    : json_string(text);
}

static int
text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The members of a set as they were written, to be put in order. */
struct members {
	const char *all[SCHEMA_SET_MAX];
	size_t n;
};

static enum err_code
member_add(struct members *m, const char *path, const char *text, struct err *e)
{
	if (text == NULL)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s takes a set of texts", path);
	if (m->n == SCHEMA_SET_MAX)
		return err_set(e, ERR_INVALID, 0, "%.80s: too many", path);
	m->all[m->n++] = text;
	return ERR_OK;
}

static enum err_code
members_json(struct members *m, json_t **out, struct err *e)
{
	json_t *set = json_array();
	enum err_code code = ERR_OK;

	if (m->n > 0)
		qsort(m->all, m->n, sizeof(m->all[0]), text_compare);
	for (size_t i = 0; i < m->n && code == ERR_OK; i++)
		if (i == 0 || strcmp(m->all[i], m->all[i - 1]) != 0)
			code = json_add_take(set, json_string(m->all[i]), e);
	if (code == ERR_OK)
		*out = set;
	else
		json_decref(set);
	return code;
}

/* "b,a" or ["b","a"] as the set ["a","b"]. */
static enum err_code
set_read(const char *path, const char *text, json_t **out, struct err *e)
{
	struct members m = { .n = 0 };
	char *rest = NULL, *copy = strdup(text);
	json_t *list = NULL;
	enum err_code code = ERR_OK;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (text[0] == '[') {
		code = json_parse(text, strlen(text), &value_limits, &list, e);
		if (code == ERR_MALFORMED)
			code = err_set(
			    e, ERR_INVALID, 0, "%.80s is no JSON array", path);
		for (size_t i = 0; i < json_array_size(list) && code == ERR_OK;
		     i++)
			code = member_add(&m, path,
			    json_string_value(json_array_get(list, i)), e);
	} else {
		for (char *one = strtok_r(copy, ",", &rest);
		     one != NULL && code == ERR_OK;
		     one = strtok_r(NULL, ",", &rest))
			code = member_add(&m, path, one, e);
	}
	if (code == ERR_OK)
		code = members_json(&m, out, e);
	json_decref(list);
	free(copy);
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
	case SCHEMA_CODE:
		return schema_code_value(field, text, out, e);
	case SCHEMA_DATE:
		*out = date_read(text);
		return ERR_OK;
	case SCHEMA_TIME:
		*out = time_read(text);
		return ERR_OK;
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		break;
	}
	*out = json_string(text);
	return ERR_OK;
}

/* No value came of it: is it the text, or is there no memory? */
static enum err_code
no_value(const char *path, const char *text, struct err *e)
{
	if (utf8_is_text(text, strlen(text)))
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return err_set(e, ERR_INVALID, 0, "%.80s takes text in UTF-8", path);
}

enum err_code
command_field_value(const struct command *c, const struct schema_field *field,
    const char *path, const char *text, json_t **out, struct err *e)
{
	enum err_code code;

	*out = NULL;
	if (text[0] == '\0')
		return ERR_OK;
	code = field_read(c, field, path, text, out, e);
	return code == ERR_OK && *out == NULL ? no_value(path, text, e) : code;
}

enum err_code
command_value(const struct command *c, const struct schema_type *type,
    const char *path, const char *text, json_t **out, struct err *e)
{
	const struct schema_spot spot = schema_find(type, path);
	json_t *value = NULL;
	unsigned remarks = 0;
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
		code =
		    command_field_value(c, spot.field, path, text, &value, e);
	}
	if (code == ERR_OK)
		code = schema_check_value(type, path, value, &remarks, e);
	if (code == ERR_OK && value != NULL &&
	    (remarks & SCHEMA_REMARK_UNKNOWN_CODE) != 0)
		code = err_set(e, ERR_INVALID, 0,
		    "%.120s: this is not in its list; the command fields shows "
		    "what there is to choose from",
		    path);
	if (code == ERR_OK)
		*out = value;
	else
		json_decref(value);
	return code;
}
