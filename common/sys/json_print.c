/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form.  It is what jansson writes with JSON_COMPACT and
 * JSON_SORT_KEYS (a test holds the two against each other), done here because
 * digests and links print every record, and jansson looks for cycles with a
 * hash table in each container; a tree of ours has none, and the depth limit
 * would stop one.
 */
#include "common/sys/json.h"

/* Objects of up to this many keys are sorted without an allocation; a record
 * has about 15 fields. */
#define FEW_KEYS 32

struct member {
	const char *key;
	size_t len;
	const json_t *value;
};

static enum err_code print_value(
    const json_t *v, unsigned depth, struct buf *out, struct err *e);

static int
member_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->key, y->key, len);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* What was parsed out of canonical text has its members in order already. */
static void
sort_members(struct member *m, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (member_order(&m[i - 1], &m[i]) > 0) {
			qsort(m, n, sizeof(*m), member_order);
			return;
		}
}

/* Eight bytes at once: has one of them to be escaped?  (x - 1 per byte & ~x
 * has a byte's top bit where the byte of x is zero, and perhaps above such a
 * one; the same with 0x20 finds bytes below it.)  A byte above 0x7f never
 * has. */
static bool
eight_plain(const char *s)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	uint64_t v, quote, back;

	memcpy(&v, s, sizeof(v));
	quote = v ^ ones * '"';
	back = v ^ ones * '\\';
	return ((((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) |
	            ((back - ones) & ~back)) &
	           tops) == 0;
}

/* The escape for c, "" if c stands for itself. */
static const char *
escape_of(unsigned char c, char room[static 7])
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		break;
	}
	if (c >= 0x20)
		return "";
	(void)snprintf(room, 7, "\\u%04X", c);
	return room;
}

/* Append a string, in runs of bytes that need no escape. */
static void
print_string(const char *s, size_t len, struct buf *out)
{
	const char *run = s, *end = s + len;
	char room[7];

	buf_add_char(out, '"');
	for (; s < end; s++) {
		const char *escape;

		while (end - s >= 8 && eight_plain(s))
			s += 8;
		if (s == end)
			break;
		escape = escape_of((unsigned char)*s, room);
		if (*escape == '\0')
			continue;
		buf_add(out, run, (size_t)(s - run));
		buf_add_str(out, escape);
		run = s + 1;
	}
	buf_add(out, run, (size_t)(end - run));
	buf_add_char(out, '"');
}

/* printf would read its format twice. */
static void
print_integer(json_int_t v, struct buf *out)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

static enum err_code
print_members(const struct member *m, size_t n, unsigned depth, struct buf *out,
    struct err *e)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < n; i++) {
		enum err_code code;

		if (i > 0)
			buf_add_char(out, ',');
		print_string(m[i].key, m[i].len, out);
		buf_add_char(out, ':');
		code = print_value(m[i].value, depth + 1, out, e);
		if (code != ERR_OK)
			return code;
	}
	buf_add_char(out, '}');
	return ERR_OK;
}

static enum err_code
print_object(const json_t *v, unsigned depth, struct buf *out, struct err *e)
{
	/* jansson's iterators take a non-const object and do not change it. */
	union {
		const json_t *in;
		json_t *it;
	} obj = { .in = v };
	struct member few[FEW_KEYS], *m = few;
	size_t n = json_object_size(v), i = 0;
	enum err_code code;

	if (n > FEW_KEYS) {
		m = calloc(n, sizeof(*m));
		if (m == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	for (void *it = json_object_iter(obj.it); it != NULL;
	     it = json_object_iter_next(obj.it, it))
		m[i++] = (struct member){ json_object_iter_key(it),
			json_object_iter_key_len(it),
			json_object_iter_value(it) };
	sort_members(m, i);
	code = print_members(m, i, depth, out, e);
	if (m != few)
		free(m);
	return code;
}

static enum err_code
print_array(const json_t *v, unsigned depth, struct buf *out, struct err *e)
{
	size_t n = json_array_size(v);

	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		enum err_code code;

		if (i > 0)
			buf_add_char(out, ',');
		code = print_value(json_array_get(v, i), depth + 1, out, e);
		if (code != ERR_OK)
			return code;
	}
	buf_add_char(out, ']');
	return ERR_OK;
}

static enum err_code
print_value(const json_t *v, unsigned depth, struct buf *out, struct err *e)
{
	if (v == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (depth > JSON_DEPTH_MAX)
		return err_set(
		    e, ERR_INVALID, 0, "JSON value nested too deeply");
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return print_object(v, depth, out, e);
	case JSON_ARRAY:
		return print_array(v, depth, out, e);
	case JSON_STRING:
		print_string(json_string_value(v), json_string_length(v), out);
		break;
	case JSON_INTEGER:
		print_integer(json_integer_value(v), out);
		break;
	case JSON_TRUE:
		buf_add_str(out, "true");
		break;
	case JSON_FALSE:
		buf_add_str(out, "false");
		break;
	case JSON_NULL:
		buf_add_str(out, "null");
		break;
	case JSON_REAL:
		return err_set(
		    e, ERR_INVALID, 0, "a JSON number that is not whole");
	}
	return ERR_OK;
}

enum err_code
json_print(const json_t *value, struct buf *out, struct err *e)
{
	size_t before = out->len;
	enum err_code code = print_value(value, 0, out, e);

	if (code == ERR_OK)
		code = buf_check(out, e);
	if (code != ERR_OK && out->len > before) {
		out->len = before;
		out->ptr[before] = '\0';
	}
	return code;
}
