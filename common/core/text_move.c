/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moved paragraphs.  Where one side put paragraphs into another order and the
 * other went on writing in them where they stood, the ancestor and the other's
 * text are put into that order too; then only words are left to merge.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"

/* A paragraph of which less than this is left at its ends, in percent of the
 * longer of the two, is taken for another one. */
#define ALIKE_PERCENT 50

/* A line with words in it, and the white space from its end to the next. */
struct paragraph {
	const char *ptr; /* borrowed from the text */
	size_t len, gap;
};

struct paragraphs {
	struct text_merge_part lead; /* white space before the first */
	struct paragraph *list;      /* owned */
	size_t n;
};

/* What one side's order is found with. */
struct mover {
	struct paragraphs text[TEXT_N];
	int side;
	/* For each paragraph of the ancestor: */
	uint32_t *place; /* where the mover has it */
	uint32_t *first; /* its first one in the other's text; one more: end */
	uint32_t *match; /* its counterpart there */
	uint32_t *from;  /* for each of the mover's places: whose it is */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next paragraph of at..end; false at the end. */
static bool
next_paragraph(const char **at, const char *end, struct paragraph *out)
{
	const char *line_end, *p = *at;

	if (p == end)
		return false;
	line_end = memchr(p, '\n', (size_t)(end - p));
	if (line_end == NULL)
		line_end = end;
	while (line_end > p && is_space(line_end[-1]))
		line_end--;
	*out = (struct paragraph){ .ptr = p, .len = (size_t)(line_end - p) };
	for (*at = line_end; *at < end && is_space(**at); ++*at)
		out->gap++;
	return true;
}

static enum err_code
paragraphs_make(
    struct text_merge_part text, struct paragraphs *out, struct err *e)
{
	const char *at = text.ptr, *end = text.ptr + text.len;
	struct paragraph p;
	size_t room = 1;

