/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/core/text_merge.h"

static struct text_merge_part
part(const char *s)
{
	return (struct text_merge_part){ s, strlen(s) };
}

/* The merged text in *out (ended by the caller); false if it is not clean.
 * Held to the same answer with the sides exchanged. */
static bool
merge(const char *was, const char *ours, const char *theirs, struct buf *out)
{
	struct buf other;
	struct text_merge_result a, b;
	struct err e = { 0 };

	buf_init(out, 10 * LIMIT_TEXT_BYTES);
	buf_init(&other, 10 * LIMIT_TEXT_BYTES);
	assert_ok(text_merge(&(struct text_merge_task){ part(was), part(ours),
	                         part(theirs), NULL },
	              out, &a, &e),
	    &e);
	assert_ok(text_merge(&(struct text_merge_task){ part(was), part(theirs),
	                         part(ours), NULL },
	              &other, &b, &e),
	    &e);
	assert_int_equal(a.is_clean, b.is_clean);
	assert_int_equal(a.review, b.review);
	assert_string_equal(out->ptr, other.ptr);
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

	if (!merge(was, ours, theirs, &out))
		fail_msg("does not merge: %s | %s", ours, theirs);
	assert_string_equal(out.ptr, want);
	buf_fini(&out);
}

static void
assert_clash(const char *was, const char *ours, const char *theirs)
{
	struct buf out;

	if (merge(was, ours, theirs, &out))
		fail_msg("merges: %s", out.ptr);
	buf_fini(&out);
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
	assert_clash("the red door", "the door", "the dark red door is red");
	assert_clash("was", "", "was and is");
}

static void
edits_that_touch_within_a_sentence_clash(void **state)
{
	(void)state;
	assert_clash("the red door", "the blue door", "the red gate");
	assert_clash(
	    "it was 5 mg then", "it was 10 mg then", "it was 5 ml then");
	/* Two insertions at one place. */
	assert_clash("a b c d e f\n", "a b c d e f\nx\n", "a b c d e f\ny\n");
	assert_clash("", "mine", "yours");
}

static void
one_word_or_one_sentences_end_between_two_edits_is_enough(void **state)
{
	(void)state;
	assert_merges("a b c", "A b c", "a b C", "A b C");
	assert_merges("a, b", "A, b", "a, B", "A, B");
	assert_merges("a\nb", "A\nb", "a\nB", "A\nB");
	assert_merges("He left. She sang.", "He went. She sang.",
	    "He left. They sang.", "He went. They sang.");
	assert_clash("He left. She sang.", "He left. Then She sang.",
	    "He left. They sang.");
	assert_clash("was\nx", "x", "was and is\nx");
	assert_merges("He left. She sang.", "He left. It rained. She sang.",
	    "He left. They sang.", "He left. It rained. They sang.");
}

static void
an_edit_that_holds_the_others_is_the_result(void **state)
{
	(void)state;
	assert_merges("He has a stick.", "He has a new stick.",
	    "He has a new stick and a frame.",
	    "He has a new stick and a frame.");
	assert_merges("one two three four five six", "one six",
	    "one two five six", "one six");
	assert_merges("We met with Ann.", "We met within the hall.",
	    "We met within.", "We met within the hall.");
	/* Not when one took away what the other edited. */
	assert_clash("He has a stick. It rains.", "It rains.",
	    "He has a new stick. It rains.");
	/* Nor when both wrote the same sentence, and not quite. */
	assert_clash("It was closed.",
	    "It was closed. The bus will take her home.",
	    "It was closed. The bus will not take her home.");
}

static void
a_word_that_one_took_away_and_the_other_moved_is_for_a_person(void **state)
{
	(void)state;
	assert_clash("You can use that long path.", "You can that long path.",
	    "You can that long path use.");
	/* In another sentence it is another word. */
	assert_merges("You can use it. Come soon.", "You can it. Come soon.",
	    "You can it. Come use soon.", "You can it. Come use soon.");
}

static void
a_rewritten_sentence_is_one_edit(void **state)
{
	(void)state;
	assert_clash("She likes the room with the view of the sea.",
	    "Her favourite is the attic of the old mill by the lake.",
	    "She likes the room with the view of the bay.");
}

static void
white_space_never_clashes(void **state)
{
	(void)state;
	assert_merges("a b c d e f g h", "a b\nc d\ne f\ng h",
	    "a b c X e f g h", "a b\nc X\ne f\ng h");
	assert_merges("a b c", "a  b c", "a\nb c", "a\nb c");
	assert_merges("one\nA. B. C.", "one\nB. C.", "one\nA. C.", "one\nC.");
	assert_merges("a b c  ", "a b c", "A b c  ", "A b c");
}

static void
quotation_marks_and_dashes_never_clash(void **state)
{
	(void)state;
	assert_merges("he didn't say \"no\" to us", "he didn’t say “no” to us",
	    "he didn't say \"no\" to them", "he didn't say \"no\" to them");
	assert_merges("He said \"no\". So did we.", "He said “no”. So did we.",
	    "He said \"no\". So did they.", "He said “no”. So did they.");
	assert_merges("we're at the door now", "you’re at the door now",
	    "we’re at the door now", "you’re at the door now");
	assert_merges("a - b. c d", "a – b. c d", "a - b. c D", "a – b. c D");
}

