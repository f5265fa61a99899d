/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/text_guard.h"

#include <string.h>

/* Longer than any word of the lists: a longer one is looked up as far. */
#define PLAIN_MAX 40

/* In lower case, with the apostrophe of a typewriter; its length. */
static size_t
plain_word(const char *word, size_t len, char out[static PLAIN_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < PLAIN_MAX; i++) {
		if (len - i >= 3 && memcmp(word + i, "\xe2\x80\x99", 3) == 0) {
			out[n++] = '\'';
			i += 2;
		} else if (word[i] >= 'A' && word[i] <= 'Z') {
			out[n++] = (char)(word[i] - 'A' + 'a');
		} else {
			out[n++] = word[i];
		}
	}
	return n;
}

static int
order(const char *word, size_t len, const struct text_guard_word *w)
{
	size_t shorter = len < w->len ? len : w->len;
	int by_bytes = memcmp(word, w->text, shorter);

	if (by_bytes != 0 || len == w->len)
		return by_bytes;
	return len < w->len ? -1 : 1;
}

static uint32_t
look_up(
    const struct text_guard_word *list, size_t n, const char *word, size_t len)
{
	while (n > 0) {
		size_t half = n / 2;
		int by = order(word, len, &list[half]);

		if (by == 0)
			return list[half].lists;
		if (by > 0) {
			list += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return 0;
}

/* The first of the list whose byte `at`, which all of them have or end before,
 * is not below c. */
static size_t
first_from(const struct text_guard_word *list, size_t n, size_t at, unsigned c)
{
	size_t low = 0;

	while (low < n) {
		size_t half = low + (n - low) / 2;
		const struct text_guard_word *w = &list[half];

		if (w->len <= at || (unsigned char)w->text[at] < c)
			low = half + 1;
		else
			n = half;
	}
	return low;
}

/* The lists of all stems that the word begins with.  They are sorted, so those
 * that share its first bytes stand together, the one that is no more than
 * these before the others. */
static uint32_t
look_up_stems(
    const struct text_guard_word *list, size_t n, const char *word, size_t len)
{
	uint32_t lists = 0;

	for (size_t i = 0; i < len && n > 0; i++) {
		const unsigned c = (unsigned char)word[i];
		const size_t from = first_from(list, n, i, c);

		n = first_from(list, n, i, c + 1) - from;
		list += from;
		if (n > 0 && list->len == i + 1) {
			lists |= list->lists;
			list++;
			n--;
		}
	}
	return lists;
}

static unsigned
last_byte(const struct text_guard_word *w)
{
	return (unsigned char)w->text[w->len - 1];
}

/* The lists of all endings that the word has, and more before them. */
static uint32_t
look_up_endings(
    const struct text_guard_word *list, size_t n, const char *word, size_t len)
{
	const unsigned last = len == 0 ? 0 : (unsigned char)word[len - 1];
	size_t low = 0, high = n;
	uint32_t lists = 0;

	while (low < high) {
		size_t half = low + (high - low) / 2;

		if (last_byte(&list[half]) < last)
			low = half + 1;
		else
			high = half;
	}
	for (; low < n && last_byte(&list[low]) == last; low++)
		if (len > list[low].len &&
		    memcmp(word + len - list[low].len, list[low].text,
		        list[low].len) == 0)
			lists |= list[low].lists;
	return lists;
}

static bool
is_capital(const char *word, size_t len)
{
	/* "I" is a word; Latin capitals with accents begin with C3 80-9E. */
	if (len > 1 && word[0] == '\xc3')
		return (unsigned char)word[1] <= 0x9e;
	return len > 1 && word[0] >= 'A' && word[0] <= 'Z';
}

static bool
has_digit(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] >= '0' && word[i] <= '9')
			return true;
	return false;
}

/* The month, where no sentence begins: "may" is another word. */
static bool
is_the_month(const char *word, size_t len)
{
	return len == 3 && memcmp(word, "May", 3) == 0;
}

uint32_t
text_guard_lists(
    const struct text_guard *g, const char *word, size_t len, bool in_sentence)
{
	char plain[PLAIN_MAX] = { 0 };
	size_t n = plain_word(word, len, plain);
	uint32_t lists = 0, names = g->names;

	lists |= look_up_endings(g->endings, g->endings_n, plain, n);
	if (n > 2 && plain[n - 2] == '\'' && plain[n - 1] == 's')
		n -= 2;
	if (in_sentence && is_the_month(word, len))
		return names;
	lists |= look_up(g->words, g->words_n, plain, n);
	lists |= look_up_stems(g->stems, g->stems_n, plain, n);
	/* A weekday has a capital letter and is no name. */
	if ((lists & g->by_reach[TEXT_GUARD_BOTH]) != 0)
		names = 0;
	if (has_digit(word, len))
		lists |= g->digits;
	if (in_sentence && is_capital(word, len))
		lists |= names;
	return lists;
}
