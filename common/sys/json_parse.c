/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From scanned bytes to jansson values.  jansson's own parser is not used: it
 * ends the process on an assertion when an allocation fails in a string, and
 * would look at every byte for a second time.  What the scan has passed needs
 * no checks here but the one for duplicate keys; recursion goes as deep as
 * the limit that it held.
 */
#include <assert.h>

#include "common/base/secret.h"
#include "common/sys/json.h"

/* Strings up to this length are decoded without an allocation of ours; a
 * string without an escape needs none at any length. */
#define SHORT_LEN 256

struct source {
	const char *start;
	const char *p;   /* next byte; the scan vouches for all that follow */
	const char *end; /* only a lone number can run up to it */
};

/* The bytes between the quotes of a string, and whether they have escapes. */
struct raw_string {
	const char *s;
	size_t len;
	bool escaped;
};

static json_t *build_value(struct source *src, struct err *e);

static json_t *
no_memory(struct err *e)
{
	(void)err_set(e, ERR_NOMEM, 0, "out of memory");
	return NULL;
}

static void
skip_space(struct source *src)
{
	while (*src->p == ' ' || *src->p == '\t' || *src->p == '\n' ||
	    *src->p == '\r')
		src->p++;
}

/* Step over the string whose opening quote is at p. */
static struct raw_string
take_string(struct source *src)
{
	struct raw_string raw = { .s = ++src->p };

	for (; *src->p != '"'; src->p++)
		if (*src->p == '\\') {
			raw.escaped = true;
			src->p++;
		}
	raw.len = (size_t)(src->p++ - raw.s);
	return raw;
}

static unsigned
hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		/* '0' ends in the bits 0000; 'A' and 'a' in 001, which
		 * stands for ten. */
		v = v << 4 | (c <= '9' ? c & 15U : (c & 7U) + 9);
	}
	return v;
}

/* Write a code point as UTF-8; returns the byte behind it. */
static char *
put_utf8(char *out, unsigned c)
{
	unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	/* The first byte holds what is left above the others' six bits. */
	out[0] = (char)(unsigned char)(first[n] | c >> 6 * (n - 1));
	for (unsigned i = 1; i < n; i++)
		out[i] =
		    (char)(unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	return out + n;
}

/* Decode into out, which has room for raw.len bytes: no escape is shorter
 * than what it stands for.  Returns the decoded length. */
static size_t
decode(struct raw_string raw, char *out)
{
	const char *p = raw.s, *end = raw.s + raw.len;
	char *to = out;

	while (p < end) {
		unsigned c;

		if (*p != '\\') {
			*to++ = *p++;
			continue;
		}
		if (p[1] != 'u') {
			static const char plain[] = "bfnrt";
			static const char means[] = "\b\f\n\r\t";
			const char *at = strchr(plain, p[1]);

			if (at != NULL)
				*to++ = means[at - plain];
			else
				*to++ = p[1];
			p += 2;
			continue;
		}
		c = hex4(p + 2);
		p += 6;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (hex4(p + 2) - 0xdc00);
			p += 6;
		}
		to = put_utf8(to, c);
	}
	return (size_t)(to - out);
}

/* The decoded text of a string: raw.s itself, short_room, or memory that is
 * the caller's to end with end_text.  NULL for want of memory. */
static const char *
get_text(struct raw_string raw, char short_room[static SHORT_LEN],
    char **owned_out, size_t *len_out)
{
	char *room = short_room;

	*owned_out = NULL;
	*len_out = raw.len;
	if (!raw.escaped)
		return raw.s;
	if (raw.len > SHORT_LEN) {
		room = *owned_out = malloc(raw.len);
		if (room == NULL)
			return NULL;
	}
	*len_out = decode(raw, room);
	return room;
}

static void
end_text(char *owned, size_t len)
{
	if (owned != NULL)
		secret_wipe(owned, len);
	free(owned);
}

static json_t *
build_string(struct source *src, struct err *e)
{
	char room[SHORT_LEN], *owned;
	size_t len;
	const char *s = get_text(take_string(src), room, &owned, &len);
	json_t *v = s != NULL ? json_stringn_nocheck(s, len) : NULL;

	end_text(owned, len);
	return v != NULL ? v : no_memory(e);
}