	*out = (struct paragraphs){ .lead = { .ptr = text.ptr } };
	while (
	    at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		room++;
	}
	at = text.ptr;
	out->list = calloc(room, sizeof(*out->list));
	if (out->list == NULL)
		return value_no_memory(e);
	while (at < end && is_space(*at))
		at++;
	out->lead.len = (size_t)(at - text.ptr);
	while (next_paragraph(&at, end, &p))
		out->list[out->n++] = p;
	return ERR_OK;
}

static int
compare(const struct paragraph *a, const struct paragraph *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int c = memcmp(a->ptr, b->ptr, len);

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

/* By their words, those alike in their order. */
static int
compare_entries(const void *a, const void *b)
{
	const struct paragraph *const *p = a, *const *q = b;
	int c = compare(*p, *q);

	return c != 0 ? c : (*p > *q) - (*p < *q);
}

static bool
is_alike(const struct paragraph *a, const struct paragraph *b)
{
	size_t less = a->len < b->len ? a->len : b->len;
	size_t more = a->len < b->len ? b->len : a->len;
	size_t head = text_same_head(a->ptr, b->ptr, less);
	size_t tail =
	    text_same_tail(a->ptr + a->len, b->ptr + b->len, less - head);

	return (head + tail) * 100 >= more * ALIKE_PERCENT;
}

/* Pair the paragraphs of two sorted lists of n that are the same. */
static void
pair_equal(struct mover *m, const struct paragraph *const *was,
    const struct paragraph *const *now, size_t n)
{
	const struct paragraph *was_0 = m->text[TEXT_WAS].list;
	const struct paragraph *now_0 = m->text[m->side].list;

	for (size_t i = 0, j = 0; i < n && j < n;) {
		int c = compare(was[i], now[j]);

		if (c == 0) {
			m->place[was[i] - was_0] = (uint32_t)(now[j] - now_0);
			m->from[now[j] - now_0] = (uint32_t)(was[i] - was_0);
		}
		i += c <= 0;
		j += c >= 0;
	}
}

/* Pair those that are left in their order; false: some are not alike. */
static bool
pair_rest(struct mover *m)
{
	const size_t n = m->text[TEXT_WAS].n;
	size_t j = 0;

	for (size_t i = 0; i < n; i++) {
		if (m->place[i] != TEXT_UNMATCHED)
			continue;
		while (m->from[j] != TEXT_UNMATCHED)
			j++;
		if (!is_alike(
		        &m->text[TEXT_WAS].list[i], &m->text[m->side].list[j]))
			return false;
		m->place[i] = (uint32_t)j;
		m->from[j] = (uint32_t)i;
	}
	return true;
}

/* Whether each paragraph is where it was, edited or not. */
static bool
is_in_place(const struct mover *m)
{
	const struct paragraphs *was = &m->text[TEXT_WAS],
	                        *now = &m->text[m->side];

	for (size_t i = 0; i < was->n; i++)
		if (!is_alike(&was->list[i], &now->list[i]))
			return false;
	return true;
}

/* Whether the side only put the ancestor's paragraphs into another order, and
 * which: m->place and m->from. */
static enum err_code
find_order(struct mover *m, bool *is_moved_out, struct err *e)
{
	const size_t n = m->text[TEXT_WAS].n;
	const struct paragraph **sorted = NULL;

	*is_moved_out = false;
	if (m->text[m->side].n != n || n < 2 || is_in_place(m))
		return ERR_OK;
	sorted = calloc(2 * n, sizeof(const struct paragraph *));
	if (sorted == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < n; i++) {
		sorted[i] = &m->text[TEXT_WAS].list[i];
		sorted[n + i] = &m->text[m->side].list[i];
	}
	qsort(sorted, n, sizeof(const struct paragraph *), compare_entries);
	qsort(sorted + n, n, sizeof(const struct paragraph *), compare_entries);
	memset(m->place, 0xff, n * sizeof(*m->place));
	memset(m->from, 0xff, n * sizeof(*m->from));
	pair_equal(m, sorted, sorted + n, n);
	free(sorted);
	if (!pair_rest(m))
		return ERR_OK;
	for (size_t i = 0; i < n; i++)
		*is_moved_out |= m->place[i] != i;
	return ERR_OK;
}

/* Whether the mover left what stands before and after this place of the
 * ancestor together, so that what the other put there has one place. */
static bool
is_together(const struct mover *m, size_t at)
{
	const size_t n = m->text[TEXT_WAS].n;

	if (at == 0)
		return m->place[0] == 0;
	if (at == n)
		return m->place[n - 1] == n - 1;
	return m->place[at] == m->place[at - 1] + 1;
}

/* Give the ancestor's paragraphs from..to the other's at..end: as many, each
 * alike, or none and what the other put there. */
static bool
take_gap(struct mover *m, size_t from, size_t to, size_t at, size_t end)
{
	const int other = TEXT_OURS + TEXT_THEIRS - m->side;

	if (from == to)
		return at == end || (from > 0 && is_together(m, from));
	if (to - from != end - at)
		return false;
	for (; from < to; from++, at++) {
		if (!is_alike(&m->text[TEXT_WAS].list[from],
		        &m->text[other].list[at]))
			return false;
		m->first[from] = (uint32_t)at;
	}
	return true;
}

static uint64_t
key_of(const struct paragraph *p)
{
	return text_key(p->ptr, p->len);
}

/* Find which paragraphs of the other's text each of the ancestor's has become,
 * in the same order; false in *is_found_out where that cannot be told. */
static enum err_code
find_blocks(struct mover *m, bool *is_found_out, struct err *e)
{
	const int other = TEXT_OURS + TEXT_THEIRS - m->side;
	const struct paragraphs *was = &m->text[TEXT_WAS],
	                        *now = &m->text[other];
	uint64_t *keys = calloc(was->n + now->n + 1, sizeof(*keys));
	ptrdiff_t *scratch =
	    calloc(2 * (was->n + now->n + 4), sizeof(*scratch));
	struct text_keys a = { keys, 0, was->n }, b = { NULL, 0, now->n };
	size_t from = 0, at = 0;
	bool is_found = true;

	if (keys == NULL || scratch == NULL) {
		free(keys);
		free(scratch);
		return value_no_memory(e);
	}
	b.list = keys + was->n;
	for (size_t i = 0; i < was->n; i++)
		keys[i] = key_of(&was->list[i]);
	for (size_t i = 0; i < now->n; i++)
		keys[was->n + i] = key_of(&now->list[i]);
	memset(m->match, 0xff, was->n * sizeof(*m->match));
	text_diff(&a, &b, scratch, m->match);
	for (size_t i = 0; i < was->n && is_found; i++) {
		if (m->match[i] == TEXT_UNMATCHED ||
		    compare(&was->list[i], &now->list[m->match[i]]) != 0)
			continue;
		is_found = take_gap(m, from, i, at, m->match[i]);
		m->first[i] = m->match[i];
		from = i + 1;
		at = m->first[i] + 1;
	}
	*is_found_out = is_found && take_gap(m, from, was->n, at, now->n);
	m->first[was->n] = (uint32_t)now->n;
	free(keys);
	free(scratch);
	return ERR_OK;
}

/* Both texts in the mover's order, with the mover's white space between. */
static enum err_code
put_in_order(const struct mover *m, struct buf *was_out, struct buf *other_out,
    struct err *e)
{
	const int other = TEXT_OURS + TEXT_THEIRS - m->side;
	const struct paragraphs *order = &m->text[m->side];
	bool fits = buf_add(was_out, order->lead.ptr, order->lead.len) &&
	    buf_add(other_out, order->lead.ptr, order->lead.len);

	for (size_t j = 0; j < order->n && fits; j++) {
		const struct paragraph *mine = &order->list[j];
		const char *gap = mine->ptr + mine->len;
		const size_t i = m->from[j];
		const struct paragraph *was = &m->text[TEXT_WAS].list[i];
		const struct paragraph *first =
		    &m->text[other].list[m->first[i]];
		const struct paragraph *last =
		    &m->text[other].list[m->first[i + 1] - 1];

		fits = buf_add(was_out, was->ptr, was->len) &&
		    buf_add(was_out, gap, mine->gap) &&
		    buf_add(other_out, first->ptr,
		        (size_t)(last->ptr + last->len - first->ptr)) &&
		    buf_add(other_out, gap, mine->gap);
	}
	return fits ? ERR_OK : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
mover_init(struct mover *m, const struct text_merge_part *texts, struct err *e)
{
	size_t n;
	enum err_code code = ERR_OK;

	*m = (struct mover){ .side = TEXT_OURS };
	for (int t = TEXT_WAS; t < TEXT_N && code == ERR_OK; t++)
		code = paragraphs_make(texts[t], &m->text[t], e);
	if (code != ERR_OK)
		return code;
	n = m->text[TEXT_WAS].n + 1;
	m->place = calloc(4 * n, sizeof(*m->place));
	if (m->place == NULL)
		return value_no_memory(e);
	m->from = m->place + n;
	m->first = m->from + n;
	m->match = m->first + n;
	return ERR_OK;
}

static void
mover_fini(struct mover *m)
{
	for (int t = TEXT_WAS; t < TEXT_N; t++)
		free(m->text[t].list);
	free(m->place);
}

/* Which side moved paragraphs: TEXT_WAS if none did or both the same way,
 * TEXT_N if they did so differently. */
static enum err_code
find_mover(struct mover *m, int *side_out, struct err *e)
{
	const size_t n = m->text[TEXT_WAS].n;
	bool ours = false, theirs = false;
	bool same = true;
	enum err_code code;

	m->side = TEXT_THEIRS;
	if ((code = find_order(m, &theirs, e)) != ERR_OK)
		return code;
	if (theirs)
		memcpy(m->first, m->place, n * sizeof(*m->first));
	m->side = TEXT_OURS;
	if ((code = find_order(m, &ours, e)) != ERR_OK)
		return code;
	if (ours && theirs)
		same = memcmp(m->first, m->place, n * sizeof(*m->first)) == 0;
	if (ours && theirs)
		*side_out = same ? TEXT_WAS : TEXT_N;
	else
		*side_out = ours ? TEXT_OURS : theirs ? TEXT_THEIRS : TEXT_WAS;
	return ERR_OK;
}

enum err_code
text_move_follow(const struct text_merge_part *texts, struct buf *was_out,
    struct buf *other_out, int *mover_out, struct err *e)
{
	struct mover m;
	bool is_moved = false, is_found = false;
	int side = TEXT_WAS;
	enum err_code code;

	*mover_out = TEXT_WAS;
	if (texts[TEXT_WAS].len == 0 ||
	    memchr(texts[TEXT_WAS].ptr, '\n', texts[TEXT_WAS].len) == NULL)
		return ERR_OK;
	code = mover_init(&m, texts, e);
	if (code != ERR_OK || (code = find_mover(&m, &side, e)) != ERR_OK)
		goto out;
	if (side == TEXT_OURS || side == TEXT_THEIRS) {
		m.side = side;
		if ((code = find_order(&m, &is_moved, e)) != ERR_OK ||
		    (code = find_blocks(&m, &is_found, e)) != ERR_OK)
			goto out;
		if (is_found)
			code = put_in_order(&m, was_out, other_out, e);
		else
			side = TEXT_N;
	}
	*mover_out = side;
out:
	mover_fini(&m);
	return code;
}
