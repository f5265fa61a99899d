/* SPDX-License-Identifier: Apache-2.0 */
#include "client/core/edit_value.h"

#include <errno.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/core/schema_typed.h"
#include "common/sys/json.h"

static const struct json_limits value_limits = {
	.bytes_max = LIMIT_CHANGE_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
	.any = true,
};

static enum err_code
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
take(json_t *value, json_t **out, struct err *e)
{
	if (value == NULL)
		return no_memory(e);
	*out = value;
	return ERR_OK;
}

static enum err_code
parse_number(
    const struct schema_field *f, const char *text, json_t **out, struct err *e)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < f->min || n > f->max)
		return err_set(e, ERR_INVALID, 0,
		    "%s: give a whole number from %lld to %lld", f->label,
		    (long long)f->min, (long long)f->max);
	return take(json_integer(n), out, e);
}

/* 1 yes, 0 no, -1 neither. */
static int
yes_or_no(const char *text)
{
	static const struct {
		const char *word;
		int yes;
	} words[] = { { "yes", 1 }, { "true", 1 }, { "no", 0 },
		{ "false", 0 } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i].word) == 0)
			return words[i].yes;
	return -1;
}

static enum err_code
parse_yes_no(
    const struct schema_field *f, const char *text, json_t **out, struct err *e)
{
	int yes = yes_or_no(text);

	if (yes < 0)
		return err_set(e, ERR_INVALID, 0,
		    "%s: answer yes or no, or leave it empty for not known",
		    f->label);
	return take(json_boolean(yes), out, e);
}

static enum err_code
parse_ref(
    const struct schema_field *f, const char *text, json_t **out, struct err *e)
{
	struct id id;

	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0,
		    "%s: give the id of a %s (36 characters); visitbook %s "
		    "list shows them",
		    f->label, f->ref, f->ref);
	return take(json_string(text), out, e);
}

static enum err_code
parse_time(const struct schema_field *f, const char *text, uint64_t now_ms,
    json_t **out, struct err *e)
{
	uint64_t ms = now_ms;

	if (strcmp(text, "now") != 0 && !clock_parse(text, &ms) &&
	    !clock_parse_typed(text, &ms))
		return err_set(e, ERR_INVALID, 0,
		    "%s: give the time as \"2026-11-21 18:05\", as "
		    "2026-11-21T18:05:00Z, or as now",
		    f->label);
	return take(json_string(clock_print(ms).s), out, e);
}

static enum err_code
parse_date(const struct schema_field *f, const char *text, uint64_t now_ms,
    json_t **out, struct err *e)
{
	char day[CLOCK_DAY_MAX];

	if (strcmp(text, "today") == 0) {
		clock_day(now_ms, day);
		return take(json_string(day), out, e);
	}
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return err_set(e, ERR_INVALID, 0,
		    "%s: give the date as 2026-11-21", f->label);
	return take(json_string(text), out, e);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A sorted set of what parse_one makes of each part. */
static enum err_code
parse_set(const struct schema_field *f, char *text, json_t **out, struct err *e)
{
	const char *members[SCHEMA_SET_MAX];
	char *state = NULL;
	json_t *set = json_array();
	size_t n = 0;
	struct id id;
	enum err_code code = set == NULL ? no_memory(e) : ERR_OK;

	for (char *one = strtok_r(text, ", \n", &state);
	     one != NULL && code == ERR_OK;
	     one = strtok_r(NULL, ", \n", &state)) {
		if (n == SCHEMA_SET_MAX)
			code = err_set(e, ERR_INVALID, 0,
			    "%s: more than %d entries", f->label,
			    SCHEMA_SET_MAX);
		else if (f->kind == SCHEMA_CODES)
			code = schema_code_typed(f, one, &members[n], e);
		else if (id_parse(one, &id))
			members[n] = one;
		else
			code = err_set(e, ERR_INVALID, 0,
			    "%s: \"%.40s\" is not the id of a %s", f->label,
			    one, f->ref);
		n += code == ERR_OK ? 1 : 0;
	}
	if (n > 0)
		qsort(members, n, sizeof(members[0]), by_text);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		if (i == 0 || strcmp(members[i], members[i - 1]) != 0)
			code = json_add_take(set, json_string(members[i]), e);
	if (code != ERR_OK)
		json_decref(set);
	else
		*out = set;
	return code;
}

static enum err_code
parse_json(const struct schema_field *f, const char *text, size_t len,
    json_t **out, struct err *e)
{
	struct err why;

	if (json_parse(text, len, &value_limits, out, &why) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_INVALID, 0,
	    "%s: give a JSON object (%.150s), or one value at a time", f->label,
	    why.msg);
}

static enum err_code
parse_kind(const struct schema_field *f, char *text, size_t len,
    uint64_t now_ms, json_t **out, struct err *e)
{
	switch (f->kind) {
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		return take(json_stringn(text, len), out, e);
	case SCHEMA_DATE:
		return parse_date(f, text, now_ms, out, e);
	case SCHEMA_TIME:
		return parse_time(f, text, now_ms, out, e);
	case SCHEMA_NUMBER:
		return parse_number(f, text, out, e);
	case SCHEMA_YES_NO:
		return parse_yes_no(f, text, out, e);
	case SCHEMA_CODE:
		return schema_code_value(f, text, out, e);
	case SCHEMA_CODES:
	case SCHEMA_REFS:
		return text[0] == '[' ? parse_json(f, text, len, out, e)
		                      : parse_set(f, text, out, e);
	case SCHEMA_REF:
		return parse_ref(f, text, out, e);
	case SCHEMA_ROWS:
	case SCHEMA_GROUP:
		return parse_json(f, text, len, out, e);
	}
	return err_set(e, ERR_INVALID, 0, "%s cannot be set here", f->label);
}

enum err_code
edit_value_parse(const struct schema_field *f, enum schema_part part,
    const char *text, size_t len, uint64_t now_ms, json_t **out, struct err *e)
{
	char *copy;
	int yes;
	enum err_code code;

	if (len == 0) {
		*out = NULL;
		return ERR_OK;
	}
	if (memchr(text, '\0', len) != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%s: this holds bytes that no text has; give a text, not "
		    "a picture or a document of another program",
		    f->label);
	if (!utf8_is_text(text, len))
		return err_set(e, ERR_INVALID, 0,
		    "%s: this is not UTF-8 text; save it as UTF-8 and give it "
		    "again",
		    f->label);
	if (part == SCHEMA_PART_ROW)
		return parse_json(f, text, len, out, e);
	if (part == SCHEMA_PART_MEMBER) {
		yes = yes_or_no(text);
		if (yes < 0)
			return err_set(e, ERR_INVALID, 0,
			    "%s: answer yes or no", f->label);
		*out = yes == 1 ? json_true() : NULL;
		return ERR_OK;
	}
	copy = malloc(len + 1);
	if (copy == NULL)
		return no_memory(e);
	memcpy(copy, text, len);
	copy[len] = '\0';
	code = parse_kind(f, copy, len, now_ms, out, e);
	free(copy);
	return code;
}
