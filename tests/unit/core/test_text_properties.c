/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds of every merge, tried on random texts that are rich in what may
 * go wrong: repeated words, emoji, marks that combine, flags, scripts without
 * spaces, curly quotation marks, empty lines.
 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/core/text_int.h"
#include "common/sys/segment.h"

#define ROUNDS 3000

static const char *const pieces[] = { "the ", "a ", "red ", "door ", "is ",
	"not ", "5 mg ", "at ", "She ", "he ", "said. ", "rose, ", "(left) ",
	"\n", "\n\n", "- ", "don't ", "don’t ", "“yes” ", "\"yes\" ", "x-y ",
	"é ", "e\xcc\x81 ", "\xcc\x81", "👨‍👩‍👧 ", "👍🏽", "🇬🇧",
	"🇬", "🇧", "1️⃣ ", "日本", "語", "ਸਤਿ ਸ੍ਰੀ ", "مرحبا ", "ว่า",
	"\xc2\xa0", "\t", "  ", "? ", "end.", "‍", "\xc2\xad" };
#define PIECES_N (sizeof(pieces) / sizeof(pieces[0]))

struct texts {
	struct buf was, ours, theirs;
};

/* Plain texts have words and marks alone. */
static const char *
random_piece(struct rng *r, bool is_plain)
{
	return pieces[rng_below(r, is_plain ? 22 : PIECES_N)];
}

static void
random_text(struct rng *r, bool is_plain, struct buf *out)
{
	buf_init(out, LIMIT_TEXT_BYTES);
	for (uint64_t n = rng_below(r, 60); n > 0; n--)
		buf_add_str(out, random_piece(r, is_plain));
}

/* A copy in which some pieces are left out, some are new and some words that
 * nobody else has are put in, marked by the letter. */
static void
random_edit(struct rng *r, bool is_plain, char letter, const struct buf *was,
    struct buf *out)
{
	uint64_t rate = 2 + rng_below(r, 30);
	char marks[8192];
	size_t i = 0;

	assert_true(was->len < sizeof(marks));
	segment_characters(was->ptr, was->len, marks);
	buf_init(out, LIMIT_TEXT_BYTES);
	while (i < was->len) {
		bool is_dropped = rng_below(r, rate * 2) == 0;

		if (rng_below(r, rate * 3) == 0)
			buf_printf(out, " %c%u ", letter,
			    (unsigned)rng_below(r, 1000));
		else if (rng_below(r, rate * 3) == 0)
			buf_add_str(out, random_piece(r, is_plain));
		do {
			if (!is_dropped)
				buf_add_char(out, was->ptr[i]);
			i++;
		} while (i < was->len && marks[i] == 0);
	}
}

/* What stands after some line end moves before it. */
static void
random_move(struct rng *r, struct buf *text)
{
	const size_t from = text->len == 0 ? 0 : rng_below(r, text->len);
	const char *at = text->len == 0
	    ? NULL
	    : memchr(text->ptr + from, '\n', text->len - from);
	struct buf moved;

	if (at == NULL)
		return;
	buf_init(&moved, LIMIT_TEXT_BYTES);
	buf_add(&moved, at + 1, (size_t)(text->ptr + text->len - at - 1));
	buf_add_char(&moved, '\n');
	buf_add(&moved, text->ptr, (size_t)(at - text->ptr));
	buf_fini(text);
	*text = moved;
}

static void
texts_init(struct rng *r, struct texts *t)
{
	bool is_plain = rng_below(r, 2) == 0;

	random_text(r, is_plain, &t->was);
	random_edit(r, is_plain, 'o', &t->was, &t->ours);
	random_edit(r, is_plain, 't', &t->was, &t->theirs);
	if (rng_below(r, 4) == 0)
		random_move(r, rng_below(r, 2) == 0 ? &t->ours : &t->theirs);
}

static void
texts_fini(struct texts *t)
{
	buf_fini(&t->was);
	buf_fini(&t->ours);
	buf_fini(&t->theirs);
}

static struct text_merge_part
part(const struct buf *b)
{
	return (struct text_merge_part){ b->ptr, b->len };
}

static bool
merge(const struct buf *was, const struct buf *ours, const struct buf *theirs,
    struct buf *out)
{
	struct text_merge_task task = { part(was), part(ours), part(theirs),
		NULL };
	struct text_merge_result result;
	struct err e = { 0 };

	buf_init(out, 10 * LIMIT_TEXT_BYTES);
	assert_ok(text_merge(&task, out, &result, &e), &e);
	return result.is_clean;
}

static bool
buf_equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

