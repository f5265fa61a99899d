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

/* The two sides, in some order. */
struct pair {
	int a, b;
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
 * counterparts of side a's n tokens in side b's.  False if neither does, or if
 * one has a new token in the midst of what is new in both: two people wrote
 * the same sentence, and not quite.
 */
static bool
find_holder(const struct text_clash *c, const struct pair *pair,
    const uint32_t *match, int *side_out)
{
	struct walker wa = walker_make(c, pair->a),
	              wb = walker_make(c, pair->b);
	size_t n = c->to[pair->a] - c->from[pair->a];
	size_t n_b = c->to[pair->b] - c->from[pair->b];
	bool a_holds = true, b_holds = true, after_new = false;

	for (size_t i = 0; i <= n; i++) {
		struct alone a, b;
		bool before_new;

		if (match[i] == TEXT_UNMATCHED)
			continue;
		a = pass_alone(&wa, c->from[pair->a] + i);
		b = pass_alone(&wb, c->from[pair->b] + match[i]);
		b_holds &= !a.has_new && !b.has_kept;
		a_holds &= !b.has_new && !a.has_kept;
		before_new = i < n && !is_kept(&wa) && !is_kept(&wb);
		if (after_new && before_new && (a.has_new || b.has_new))
			return false;
		after_new = before_new;
		wa.at++;
		wb.at++;
	}
	*side_out = a_holds && (!b_holds || n > n_b) ? pair->a : pair->b;
	return a_holds != b_holds || (a_holds && n != n_b);
}

/* The sides in an order that does not depend on which is ours: a difference
 * may come out otherwise the other way round. */
static struct pair
order_sides(const struct text_tokens *in)
{
	const struct text_tokens *ours = &in[TEXT_OURS];
	const struct text_tokens *theirs = &in[TEXT_THEIRS];
	bool ours_first = ours->n < theirs->n;

	for (size_t i = 0; ours->n == theirs->n && i < ours->n; i++)
		if (ours->list[i].key != theirs->list[i].key) {
			ours_first = ours->list[i].key < theirs->list[i].key;
			break;
		}
	return ours_first ? (struct pair){ TEXT_OURS, TEXT_THEIRS }
	                  : (struct pair){ TEXT_THEIRS, TEXT_OURS };
}

/* The same tokens in both: only their spelling may differ. */
static bool
add_equal(const struct text_tokens *in, struct text_output *o)
{
	const struct text_tokens *ours = &in[TEXT_OURS];
	const struct text_tokens *theirs = &in[TEXT_THEIRS];

	if (ours->n != theirs->n)
		return false;
	for (size_t i = 0; i < ours->n; i++)
		if (!text_token_equal(&ours->list[i], &theirs->list[i]))
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
	struct pair pair;
	int side;
	enum err_code code;

	*is_resolved_out = false;
	if (is_removal_of_an_edit(c))
		return ERR_OK;
	for (int t = 0; t < TEXT_N; t++)
		in[t] =
		    (struct text_tokens){ .list = c->text[t].list + c->from[t],
			    .n = c->to[t] - c->from[t] };
	if (add_equal(in, o)) {
		*is_resolved_out = true;
		return ERR_OK;
	}
	pair = order_sides(in);
	code = text_match_make(&in[pair.a], &in[pair.b], &match, e);
	if (code != ERR_OK)
		return code;
	if (find_holder(c, &pair, match.to, &side)) {
		add_side(in, side, o);
		*is_resolved_out = true;
	}
	text_match_fini(&match);
	return ERR_OK;
}