static json_t *
build_integer(struct source *src, struct err *e)
{
	bool negative = *src->p == '-';
	uint64_t u = 0;
	json_t *v;

	src->p += negative;
	for (; src->p < src->end && *src->p >= '0' && *src->p <= '9'; src->p++)
		u = u * 10 + (uint64_t)(*src->p - '0');
	/* Negated below zero, so that INT64_MIN never overflows. */
	v = json_integer(!negative ? (json_int_t)u
	        : u == 0           ? 0
	                           : -(json_int_t)(u - 1) - 1);
	return v != NULL ? v : no_memory(e);
}

/* Read "key: value" into obj. */
static bool
build_member(struct source *src, json_t *obj, struct err *e)
{
	char room[SHORT_LEN], *owned;
	const char *at = src->p, *key;
	size_t len;
	bool done = false;
	json_t *v;

	key = get_text(take_string(src), room, &owned, &len);
	if (key == NULL) {
		(void)no_memory(e);
		goto out;
	}
	if (json_object_getn(obj, key, len) != NULL) {
		(void)err_set(e, ERR_MALFORMED, 0,
		    "JSON at byte %td: a key for the second time",
		    at - src->start);
		goto out;
	}
	skip_space(src);
	src->p++; /* the colon */
	v = build_value(src, e);
	if (v == NULL)
		goto out;
	done = json_object_setn_new_nocheck(obj, key, len, v) == 0;
	if (!done)
		(void)no_memory(e);
out:
	end_text(owned, len);
	return done;
}

static bool
build_element(struct source *src, json_t *arr, struct err *e)
{
	json_t *v = build_value(src, e);

	if (v == NULL)
		return false;
	if (json_array_append_new(arr, v) == 0)
		return true;
	(void)no_memory(e);
	return false;
}

/* The object or array whose opening bracket is at p. */
static json_t *
build_container(struct source *src, struct err *e)
{
	bool is_object = *src->p++ == '{';
	json_t *v = is_object ? json_object() : json_array();

	if (v == NULL)
		return no_memory(e);
	for (skip_space(src); *src->p != '}' && *src->p != ']';
	     skip_space(src)) {
		bool done = is_object ? build_member(src, v, e)
		                      : build_element(src, v, e);

		if (!done) {
			json_decref(v);
			return NULL;
		}
		skip_space(src);
		if (*src->p == ',') {
			src->p++;
			skip_space(src);
		}
	}
	src->p++;
	return v;
}

/* The next value; NULL sets *e. */
static json_t *
build_value(struct source *src, struct err *e)
{
	skip_space(src);
	switch (*src->p) {
	case '{':
	case '[':
		return build_container(src, e);
	case '"':
		return build_string(src, e);
	case 't':
		src->p += strlen("true");
		return json_true();
	case 'f':
		src->p += strlen("false");
		return json_false();
	case 'n':
		src->p += strlen("null");
		return json_null();
	default:
		return build_integer(src, e);
	}
}

enum err_code
json_parse(const char *bytes, size_t len, const struct json_limits *lim,
    json_t **out, struct err *e)
{
	struct source src = { bytes, bytes, bytes + len };
	struct err why = { .code = ERR_OK };
	enum err_code code = json_scan(bytes, len, lim, e);
	json_t *v;

	if (code != ERR_OK)
		return code;
	v = build_value(&src, &why);
	if (v == NULL)
		return err_set(e, why.code, 0, "%s", why.msg);
	assert(src.p <= src.end);
	*out = v;
	return ERR_OK;
}

enum err_code
json_parse_canonical(const char *bytes, size_t len,
    const struct json_limits *lim, json_t **out, struct err *e)
{
	struct buf again;
	json_t *v = NULL;
	enum err_code code;

	/* The canonical form is never longer than another spelling. */
	buf_init(&again, len);
	code = json_parse(bytes, len, lim, &v, e);
	if (code == ERR_OK)
		code = json_print(v, &again, e);
	if (code == ERR_INVALID ||
	    (code == ERR_OK &&
	        (again.len != len || memcmp(again.ptr, bytes, len) != 0)))
		code = err_set(
		    e, ERR_MALFORMED, 0, "JSON is not in its canonical form");
	buf_wipe(&again);
	if (code == ERR_OK)
		*out = v;
	else
		json_decref(v);
	return code;
}
