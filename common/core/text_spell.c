/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How tokens are spelled: which read the same though their bytes differ, the
 * keys by which they are compared, and how many bytes two texts share.
 */
#include <string.h>

#include "common/core/text_int.h"

/* The next byte of a token in its plain spelling: typographic quotation marks
 * and dashes are those of a typewriter.  -1 at the end. */
static int
plain_byte(const char **at, const char *end)
{
	const unsigned char *s = (const unsigned char *)*at;

	if (*at == end)
		return -1;
	if (s[0] != 0xe2 || end - *at < 3 || s[1] != 0x80) {
		++*at;
		return s[0];
	}
	if (s[2] >= 0x90 && s[2] <= 0x94) {
		*at += 3;
		return '-';
	}
	if (s[2] == 0x98 || s[2] == 0x99) {
		*at += 3;
		return '\'';
	}
	if (s[2] == 0x9c || s[2] == 0x9d) {
		*at += 3;
		return '"';
	}
	++*at;
	return s[0];
}

uint64_t
text_key(const char *s, size_t len)
{
	uint64_t key = 0, part = 0;
	const char *end = s + len;
	unsigned n = 0;
	int c;

	while ((c = plain_byte(&s, end)) >= 0) {
		if (n > 0 && n % sizeof(part) == 0) {
			key = text_key_mix(key, part);
			part = 0;
		}
		part |= (uint64_t)(unsigned)c << n % sizeof(part) * 8;
		n++;
	}
	if (n <= sizeof(part))
		return part;
	return text_key_mix(key, part) ^ n;
}

bool
text_spelling_equal(const struct text_token *a, const struct text_token *b)
{
	const char *p = a->ptr, *q = b->ptr;
	int c;

	while ((c = plain_byte(&p, a->ptr + a->len)) ==
	    plain_byte(&q, b->ptr + b->len))
		if (c < 0)
			return true;
	return false;
}

bool
text_token_glues(const struct text_token *a, const struct text_token *b)
{
	return a->kind == TEXT_WORD && b->kind == TEXT_WORD && !a->is_far &&
	    !b->is_far;
}

static bool
same_eight(const char *a, const char *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
}

size_t
text_same_head(const char *a, const char *b, size_t most)
{
	size_t head = 0;

	while (most - head >= 8 && same_eight(a + head, b + head))
		head += 8;
	while (head < most && a[head] == b[head])
		head++;
	return head;
}

size_t
text_same_tail(const char *a_end, const char *b_end, size_t most)
{
	size_t tail = 0;

	while (
	    most - tail >= 8 && same_eight(a_end - tail - 8, b_end - tail - 8))
		tail += 8;
	while (tail < most &&
	    a_end[-1 - (ptrdiff_t)tail] == b_end[-1 - (ptrdiff_t)tail])
		tail++;
	return tail;
}
