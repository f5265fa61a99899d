/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a person is to read a text that merged.  Each side's edits are
 * noted at the sentences of the ancestor that they changed, and what they
 * added between two sentences at a place of its own between them; then every
 * place that both changed is looked at, and every two that are near each other
 * of which one side changed this and the other that.  What a sentence claims is
 * often taken up not by the next one but by the one after it.
 *
 * Places are numbered: sentence k is place 2k + 1, what was added before it
 * is place 2k.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_guard.h"
#include "common/core/text_int.h"
#include "common/core/value.h"

/* Two replaced words with at most so many between them may be one claim's verb
 * and object; with TURNED between them, what one put in the place of another
 * may turn what the other added or left out. */
#define CLOSE 5
#define TURNED 7

/* Places so far from each other have at most one sentence between them. */
#define NEAR 4

enum { OURS, THEIRS, SIDES };

/* The tokens of the ancestor from the first to the last that edits of a kind
 * touched; end is 0 where there are none. */
struct reach {
	size_t from, end;
};

struct place {
	bool changed[SIDES];
	uint32_t lists[SIDES];        /* of the words that each changed */
	struct reach replaced[SIDES]; /* for which each put others */
	struct reach edited[SIDES];   /* these too, and what was only added */
	bool is_cut_before;           /* a paragraph ends before it */
	bool is_cut_after;            /* what was added here ends one */
};

/* [from, to) of the ancestor became [at, end) of the side. */
struct edit {
	size_t from, to, at, end;
};

struct review {
	const struct text_guard *guard; /* NULL: every word weighs */
	const struct text_tokens *was;
	const struct text_tokens *side[SIDES];
	const uint32_t *match[SIDES];
	struct edit next[SIDES];
	uint32_t *sentence;   /* of each token of the ancestor, its end too */
	struct place *places; /* 2 * sentences + 1, and one of none */
	size_t sentences;
};

static bool
is_capital(const struct text_token *t)
{
	return *t->ptr >= 'A' && *t->ptr <= 'Z';
}

/* Whether a sentence ends with token i.  "Mr." and "Dr. J." end none, and a
 * new line begins one unless it goes on with a small letter. */
static bool
ends_sentence(const struct text_tokens *t, size_t i)
{
	const struct text_token *last = &t->list[i], *next = last + 1;

	if (i + 1 >= t->n)
		return true;
	if (last->ends && i > 0 && *last->ptr == '.' && !next->begins_line)
		return last[-1].len > 3 || !is_capital(&last[-1]);
	if (last->ends)
		return true;
	return next->begins_line && !(*next->ptr >= 'a' && *next->ptr <= 'z');
}