static void
words_of_two_sides_are_never_joined(void **state)
{
	(void)state;
	/* Ours takes "x-" away, theirs puts "w " there. */
	assert_clash("x-y z", "y z", "w x-y z");
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
	/* e with a combining accent; a family; a flag. */
	assert_clash("e\xcc\x81", "e\xcc\x80", "e");
	assert_clash("a 👨‍👩‍👧 b", "a 👨‍👩‍👦 b",
	    "a 👨‍👩 b");
	assert_clash("🇬🇧", "🇫🇷", "🇮🇪");
	/* Regional letters of two sides would pair up anew. */
	assert_clash("🇬. 🇧.", "🇬🇧.", "🇬. 🇧🇧.");
}

static void
past_the_buffers_cap_nothing_is_appended(void **state)
{
	struct buf out;
	struct text_merge_result result;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(
	    text_merge(&(struct text_merge_task){ part("a b c d e"),
	                   part("A b c d e"), part("a b c d E"), NULL },
	        &out, &result, &e),
	    ERR_INVALID);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

static const char morning[] = "In the morning she walked to the pond.";
static const char lunch[] = "Lunch was soup and bread, which she liked.";
static const char letter[] = "A letter had come from her cousin in Neath.";

static void
edits_follow_a_paragraph_that_was_moved(void **state)
{
	char was[300], ours[300], theirs[300], want[300];

	(void)state;
	(void)snprintf(
	    was, sizeof(was), "%s\n\n%s\n\n%s\n", morning, lunch, letter);
	(void)snprintf(
	    ours, sizeof(ours), "%s\n\n%s\n\n%s\n", letter, morning, lunch);
	(void)snprintf(theirs, sizeof(theirs), "%s\n\n%s\n\n%s\n", morning,
	    lunch, "A long letter had come from her cousin in Neath.");
	(void)snprintf(want, sizeof(want), "%s\n\n%s\n\n%s\n",
	    "A long letter had come from her cousin in Neath.", morning, lunch);
	assert_merges(was, ours, theirs, want);
	/* What was added to it goes along. */
	(void)snprintf(theirs, sizeof(theirs), "%s\n\n%s\n\n%s %s\n", morning,
	    lunch, letter, "She read it out.");
	(void)snprintf(want, sizeof(want), "%s %s\n\n%s\n\n%s\n", letter,
	    "She read it out.", morning, lunch);
	assert_merges(was, ours, theirs, want);
}

static void
what_has_no_place_after_a_move_goes_to_a_person(void **state)
{
	char was[300], ours[300], theirs[300];

	(void)state;
	(void)snprintf(was, sizeof(was), "%s\n%s\n%s", morning, lunch, letter);
	(void)snprintf(
	    ours, sizeof(ours), "%s\n%s\n%s", letter, morning, lunch);
	/* Between two that no longer stand together. */
	(void)snprintf(theirs, sizeof(theirs), "%s\n%s\n%s\n%s", morning,
	    "Lunch was soup and rolls, which she liked.", "She slept.",
	    "A letter had come from her aunt in Neath.");
	assert_clash(was, ours, theirs);
	/* Taken away. */
	(void)snprintf(theirs, sizeof(theirs), "%s\n%s", morning, lunch);
	assert_clash(was, ours, theirs);
	/* Moved elsewhere. */
	(void)snprintf(
	    theirs, sizeof(theirs), "%s\n%s\n%s", lunch, letter, morning);
	assert_clash(was, ours, theirs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_of_different_lines_merge),
		cmocka_unit_test(
		    edits_of_one_paragraph_merge_when_words_lie_between),
		cmocka_unit_test(overlapping_edits_clash),
		cmocka_unit_test(edits_that_touch_within_a_sentence_clash),
		cmocka_unit_test(
		    one_word_or_one_sentences_end_between_two_edits_is_enough),
		cmocka_unit_test(an_edit_that_holds_the_others_is_the_result),
		cmocka_unit_test(
		    a_word_that_one_took_away_and_the_other_moved_is_for_a_person),
		cmocka_unit_test(a_rewritten_sentence_is_one_edit),
		cmocka_unit_test(white_space_never_clashes),
		cmocka_unit_test(quotation_marks_and_dashes_never_clash),
		cmocka_unit_test(words_of_two_sides_are_never_joined),
		cmocka_unit_test(
		    an_edit_that_both_made_the_same_way_counts_once),
		cmocka_unit_test(a_text_that_one_side_left_is_the_other_sides),
		cmocka_unit_test(texts_without_a_newline_at_the_end_merge),
		cmocka_unit_test(letters_beyond_ascii_are_never_cut),
		cmocka_unit_test(past_the_buffers_cap_nothing_is_appended),
		cmocka_unit_test(edits_follow_a_paragraph_that_was_moved),
		cmocka_unit_test(
		    what_has_no_place_after_a_move_goes_to_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
