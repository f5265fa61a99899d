/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two edits that overlap.  Where one of them holds the other, it is what both
 * come to: all that the other put there is in it, and all that the other took
 * away is gone from it.  Anything else is for a person.
 */
#include <stdlib.h>

#include "common/core/text_int.h"

/* The walk through one side: its next token, and the next token of the
 * ancestor that it may have kept. */
struct walker {
	const struct text_clash *c;
	int side;
	size_t at, was;
};

static struct walker
walker_make(const struct text_clash *c, int side)
{
	return (struct walker){ c, side, c->from[side], c->from[TEXT_WAS] };
}

/* Whether the side's next token is one of the ancestor's. */
static bool
is_kept(struct walker *w)
{
	const uint32_t *match = w->c->match[w->side].to;

	while (w->was < w->c->to[TEXT_WAS] &&
	    (match[w->was] == TEXT_UNMATCHED || match[w->was] < w->at))
		w->was++;
	return w->was < w->c->to[TEXT_WAS] && match[w->was] == w->at;
}

/* What there is of a side between two tokens that both sides have. */
struct alone {
	bool has_new;  /* tokens that the side put there */
	bool has_kept; /* words of the ancestor that the other took away */
};

static struct alone
pass_alone(struct walker *w, size_t to)
{
	struct alone found = { false, false };

	for (; w->at < to; w->at++) {
		if (!is_kept(w))
			found.has_new = true;
		else if (w->c->text[w->side].list[w->at].kind == TEXT_WORD)
			found.has_kept = true;
	}
	return found;
}

/* Whether one side took all of it away, and the other put something there. */
static bool
is_removal_of_an_edit(const struct text_clash *c)
{
	for (int t = TEXT_OURS; t < TEXT_N; t++) {
		struct walker w = walker_make(c, t);
		int other = t == TEXT_OURS ? TEXT_THEIRS : TEXT_OURS;

		if (c->from[other] == c->to[other] &&
		    pass_alone(&w, c->to[t]).has_new)
			return true;
	}
	return false;
}

/*
 * Find the side that holds the other's edit; of two that hold each other the
 * longer, which differs from the shorter in marks alone.  match: the
 * counterparts of our n tokens in theirs.  False if neither does, or if one
 * has a new token in the midst of what is new in both: two people wrote the
 * same sentence, and not quite.
 */
static bool
find_holder(
    const struct text_clash *c, const uint32_t *match, size_t n, int *side_out)
{
	struct walker ours = walker_make(c, TEXT_OURS);
	struct walker theirs = walker_make(c, TEXT_THEIRS);
	bool ours_holds = true, theirs_holds = true, after_new = false;
	size_t ours_n = n, theirs_n = c->to[TEXT_THEIRS] - c->from[TEXT_THEIRS];

	for (size_t i = 0; i <= n; i++) {
		struct alone a, b;
		bool before_new;

		if (match[i] == TEXT_UNMATCHED)
			continue;
		a = pass_alone(&ours, c->from[TEXT_OURS] + i);
		b = pass_alone(&theirs, c->from[TEXT_THEIRS] + match[i]);
		theirs_holds &= !a.has_new && !b.has_kept;
		ours_holds &= !b.has_new && !a.has_kept;
		before_new = i < n && !is_kept(&ours) && !is_kept(&theirs);
		if (after_new && before_new && (a.has_new || b.has_new))
			return false;
		after_new = before_new;
		ours.at++;
		theirs.at++;
	}
	if (ours_holds && theirs_holds) {
		*side_out = ours_n > theirs_n ? TEXT_OURS : TEXT_THEIRS;
		return ours_n != theirs_n;
	}
	*side_out = ours_holds ? TEXT_OURS : TEXT_THEIRS;
	return ours_holds || theirs_holds;
}

/* The same tokens in both: only their spelling may differ. */
static bool
add_equal(
    const struct text_tokens *in, const uint32_t *match, struct text_output *o)
{
	const struct text_tokens *ours = &in[TEXT_OURS];
	const struct text_tokens *theirs = &in[TEXT_THEIRS];

	if (ours->n != theirs->n)
		return false;
	for (size_t i = 0; i < ours->n; i++)
		if (match[i] != i)
			return false;
	for (size_t i = 0; i < ours->n; i++)
		text_output_add(o,
		    &(struct text_piece){
		        { NULL, &ours->list[i], &theirs->list[i] } });
	return true;
}

static void
add_side(const struct text_tokens *in, int side, struct text_output *o)
{
	for (size_t i = 0; i < in[side].n; i++) {
		struct text_piece p = { { NULL } };

		p.in[side] = &in[side].list[i];
		text_output_add(o, &p);
	}
}

enum err_code
text_clash_resolve(const struct text_clash *c, struct text_output *o,
    bool *is_resolved_out, struct err *e)
{
	struct text_tokens in[TEXT_N];
	struct text_match match = { NULL, NULL };
	bool is_resolved;
	int side;
	enum err_code code;

	if (is_removal_of_an_edit(c)) {
		*is_resolved_out = false;
		return ERR_OK;
	}
	for (int t = 0; t < TEXT_N; t++)
		in[t] = (struct text_tokens){ c->text[t].list + c->from[t],
			c->to[t] - c->from[t], false };
	code = text_match_make(&in[TEXT_OURS], &in[TEXT_THEIRS], &match, e);
	if (code != ERR_OK)
		return code;
	is_resolved = add_equal(in, match.to, o);
	if (!is_resolved && find_holder(c, match.to, in[TEXT_OURS].n, &side)) {
		add_side(in, side, o);
		is_resolved = true;
	}
	text_match_fini(&match);
	*is_resolved_out = is_resolved;
	return ERR_OK;
}
