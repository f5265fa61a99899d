/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell of a table as the value that the schema wants: dates and times as
 * people here write them, codes by their labels, records by what they are
 * called.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/core/schema_typed.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

/* ---- dates and times ---- */

static bool
digits_read(const char **at, size_t least, size_t most, int *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < most && **at >= '0' && **at <= '9'; n++)
		*out = *out * 10 + (*(*at)++ - '0');
	return n >= least;
}

/* "2026-11-21" or "21/11/2026", up to behind it. */
static bool
day_read(const char **at, struct tm *out)
{
	const char *s = *at;
	int a, b, c;
	char sep;

	if (!digits_read(&s, 1, 4, &a) || (*s != '-' && *s != '/'))
		return false;
	sep = *s++;
	if (!digits_read(&s, sep == '-' ? 2 : 1, 2, &b) || *s++ != sep ||
	    !digits_read(&s, sep == '-' ? 2 : 4, sep == '-' ? 2 : 4, &c))
		return false;
	if (sep == '-' ? a < 1000 : a > 31)
		return false;
	*out = (struct tm){ .tm_year = (sep == '-' ? a : c) - 1900,
		.tm_mon = b - 1,
		.tm_mday = sep == '-' ? c : a,
		.tm_isdst = -1 };
	*at = s;
	return true;
}

static enum err_code
date_read(const char *text, json_t **out, struct err *e)
{
	char day[32];
	struct tm tm;

	if (!day_read(&text, &tm) || *text != '\0')
		return err_set(e, ERR_INVALID, 0,
		    "a date is written 21/11/2026 or 2026-11-21");
	(void)snprintf(day, sizeof(day), "%04d-%02d-%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
	*out = json_string(day);
	return ERR_OK;
}

/* In this machine's time zone, or as the schema writes it. */
static enum err_code
time_read(const char *text, json_t **out, struct err *e)
{
	const char *at = text;
	struct tm tm, wanted;
	uint64_t ms;
	time_t when;

	if (clock_parse(text, &ms)) {
		*out = json_string(clock_print(ms).s);
		return ERR_OK;
	}
	if (!day_read(&at, &tm) || (*at != ' ' && *at != 'T'))
		goto bad;
	at++;
	if (!digits_read(&at, 1, 2, &tm.tm_hour) || *at++ != ':' ||
	    !digits_read(&at, 2, 2, &tm.tm_min) ||
	    (*at == ':' && (at++, !digits_read(&at, 2, 2, &tm.tm_sec))) ||
	    *at != '\0')
		goto bad;
	wanted = tm;
	when = mktime(&tm);
	/* Another day or minute than was written: there is none such. */
	if (when < 0 || tm.tm_mday != wanted.tm_mday ||
	    tm.tm_min != wanted.tm_min || tm.tm_hour != wanted.tm_hour)
		goto bad;
	*out = json_string(clock_print((uint64_t)when * 1000).s);
	return ERR_OK;
bad:
	return err_set(e, ERR_INVALID, 0,
	    "a time is written 21/11/2026 14:30 or 2026-11-21 14:30");
}

/* ---- words ---- */

static bool
is_one_of(const char *text, const char *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, all[i]) == 0)
			return true;
	return false;
}

static enum err_code
yes_no_read(const char *text, bool *out, struct err *e)
{
	static const char *const yes[] = { "yes", "y", "true", "1", "x" };
	static const char *const no[] = { "no", "n", "false", "0" };

	*out = is_one_of(text, yes, sizeof(yes) / sizeof(yes[0]));
	if (*out || is_one_of(text, no, sizeof(no) / sizeof(no[0])))
		return ERR_OK;
	return err_set(e, ERR_INVALID, 0, "it is yes or no that is asked for");
}

static enum err_code
number_read(const char *text, json_t **out, struct err *e)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text)
		return err_set(e, ERR_INVALID, 0, "a whole number is wanted");
	*out = json_integer(n);
	return ERR_OK;
}

static enum err_code
ref_read(struct import *im, const struct schema_field *field, const char *text,
    json_t **out, struct err *e)
{
	struct id id;
	enum err_code code = import_find(im, field->ref, text, &id, e);

	if (code == ERR_OK)
		*out = json_string(id_print(id).s);
	return code;
}

/* ---- sets ---- */

static enum err_code
one_read(struct import *im, const struct schema_field *field, const char *text,
    json_t **out, struct err *e)
{
	return field->kind == SCHEMA_CODES
	    ? schema_code_value(field, text, out, e)
	    : ref_read(im, field, text, out, e);
}

