/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/text_guard.h"

#include <string.h>

/* Longer than any word of the lists: a longer one is looked up as far. */
#define PLAIN_MAX 40

#define HEAD_LEN sizeof(uint64_t)

/* A word in lower case, with the apostrophe of a typewriter. */
struct plain {
	char text[PLAIN_MAX];
	size_t len;
	uint64_t head;
};

static uint64_t
head_of(const char *text, size_t len)
{
	uint64_t head = 0;

	for (size_t i = 0; i < HEAD_LEN; i++)
		head = head << 8 | (i < len ? (unsigned char)text[i] : 0);
	return head;
}

static void
make_plain(const char *word, size_t len, struct plain *out)
{
	out->len = 0;
	for (size_t i = 0; i < len && out->len < PLAIN_MAX; i++) {
		if (len - i >= 3 && memcmp(word + i, "\xe2\x80\x99", 3) == 0) {
			out->text[out->len++] = '\'';
			i += 2;
		} else if (word[i] >= 'A' && word[i] <= 'Z') {
			out->text[out->len++] = (char)(word[i] - 'A' + 'a');
		} else {
			out->text[out->len++] = word[i];
		}
	}
	out->head = head_of(out->text, out->len);
}

struct text_guard_word
text_guard_word_make(const char *text, uint32_t lists)
{
	const size_t len = strlen(text);

	return (struct text_guard_word){ text, len, head_of(text, len), lists };
}

/* The first of the list whose head is not below this one. */
static size_t
first_from(const struct text_guard_word *list, size_t n, uint64_t head)
{
	size_t low = 0;

	while (low < n) {
		size_t half = low + (n - low) / 2;

		if (list[half].head < head)
			low = half + 1;
		else
			n = half;
	}
	return low;
}

static uint32_t
look_up(const struct text_guard_word *list, size_t n, const struct plain *word)
{
	for (size_t i = first_from(list, n, word->head);
	     i < n && list[i].head == word->head; i++)
		if (list[i].len == word->len &&
		    memcmp(list[i].text, word->text, word->len) == 0)
			return list[i].lists;
	return 0;
}

/* The lists of all stems that the word begins with: they have its first byte,
 * and do not sort after it. */
static uint32_t
look_up_stems(
    const struct text_guard_word *list, size_t n, const struct plain *word)
{
	const uint64_t first_byte = UINT64_C(0xff) << 56;
	uint32_t lists = 0;

	for (size_t i = first_from(list, n, word->head & first_byte);
	     i < n && list[i].head <= word->head; i++) {
		const struct text_guard_word *stem = &list[i];
		const size_t beyond =
		    stem->len < HEAD_LEN ? HEAD_LEN - stem->len : 0;

		if ((stem->head ^ word->head) >> 8 * beyond == 0 &&
		    stem->len <= word->len &&
		    memcmp(stem->text, word->text, stem->len) == 0)
			lists |= stem->lists;
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
    const struct text_guard_word *list, size_t n, const struct plain *word)
{
	const unsigned last =
	    word->len == 0 ? 0 : (unsigned char)word->text[word->len - 1];
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
		if (word->len > list[low].len &&
		    memcmp(word->text + word->len - list[low].len,
		        list[low].text, list[low].len) == 0)
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
	struct plain plain;
	uint32_t lists = 0, names = g->names;

	make_plain(word, len, &plain);
	lists |= look_up_endings(g->endings, g->endings_n, &plain);
	if (plain.len > 2 && memcmp(&plain.text[plain.len - 2], "'s", 2) == 0) {
		plain.len -= 2;
		plain.head = head_of(plain.text, plain.len);
	}
	if (in_sentence && is_the_month(word, len))
		return names;
	lists |= look_up(g->words, g->words_n, &plain);
	lists |= look_up_stems(g->stems, g->stems_n, &plain);
	/* A weekday has a capital letter and is no name. */
	if ((lists & g->by_reach[TEXT_GUARD_BOTH]) != 0)
		names = 0;
	if (has_digit(word, len))
		lists |= g->digits;
	if (in_sentence && is_capital(word, len))
		lists |= names;
	return lists;
}
