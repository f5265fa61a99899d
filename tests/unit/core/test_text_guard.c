/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of weight are looked up quickly, and as if one by one.
 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/core/text_guard.h"

#define WORDS 24
#define TEXT_MAX 12

struct list {
	char text[WORDS][TEXT_MAX + 1];
	struct text_guard_word words[WORDS];
	size_t n;
};

/* Of few letters, one beyond ASCII, so that many begin alike. */
static size_t
make_word(struct rng *g, char out[static TEXT_MAX + 1])
{
	static const char letters[] = "aabz\xc3";
	size_t len = 1 + (size_t)rng_below(g, TEXT_MAX);

	for (size_t i = 0; i < len; i++)
		out[i] = letters[rng_below(g, sizeof(letters) - 1)];
	out[len] = '\0';
	return len;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp((const char *)a, (const char *)b);
}

/* Sorted, each once, with lists of its own. */
static void
make_list(struct rng *g, struct list *l)
{
	const size_t n = (size_t)rng_below(g, WORDS + 1);

	l->n = 0;
	for (size_t i = 0; i < n; i++)
		(void)make_word(g, l->text[i]);
	qsort(l->text, n, sizeof(l->text[0]), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(l->text[i - 1], l->text[i]) != 0) {
			l->words[l->n] = text_guard_word_make(
			    l->text[i], UINT32_C(1) << l->n);
			l->n++;
		}
}

static void
every_stem_that_a_word_begins_with_counts(void **state)
{
	struct rng g = rng_make(7);
	unsigned found = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char word[TEXT_MAX + 1];
		const size_t len = make_word(&g, word);
		struct list stems;
		struct text_guard guard = { .stems = stems.words };
		uint32_t wanted = 0, lists;

		make_list(&g, &stems);
		guard.stems_n = stems.n;
		for (size_t k = 0; k < stems.n; k++)
			if (strncmp(word, stems.words[k].text,
			        stems.words[k].len) == 0)
				wanted |= stems.words[k].lists;
		lists = text_guard_lists(&guard, word, len, false);
		assert_int_equal(lists, wanted);
		found += (wanted & (wanted - 1)) != 0;
	}
	assert_true(found > 100); /* words with more than one stem */
}

static void
a_whole_word_counts_as_itself_alone(void **state)
{
	struct rng g = rng_make(8);
	unsigned found = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char word[TEXT_MAX + 1];
		const size_t len = make_word(&g, word);
		struct list words;
		struct text_guard guard = { .words = words.words };
		uint32_t wanted = 0;

		make_list(&g, &words);
		guard.words_n = words.n;
		for (size_t k = 0; k < words.n; k++)
			if (strcmp(word, words.words[k].text) == 0)
				wanted |= words.words[k].lists;
		assert_int_equal(
		    text_guard_lists(&guard, word, len, false), wanted);
		found += wanted != 0;
	}
	assert_true(found > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stem_that_a_word_begins_with_counts),
		cmocka_unit_test(a_whole_word_counts_as_itself_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
