/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/core/text_int.h"
#include "common/core/text_merge.h"

static struct text_merge_part
part(const char *s)
{
	return (struct text_merge_part){ s, strlen(s) };
}

/* The merged text in *out (ended by the caller); false if it is not clean.
 * Held to the same answer with the sides exchanged. */
static bool
merge(const char *was, const char *ours, const char *theirs, struct buf *out,
    bool *review)
{
	struct buf other;
	struct text_merge_result a, b;
	struct err e = { 0 };

	buf_init(out, 10 * LIMIT_TEXT_BYTES);
	buf_init(&other, 10 * LIMIT_TEXT_BYTES);
	assert_ok(
	    text_merge(part(was), part(ours), part(theirs), out, &a, &e), &e);
	assert_ok(
	    text_merge(part(was), part(theirs), part(ours), &other, &b, &e),
	    &e);
	assert_int_equal(a.is_clean, b.is_clean);
	assert_int_equal(a.review, b.review);
	assert_string_equal(out->ptr, other.ptr);
	*review = a.review;
	if (!a.is_clean)
		assert_int_equal(out->len, 0);
	buf_fini(&other);
	return a.is_clean;
}

static void
assert_merges(
    const char *was, const char *ours, const char *theirs, const char *want)
{
	struct buf out;
	bool review;

	if (!merge(was, ours, theirs, &out, &review))
		fail_msg("does not merge: %s | %s", ours, theirs);
	assert_string_equal(out.ptr, want);
	buf_fini(&out);
}

static void
assert_clash(const char *was, const char *ours, const char *theirs)
{
	struct buf out;
	bool review;

	if (merge(was, ours, theirs, &out, &review))
		fail_msg("merges: %s", out.ptr);
	assert_false(review);
	buf_fini(&out);
}

static bool
is_reviewed(const char *was, const char *ours, const char *theirs)
{
	struct buf out;
	bool review;

	assert_true(merge(was, ours, theirs, &out, &review));
	buf_fini(&out);
	return review;
}

static void
edits_of_different_lines_merge(void **state)
{
	(void)state;
	assert_merges("one day\nin the garden\nwith Ann\n",
	    "one night\nin the garden\nwith Ann\n",
	    "one day\nin the garden\nwith Bob\n",
	    "one night\nin the garden\nwith Bob\n");
	assert_merges("a b c\nd e f", "a b c\nd e f\ng h i", "A b c\nd e f",
	    "A b c\nd e f\ng h i");
}

static void
edits_of_one_paragraph_merge_when_words_lie_between(void **state)
{
	(void)state;
	assert_merges("Betty said she would like to see her garden again soon.",
	    "Betty told me she would like to see her garden again soon.",
	    "Betty said she would like to see her old garden again today.",
	    "Betty told me she would like to see her old garden again today.");
}

static void
overlapping_edits_clash(void **state)
{
	(void)state;
	assert_clash("the red door", "the blue door", "the green door");
	assert_clash("a\nb\nc", "a\nc", "a\nB\nc");
	assert_clash("was", "", "was and is");
}

static void
touching_edits_clash(void **state)
{
	(void)state;
	assert_clash("the red door", "the blue door", "the red gate");
	assert_clash(
	    "one two three four", "ONE two three four", "one two three FOUR");
	assert_clash("a\nb", "A\nb", "a\nB");
	/* Two insertions at one place. */
	assert_clash("a b c d e f\n", "a b c d e f\nx\n", "a b c d e f\ny\n");
	assert_clash("", "mine", "yours");
}

static void
three_words_between_two_edits_are_enough(void **state)
{
	(void)state;
	assert_merges("a b c d e", "A b c d e", "a b c d E", "A b c d E");
	assert_clash("a b c d", "A b c d", "a b c D");
}

static void
an_edit_that_both_made_the_same_way_counts_once(void **state)
{
	(void)state;
	assert_merges("a b c", "a X c", "a X c", "a X c");
	assert_merges("", "same", "same", "same");
	assert_merges("a b c d e f g h i j", "a X c d e f g h i J",
	    "a X c d E f g h i j", "a X c d E f g h i J");
}

static void
a_text_that_one_side_left_is_the_other_sides(void **state)
{
	(void)state;
	assert_merges("a", "a", "b\n", "b\n");
	assert_merges("a", "", "a", "");
	assert_merges("", "", "new", "new");
	assert_merges("", "", "", "");
}

static void
texts_without_a_newline_at_the_end_merge(void **state)
{
	(void)state;
	assert_merges("first line here\nlast", "first line there\nlast",
	    "first line here\nlast\nand more",
	    "first line there\nlast\nand more");
	assert_merges("first line here now\nlast\n",
	    "first line here now\nlast", "the first line here now\nlast\n",
	    "the first line here now\nlast");
}