static void
an_unchanged_side_gives_the_other_and_equal_sides_give_themselves(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct texts t;
		struct buf out;

		texts_init(&r, &t);
		assert_true(merge(&t.was, &t.ours, &t.was, &out));
		assert_true(buf_equal(&out, &t.ours));
		buf_fini(&out);
		assert_true(merge(&t.was, &t.was, &t.theirs, &out));
		assert_true(buf_equal(&out, &t.theirs));
		buf_fini(&out);
		assert_true(merge(&t.was, &t.ours, &t.ours, &out));
		assert_true(buf_equal(&out, &t.ours));
		buf_fini(&out);
		texts_fini(&t);
	}
}

static void
sides_that_change_places_come_to_the_same(void **state)
{
	struct rng r = rng_make(check_seed(__func__));
	unsigned clean = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct texts t;
		struct buf one, two;
		bool is_clean;

		texts_init(&r, &t);
		is_clean = merge(&t.was, &t.ours, &t.theirs, &one);
		assert_int_equal(
		    merge(&t.was, &t.theirs, &t.ours, &two), is_clean);
		if (!buf_equal(&one, &two))
			fail_msg("[%s] [%s] [%s]:\n[%s]\n[%s]", t.was.ptr,
			    t.ours.ptr, t.theirs.ptr, one.ptr, two.ptr);
		if (!is_clean)
			assert_int_equal(one.len, 0);
		clean += is_clean;
		buf_fini(&one);
		buf_fini(&two);
		texts_fini(&t);
	}
	assert_true(clean > ROUNDS / 10);
}

static bool
has_bytes(const struct buf *b, const char *s, size_t len)
{
	return memmem(b->ptr, b->len, s, len) != NULL;
}

/* Every word that only one side has, by its letter, is in the result. */
static void
assert_holds_new_words(
    const struct buf *side, char letter, const struct buf *out)
{
	for (const char *p = side->ptr; (p = strchr(p, letter)) != NULL; p++) {
		size_t len = strspn(p + 1, "0123456789") + 1;

		if (len > 1 && p > side->ptr && p[-1] == ' ' &&
		    !has_bytes(out, p, len))
			fail_msg("%.*s is lost", (int)len, p);
	}
}

static bool
has_character(const struct buf *b, const char *s, size_t len)
{
	char *marks = malloc(b->len + 1);
	bool found = false;

	assert_non_null(marks);
	segment_characters(b->ptr, b->len, marks);
	for (size_t i = 0; i + len <= b->len && !found; i++)
		found = marks[i] && (i + len == b->len || marks[i + len]) &&
		    memcmp(b->ptr + i, s, len) == 0;
	free(marks);
	return found;
}

/* Every character, as a reader sees it, is one of one of the texts. */
static void
assert_invents_no_character(const struct texts *t, const struct buf *out)
{
	char *marks = malloc(out->len + 1);

	assert_non_null(marks);
	segment_characters(out->ptr, out->len, marks);
	for (size_t i = 0, n; i < out->len; i += n) {
		for (n = 1; i + n < out->len && marks[i + n] == 0;)
			n++;
		if (n > 1 && !has_character(&t->was, out->ptr + i, n) &&
		    !has_character(&t->ours, out->ptr + i, n) &&
		    !has_character(&t->theirs, out->ptr + i, n))
			fail_msg("[%.*s] in [%s] is in none of [%s] [%s] [%s]",
			    (int)n, out->ptr + i, out->ptr, t->was.ptr,
			    t->ours.ptr, t->theirs.ptr);
	}
	free(marks);
}

/* Every token is one of one of the texts. */
static void
assert_invents_no_word(const struct texts *t, const struct buf *out)
{
	const struct buf *from[] = { &t->was, &t->ours, &t->theirs };
	struct text_tokens of[3], all;
	struct err e = { 0 };

	assert_ok(text_tokens_make(part(out), NULL, &all, &e), &e);
	for (int i = 0; i < 3; i++)
		assert_ok(
		    text_tokens_make(part(from[i]), NULL, &of[i], &e), &e);
	for (size_t i = 0; i < all.n; i++) {
		bool found = false;

		for (int k = 0; k < 3; k++)
			for (size_t j = 0; j < of[k].n && !found; j++)
				found = text_token_same(
				    &all.list[i], &of[k].list[j]);
		if (!found)
			fail_msg("[%.*s] in [%s] is in none of [%s] [%s] [%s]",
			    (int)all.list[i].len, all.list[i].ptr, out->ptr,
			    t->was.ptr, t->ours.ptr, t->theirs.ptr);
	}
	for (int i = 0; i < 3; i++)
		text_tokens_fini(&of[i]);
	text_tokens_fini(&all);
}

static void
a_result_holds_all_new_words_and_no_others(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct texts t;
		struct buf out;

		texts_init(&r, &t);
		if (merge(&t.was, &t.ours, &t.theirs, &out)) {
			assert_true(utf8_is_text(out.ptr, out.len));
			assert_holds_new_words(&t.ours, 'o', &out);
			assert_holds_new_words(&t.theirs, 't', &out);
			assert_invents_no_character(&t, &out);
			assert_invents_no_word(&t, &out);
		}
		buf_fini(&out);
		texts_fini(&t);
	}
}