/* Cut off blanks at both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL)
		text[--len] = '\0';
	return text;
}

static int
text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members in order, each once, as the schema wants a set. */
static enum err_code
set_make(json_t *const *members, size_t n, json_t **out, struct err *e)
{
	const char *names[SCHEMA_SET_MAX];
	json_t *set = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n; i++)
		names[i] = json_string_value(members[i]);
	if (n > 0)
		qsort(names, n, sizeof(names[0]), text_compare);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			code = json_add_take(set, json_string(names[i]), e);
	if (code == ERR_OK)
		*out = set;
	else
		json_decref(set);
	return code;
}

/* Parted by ; or | or line ends: labels have commas. */
static enum err_code
set_read(struct import *im, const struct schema_field *field, char *text,
    json_t **out, struct err *e)
{
	json_t *members[SCHEMA_SET_MAX];
	size_t n = 0;
	char *rest = NULL;
	enum err_code code = ERR_OK;

	for (char *one = strtok_r(text, ";|\n", &rest);
	     one != NULL && code == ERR_OK;
	     one = strtok_r(NULL, ";|\n", &rest)) {
		one = trim(one);
		if (*one == '\0')
			continue;
		if (n == SCHEMA_SET_MAX)
			code = err_set(e, ERR_INVALID, 0, "too many at once");
		else
			code = one_read(im, field, one, &members[n], e);
		if (code == ERR_OK && members[n++] == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	if (code == ERR_OK)
		code = set_make(members, n, out, e);
	for (size_t i = 0; i < n; i++)
		json_decref(members[i]);
	return code;
}

/* ---- any ---- */

static enum err_code
value_read(struct import *im, const struct schema_field *field,
    const char *text, json_t **out, struct err *e)
{
	bool yes = false;
	enum err_code code = ERR_OK;

	switch (field->kind) {
	case SCHEMA_DATE:
		return date_read(text, out, e);
	case SCHEMA_TIME:
		return time_read(text, out, e);
	case SCHEMA_NUMBER:
		return number_read(text, out, e);
	case SCHEMA_YES_NO:
		code = yes_no_read(text, &yes, e);
		if (code == ERR_OK)
			*out = json_boolean(yes);
		return code;
	case SCHEMA_CODE:
		return schema_code_value(field, text, out, e);
	case SCHEMA_REF:
		return ref_read(im, field, text, out, e);
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		*out = json_string(text);
		return ERR_OK;
	case SCHEMA_CODES:
	case SCHEMA_REFS:
	case SCHEMA_ROWS:
	case SCHEMA_GROUP:
		break;
	}
	return err_set(e, ERR_INVALID, 0, "this cannot be in one cell");
}

/* Whether the schema takes the value where the column would put it. */
static enum err_code
value_check(const struct import *im, const struct import_column *col,
    json_t *value, struct err *e)
{
	char path[IMPORT_PATH_CAP];
	json_t *whole = json_incref(value), *group;
	enum err_code code = ERR_OK;

	if (col->kind == IMPORT_ROW || col->kind == IMPORT_ROW_GROUP)
		(void)snprintf(path, sizeof(path), "%s/row/%s", col->part[0],
		    col->part[2]);
	else
		(void)snprintf(path, sizeof(path), "%s", col->part[0]);
	if (col->kind == IMPORT_GROUP || col->kind == IMPORT_ROW_GROUP) {
		group = json_object();
		code = json_put_take(group,
		    col->part[col->kind == IMPORT_GROUP ? 1 : 3], whole, e);
		whole = group;
	}
	if (code == ERR_OK)
		code = schema_check_value(im->type, path, whole, NULL, e);
	json_decref(whole);
	return code;
}

enum err_code
import_value(struct import *im, const struct import_column *col,
    const char *text, json_t **out, struct err *e)
{
	char *copy = strdup(text), *trimmed;
	json_t *value = NULL;
	bool yes = false;
	enum err_code code;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	trimmed = trim(copy);
	if (col->kind == IMPORT_MEMBER) {
		code = yes_no_read(trimmed, &yes, e);
		value = code == ERR_OK ? json_boolean(yes) : NULL;
	} else if (col->kind == IMPORT_SET) {
		code = set_read(im, col->leaf, trimmed, &value, e);
	} else {
		code = value_read(im, col->leaf, trimmed, &value, e);
	}
	if (code == ERR_OK && value == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && col->kind != IMPORT_MEMBER)
		code = value_check(im, col, value, e);
	free(copy);
	if (code == ERR_OK)
		*out = value;
	else
		json_decref(value);
	return code;
}
