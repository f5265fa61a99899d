/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is read twice: once to check every line, once to write the fields,
 * so that a mistake in the last line leaves the struct as it was.
 */
#include "common/sys/conf.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/near.h"
#include "common/base/utf8.h"

/* A key of ours is at most 63 letters, and so is the table of them. */
#define KEY_MAX 63
#define KEYS_MAX 64
/* Longer values are a mistake, not a setting. */
#define VALUE_MAX 1023

struct reader {
	const char *name; /* of the file, for messages */
	unsigned line;
	const struct conf_key *keys;
	size_t n;
	void *target;  /* NULL: only check */
	uint64_t seen; /* bit i: keys[i] stood already */
};

static bool
parse_int(const char *text, char **end, int64_t *out)
{
	errno = 0;
	*out = strtoimax(text, end, 10);
	/* strtoimax skips spaces and takes '+'. */
	return errno == 0 && *end != text &&
	    (*text == '-' || (*text >= '0' && *text <= '9'));
}

bool
conf_parse_duration(const char *text, int64_t *ms_out)
{
	static const struct {
		const char *word;
		int64_t ms;
	} units[] = {
		{ "ms", 1 },
		{ "s", 1000 },
		{ "min", 60000 },
		{ "h", 3600000 },
		{ "d", 86400000 },
	};
	int64_t v;
	char *unit;

	if (!parse_int(text, &unit, &v) || v < 0)
		return false;
	unit += strspn(unit, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].word) != 0)
			continue;
		if (v > INT64_MAX / units[i].ms)
			return false;
		*ms_out = v * units[i].ms;
		return true;
	}
	return false;
}

/* Milliseconds as a person would write them, in the largest unit that comes
 * out whole. */
static void
print_duration(int64_t ms, char out[static 32])
{
	if (ms > 0 && ms % 86400000 == 0)
		(void)snprintf(out, 32, "%" PRId64 " d", ms / 86400000);
	else if (ms > 0 && ms % 3600000 == 0)
		(void)snprintf(out, 32, "%" PRId64 " h", ms / 3600000);
	else if (ms > 0 && ms % 60000 == 0)
		(void)snprintf(out, 32, "%" PRId64 " min", ms / 60000);
	else if (ms > 0 && ms % 1000 == 0)
		(void)snprintf(out, 32, "%" PRId64 " s", ms / 1000);
	else
		(void)snprintf(out, 32, "%" PRId64 " ms", ms);
}

static enum err_code
read_string(const struct reader *r, const struct conf_key *key,
    const char *value, struct err *e)
{
	size_t len = strlen(value);

	if (len >= key->room)
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: %s is longer than %zu bytes", r->name, r->line,
		    key->name, key->room - 1);
	if (r->target != NULL)
		memcpy((char *)r->target + key->offset, value, len + 1);
	return ERR_OK;
}

static enum err_code
read_int(const struct reader *r, const struct conf_key *key, const char *value,
    struct err *e)
{
	int64_t v;
	char *end;

	if (!parse_int(value, &end, &v) || *end != '\0' || v < key->min ||
	    v > key->max)
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: %s is a whole number from %" PRId64 " to %" PRId64,
		    r->name, r->line, key->name, key->min, key->max);
	if (r->target != NULL)
		memcpy((char *)r->target + key->offset, &v, sizeof(v));
	return ERR_OK;
}

static enum err_code
read_duration(const struct reader *r, const struct conf_key *key,
    const char *value, struct err *e)
{
	char lo[32], hi[32];
	int64_t v;

	if (!conf_parse_duration(value, &v) || v < key->min || v > key->max) {
		print_duration(key->min, lo);
		print_duration(key->max, hi);
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: %s is a time from %s to %s, such as \"10 min\"",
		    r->name, r->line, key->name, lo, hi);
	}
	if (r->target != NULL)
		memcpy((char *)r->target + key->offset, &v, sizeof(v));
	return ERR_OK;
}

static enum err_code
read_bool(const struct reader *r, const struct conf_key *key, const char *value,
    struct err *e)
{
	bool v = strcmp(value, "yes") == 0;

	if (!v && strcmp(value, "no") != 0)
		return err_set(e, ERR_INVALID, 0, "%s:%u: %s is yes or no",
		    r->name, r->line, key->name);
	if (r->target != NULL)
		memcpy((char *)r->target + key->offset, &v, sizeof(v));
	return ERR_OK;
}

