/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading members of definitions, with a message that names the place.
 */
#include "common/core/schema_int.h"

#include <stdarg.h>

#include "common/base/utf8.h"
#include "common/core/limits.h"

void *
schema_alloc(struct schema *s, size_t n, size_t len)
{
	struct schema_block *block;

	if (n == 0)
		n = 1; /* never NULL for "none" */
	if (len > (SIZE_MAX - sizeof(*block)) / n)
		return NULL;
	block = calloc(1, sizeof(*block) + n * len);
	if (block == NULL)
		return NULL;
	block->next = s->blocks;
	s->blocks = block;
	return block->data;
}

enum err_code
schema_bad(const struct schema_where *w, struct err *e, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, ERR_INVALID, 0,
	    "%.10s%s%.40s.json: %s%.40s%s%.40s%s%s", w->folder,
	    *w->folder != '\0' ? "/" : "", w->file,
	    *w->field != '\0' ? "field " : "", w->field,
	    *w->child != '\0' ? "/" : "", w->child,
	    *w->field != '\0' ? ": " : "", text);
}

enum err_code
schema_read_line(const struct schema_where *w, json_t *obj, const char *key,
    bool is_required, const char **out, struct err *e)
{
	json_t *value = json_object_get(obj, key);
	const char *s = json_string_value(value);

	if (value == NULL && !is_required)
		return ERR_OK;
	if (value == NULL)
		return schema_bad(w, e, "%s is missing", key);
	if (s == NULL || json_string_length(value) == 0 ||
	    json_string_length(value) > LIMIT_LINE_BYTES ||
	    !utf8_is_printable(s, json_string_length(value), false))
		return schema_bad(
		    w, e, "%s must be one line of text, not empty", key);
	*out = s;
	return ERR_OK;
}

enum err_code
schema_read_bool(const struct schema_where *w, json_t *obj, const char *key,
    bool otherwise, bool *out, struct err *e)
{
	json_t *value = json_object_get(obj, key);

	if (value != NULL && !json_is_boolean(value))
		return schema_bad(w, e, "%s must be true or false", key);
	*out = value == NULL ? otherwise : json_is_true(value);
	return ERR_OK;
}

enum err_code
schema_read_int(const struct schema_where *w, json_t *obj, const char *key,
    int64_t otherwise, int64_t *out, struct err *e)
{
	json_t *value = json_object_get(obj, key);

	if (value != NULL && !json_is_integer(value))
		return schema_bad(w, e, "%s must be a whole number", key);
	*out = value == NULL ? otherwise : json_integer_value(value);
	return ERR_OK;
}

enum err_code
schema_read_keys(const struct schema_where *w, json_t *obj,
    const char *const *allowed, size_t n, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(obj, key, value)
	{
		size_t i = 0;

		while (i < n && strcmp(allowed[i], key) != 0)
			i++;
		if (i == n)
			return schema_bad(
			    w, e, "\"%.60s\" is not a key that is known", key);
	}
	return ERR_OK;
}

bool
schema_name_is_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= LIMIT_NAME_BYTES && name[0] >= 'a' &&
	    name[0] <= 'z' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

bool
schema_code_is_ok(const char *code)
{
	size_t len = strlen(code);

	if (len == 0 || len > SCHEMA_CODE_MAX || code[0] == '_')
		return false;
	return strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == len ||
	    strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == len;
}

static unsigned
digits(const char *s, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(s[i] - '0');
	return value;
}

bool
schema_date_is_ok(const char *text)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	unsigned year, month, day, last;

	if (strlen(text) != 10)
		return false;
	for (size_t i = 0; i < 10; i++) {
		bool is_dash = i == 4 || i == 7;

		if (is_dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9'))
			return false;
	}
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	if (year == 0 || month < 1 || month > 12)
		return false;
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last = 29;
	return day >= 1 && day <= last;
}

enum err_code
schema_read_dates(const struct schema_where *w, json_t *obj, const char *what,
    const char **from, const char **to, struct err *e)
{
	enum err_code rc = schema_read_line(w, obj, "from", false, from, e);

	if (rc == ERR_OK)
		rc = schema_read_line(w, obj, "to", false, to, e);
	if (rc != ERR_OK)
		return rc;
	if ((*from != NULL && !schema_date_is_ok(*from)) ||
	    (*to != NULL && !schema_date_is_ok(*to)))
		return schema_bad(w, e,
		    "%.64s: from and to must be dates such as 2026-11-21",
		    what);
	if (*from != NULL && *to != NULL && strcmp(*from, *to) > 0)
		return schema_bad(w, e, "%.64s: ends before it begins", what);
	return ERR_OK;
}

enum err_code
schema_read_nations(const struct schema_where *w, json_t *obj, const char *what,
    const json_t **out, struct err *e)
{
	json_t *nations = json_object_get(obj, "nation");
	json_t *known = json_object_get(
	    json_object_get(json_object_get(w->s->bundle, "codes"), "nation"),
	    "items");
	json_t *nation, *other;
	size_t i, j;

	*out = nations;
	if (nations == NULL)
		return ERR_OK;
	if (json_array_size(nations) == 0)
		return schema_bad(
		    w, e, "%.64s: nation must be a list of codes", what);
	json_array_foreach(nations, i, nation)
	{
		bool is_known = false;

		json_array_foreach(known, j, other) is_known |=
		    json_equal(json_object_get(other, "code"), nation);
		if (!is_known)
			return schema_bad(w, e,
			    "%.64s: a nation is not in the list \"nation\"",
			    what);
	}
	return ERR_OK;
}
