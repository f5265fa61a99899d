/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edits of two sides, each noted at the places that it changes.
 */
#include <string.h>

#include "common/core/text_review_int.h"

/* A longer edit is taken to have exchanged all that it may have. */
#define COMPARED_MAX 4096

/* A shorter word of weight may by a slip be another word: "now", "not". */
#define SLIP_MIN 5

static bool
is_capital(const struct text_token *t)
{
	return *t->ptr >= 'A' && *t->ptr <= 'Z';
}

bool
review_ends_sentence(const struct text_tokens *t, size_t i)
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

uint32_t
review_lists_of(const struct review *r, const struct text_tokens *t, size_t i)
{
	bool in_sentence = i > 0 && !review_ends_sentence(t, i - 1);

	if (t->list[i].kind != TEXT_WORD)
		return 0;
	if (r->guard == NULL)
		return UINT32_MAX;
	return text_guard_lists(
	           r->guard, t->list[i].ptr, t->list[i].len, in_sentence) &
	    ~r->guard->by_reach[TEXT_GUARD_BACK];
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
		lists |= review_lists_of(r, t, i);
	return lists;
}

static bool
is_letter(char c)
{
	return review_small(c) >= 'a' && review_small(c) <= 'z';
}

/* One word that was typed wrongly in the one and rightly in the other, beyond
 * the first letter: two letters exchanged, or one more, less or other.  Of a
 * word of weight: two exchanged, or one twice that is there once; with any
 * other, "seated" would be a slip of "sedated". */
static bool
is_slip(const struct text_token *a, const struct text_token *b, bool has_weight)
{
	const struct text_token *longer = a->len > b->len ? a : b;
	size_t head = 0, tail = 0, left_a, left_b;

	while (head < a->len && head < b->len &&
	    review_small(a->ptr[head]) == review_small(b->ptr[head]))
		head++;
	while (tail < a->len - head && tail < b->len - head &&
	    a->ptr[a->len - 1 - tail] == b->ptr[b->len - 1 - tail])
		tail++;
	left_a = a->len - head - tail;
	left_b = b->len - head - tail;
	if (has_weight &&
	    (a->len < SLIP_MIN || b->len < SLIP_MIN ||
	        !is_letter(longer->ptr[head])))
		return false;
	if (left_a == 2 && left_b == 2)
		return a->ptr[head] == b->ptr[head + 1] &&
		    a->ptr[head + 1] == b->ptr[head];
	if (has_weight)
		return head > 0 && left_a + left_b == 1 &&
		    longer->ptr[head] == longer->ptr[head - 1];
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
	if (edit->from > 0 && !review_ends_sentence(r->was, edit->from - 1))
		lists |= review_lists_of(r, r->was, edit->from - 1);
	if (edit->to > 0 && edit->to < r->was->n &&
	    !review_ends_sentence(r->was, edit->to - 1))
		lists |= review_lists_of(r, r->was, edit->to);
	return lists & r->guard->by_reach[TEXT_GUARD_NEAR];
}

static bool
is_article(const struct text_token *t)
{
	return review_small(t->ptr[0]) == 'a' &&
	    (t->len == 1 || (t->len == 2 && review_small(t->ptr[1]) == 'n'));
}

/* What an edit took away, or put there: its words and the lists that they are
 * in, each looked up once. */
struct part {
	struct review_range range;
	struct words words;
	uint32_t lists;
};

struct weighed {
	struct part gone, come;
};

static struct part
part_of(
    const struct review *r, const struct text_tokens *t, size_t from, size_t to)
{
	return (struct part){ { t, from, to }, words_of(t, from, to),
		lists_within(r, t, from, to) };
}

static struct weighed
weigh(const struct review *r, int side, const struct edit *edit)
{
	return (struct weighed){ part_of(r, r->was, edit->from, edit->to),
		part_of(r, r->side[side], edit->at, edit->end) };
}

/* Whether it only put words beside those that were there, or took such away. */
static bool
is_added_to(const struct weighed *w)
{
	return review_holds(&w->gone.range, &w->come.range) ||
	    review_holds(&w->come.range, &w->gone.range);
}

/* Whether a word of who stands where an article stood, or the other way round:
 * it can only be "his" or "her", and nobody else does anything. */
static bool
is_possessive(const struct review *r, const struct weighed *w)
{
	return r->guard != NULL && w->gone.words.n == 1 &&
	    w->come.words.n == 1 &&
	    (w->gone.lists | w->come.lists) == r->guard->names &&
	    (is_article(w->gone.words.word) ||
	        review_is_the(w->gone.words.word) ||
	        is_article(w->come.words.word) ||
	        review_is_the(w->come.words.word));
}

/* Whether only names were put there: "the manager, Mrs Hill, agreed" says of
 * agreeing what it said before. */
static bool
is_naming(
    const struct review *r, const struct edit *edit, const struct weighed *w)
{
	return r->guard != NULL && edit->from == edit->to &&
	    w->come.lists == r->guard->names;
}

/* Whether words of no weight, or names, were only cut into others. */
static bool
is_recut(const struct review *r, const struct weighed *w)
{
	const uint32_t lists = w->gone.lists | w->come.lists;

	return w->gone.words.n > 0 && w->come.words.n > 0 &&
	    (lists & ~r->guard->names) == 0 &&
	    review_spells_alike(&w->gone.range, &w->come.range);
}

