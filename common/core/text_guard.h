/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_GUARD_H
#define CORE_TEXT_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * text_guard -- words that turn the meaning of those around them: what a
 * merged text is held against before it counts as read (text_merge.h).  The
 * words are data, schema/guard; a schema owns them (schema_guard), and they
 * never change while it lives.
 *
 * A set of lists is a number with a bit for each list.
 */
#define TEXT_GUARD_LISTS_MAX 32

/* How far from another person's edit a word of a list, added or taken away,
 * matters; in the place of another of its list, also beside that sentence. */
enum text_guard_reach {
	TEXT_GUARD_NEAR,     /* in the same sentence, and two from it */
	TEXT_GUARD_SENTENCE, /* in the same sentence */
	TEXT_GUARD_BOTH,     /* where both changed such words */
	TEXT_GUARD_BACK,     /* nowhere: its words ("this", "then") point back
	                      * at what was said before, and weigh nothing */
	TEXT_GUARD_REACHES_N
};

struct text_guard_word {
	const char *text; /* lower case, ' for every apostrophe */
	size_t len;       /* at least 1 */
	uint64_t head;    /* its first eight bytes as a number, most first */
	uint32_t lists;
};

/* text is borrowed. */
struct text_guard_word text_guard_word_make(const char *text, uint32_t lists);

struct text_guard {
	const struct text_guard_word *words; /* whole words, sorted */
	size_t words_n;
	const struct text_guard_word *stems; /* how words begin, sorted */
	size_t stems_n;
	const struct text_guard_word *endings; /* how words end, by last byte */
	size_t endings_n;
	uint32_t digits; /* lists that take every word with a digit */
	uint32_t names;  /* lists that take capitalised words */
	uint32_t by_reach[TEXT_GUARD_REACHES_N]; /* no list is in two */
};

/* The lists that a word is in; in_sentence: it does not begin one, so that a
 * capital letter makes it a name. */
uint32_t text_guard_lists(
    const struct text_guard *g, const char *word, size_t len, bool in_sentence);

#endif
