/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/marks.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Numbers of no fewer and no more digits are given, so that what a splice cuts
 * off of a word is none. */
#define DIGITS_MIN 4
#define DIGITS_MAX 7

/* What may stand before a word of a text and after it, in JSON too. */
static bool
is_edge(const char *text, size_t len, size_t at, const char *edges)
{
	return at >= len || text[at] == '\0' || strchr(edges, text[at]) != NULL;
}

unsigned
mark_next(const char *text, size_t len, size_t *at)
{
	while (*at < len) {
		const char *w = memchr(text + *at, 'w', len - *at);
		size_t here = w == NULL ? len : (size_t)(w - text), n = 0;
		unsigned mark = 0;

		while (here + 1 + n < len && n <= DIGITS_MAX &&
		    text[here + 1 + n] >= '0' && text[here + 1 + n] <= '9')
			mark =
			    mark * 10 + (unsigned)(text[here + 1 + n++] - '0');
		*at = here + 1 + n;
		if (mark > 0 && n >= DIGITS_MIN && n <= DIGITS_MAX &&
		    (here == 0 || is_edge(text, len, here - 1, " \"\n")) &&
		    is_edge(text, len, *at, " .,;\"\\\n"))
			return mark;
	}
	return 0;
}

void
marks_in(
    const json_t *value, void (*found)(void *arg, unsigned mark), void *arg)
{
	const char *key;
	json_t *member;
	size_t at = 0;
	unsigned mark;

	while (json_is_string(value) &&
	    (mark = mark_next(json_string_value(value),
	         json_string_length(value), &at)) != 0)
		found(arg, mark);
	for (size_t i = 0; i < json_array_size(value); i++)
		marks_in(json_array_get(value, i), found, arg);
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
	    marks_in(member, found, arg);
}

size_t
times_hide(char *text, size_t len)
{
	bool is_word = false;
	size_t kept = 0;

	for (size_t at = 0; at < len; at++) {
		const bool is_digit = text[at] >= '0' && text[at] <= '9';

		if ((!is_digit && text[at] != '-') || (is_digit && is_word))
			text[kept++] = text[at];
		is_word = text[at] == 'w' || (is_word && is_digit);
	}
	return kept;
}
