/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a person is to read a text that merged.  Each side's edits are
 * noted at the sentences of the ancestor that they changed, and what they
 * added between two sentences at a place of its own between them; then every
 * place that both changed is looked at, and every two that are near each other
 * of which one side changed this and the other that.  What a sentence claims is
 * often taken up not by the next one but by the one after it; and what one
 * says beside a claim, or points back at it, was not said of the claim that
 * the other put in its place.
 */
#include <stdlib.h>

#include "common/core/text_review_int.h"
#include "common/core/value.h"

/* Two replaced words with at most so many between them may be one claim's verb
 * and object; with TURNED between them, what one put in the place of another
 * may turn what the other added or left out. */
#define CLOSE 5
#define TURNED 7

/* Places so far from each other have at most one sentence between them. */
#define NEAR 4
/* So far from each other none. */
#define BESIDE 2

static void
number_sentences(struct review *r)
{
	uint32_t now = 0;

	for (size_t i = 0; i < r->was->n; i++) {
		r->sentence[i] = now;
		now += review_ends_sentence(r->was, i);
	}
	r->sentence[r->was->n] = now;
	r->sentences = now;
}

static void
note_cuts(struct review *r)
{
	const struct text_token *list = r->was->list;

	for (size_t i = 0; i < r->was->n; i++)
		if (r->sentence[i + 1] > r->sentence[i])
			r->places[2 * (size_t)r->sentence[i + 1] + 1]
			    .is_cut_before =
			    list[i].ends && list[i + 1].begins_line;
}

static bool
is_within(const struct reach *a, const struct reach *b, size_t between)
{
	return a->end != 0 && b->end != 0 && a->from <= b->end + between &&
	    b->from <= a->end + between;
}

/* Whether one put words in the place of others, and the other changed what
 * stands close to them. */
static bool
is_turned(const struct place *p)
{
	return is_within(&p->replaced[OURS], &p->edited[THEIRS], TURNED) ||
	    is_within(&p->edited[OURS], &p->replaced[THEIRS], TURNED);
}

/* Whether a sentence that both changed has a word, changed or not, that turns
 * others, or names somebody of whom both may have changed what they do. */
static bool
has_weight(const struct review *r, uint32_t sentence, size_t *at)
{
	const struct place *place = &r->places[2 * (size_t)sentence + 1];
	uint32_t lists = 0;

	while (*at < r->was->n && r->sentence[*at] < sentence)
		++*at;
	for (; *at < r->was->n && r->sentence[*at] == sentence; ++*at)
		lists |= review_lists_of(r, r->was, *at);
	return r->guard == NULL ||
	    (lists & r->guard->by_reach[TEXT_GUARD_NEAR]) != 0 ||
	    ((lists & r->guard->names) != 0 &&
	        is_within(
	            &place->replaced[OURS], &place->replaced[THEIRS], CLOSE));
}

/* Whether two places are one, or at most so far from each other with no end of
 * a paragraph between them. */
static bool
is_together(const struct place *a, const struct place *b, int most)
{
	const struct place *from = a < b ? a : b, *to = a < b ? b : a;

	if (to - from > most)
		return false;
	while (from++ < to)
		if (from->is_cut_before)
			return false;
	return true;
}

/* The first token of a sentence. */
static size_t
first_of(const struct review *r, size_t sentence)
{
	size_t low = 0, high = r->was->n;

	while (low < high) {
		size_t half = low + (high - low) / 2;

		if (r->sentence[half] < sentence)
			low = half + 1;
		else
			high = half;
	}
	return low;
}

static bool
any_points_back(
    const struct review *r, const struct text_tokens *t, size_t from, size_t to)
{
	const uint32_t back =
	    r->guard == NULL ? 0 : r->guard->by_reach[TEXT_GUARD_BACK];

	for (size_t i = from; i < to && back != 0; i++) {
		const struct text_token *word = &t->list[i];

		if (word->kind == TEXT_WORD &&
		    (text_guard_lists(r->guard, word->ptr, word->len, false) &
		        back) != 0)
			return true;
	}
	return false;
}

/* Whether a place that a side changed points back to what was said before. */
static bool
points_back(const struct review *r, const struct place *p, int side)
{
	const struct reach *put = &p->put[side];
	size_t place = (size_t)(p - r->places);

	if (any_points_back(r, r->side[side], put->from - 1, put->end - 1))
		return true;
	return place % 2 == 1 &&
	    any_points_back(
	        r, r->was, first_of(r, place / 2), first_of(r, place / 2 + 1));
}

/* Whether one put words in the place of others and the other, who knew only
 * these, changed what stands beside them, or what comes after the next sentence
 * and points back. */