static void
number_sentences(struct review *r)
{
	uint32_t now = 0;

	for (size_t i = 0; i < r->was->n; i++) {
		r->sentence[i] = now;
		now += ends_sentence(r->was, i);
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

/* The side's next edit, from = past the end when there is none. */
static void
find_edit(struct review *r, int side)
{
	struct edit *next = &r->next[side];
	size_t from = next->to, at = next->end;

	while (from <= r->was->n && r->match[side][from] == at) {
		from++;
		at++;
	}
	*next = (struct edit){ from, from, at, at };
	if (from > r->was->n)
		return;
	while (r->match[side][next->to] == TEXT_UNMATCHED)
		next->to++;
	next->end = r->match[side][next->to];
}

static uint32_t
lists_of(const struct review *r, const struct text_tokens *t, size_t i)
{
	bool in_sentence = i > 0 && !ends_sentence(t, i - 1);

	if (t->list[i].kind != TEXT_WORD)
		return 0;
	if (r->guard == NULL)
		return UINT32_MAX;
	return text_guard_lists(
	    r->guard, t->list[i].ptr, t->list[i].len, in_sentence);
}

/* The words of a range: how many, and the last. */
struct words {
	size_t n;
	const struct text_token *word;
};

static struct words
words_of(const struct text_tokens *t, size_t from, size_t to)
{
	struct words found = { 0, NULL };

	for (size_t i = from; i < to; i++) {
		if (t->list[i].kind != TEXT_WORD)
			continue;
		found.n++;
		found.word = &t->list[i];
	}
	return found;
}

/* The lists that they are in. */
static uint32_t
lists_within(
    const struct review *r, const struct text_tokens *t, size_t from, size_t to)
{
	uint32_t lists = 0;

	for (size_t i = from; i < to; i++)
		lists |= lists_of(r, t, i);
	return lists;
}

static int
small(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* One word that was typed wrongly in the one and rightly in the other: a
 * letter more, less or other, or two exchanged, beyond the first. */
static bool
is_slip(const struct text_token *a, const struct text_token *b)
{
	size_t head = 0, tail = 0, left_a, left_b;

	while (head < a->len && head < b->len &&
	    small(a->ptr[head]) == small(b->ptr[head]))
		head++;
	while (tail < a->len - head && tail < b->len - head &&
	    a->ptr[a->len - 1 - tail] == b->ptr[b->len - 1 - tail])
		tail++;
	left_a = a->len - head - tail;
	left_b = b->len - head - tail;
	if (left_a == 0 && left_b == 0)
		return true; /* in capitals or not */
	if (left_a == 2 && left_b == 2)
		return a->ptr[head] == b->ptr[head + 1] &&
		    a->ptr[head + 1] == b->ptr[head];
	return head > 0 && left_a <= 1 && left_b <= 1 && a->len + b->len >= 8;
}

/* The lists of weight of the words on both sides of an edit, in its sentence:
 * "strongly" says more of "objects" than of itself. */
static uint32_t
lists_beside(const struct review *r, const struct edit *edit)
{
	uint32_t lists = 0;

	if (r->guard == NULL)
		return 0;
	if (edit->from > 0 && !ends_sentence(r->was, edit->from - 1))
		lists |= lists_of(r, r->was, edit->from - 1);
	if (edit->to > 0 && edit->to < r->was->n &&
	    !ends_sentence(r->was, edit->to - 1))
		lists |= lists_of(r, r->was, edit->to);
	return lists & r->guard->by_reach[TEXT_GUARD_NEAR];
}

/* Whether an edit can change what is said: not for marks, capitals and slips
 * of the pen, in names too, and not for "Ann" that becomes "Ann Lee". */
static bool
has_sense(const struct review *r, int side, const struct edit *edit,
    uint32_t *lists_out)
{
	struct words gone = words_of(r->was, edit->from, edit->to);
	struct words come = words_of(r->side[side], edit->at, edit->end);
	uint32_t lists = lists_within(r, r->was, edit->from, edit->to) |
	    lists_within(r, r->side[side], edit->at, edit->end);
	uint32_t names = r->guard == NULL ? 0 : r->guard->names;

	*lists_out = lists;
	if (gone.n == 0 && come.n == 0)
		return false;
	if (r->guard == NULL)
		return true;
	if (gone.n == 1 && come.n == 1 && (lists & ~names) == 0)
		return !is_slip(gone.word, come.word);
	if (gone.n == 0 && come.n == 1 && lists == names && edit->from > 0 &&
	    is_capital(come.word))
		return !is_capital(&r->was->list[edit->from - 1]);
	return true;
}

static bool
is_article(const struct text_token *t)
{
	return small(t->ptr[0]) == 'a' &&
	    (t->len == 1 || (t->len == 2 && small(t->ptr[1]) == 'n'));
}

/* Whether words stand where others stood; "an old" for "a" only adds one. */
static bool
is_replaced(const struct review *r, int side, const struct edit *edit)
{
	struct words gone = words_of(r->was, edit->from, edit->to);
	struct words come = words_of(r->side[side], edit->at, edit->end);

	if (gone.n == 0 || come.n == 0)
		return false;
	return gone.n > 1 || !is_article(gone.word);
}

/* The places that an edit changes. */
struct span {
	size_t from, to; /* to excluded */
};

static struct span
span_of(const struct review *r, int side, const struct edit *edit)
{
	const struct text_tokens *t = r->side[side];
	size_t s = r->sentence[edit->from];
	bool at_end = edit->from == r->was->n;
	bool begins =
	    edit->from == 0 || at_end || r->sentence[edit->from - 1] != s;

	if (edit->to > edit->from)
		return (struct span){ 2 * s + 1,
			2 * (size_t)r->sentence[edit->to - 1] + 2 };
	if (!begins)
		return (struct span){ 2 * s + 1, 2 * s + 2 };
	/* It goes on where the sentence before had no stop. */
	if (edit->from > 0 && !t->list[edit->at].begins_line &&
	    r->was->list[edit->from - 1].kind == TEXT_WORD)
		return (struct span){ 2 * s - 1, 2 * s };
	if (!at_end && !ends_sentence(t, edit->end - 1))
		return (struct span){ 2 * s + 1, 2 * s + 2 };
	return (struct span){ 2 * s, 2 * s + 1 };
}

/* Numbered from 1, so that an edit before the first token is one. */
static void
note_reach(struct reach *reach, const struct edit *edit)
{
	if (reach->end == 0)
		reach->from = edit->from + 1;
	reach->end = edit->to + 1;
}

static void
note_edit(struct review *r, int side, const struct edit *edit)
{
	const bool replaced = is_replaced(r, side, edit);
	uint32_t lists;
	struct span span;

	if (!has_sense(r, side, edit, &lists))
		return;
	lists |= lists_beside(r, edit);
	span = span_of(r, side, edit);
	for (size_t i = span.from; i < span.to; i++) {
		struct place *p = &r->places[i];

		p->changed[side] = true;
		p->lists[side] |= lists;
		note_reach(&p->edited[side], edit);
		if (replaced)
			note_reach(&p->replaced[side], edit);
	}
	if (span.from % 2 == 0) {
		const struct text_token *list = r->side[side]->list;

		r->places[span.from].is_cut_before |=
		    list[edit->at].begins_line;
		r->places[span.from].is_cut_after |=
		    list[edit->end].begins_line;
	}
}

/* Both made the same edit. */
static bool
is_shared(const struct review *r)
{
	const struct edit *a = &r->next[OURS], *b = &r->next[THEIRS];

	if (a->from != b->from || a->to != b->to ||
	    a->end - a->at != b->end - b->at)
		return false;
	for (size_t i = 0; i < a->end - a->at; i++)
		if (!text_token_equal(&r->side[OURS]->list[a->at + i],
		        &r->side[THEIRS]->list[b->at + i]))
			return false;
	return true;
}

static void
note_edits(struct review *r)
{
	find_edit(r, OURS);
	find_edit(r, THEIRS);
	while (r->next[OURS].from <= r->was->n ||
	    r->next[THEIRS].from <= r->was->n) {
		int side =
		    r->next[OURS].from <= r->next[THEIRS].from ? OURS : THEIRS;

		if (is_shared(r))
			find_edit(r, 1 - side);
		else
			note_edit(r, side, &r->next[side]);
		find_edit(r, side);
	}
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
		lists |= lists_of(r, r->was, *at);
	return r->guard == NULL ||
	    (lists & r->guard->by_reach[TEXT_GUARD_NEAR]) != 0 ||
	    ((lists & r->guard->names) != 0 &&
	        is_within(
	            &place->replaced[OURS], &place->replaced[THEIRS], CLOSE));
}

/* Whether what one changed at a place weighs against what the other changed
 * there or near it: by itself, or because both changed words of weight. */
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
		if (clashes(r, a, b) || clashes(r, b, a))
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
		if (look_near(r, i, n))
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
		note_edits(&r);
		*out = look(&r) || look_at_paragraphs(&r);
	}
	free(r.sentence);
	free(r.places);
	return code;
}
