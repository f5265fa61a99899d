/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path may hold.  What a person could have meant is allowed, with a
 * remark; what no program can show or sign is an error.
 */
#include "common/core/schema_int.h"

#include <stdarg.h>

#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"

/* Levels of a value that this schema does not know: set or row, row's group,
 * and one to spare. */
#define UNKNOWN_DEPTH_MAX 4

struct check {
	const struct schema_type *type;
	const char *path; /* for messages */
	unsigned remarks;
	struct err *e;
};

static enum err_code check_field(
    struct check *c, const struct schema_field *field, const json_t *value);

static enum err_code bad(const struct check *c,
    const struct schema_field *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum err_code
bad(const struct check *c, const struct schema_field *field, const char *fmt,
    ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (field != NULL && *c->path != '\0')
		return err_set(c->e, ERR_INVALID, 0, "\"%.60s\" (%.60s) %s",
		    field->label, c->path, text);
	return err_set(c->e, ERR_INVALID, 0, "%.60s: %s",
	    field != NULL          ? field->label
	        : *c->path != '\0' ? c->path
	                           : c->type->name,
	    text);
}

static enum err_code
check_text(const struct check *c, const struct schema_field *field,
    const json_t *value)
{
	bool has_lines = field->kind == SCHEMA_TEXT;
	size_t len = json_string_length(value);

	if (!json_is_string(value) || len == 0)
		return bad(c, field, "must be text");
	if (len > field->max_len)
		return bad(c, field,
		    "is too long by %zu bytes; shorten it or split it",
		    len - field->max_len);
	if (!utf8_is_printable(json_string_value(value), len, has_lines))
		return bad(c, field,
		    has_lines ? "has a character that cannot be shown"
		              : "must be one line of text");
	return ERR_OK;
}

/* NHS numbers: ten digits, spaces and hyphens apart, the last of which is 11
 * less the weighted sum (10 down to 2) modulo 11; 10 is never given out (NHS
 * Data Dictionary). */
static bool
nhs_number_adds_up(const char *text)
{
	unsigned digits[10], sum = 0, last;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		if (*text < '0' || *text > '9' || n == 10)
			return false;
		digits[n++] = (unsigned)(*text - '0');
	}
	if (n != 10)
		return false;
	for (unsigned i = 0; i < 9; i++)
		sum += digits[i] * (10 - i);
	last = (11 - sum % 11) % 11;
	return last == digits[9];
}

static enum err_code
check_code(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	const char *code = json_string_value(value);

	if (code == NULL || !schema_code_is_ok(code))
		return bad(c, field, "must be a code of the list \"%s\"",
		    field->codes->label);
	if (schema_code(field->codes, code) == NULL)
		c->remarks |= SCHEMA_REMARK_UNKNOWN_CODE;
	return ERR_OK;
}

static enum err_code
check_ref(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	const char *text = json_string_value(value);
	struct id id;

	if (text == NULL || !id_parse(text, &id))
		return bad(c, field, "must be the id of a %s", field->ref);
	return ERR_OK;
}

static enum err_code
check_member(
    struct check *c, const struct schema_field *field, const json_t *member)
{
	return field->kind == SCHEMA_CODES ? check_code(c, field, member)
	                                   : check_ref(c, field, member);
}

static enum err_code
check_set(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	size_t n = json_array_size(value);
	const char *before = "";
	enum err_code rc = ERR_OK;

	if (n == 0)
		return bad(c, field, "must be a list that is not empty");
	if (n > SCHEMA_SET_MAX)
		return bad(
		    c, field, "has more than %d entries", SCHEMA_SET_MAX);
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		const json_t *member = json_array_get(value, i);

		rc = check_member(c, field, member);
		if (rc == ERR_OK &&
		    strcmp(before, json_string_value(member)) >= 0)
			rc = bad(c, field, "must be sorted and name each once");
		if (rc == ERR_OK)
			before = json_string_value(member);
	}
	return rc;
}

/* Anything of a newer schema: kept as it is, if it is at all a value of a
 * document. */
static enum err_code
check_unknown(struct check *c, const json_t *value, unsigned depth)
{
	enum err_code rc = ERR_OK;

	c->remarks |= SCHEMA_REMARK_UNKNOWN_NAME;
	if (depth == 0 || json_is_real(value) || json_is_null(value))
		return bad(c, NULL, "is no value that a record can hold");
	if (json_is_string(value) &&
	    (json_string_length(value) > LIMIT_TEXT_BYTES ||
	        !utf8_is_text(
	            json_string_value(value), json_string_length(value))))
		return bad(c, NULL, "is too long or is not text");
	if (json_is_object(value)) {
		json_t *object = schema_iterable(value);

		for (void *i = json_object_iter(object);
		     i != NULL && rc == ERR_OK;
		     i = json_object_iter_next(object, i))
			rc = check_unknown(
			    c, json_object_iter_value(i), depth - 1);
	}
	for (size_t i = 0; i < json_array_size(value) && rc == ERR_OK; i++)
		rc = check_unknown(c, json_array_get(value, i), depth - 1);
	return rc;
}

/* An object of columns, members, or a document's fields. */
static enum err_code
check_object(
    struct check *c, const struct schema_field *owner, const json_t *value)
{
	json_t *object = schema_iterable(value);
	enum err_code rc = ERR_OK;