static bool
misses(const struct review *r, const struct place *a, const struct place *b,
    int side)
{
	const bool is_first = a->replaced[side].end != 0;

	if (!a->changed[side] || !b->changed[1 - side])
		return false;
	if (is_together(a, b, BESIDE))
		return is_first || b->replaced[1 - side].end != 0;
	return is_first && is_together(a, b, NEAR) &&
	    points_back(r, b, 1 - side);
}

/* Whether what one changed at a place weighs against what the other changed
 * there or near it: by itself, because it says now of another number, person
 * or day what it said, or because both changed words of weight. */
static bool
clashes(const struct review *r, const struct place *ours,
    const struct place *theirs)
{
	const struct text_guard *g = r->guard;
	uint32_t any = ours->lists[OURS] | theirs->lists[THEIRS];

	if (!ours->changed[OURS] || !theirs->changed[THEIRS])
		return false;
	if (g == NULL || (any & g->by_reach[TEXT_GUARD_NEAR]) != 0)
		return true;
	if ((ours->exchanged[OURS] | theirs->exchanged[THEIRS]) != 0 &&
	    is_together(ours, theirs, BESIDE))
		return true;
	if (ours == theirs && (any & g->by_reach[TEXT_GUARD_SENTENCE]) != 0)
		return true;
	return (ours->lists[OURS] & ~g->names) != 0 &&
	    (theirs->lists[THEIRS] & ~g->names) != 0;
}

/* Whether a person is to read what one changed at place i and the other after
 * it and near it.  What stands between two sentences is beside both. */
static bool
look_near(const struct review *r, size_t i, size_t n)
{
	const struct place *a = &r->places[i], *b = a + 1;
	size_t cuts = 0;

	for (; b - a <= NEAR && b < r->places + n; b++) {
		cuts += (b - r->places) % 2 == 1 && b->is_cut_before;
		if (cuts > 1)
			return false;
		if (clashes(r, a, b) || clashes(r, b, a) ||
		    misses(r, a, b, OURS) || misses(r, a, b, THEIRS))
			return true;
	}
	return false;
}

/* Whether both changed words of one list of weight anywhere in a paragraph:
 * what each says of consent is to be read together. */
static bool
look_at_paragraphs(const struct review *r)
{
	uint32_t lists[SIDES] = { 0, 0 };
	uint32_t near =
	    r->guard == NULL ? 0 : r->guard->by_reach[TEXT_GUARD_NEAR];

	for (size_t i = 0; i < 2 * r->sentences + 1; i++) {
		const struct place *p = &r->places[i];

		if (p->is_cut_before)
			lists[OURS] = lists[THEIRS] = 0;
		lists[OURS] |= p->lists[OURS];
		lists[THEIRS] |= p->lists[THEIRS];
		if ((lists[OURS] & lists[THEIRS] & near) != 0)
			return true;
		if (p->is_cut_after)
			lists[OURS] = lists[THEIRS] = 0;
	}
	return false;
}

static bool
look(const struct review *r)
{
	size_t at = 0, n = 2 * r->sentences + 1;

	for (size_t i = 0; i < n; i++) {
		const struct place *p = &r->places[i];
		bool is_sentence = i % 2 == 1;

		if (p->changed[OURS] && p->changed[THEIRS] &&
		    (clashes(r, p, p) || is_turned(p) ||
		        (is_sentence && has_weight(r, (uint32_t)(i / 2), &at))))
			return true;
		if ((p->changed[OURS] || p->changed[THEIRS]) &&
		    look_near(r, i, n))
			return true;
	}
	return false;
}

enum err_code
text_review(const struct text_guard *guard, const struct text_tokens *text,
    const struct text_match *match, bool *out, struct err *e)
{
	const struct text_tokens *was = &text[TEXT_WAS];
	struct review r = { .guard = guard,
		.was = was,
		.side = { &text[TEXT_OURS], &text[TEXT_THEIRS] },
		.match = { match[TEXT_OURS].to, match[TEXT_THEIRS].to } };
	enum err_code code = ERR_OK;

	r.sentence = malloc((was->n + 1) * sizeof(*r.sentence));
	if (r.sentence != NULL) {
		number_sentences(&r);
		r.places = calloc(2 * r.sentences + 2, sizeof(*r.places));
	}
	if (r.places == NULL) {
		code = value_no_memory(e);
	} else {
		note_cuts(&r);
		review_note_edits(&r);
		*out = look(&r) || look_at_paragraphs(&r);
	}
	free(r.sentence);
	free(r.places);
	return code;
}
