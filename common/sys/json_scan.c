/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check that runs before jansson: one pass over the bytes, no recursion
 * and no allocation.  What is open is a stack of bits (1 for an object), so
 * the depth limit is also the size of the stack.
 */
#include <assert.h>

#include "common/base/utf8.h"
#include "common/sys/json.h"

/* What the grammar allows next. */
enum want {
	WANT_VALUE,
	WANT_VALUE_OR_END, /* just after '[' */
	WANT_KEY,
	WANT_KEY_OR_END, /* just after '{' */
	WANT_COMMA_OR_END,
	WANT_NOTHING, /* the document is complete */
};

struct scan {
	const char *start;
	const char *p;   /* next byte */
	const char *end; /* one past the last */
	const struct json_limits *lim;
	uint64_t objects; /* bit 0: the innermost open one is an object */
	unsigned depth;   /* open objects and arrays */
	size_t tokens;
	enum want want;
	const char *fault; /* what was wrong at p, or NULL */
};

static bool
fail(struct scan *s, const char *fault)
{
	s->fault = fault;
	return false;
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
count_token(struct scan *s)
{
	if (s->tokens >= s->lim->tokens_max)
		return fail(s, "too many values");
	s->tokens++;
	return true;
}

/* Four hex digits at p[0..3]; -1 if they are not. */
static int
hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return v;
}

/* The escape whose 'u' is at p. */
static bool
scan_unicode_escape(struct scan *s)
{
	int high = hex4(s->p + 1, s->end), low;

	if (high < 0)
		return fail(s, "a \\u without four hex digits");
	if (high == 0)
		return fail(s, "a NUL character");
	if (high >= 0xdc00 && high <= 0xdfff)
		return fail(s, "half a surrogate pair");
	s->p += 5;
	if (high < 0xd800 || high > 0xdbff)
		return true;
	low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u'
	    ? hex4(s->p + 2, s->end)
	    : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return fail(s, "half a surrogate pair");
	s->p += 6;
	return true;
}

/* The string whose opening quote is at p.  UTF-8 was checked before, for the
 * whole document. */
static bool
scan_string(struct scan *s)
{
	s->p++;
	while (s->p < s->end) {
		unsigned char c = (unsigned char)*s->p;

		if (c == '"') {
			s->p++;
			return true;
		}
		if (c < 0x20)
			return fail(s, "a control character in a string");
		if (c != '\\') {
			s->p++;
			continue;
		}
		s->p++;
		if (s->p == s->end)
			break;
		if (*s->p == 'u') {
			if (!scan_unicode_escape(s))
				return false;
		} else if (strchr("\"\\/bfnrt", *s->p) != NULL) {
			s->p++;
		} else {
			return fail(s, "an unknown escape");
		}
	}
	return fail(s, "a string without its end");
}

static bool
scan_number(struct scan *s)
{
	bool negative = *s->p == '-';
	const char *digits = s->p + negative;
	const char *p = digits;
	/* |INT64_MIN| is one more than INT64_MAX. */
	uint64_t max = (uint64_t)INT64_MAX + negative, v = 0;

	while (p < s->end && *p >= '0' && *p <= '9') {
		uint64_t digit = (uint64_t)(*p - '0');

		if (v > (max - digit) / 10)
			return fail(s, "a number beyond 64 bits");
		v = v * 10 + digit;
		p++;
	}
	if (p == digits)
		return fail(s, "a number without digits");
	if (*digits == '0' && (p - digits > 1 || negative))
		return fail(s, "a number in an unusual spelling");
	if (p < s->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return fail(s, "a number that is not whole");
	s->p = p;
	return true;
}

static bool
scan_word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= len &&
		    memcmp(s->p, words[i], len) == 0) {
			s->p += len;
			return true;
		}
	}
	return fail(s, "something that is not JSON");
}

static void
value_ended(struct scan *s)
{
	s->want = s->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
}

static bool
scan_open(struct scan *s, bool object)
{
	if (s->depth >= s->lim->depth_max)
		return fail(s, "nested too deeply");
	s->depth++;
	s->objects = s->objects << 1 | object;
	s->want = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
	s->p++;
	return true;
}

static bool
scan_close(struct scan *s)
{
	if ((*s->p == '}') != (s->objects & 1))
		return fail(s, "the wrong closing bracket");
	s->depth--;
	s->objects >>= 1;
	s->p++;
	value_ended(s);
	return true;
}

static bool
scan_value(struct scan *s)
{
	char c = *s->p;

	if (!count_token(s))
		return false;
	if (c == '{' || c == '[')
		return scan_open(s, c == '{');
	if (s->depth == 0 && !s->lim->any)
		return fail(s, "neither an object nor an array");
	if (c == '"') {
		if (!scan_string(s))
			return false;
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		if (!scan_number(s))
			return false;
	} else if (!scan_word(s)) {
		return false;
	}
	value_ended(s);
	return true;
}

static bool
scan_key(struct scan *s)
{
	if (*s->p != '"')
		return fail(s, "a key was expected");
	if (!count_token(s) || !scan_string(s))
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return fail(s, "a colon was expected");
	s->p++;
	s->want = WANT_VALUE;
	return true;
}

/* One step from the byte at p, which is not space. */
static bool
scan_step(struct scan *s)
{
	bool closing = *s->p == '}' || *s->p == ']';

	switch (s->want) {
	case WANT_VALUE:
		return scan_value(s);
	case WANT_VALUE_OR_END:
		return closing ? scan_close(s) : scan_value(s);
	case WANT_KEY:
		return scan_key(s);
	case WANT_KEY_OR_END:
		return closing ? scan_close(s) : scan_key(s);
	case WANT_COMMA_OR_END:
		if (closing)
			return scan_close(s);
		if (*s->p != ',')
			return fail(s, "a comma was expected");
		s->p++;
		s->want = s->objects & 1 ? WANT_KEY : WANT_VALUE;
		return true;
	case WANT_NOTHING:
		break;
	}
	return fail(s, "more after the end");
}

enum err_code
json_scan(
    const char *bytes, size_t len, const struct json_limits *lim, struct err *e)
{
	struct scan s = {
		.start = bytes,
		.p = bytes,
		.end = bytes + len,
		.lim = lim,
		.want = WANT_VALUE,
	};

	assert(lim->depth_max <= JSON_DEPTH_MAX);
	if (len > lim->bytes_max)
		return err_set(e, ERR_MALFORMED, 0,
		    "JSON of %zu bytes, where %zu is the most", len,
		    lim->bytes_max);
	if (!utf8_is_text(bytes, len))
		return err_set(e, ERR_MALFORMED, 0, "JSON is not UTF-8 text");
	for (skip_space(&s); s.p < s.end; skip_space(&s))
		if (!scan_step(&s))
			return err_set(e, ERR_MALFORMED, 0,
			    "JSON at byte %td: %s", s.p - s.start, s.fault);
	if (s.want != WANT_NOTHING)
		return err_set(e, ERR_MALFORMED, 0,
		    "JSON at byte %zu: ended too early", len);
	return ERR_OK;
}