static void
letters_beyond_ascii_are_never_cut(void **state)
{
	(void)state;
	assert_merges("caf\xc3\xa9 a b c na\xc3\xafve",
	    "caf\xc3\xa8 a b c na\xc3\xafve", "caf\xc3\xa9 a b c na\xc3\xb6ve",
	    "caf\xc3\xa8 a b c na\xc3\xb6ve");
	assert_clash("\xc3\xa9", "\xc3\xa8", "\xc3\xaa");
}

static void
a_clean_merge_that_touches_a_word_of_weight_is_put_up_for_review(void **state)
{
	static const char was[] =
	    "She would like to go home to her sister on Sunday.\n"
	    "The garden is nice.\n";

	(void)state;
	assert_true(is_reviewed(was,
	    "She would not like to go home to her sister on Sunday.\n"
	    "The garden is nice.\n",
	    "She would like to go home to her sister on Monday.\n"
	    "The garden is nice.\n"));
	assert_false(is_reviewed(was,
	    "She would love to go home to her sister on Sunday.\n"
	    "The garden is nice.\n",
	    "She would like to go home to her sister on Monday.\n"
	    "The garden is nice.\n"));
	/* In another paragraph it is not near. */
	assert_false(is_reviewed(was,
	    "She would not like to go home to her sister on Sunday.\n"
	    "The garden is nice.\n",
	    "She would like to go home to her sister on Sunday.\n"
	    "The garden is lovely.\n"));
	/* One side alone is what its author wrote. */
	assert_false(is_reviewed("a", "not a", "a"));
}

static void
words_of_weight_are_known_in_all_their_forms(void **state)
{
	static const char *const weighs[] = { "No", "didn't",
		"didn\xe2\x80\x99t", "2", "2.5mg", "Risky", "consented",
		"REFUSED", "medication", "abused" };
	static const char *const light[] = { "north", "garden", "note", "tent",
		"t", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(weighs) / sizeof(weighs[0]); i++)
		assert_true(text_word_weighs(weighs[i], strlen(weighs[i])));
	for (size_t i = 0; i < sizeof(light) / sizeof(light[0]); i++)
		assert_false(text_word_weighs(light[i], strlen(light[i])));
}

/* n words from a small stock. */
static void
random_text(struct rng *r, struct buf *out, uint64_t n, uint64_t stock)
{
	while (n-- > 0) {
		buf_printf(out, "w%d", (int)rng_below(r, stock));
		buf_add_str(out, rng_below(r, 9) == 0 ? "\n" : " ");
	}
}

/* Change, drop or add a few words in a copy of text. */
static void
random_edit(struct rng *r, const struct buf *text, struct buf *out)
{
	for (size_t i = 0; i < text->len; i++) {
		buf_add_char(out, text->ptr[i]);
		if (text->ptr[i] != ' ' || rng_below(r, 12) > 0)
			continue;
		if (rng_below(r, 2) == 0)
			buf_printf(out, "n%d ", (int)rng_below(r, 50));
		else
			i += rng_below(r, 6);
	}
}

static void
a_difference_is_a_common_sequence_and_the_longest_when_texts_are_near(
    void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct text_tokens t[2];
		struct buf a, b;
		size_t *match, matched = 0, next = 0;
		static size_t best[64][64];
		struct err e = { 0 };

		buf_init(&a, LIMIT_TEXT_BYTES);
		buf_init(&b, LIMIT_TEXT_BYTES);
		random_text(&r, &a, rng_below(&r, 30), 1 + rng_below(&r, 8));
		random_text(&r, &b, rng_below(&r, 30), 1 + rng_below(&r, 8));
		assert_ok(text_tokens_make(t,
		              (struct text_merge_part[]){
		                  { a.ptr, a.len }, { b.ptr, b.len } },
		              2, &e),
		    &e);
		assert_ok(text_match(&t[0], &t[1], &match, &e), &e);
		for (size_t i = 0; i < t[0].n; i++) {
			if (match[i] == TEXT_UNMATCHED)
				continue;
			assert_true(match[i] >= next);
			assert_int_equal(
			    t[0].list[i].class, t[1].list[match[i]].class);
			next = match[i] + 1;
			matched++;
		}
		memset(best, 0, sizeof(best));
		for (size_t i = 1; i <= t[0].n; i++)
			for (size_t j = 1; j <= t[1].n; j++) {
				size_t up = best[i - 1][j],
				       left = best[i][j - 1];

				best[i][j] = up > left ? up : left;
				if (t[0].list[i - 1].class ==
				        t[1].list[j - 1].class
				    && best[i - 1][j - 1] + 1 > best[i][j])
					best[i][j] = best[i - 1][j - 1] + 1;
			}
		assert_int_equal(matched, best[t[0].n][t[1].n]);
		free(match);
		text_tokens_fini(&t[0]);
		text_tokens_fini(&t[1]);
		buf_fini(&a);
		buf_fini(&b);
	}
}

