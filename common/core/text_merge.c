/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three-way walk (Khanna, Kunal and Pierce, "A Formal Investigation of
 * Diff3", 2007), on edits instead of chunks: an edit is a range of the
 * ancestor and what one side put in its place.  Edits of the two sides that
 * do not overlap are all made; those that do are one clash.
 */
#include "common/core/text_merge.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"

/* Within so many tokens of an edit the apostrophes are its author's. */
#define SPELLING_REACH 8
/* A word was moved if it went, and is there again so many tokens on. */
#define MOVE_REACH 32

/* One side's edit: [from, to) of the ancestor became [at, end). */
struct edit {
	size_t from, to, at, end;
};

struct merger {
	struct text_tokens text[TEXT_N];
	struct text_match match[TEXT_N]; /* of OURS and THEIRS */
	struct edit next[TEXT_N]; /* of OURS and THEIRS; from is past the end
	                             of the ancestor when there is no more */
	struct edit
	    last[TEXT_N];  /* the edit before, a clash too; all 0 if none */
	size_t at[TEXT_N]; /* what comes next in the result */
	/* The sentence of the ancestor that was last looked at. */
	size_t sentence_from, sentence_to;
	struct text_output out;
};

static bool
part_equal(struct text_merge_part a, struct text_merge_part b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int
other_side(int side)
{
	return side == TEXT_OURS ? TEXT_THEIRS : TEXT_OURS;
}

/* Find the edit of a side that begins at or after token `from` of the
 * ancestor, to which token `at` of the side answers. */
static void
find_edit(struct merger *m, int side, size_t from, size_t at)
{
	const struct text_match *match = &m->match[side];
	size_t n = m->text[TEXT_WAS].n, to;

	while (from <= n && match->to[from] == at && !match->weak[from]) {
		from++;
		at++;
	}
	m->next[side] = (struct edit){ from, from, at, at };
	if (from > n)
		return;
	for (to = from; match->to[to] == TEXT_UNMATCHED || match->weak[to];)
		to++;
	m->next[side].to = to;
	m->next[side].end = match->to[to];
}

static void
advance(struct merger *m, int side)
{
	m->last[side] = m->next[side];
	find_edit(m, side, m->next[side].to, m->next[side].end);
}

/* Whether they share a token of the ancestor, or both put something at the
 * same place. */
static bool
overlap(const struct edit *a, const struct edit *b)
{
	if (a->from == b->from && a->to == b->to)
		return true;
	return a->from < b->to && b->from < a->to;
}

/* Whether a side edits the ancestor's tokens from..to. */
static bool
edits_within(const struct merger *m, int side, size_t from, size_t to)
{
	return m->next[side].from < to || m->last[side].to > from;
}

/* Token i of the ancestor is spelled otherwise by one side.  Where the other
 * alone edits the sentence, quotation marks are that one's, so that they stay
 * pairs; and apostrophes are where it alone edits close by: one hand's work. */
static void
choose_spelling(struct merger *m, size_t i, struct text_piece *p)
{
	const struct text_tokens *was = &m->text[TEXT_WAS];
	bool is_word = p->in[TEXT_OURS]->kind == TEXT_WORD;
	bool by_ours, by_theirs;
	size_t from, to;

	while (i >= m->sentence_to) {
		m->sentence_from = m->sentence_to;
		while (
		    m->sentence_to < was->n && !was->list[m->sentence_to].ends)
			m->sentence_to++;
		m->sentence_to++;
	}
	from = m->sentence_from;
	to = m->sentence_to;
	if (is_word) {
		from = i < SPELLING_REACH ? 0 : i - SPELLING_REACH;
		to = i + SPELLING_REACH;
	}
	by_ours = edits_within(m, TEXT_OURS, from, to);
	by_theirs = edits_within(m, TEXT_THEIRS, from, to);
	if (by_ours != by_theirs)
		p->in[by_ours ? TEXT_THEIRS : TEXT_OURS] = NULL;
}

/* The bytes of a side's next n tokens, with the white space before them. */
static struct text_merge_part
next_bytes(const struct merger *m, int side, size_t n)
{
	const struct text_token *first = &m->text[side].list[m->at[side]];
	const struct text_token *last = first + n - 1;
	const char *ptr = first->ptr - first->gap;

	return (struct text_merge_part){ ptr,
		(size_t)(last->ptr + last->len - ptr) };
}

/* The next token, which all three have. */
static struct text_piece
next_piece(const struct merger *m)
{
	struct text_piece p;

	for (int t = TEXT_WAS; t < TEXT_N; t++)
		p.in[t] = &m->text[t].list[m->at[t]];
	return p;
}

static void
pass(struct merger *m, size_t n)
{
	for (int t = TEXT_WAS; t < TEXT_N; t++)
		m->at[t] += n;
}

static void
keep_one(struct merger *m)
{
	struct text_piece p = next_piece(m);

	if (!text_token_same(p.in[TEXT_OURS], p.in[TEXT_THEIRS]))
		choose_spelling(m, m->at[TEXT_WAS], &p);
	text_output_add(&m->out, &p);
	pass(m, 1);
}

/* Keep the next n tokens at once; false if they are not the same bytes in all
 * three texts. */
static bool
keep_alike(struct merger *m, size_t n)
{
	const struct text_merge_part ours = next_bytes(m, TEXT_OURS, n);

	if (!part_equal(ours, next_bytes(m, TEXT_WAS, n)) ||
	    !part_equal(ours, next_bytes(m, TEXT_THEIRS, n)))
		return false;
	pass(m, n - 1);
	text_output_add_alike(&m->out, ours, next_piece(m));
	pass(m, 1);
	return true;
}

/* Take over what both have up to token `to` of the ancestor; the first of it
 * may follow an edit. */
static void
keep_until(struct merger *m, size_t to)
{
	if (m->at[TEXT_WAS] < to)
		keep_one(m);
	if (m->at[TEXT_WAS] < to && !m->out.has_starts &&
	    keep_alike(m, to - m->at[TEXT_WAS]))
		return;
	while (m->at[TEXT_WAS] < to)
		keep_one(m);
}

/* Make an edit of one side that the other has nothing to do with. */
static void
take_edit(struct merger *m, int side)
{
	const struct edit *edit = &m->next[side];

	keep_until(m, edit->from);
	for (; m->at[TEXT_WAS] < edit->to; m->at[TEXT_WAS]++) {
		m->at[other_side(side)]++;
		text_output_drop(
		    &m->out, &m->text[TEXT_WAS].list[m->at[TEXT_WAS]], side);
	}
	for (; m->at[side] < edit->end; m->at[side]++) {
		struct text_piece p = { { NULL } };

		p.in[side] = &m->text[side].list[m->at[side]];
		text_output_add(&m->out, &p);
	}
	advance(m, side);
}

/* Take in the edits of a side that overlap the clash; true if any did. */
static bool
widen(struct merger *m, int side, struct edit *clash)
{
	bool any = false;

	for (; overlap(&m->next[side], clash); any = true) {
		if (m->next[side].to > clash->to)
			clash->to = m->next[side].to;
		advance(m, side);
	}
	return any;
}

/* Whether the side's next edit puts the word there. */
static bool
puts_word(const struct merger *m, int side, const struct text_token *word)
{
	const struct edit *edit = &m->next[side];

	for (size_t i = edit->at; i < edit->end; i++)
		if (text_token_equal(&m->text[side].list[i], word))
			return true;
	return false;
}

/* Whether the side's next edit is a small one close behind token i of the
 * ancestor, in the same sentence. */
static bool
is_next_near(const struct merger *m, int side, size_t i)
{
	const struct text_token *was = m->text[TEXT_WAS].list;
	const struct edit *next = &m->next[side];

	if (next->from > m->text[TEXT_WAS].n || next->from - i > MOVE_REACH ||
	    next->end - next->at > MOVE_REACH)
		return false;
	for (; i <= next->from; i++)
		if (i > 0 && was[i - 1].ends)
			return false;
	return true;
}

/* Whether one side moved a word that both took from its place to another in
 * the sentence, where the other side has none: did the other mean it to go? */
static bool
is_move_of_a_removal(const struct merger *m, const struct text_clash *c)
{
	const struct text_token *was = m->text[TEXT_WAS].list;
	size_t from = c->from[TEXT_WAS], to = c->to[TEXT_WAS];
	bool ours = is_next_near(m, TEXT_OURS, to);
	bool theirs = is_next_near(m, TEXT_THEIRS, to);

	if (to - from > MOVE_REACH)
		return false;
	for (size_t i = from; i < to; i++)
		if (was[i].kind == TEXT_WORD &&
		    (ours && puts_word(m, TEXT_OURS, &was[i])) !=
		        (theirs && puts_word(m, TEXT_THEIRS, &was[i])))
			return true;
	return false;
}

/* The two next edits overlap: they, and all that overlap them, are one clash.
 * *is_resolved_out is false if a person has to decide. */
static enum err_code
take_clash(struct merger *m, bool *is_resolved_out, struct err *e)
{
	const struct edit *ours = &m->next[TEXT_OURS],
	                  *theirs = &m->next[TEXT_THEIRS];
	struct edit clash = { .from = ours->from < theirs->from ? ours->from
		                                                : theirs->from,
		.to = ours->to > theirs->to ? ours->to : theirs->to };
	struct text_clash c = { .text = m->text, .match = m->match };
	bool more = true;
	enum err_code code;

	keep_until(m, clash.from);
	memcpy(c.from, m->at, sizeof(c.from));
	advance(m, TEXT_OURS);
	advance(m, TEXT_THEIRS);
	while (more) {
		more = widen(m, TEXT_OURS, &clash);
		more |= widen(m, TEXT_THEIRS, &clash);
	}
	c.to[TEXT_WAS] = clash.to;
	for (int t = TEXT_OURS; t < TEXT_N; t++)
		c.to[t] = m->next[t].from == clash.to
		    ? m->next[t].at
		    : m->match[t].to[clash.to];
	code = text_clash_resolve(&c, &m->out, is_resolved_out, e);
	if (code == ERR_OK && is_move_of_a_removal(m, &c))
		*is_resolved_out = false;
	memcpy(m->at, c.to, sizeof(m->at));
	for (int t = TEXT_OURS; t < TEXT_N; t++)
		m->last[t] = (struct edit){ c.from[TEXT_WAS], clash.to,
			c.from[t], c.to[t] };
	return code;
}

/* Whether the first of two edits of different sides, which meet at one place
 * of the ancestor, ends a sentence or a line there, and the second begins
 * another: then they are apart. */
static bool
is_seam(const struct merger *m, int first_side, int second_side)
{
	const struct edit *first = &m->last[first_side];
	const struct edit *second = &m->next[second_side];
	const struct text_token *was = &m->text[TEXT_WAS].list[second->from];
	const struct text_token *end = &m->text[first_side].list[first->end];
	const struct text_token *begin = &m->text[second_side].list[second->at];

	/* What was only put there may belong to what follows, or goes on with
	 * what was before. */
	if (first->from == first->to && first->end > first->at &&
	    !end[-1].ends && !end->begins_line)
		return false;
	if (second->from == 0 || (was[-1].ends && was[-1].kind == TEXT_MARK))
		return true;
	return second->from == second->to ? begin->begins_line
	                                  : was->begins_line;
}

/* Whether the side's next edit stands at one of the other side's. */
static bool
touches(const struct merger *m, int side)
{
	const struct edit *last = &m->last[other_side(side)];

	return last->to == m->next[side].from &&
	    (last->to > 0 || last->end > 0) &&
	    !is_seam(m, other_side(side), side);
}

/* Make the next edit; false in *is_clean_out where a person has to decide. */
static enum err_code
step(struct merger *m, bool *is_clean_out, struct err *e)
{
	const struct edit *ours = &m->next[TEXT_OURS],
	                  *theirs = &m->next[TEXT_THEIRS];
	bool is_ours = ours->from != theirs->from ? ours->from < theirs->from
	                                          : ours->to < theirs->to;
	int side = is_ours ? TEXT_OURS : TEXT_THEIRS;

	if (overlap(ours, theirs))
		return take_clash(m, is_clean_out, e);
	*is_clean_out = !touches(m, side);
	take_edit(m, side);
	return ERR_OK;
}

/* Put the result together; false in *is_clean_out as in step. */
static enum err_code
walk(struct merger *m, bool *is_clean_out, struct err *e)
{
	size_t n = m->text[TEXT_WAS].n;
	bool is_clean = true;
	enum err_code code = ERR_OK;

	find_edit(m, TEXT_OURS, 0, 0);
	find_edit(m, TEXT_THEIRS, 0, 0);
	while (code == ERR_OK && is_clean &&
	    (m->next[TEXT_OURS].from <= n || m->next[TEXT_THEIRS].from <= n))
		code = step(m, &is_clean, e);
	if (code == ERR_OK && is_clean) {
		keep_until(m, n + 1);
		text_output_end(&m->out);
		code = text_output_is_whole(&m->out, &is_clean, e);
	}
	if (code == ERR_OK && is_clean)
		code = buf_check(&m->out.text, e);
	*is_clean_out = is_clean;
	return code;
}

static enum err_code
prepare(struct merger *m, const struct text_merge_part *texts, struct err *e)
{
	enum err_code code = ERR_OK;

	for (int t = TEXT_WAS; t < TEXT_N && code == ERR_OK; t++) {
		code = text_tokens_make(texts[t],
		    t == TEXT_WAS ? NULL : &m->text[TEXT_WAS], &m->text[t], e);
		m->out.has_starts |= m->text[t].is_far;
	}
	for (int t = TEXT_OURS; t < TEXT_N && code == ERR_OK; t++)
		code = text_match_make(
		    &m->text[TEXT_WAS], &m->text[t], &m->match[t], e);
	return code;
}

static enum err_code
add_whole(struct text_merge_part text, struct buf *out, struct err *e)
{
	if (text.len > 0 && !buf_add(out, text.ptr, text.len))
		return buf_check(out, e);
	return ERR_OK;
}

/* Merge edit by edit: what text_merge does, but for texts that are equal and
 * for moved paragraphs. */
static enum err_code
merge_edits(const struct text_merge_part *texts, const struct text_guard *guard,
    struct buf *out, struct text_merge_result *result_out, struct err *e)
{
	struct merger m = { .sentence_to = 0 };
	struct text_merge_result result = { true, false };
	enum err_code code;

	text_output_init(&m.out, out->cap - out->len);
	if ((code = prepare(&m, texts, e)) != ERR_OK ||
	    (code = walk(&m, &result.is_clean, e)) != ERR_OK ||
	    !result.is_clean)
		goto out;
	code = text_review(guard, m.text, m.match, &result.review, e);
	if (code == ERR_OK)
		code = add_whole(
		    (struct text_merge_part){ m.out.text.ptr, m.out.text.len },
		    out, e);
out:
	for (int t = TEXT_WAS; t < TEXT_N; t++) {
		text_match_fini(&m.match[t]);
		text_tokens_fini(&m.text[t]);
	}
	text_output_fini(&m.out);
	if (code == ERR_OK)
		*result_out = result;
	return code;
}

/* The same, after the moves that one side made were made in the other. */
static enum err_code
merge_moved(const struct text_merge_part *texts, const struct text_guard *guard,
    struct buf *out, struct text_merge_result *result_out, struct err *e)
{
	struct text_merge_part moved[TEXT_N];
	struct buf was, other;
	int mover;
	enum err_code code;

	buf_init(&was, SIZE_MAX);
	buf_init(&other, SIZE_MAX);
	code = text_move_follow(texts, &was, &other, &mover, e);
	if (code == ERR_OK && mover == TEXT_WAS) {
		code = merge_edits(texts, guard, out, result_out, e);
	} else if (code == ERR_OK && mover == TEXT_N) {
		*result_out = (struct text_merge_result){ false, false };
	} else if (code == ERR_OK) {
		moved[TEXT_WAS] = (struct text_merge_part){ was.ptr, was.len };
		moved[mover] = texts[mover];
		moved[other_side(mover)] =
		    (struct text_merge_part){ other.ptr, other.len };
		code = merge_edits(moved, guard, out, result_out, e);
		if (code == ERR_OK)
			result_out->review = result_out->is_clean;
	}
	buf_fini(&was);
	buf_fini(&other);
	return code;
}

enum err_code
text_merge(const struct text_merge_task *task, struct buf *out,
    struct text_merge_result *result_out, struct err *e)
{
	const struct text_merge_part texts[TEXT_N] = { task->was, task->ours,
		task->theirs };
	bool one_sided = part_equal(texts[TEXT_WAS], texts[TEXT_OURS]) ||
	    part_equal(texts[TEXT_OURS], texts[TEXT_THEIRS]);
	enum err_code code;

	if (!one_sided && !part_equal(texts[TEXT_WAS], texts[TEXT_THEIRS]))
		return merge_moved(texts, task->guard, out, result_out, e);
	code = add_whole(texts[one_sided ? TEXT_THEIRS : TEXT_OURS], out, e);
	if (code == ERR_OK)
		*result_out = (struct text_merge_result){ true, false };
	return code;
}
