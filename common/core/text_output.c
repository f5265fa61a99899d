/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a merge is put together here.  White space is merged token by
 * token, like the words: what one side changed stands; where both changed it,
 * the more of it does, so that lines and paragraphs stay apart.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"

#define BY_BOTH (1U << TEXT_OURS | 1U << TEXT_THEIRS)

struct gap {
	const char *ptr;
	size_t len;
};

void
text_output_init(struct text_output *o, size_t cap)
{
	*o = (struct text_output){ .run = "" };
	buf_init(&o->text, cap);
}

void
text_output_fini(struct text_output *o)
{
	buf_wipe(&o->text);
	free(o->starts);
	o->starts = NULL;
}

static struct gap
gap_of(const struct text_token *t)
{
	return (struct gap){ t->ptr - t->gap, t->gap };
}

static bool
gap_equal(struct gap a, struct gap b)
{
	if (a.len != b.len)
		return false;
	if (a.len == 1)
		return *a.ptr == *b.ptr;
	return memcmp(a.ptr, b.ptr, a.len) == 0;
}

static size_t
lines(struct gap g)
{
	size_t n = 0;

	for (size_t i = 0; i < g.len; i++)
		n += g.ptr[i] == '\n';
	return n;
}

/* The one with more lines, else the longer, else the one that sorts last: the
 * same when the two change places. */
static struct gap
wider(struct gap a, struct gap b)
{
	size_t in_a = lines(a), in_b = lines(b);

	if (in_a != in_b)
		return in_a > in_b ? a : b;
	if (a.len != b.len)
		return a.len > b.len ? a : b;
	return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) >= 0 ? a : b;
}

static struct gap
choose_gap(const struct text_output *o, const struct text_piece *p)
{
	struct gap ours, theirs, was, chosen;

	if (p->in[TEXT_OURS] == NULL)
		return gap_of(p->in[TEXT_THEIRS]);
	ours = gap_of(p->in[TEXT_OURS]);
	if (p->in[TEXT_THEIRS] == NULL)
		return ours;
	theirs = gap_of(p->in[TEXT_THEIRS]);
	if (p->in[TEXT_WAS] == NULL)
		return wider(ours, theirs);
	was = gap_of(p->in[TEXT_WAS]);
	if (gap_equal(ours, theirs) || gap_equal(theirs, was))
		chosen = ours;
	else
		chosen = gap_equal(ours, was) ? theirs : wider(ours, theirs);
	/* "\nA B C" without A here and without B there: C begins the line. */
	if (o->lost != NULL && o->lost_by == BY_BOTH &&
	    o->last.in[TEXT_WAS] != NULL)
		chosen = wider(chosen, gap_of(o->lost));
	return chosen;
}

/* Whether a token follows another at once in any of the texts. */
static bool
follows(const struct text_piece *p, const struct text_piece *last)
{
	for (int t = 0; t < TEXT_N; t++)
		if (p->in[t] != NULL && last->in[t] != NULL &&
		    p->in[t] == last->in[t] + 1 && p->in[t]->gap == 0)
			return true;
	return false;
}

/* Two words of different sides would become one: the white space of the other
 * side keeps them apart, if it has any. */
static struct gap
keep_apart(const struct text_piece *p)
{
	struct gap found = { "", 0 };

	for (int t = 0; t < TEXT_N; t++)
		if (p->in[t] != NULL)
			found = wider(found, gap_of(p->in[t]));
	return found;
}

/* The token in the spelling that it gets: what one side changed stands. */
static const struct text_token *
token_of(const struct text_piece *p)
{
	const struct text_token *ours = p->in[TEXT_OURS],
	                        *theirs = p->in[TEXT_THEIRS],
	                        *was = p->in[TEXT_WAS];

	if (ours == NULL || theirs == NULL)
		return ours == NULL ? theirs : ours;
	if (text_token_same(ours, theirs))
		return ours;
	if (was != NULL &&
	    (text_token_same(ours, was) || text_token_same(theirs, was)))
		return text_token_same(ours, was) ? theirs : ours;
	if (ours->len != theirs->len)
		return ours->len > theirs->len ? ours : theirs;
	return memcmp(ours->ptr, theirs->ptr, ours->len) > 0 ? ours : theirs;
}

static void
note_start(struct text_output *o)
{
	if (o->starts_n == o->starts_room) {
		size_t room = o->starts_room * 2 + 64;
		size_t *starts = realloc(o->starts, room * sizeof(*starts));

		if (starts == NULL) {
			o->text.bad = ERR_NOMEM;
			return;
		}
		o->starts = starts;
		o->starts_room = room;
	}
	o->starts[o->starts_n++] = o->text.len + o->run_len;
}

/* Add bytes: at once, or with what they go on from. */
static void
add_bytes(struct text_output *o, const char *ptr, size_t len)
{
	if (o->run + o->run_len != ptr) {
		text_output_end(o);
		o->run = ptr;
	}
	o->run_len += len;
}

static bool
glues(const struct text_output *o, const struct text_piece *p)
{
	const struct text_token *last = token_of(&o->last);

	return last != NULL && text_token_glues(last, token_of(p)) &&
	    !follows(p, &o->last);
}

void
text_output_add(struct text_output *o, const struct text_piece *p)
{
	const struct text_token *t = token_of(p);
	struct gap gap = choose_gap(o, p);

	if (gap.len == 0 && glues(o, p)) {
		gap = keep_apart(p);
		o->is_glued |= gap.len == 0;
	}
	if (gap.len > 0)
		add_bytes(o, gap.ptr, gap.len);
	if (o->has_starts)
		note_start(o);
	add_bytes(o, t->ptr, t->len);
	o->last = *p;
	o->lost = NULL;
	o->lost_by = 0;
}

void
text_output_add_alike(
    struct text_output *o, struct text_merge_part bytes, struct text_piece last)
{
	add_bytes(o, bytes.ptr, bytes.len);
	o->last = last;
}

void
text_output_end(struct text_output *o)
{
	if (o->run_len > 0)
		buf_add(&o->text, o->run, o->run_len);
	o->run_len = 0;
}

void
text_output_drop(struct text_output *o, const struct text_token *was, int side)
{
	if (o->lost == NULL)
		o->lost = was;
	o->lost_by |= 1U << side;
}

/* Whether the result, cut anew, falls into the tokens that it was put together
 * from. */
static bool
falls_apart(const struct text_output *o, const struct text_tokens *t)
{
	/* Of the starts one is the end's. */
	if (o->starts_n != t->n + 1)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].ptr != o->text.ptr + o->starts[i])
			return false;
	return true;
}

enum err_code
text_output_is_whole(const struct text_output *o, bool *out, struct err *e)
{
	struct text_tokens all;
	enum err_code code;

	*out = !o->is_glued;
	if (o->is_glued || !o->has_starts || o->text.bad != ERR_OK)
		return ERR_OK;
	code = text_tokens_make(
	    (struct text_merge_part){ o->text.ptr, o->text.len }, NULL, &all,
	    e);
	if (code == ERR_OK)
		*out = falls_apart(o, &all);
	text_tokens_fini(&all);
	return code;
}