static enum err_code
read_value(const struct reader *r, const struct conf_key *key,
    const char *value, struct err *e)
{
	switch (key->kind) {
	case CONF_STRING:
		return read_string(r, key, value, e);
	case CONF_INT:
		return read_int(r, key, value, e);
	case CONF_DURATION_MS:
		return read_duration(r, key, value, e);
	case CONF_BOOL:
		return read_bool(r, key, value, e);
	}
	assert(!"a kind that conf.h lists");
	return ERR_INVALID;
}

static enum err_code
unknown_key(const struct reader *r, const char *name, struct err *e)
{
	struct near near = { .word = NULL };

	for (size_t i = 0; i < r->n; i++)
		near_offer(&near, name, r->keys[i].name);
	if (near.word != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: unknown key \"%s\"; did you mean \"%s\"?", r->name,
		    r->line, name, near.word);
	return err_set(e, ERR_INVALID, 0, "%s:%u: unknown key \"%s\"", r->name,
	    r->line, name);
}

static enum err_code
read_pair(struct reader *r, const char *name, const char *value, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(name, r->keys[i].name) != 0)
			continue;
		if (r->seen >> i & 1)
			return err_set(e, ERR_INVALID, 0,
			    "%s:%u: %s stands here for the second time",
			    r->name, r->line, name);
		r->seen |= (uint64_t)1 << i;
		return read_value(r, &r->keys[i], value, e);
	}
	return unknown_key(r, name, e);
}

/* Copy the text from s to end without space around it; false if it does not
 * fit into room bytes. */
static bool
copy_trimmed(const char *s, const char *end, char *out, size_t room)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (
	    end > s && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	if ((size_t)(end - s) >= room)
		return false;
	memcpy(out, s, (size_t)(end - s));
	out[end - s] = '\0';
	return true;
}

static enum err_code
read_line(struct reader *r, const char *s, const char *end, struct err *e)
{
	const char *equals = memchr(s, '=', (size_t)(end - s));
	char name[KEY_MAX + 1], value[VALUE_MAX + 1];

	if (!copy_trimmed(s, end, value, sizeof(value)))
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: a line of more than "
		    "%d bytes",
		    r->name, r->line, VALUE_MAX);
	if (value[0] == '\0' || value[0] == '#')
		return ERR_OK;
	if (!utf8_is_printable(value, strlen(value), false))
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: a byte that is not printable UTF-8 text", r->name,
		    r->line);
	if (equals == NULL || !copy_trimmed(s, equals, name, sizeof(name)) ||
	    name[0] == '\0')
		return err_set(e, ERR_INVALID, 0,
		    "%s:%u: a line reads \"key = value\"", r->name, r->line);
	(void)copy_trimmed(equals + 1, end, value, sizeof(value)); /* fits */
	return read_pair(r, name, value, e);
}

static enum err_code
read_all(struct reader *r, const char *text, struct err *e)
{
	enum err_code code = ERR_OK;

	r->line = 0;
	r->seen = 0;
	while (code == ERR_OK && *text != '\0') {
		const char *end = strchrnul(text, '\n');

		r->line++;
		code = read_line(r, text, end, e);
		text = *end == '\0' ? end : end + 1;
	}
	return code;
}

enum err_code
conf_parse(const char *name, const char *text, const struct conf_key *keys,
    size_t n, void *target, struct err *e)
{
	struct reader r = { .name = name, .keys = keys, .n = n };
	enum err_code code;

	assert(n <= KEYS_MAX);
	code = read_all(&r, text, e);
	if (code != ERR_OK)
		return code;
	r.target = target;
	return read_all(&r, text, e);
}

enum err_code
conf_load(const char *path, const struct conf_key *keys, size_t n, void *target,
    struct err *e)
{
	struct buf b;
	enum err_code code;

	buf_init(&b, CONF_BYTES_MAX);
	code = file_load(path, &b, e);
	if (code == ERR_OK && strlen(b.ptr) != b.len)
		code = err_set(e, ERR_INVALID, 0, "%s: not a text file", path);
	if (code == ERR_OK)
		code = conf_parse(path, b.ptr, keys, n, target, e);
	buf_fini(&b);
	return code;
}