static void
random_edits_merge_the_same_way_round_and_lose_no_ones_words(void **state)
{
	struct rng r = rng_make(check_seed(__func__));
	int clean = 0;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf was, ours, theirs, out;
		bool review;

		buf_init(&was, LIMIT_TEXT_BYTES);
		buf_init(&ours, LIMIT_TEXT_BYTES);
		buf_init(&theirs, LIMIT_TEXT_BYTES);
		random_text(&r, &was, 1 + rng_below(&r, 60), 40);
		random_edit(&r, &was, &ours);
		random_edit(&r, &was, &theirs);
		if (merge(was.ptr, ours.ptr, theirs.ptr, &out, &review)) {
			clean++;
			assert_true(utf8_is_text(out.ptr, out.len));
			/* New words of either side are all there. */
			for (int n = 0; n < 50; n++) {
				char word[8];

				(void)snprintf(word, sizeof(word), "n%d ", n);
				if (strstr(ours.ptr, word) != NULL ||
				    strstr(theirs.ptr, word) != NULL)
					assert_non_null(strstr(out.ptr, word));
			}
		}
		buf_fini(&out);
		buf_fini(&was);
		buf_fini(&ours);
		buf_fini(&theirs);
	}
	assert_true(clean > 100);
}

/* A full text of short words, all different or all from a few. */
static void
full_text(struct rng *r, struct buf *out, uint64_t stock)
{
	buf_init(out, LIMIT_TEXT_BYTES + 16);
	while (out->len < LIMIT_TEXT_BYTES - 16)
		random_text(r, out, 1, stock);
}

static void
the_longest_texts_merge_well_below_a_second(void **state)
{
	static const uint64_t stocks[] = { 2, 10, 1000, 1000000 };
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (size_t i = 0; i < sizeof(stocks) / sizeof(stocks[0]); i++) {
		struct buf text[3], out;
		uint64_t start;
		struct text_merge_result result;
		struct err e = { 0 };

		for (int t = 0; t < 3; t++)
			full_text(&r, &text[t], stocks[i]);
		buf_init(&out, 10 * LIMIT_TEXT_BYTES);
		start = clock_mono_ms();
		assert_ok(
		    text_merge(
		        (struct text_merge_part){ text[0].ptr, text[0].len },
		        (struct text_merge_part){ text[1].ptr, text[1].len },
		        (struct text_merge_part){ text[2].ptr, text[2].len },
		        &out, &result, &e),
		    &e);
		print_message("stock %u: %u ms\n", (unsigned)stocks[i],
		    (unsigned)(clock_mono_ms() - start));
		/* Slack for sanitizers and a busy machine. */
		assert_true(clock_mono_ms() - start < 20000);
		buf_fini(&out);
		for (int t = 0; t < 3; t++)
			buf_fini(&text[t]);
	}
}

static void
past_the_buffers_cap_nothing_is_appended(void **state)
{
	struct buf out;
	struct text_merge_result result;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(text_merge(part("a b c d e"), part("A b c d e"),
	                     part("a b c d E"), &out, &result, &e),
	    ERR_INVALID);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_of_different_lines_merge),
		cmocka_unit_test(
		    edits_of_one_paragraph_merge_when_words_lie_between),
		cmocka_unit_test(overlapping_edits_clash),
		cmocka_unit_test(touching_edits_clash),
		cmocka_unit_test(three_words_between_two_edits_are_enough),
		cmocka_unit_test(
		    an_edit_that_both_made_the_same_way_counts_once),
		cmocka_unit_test(a_text_that_one_side_left_is_the_other_sides),
		cmocka_unit_test(texts_without_a_newline_at_the_end_merge),
		cmocka_unit_test(letters_beyond_ascii_are_never_cut),
		cmocka_unit_test(
		    a_clean_merge_that_touches_a_word_of_weight_is_put_up_for_review),
		cmocka_unit_test(words_of_weight_are_known_in_all_their_forms),
		cmocka_unit_test(
		    a_difference_is_a_common_sequence_and_the_longest_when_texts_are_near),
		cmocka_unit_test(
		    random_edits_merge_the_same_way_round_and_lose_no_ones_words),
		cmocka_unit_test(the_longest_texts_merge_well_below_a_second),
		cmocka_unit_test(past_the_buffers_cap_nothing_is_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