/* Whether an edit can change what is said: not for marks, capitals, "the" and
 * slips of the pen, in names too, and not for "Ann" that becomes "Ann Lee". */
static bool
has_sense(
    const struct review *r, const struct edit *edit, const struct weighed *w)
{
	const uint32_t lists = w->gone.lists | w->come.lists;
	const uint32_t names = r->guard == NULL ? 0 : r->guard->names;

	if (w->gone.words.n == 0 && w->come.words.n == 0)
		return false;
	if (r->guard == NULL)
		return true;
	if (review_same_but_the(&w->gone.range, &w->come.range))
		return false;
	if (w->gone.words.n == 1 && w->come.words.n == 1 &&
	    is_slip(
	        w->gone.words.word, w->come.words.word, (lists & ~names) != 0))
		return false;
	if (w->gone.words.n == 0 && w->come.words.n == 1 && lists == names &&
	    edit->from > 0 && is_capital(w->come.words.word))
		return !is_capital(&r->was->list[edit->from - 1]);
	return !is_recut(r, w);
}

/* The bytes of a word without the "s" or "'s" that it ends with. */
static size_t
bare_len(const struct text_token *t)
{
	size_t len = t->len;

	if (len < 3 || review_small(t->ptr[len - 1]) != 's')
		return len;
	len--;
	if (t->ptr[len - 1] == '\'')
		return len - 1;
	if (len > 3 && memcmp(t->ptr + len - 3, "\xe2\x80\x99", 3) == 0)
		return len - 3;
	return len;
}

/* Whether two words are forms of one: in capitals or not, of one or of many,
 * or theirs. */
static bool
is_form(const struct text_token *a, const struct text_token *b)
{
	const size_t len = bare_len(a);

	if (len != bare_len(b))
		return false;
	for (size_t i = 0; i < len; i++)
		if (review_small(a->ptr[i]) != review_small(b->ptr[i]))
			return false;
	return true;
}

/* The lists of the words of one range that are not in the other too. */
static uint32_t
lists_only_in(const struct review *r, const struct review_range *one,
    const struct review_range *other)
{
	uint32_t lists = 0;

	for (size_t i = one->from; i < one->to; i++) {
		size_t j = other->from;

		while (j < other->to &&
		    !is_form(&one->text->list[i], &other->text->list[j]))
			j++;
		if (j == other->to)
			lists |= review_lists_of(r, one->text, i);
	}
	return lists;
}

static bool
is_compared(const struct weighed *w)
{
	const struct review_range *gone = &w->gone.range,
	                          *come = &w->come.range;

	return (gone->to - gone->from) * (come->to - come->from) <=
	    COMPARED_MAX;
}

/* The lists of the words that an edit changed: not those that it only put more
 * words beside. */
static uint32_t
lists_touched(const struct review *r, const struct weighed *w)
{
	if (!is_compared(w) || !is_added_to(w))
		return w->gone.lists | w->come.lists;
	return lists_only_in(r, &w->gone.range, &w->come.range) |
	    lists_only_in(r, &w->come.range, &w->gone.range);
}

/* The lists of which one word was put in the place of another: two for three,
 * Ruth for Peter. */
static uint32_t
lists_exchanged(const struct review *r, const struct weighed *w)
{
	const uint32_t both = w->gone.lists & w->come.lists;

	if (both == 0 || !is_compared(w))
		return both;
	return lists_only_in(r, &w->gone.range, &w->come.range) &
	    lists_only_in(r, &w->come.range, &w->gone.range);
}

/* Whether words stand where others stood; "an old" for "a" and "Home visit" for
 * "Visit" only add one. */
static bool
is_replaced(const struct review *r, const struct weighed *w)
{
	if (w->gone.words.n == 0 || w->come.words.n == 0 ||
	    is_possessive(r, w) || is_added_to(w))
		return false;
	return w->gone.words.n > 1 || !is_article(w->gone.words.word);
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
	if (!at_end && !review_ends_sentence(t, edit->end - 1))
		return (struct span){ 2 * s + 1, 2 * s + 2 };
	return (struct span){ 2 * s, 2 * s + 1 };
}

/* Numbered from 1, so that an edit before the first token is one. */
static void
note_reach(struct reach *reach, size_t from, size_t to)
{
	if (reach->end == 0)
		reach->from = from + 1;
	reach->end = to + 1;
}

static void
note_edit(struct review *r, int side, const struct edit *edit)
{
	const struct weighed w = weigh(r, side, edit);
	uint32_t lists, exchanged;
	struct span span;
	bool replaced;

	if (!has_sense(r, edit, &w))
		return;
	replaced = is_replaced(r, &w);
	lists = is_possessive(r, &w) ? 0 : lists_touched(r, &w);
	if (!is_naming(r, edit, &w))
		lists |= lists_beside(r, edit);
	exchanged = lists_exchanged(r, &w);
	span = span_of(r, side, edit);
	for (size_t i = span.from; i < span.to; i++) {
		struct place *p = &r->places[i];

		p->changed[side] = true;
		p->lists[side] |= lists;
		p->exchanged[side] |= exchanged;
		note_reach(&p->edited[side], edit->from, edit->to);
		note_reach(&p->put[side], edit->at, edit->end);
		if (replaced)
			note_reach(&p->replaced[side], edit->from, edit->to);
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

void
review_note_edits(struct review *r)
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