	if (!json_is_object(value) || json_object_size(value) == 0)
		return bad(c, owner, "must have something filled in");
	for (void *i = json_object_iter(object); i != NULL && rc == ERR_OK;
	     i = json_object_iter_next(object, i)) {
		const char *name = json_object_iter_key(i);
		const json_t *inner = json_object_iter_value(i);
		const struct schema_field *field = NULL;

		if (!schema_name_is_ok(name))
			return bad(c, owner, "has a name that cannot be");
		field = owner != NULL ? schema_child(owner, name)
		                      : schema_find_field(c->type, name);
		rc = field == NULL ? check_unknown(c, inner, UNKNOWN_DEPTH_MAX)
		                   : check_field(c, field, inner);
	}
	return rc;
}

static enum err_code
check_rows(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	json_t *rows = schema_iterable(value);
	enum err_code rc = ERR_OK;

	if (!json_is_object(value) || json_object_size(value) == 0)
		return bad(c, field, "must have a row");
	if (json_object_size(value) > SCHEMA_ROWS_MAX)
		return bad(c, field, "has more than %d rows", SCHEMA_ROWS_MAX);
	for (void *i = json_object_iter(rows); i != NULL && rc == ERR_OK;
	     i = json_object_iter_next(rows, i)) {
		const char *row = json_object_iter_key(i);

		if (*row == '\0' || strlen(row) > LIMIT_NAME_BYTES ||
		    strspn(row, SCHEMA_PATH_CHARS) != strlen(row))
			return bad(c, field, "has a row with a bad name");
		rc = check_object(c, field, json_object_iter_value(i));
	}
	return rc;
}

static enum err_code
check_time(const struct check *c, const struct schema_field *field,
    const json_t *value)
{
	const char *text = json_string_value(value);
	uint64_t unix_ms;

	if (field->kind == SCHEMA_DATE)
		return text != NULL && schema_date_is_ok(text)
		    ? ERR_OK
		    : bad(c, field, "must be a date such as 2026-11-21");
	/* Printed back it must be the same: no 31 November, no other form. */
	if (text == NULL || !clock_parse(text, &unix_ms) ||
	    strcmp(clock_print(unix_ms).s, text) != 0)
		return bad(c, field,
		    "must be a time such as 2026-11-21T18:05:09.123Z");
	return ERR_OK;
}

static enum err_code
check_number(const struct check *c, const struct schema_field *field,
    const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return bad(c, field, "must be a whole number");
	if (number < field->min)
		return bad(
		    c, field, "must be %lld or more", (long long)field->min);
	if (number > field->max)
		return bad(
		    c, field, "must be %lld or less", (long long)field->max);
	return ERR_OK;
}

static enum err_code
check_field(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	enum err_code rc;

	switch (field->kind) {
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		rc = check_text(c, field, value);
		if (rc == ERR_OK && field->has_nhs_check &&
		    !nhs_number_adds_up(json_string_value(value)))
			c->remarks |= SCHEMA_REMARK_CHECK_DIGIT;
		return rc;
	case SCHEMA_DATE:
	case SCHEMA_TIME:
		return check_time(c, field, value);
	case SCHEMA_NUMBER:
		return check_number(c, field, value);
	case SCHEMA_YES_NO:
		return json_is_boolean(value)
		    ? ERR_OK
		    : bad(c, field, "must be yes or no");
	case SCHEMA_CODE:
		return check_code(c, field, value);
	case SCHEMA_REF:
		return check_ref(c, field, value);
	case SCHEMA_CODES:
	case SCHEMA_REFS:
		return check_set(c, field, value);
	case SCHEMA_ROWS:
		return check_rows(c, field, value);
	case SCHEMA_GROUP:
		return check_object(c, field, value);
	}
	return bad(c, field, "is of no kind");
}

/* A set's member as a path of its own: the member is in the path, the value
 * is true. */
static enum err_code
check_member_path(
    struct check *c, const struct schema_field *field, const json_t *value)
{
	const char *slash = strchr(c->path, '/');
	json_t *member = json_string(slash + 1);
	enum err_code rc;

	if (member == NULL)
		return err_set(c->e, ERR_NOMEM, 0, "out of memory");
	rc = check_member(c, field, member);
	json_decref(member);
	if (rc == ERR_OK && value != NULL && !json_is_true(value))
		rc = bad(c, field, "an entry is there (true) or not at all");
	return rc;
}

enum err_code
schema_check_value(const struct schema_type *type, const char *path,
    const json_t *value, unsigned *remarks_out, struct err *e)
{
	struct check c = { type, path, 0, e };
	struct schema_spot spot = schema_find(type, path);
	enum err_code rc = ERR_OK;

	if (spot.part == SCHEMA_PART_BAD)
		rc = bad(&c, NULL, "there can be nothing at this place");
	else if (spot.part == SCHEMA_PART_MEMBER)
		rc = check_member_path(&c, spot.field, value);
	else if (spot.part == SCHEMA_PART_UNKNOWN && value == NULL)
		c.remarks |= SCHEMA_REMARK_UNKNOWN_NAME;
	else if (value == NULL)
		rc = ERR_OK;
	else if (spot.part == SCHEMA_PART_UNKNOWN)
		rc = check_unknown(&c, value, UNKNOWN_DEPTH_MAX);
	else if (spot.part == SCHEMA_PART_RECORD ||
	    spot.part == SCHEMA_PART_ROW)
		rc = check_object(&c, spot.field, value);
	else
		rc = check_field(&c, spot.field, value);
	if (rc == ERR_OK && remarks_out != NULL)
		*remarks_out = c.remarks;
	return rc;
}