static void
assert_same_tokens(const struct text_tokens *a, const struct text_tokens *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i <= a->n; i++) {
		const struct text_token *x = &a->list[i], *y = &b->list[i];

		assert_ptr_equal(x->ptr, y->ptr);
		assert_int_equal(x->len, y->len);
		assert_int_equal(x->gap, y->gap);
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->ends, y->ends);
		assert_int_equal(x->begins_line, y->begins_line);
		assert_int_equal(x->is_plain, y->is_plain);
		assert_true(x->key == y->key);
	}
}

static void
tokens_put_end_to_end_are_the_text_and_likeness_changes_none(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct text_tokens was, alone, like;
		const char *at;
		struct texts t;
		struct err e = { 0 };

		texts_init(&r, &t);
		assert_ok(text_tokens_make(part(&t.was), NULL, &was, &e), &e);
		assert_ok(
		    text_tokens_make(part(&t.ours), NULL, &alone, &e), &e);
		assert_ok(text_tokens_make(part(&t.ours), &was, &like, &e), &e);
		assert_same_tokens(&alone, &like);
		at = t.ours.ptr;
		for (size_t i = 0; i <= alone.n; i++) {
			const struct text_token *k = &alone.list[i];

			assert_ptr_equal(k->ptr - k->gap, at);
			assert_int_equal(k->len == 0, i == alone.n);
			at = k->ptr + k->len;
		}
		assert_ptr_equal(at, t.ours.ptr + t.ours.len);
		text_tokens_fini(&was);
		text_tokens_fini(&alone);
		text_tokens_fini(&like);
		texts_fini(&t);
	}
}

static void
counterparts_are_equal_and_in_order(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct text_tokens a, b;
		struct text_match match;
		struct texts t;
		uint32_t next = 0;
		struct err e = { 0 };

		texts_init(&r, &t);
		assert_ok(text_tokens_make(part(&t.was), NULL, &a, &e), &e);
		assert_ok(text_tokens_make(part(&t.ours), &a, &b, &e), &e);
		assert_ok(text_match_make(&a, &b, &match, &e), &e);
		assert_int_equal(match.to[a.n], b.n);
		for (size_t i = 0; i < a.n; i++) {
			if (match.to[i] == TEXT_UNMATCHED) {
				assert_false(match.weak[i]);
				continue;
			}
			assert_true(match.to[i] >= next && match.to[i] < b.n);
			assert_true(
			    text_token_equal(&a.list[i], &b.list[match.to[i]]));
			next = match.to[i] + 1;
		}
		text_match_fini(&match);
		text_tokens_fini(&a);
		text_tokens_fini(&b);
		texts_fini(&t);
	}
}

/* Texts of the longest allowed that make work: few words, one word, no
 * spaces, marks alone, sentences that are all the same, flags, one letter
 * with thousands of marks. */
static const char *const hostile[][3] = { { "a ", "b ", "c\n" },
	{ "a", "b", "c" }, { "-", "*", "." }, { "日", "本", "語" },
	{ "a. ", "a. ", "b c. " }, { " ", "\n", " " }, { "🇬", "🇧", "🇬🇧 " },
	{ "\xcc\x81", "\xcc\x80", "e" }, { "'", "’", "\"" },
	{ "not ", "5 ", "mg. " } };

static void
the_longest_and_worst_texts_merge_well_below_a_second(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct buf text[3], out;
		uint64_t start;

		for (int k = 0; k < 3; k++) {
			buf_init(&text[k], LIMIT_TEXT_BYTES + 16);
			while (text[k].len < LIMIT_TEXT_BYTES - 16)
				buf_add_str(
				    &text[k], hostile[i][rng_below(&r, 3)]);
		}
		start = clock_mono_ms();
		(void)merge(&text[0], &text[1], &text[2], &out);
		print_message("%s: %u ms\n", hostile[i][0],
		    (unsigned)(clock_mono_ms() - start));
		/* Slack for sanitizers and a busy machine. */
		assert_true(clock_mono_ms() - start < 20000);
		buf_fini(&out);
		for (int k = 0; k < 3; k++)
			buf_fini(&text[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_unchanged_side_gives_the_other_and_equal_sides_give_themselves),
		cmocka_unit_test(sides_that_change_places_come_to_the_same),
		cmocka_unit_test(a_result_holds_all_new_words_and_no_others),
		cmocka_unit_test(
		    tokens_put_end_to_end_are_the_text_and_likeness_changes_none),
		cmocka_unit_test(counterparts_are_equal_and_in_order),
		cmocka_unit_test(
		    the_longest_and_worst_texts_merge_well_below_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
