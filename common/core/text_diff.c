/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The difference of two lists of keys: Myers, "An O(ND) Difference
 * Algorithm and Its Variations" (1986), section 4b, in linear space.
 *
 * The walk goes from both ends at once until the two meet; the lists are cut
 * there and each half is done the same way.  A point is (x, y), a place in
 * each list; a diagonal is x - y.  COST_MAX bounds the steps of one walk:
 * beyond it the lists are cut at the furthest point that the forward walk has
 * come to, which gives a correct difference, only not always the shortest.
 */
#include "common/core/text_int.h"

/* Steps of one walk before the lists are cut, while there is work left and
 * afterwards. */
#define COST_MAX 256
#define COST_MAX_LATER 24
/* Steps along all diagonals together that a difference may cost before it is
 * cut short: some 30 such walks, or 20 ms. */
#define WORK_MAX ((ptrdiff_t)2 * 1000 * 1000)

struct walk {
	const uint64_t *a, *b; /* keys */
	uint32_t *match;       /* for each of a, its place in b */
	/* Furthest x on each diagonal, forward and backward; indexed from
	 * -(b's length + 1) to a's length + 1 by pointers into the middle. */
	ptrdiff_t *forward, *backward;
	ptrdiff_t work; /* what is left */
};

/* A part of both lists, ends excluded. */
struct box {
	ptrdiff_t x, x_end, y, y_end;
};

struct point {
	ptrdiff_t x, y;
};

static bool
same(const struct walk *w, ptrdiff_t x, ptrdiff_t y)
{
	return w->a[x] == w->b[y];
}

/* The diagonals that one direction has come to. */
struct front {
	ptrdiff_t low, high;
};

static ptrdiff_t
abs_of(ptrdiff_t n)
{
	return n < 0 ? -n : n;
}

/* One more step forward on every diagonal; true when it meets the backward
 * walk, and then *out is where. */
static bool
step_forward(struct walk *w, const struct box *bx, struct front *f,
    const struct front *other, struct point *out)
{
	ptrdiff_t *v = w->forward, lowest = bx->x - bx->y_end;
	ptrdiff_t highest = bx->x_end - bx->y;
	ptrdiff_t distance = (bx->x - bx->y) - (bx->x_end - bx->y_end);
	bool odd = abs_of(distance) % 2 == 1;

	if (f->low > lowest)
		v[--f->low - 1] = -1;
	else
		f->low++;
	if (f->high < highest)
		v[++f->high + 1] = -1;
	else
		f->high--;
	for (ptrdiff_t k = f->high; k >= f->low; k -= 2) {
		ptrdiff_t x = v[k - 1] >= v[k + 1] ? v[k - 1] + 1 : v[k + 1];

		while (x < bx->x_end && x - k < bx->y_end && same(w, x, x - k))
			x++;
		v[k] = x;
		/* A walk may step out of the box; it cannot meet there. */
		if (odd && k >= other->low && k <= other->high &&
		    x <= bx->x_end && x - k <= bx->y_end &&
		    w->backward[k] <= x) {
			*out = (struct point){ x, x - k };
			return true;
		}
	}
	return false;
}

/* The same from the other end. */
static bool
step_backward(struct walk *w, const struct box *bx, struct front *f,
    const struct front *other, struct point *out)
{
	ptrdiff_t *v = w->backward, lowest = bx->x - bx->y_end;
	ptrdiff_t highest = bx->x_end - bx->y;
	ptrdiff_t distance = (bx->x - bx->y) - (bx->x_end - bx->y_end);
	bool odd = abs_of(distance) % 2 == 1;

	if (f->low > lowest)
		v[--f->low - 1] = PTRDIFF_MAX;
	else
		f->low++;
	if (f->high < highest)
		v[++f->high + 1] = PTRDIFF_MAX;
	else
		f->high--;
	for (ptrdiff_t k = f->high; k >= f->low; k -= 2) {
		ptrdiff_t x = v[k - 1] < v[k + 1] ? v[k - 1] : v[k + 1] - 1;

		while (x > bx->x && x - k > bx->y && same(w, x - 1, x - k - 1))
			x--;
		v[k] = x;
		if (!odd && k >= other->low && k <= other->high && x >= bx->x &&
		    x - k >= bx->y && x <= w->forward[k]) {
			*out = (struct point){ x, x - k };
			return true;
		}
	}
	return false;
}

/* The point furthest from the start that the forward walk has come to. */
static struct point
furthest(const struct walk *w, const struct box *bx, const struct front *f)
{
	struct point best = { bx->x, bx->y };

	for (ptrdiff_t k = f->high; k >= f->low; k -= 2) {
		struct point p = { w->forward[k], w->forward[k] - k };

		if (p.x > bx->x_end)
			p = (struct point){ bx->x_end, bx->x_end - k };
		if (p.y > bx->y_end)
			p = (struct point){ bx->y_end + k, bx->y_end };
		if (p.x + p.y > best.x + best.y)
			best = p;
	}
	return best;
}

/* Where to cut a box whose first and last tokens differ. */
static struct point
cut_point(struct walk *w, const struct box *bx)
{
	ptrdiff_t start = bx->x - bx->y, end = bx->x_end - bx->y_end;
	struct front forward = { start, start }, backward = { end, end };
	struct point p;

	w->forward[start] = bx->x;
	w->backward[end] = bx->x_end;
	for (int cost = 1;; cost++) {
		if (step_forward(w, bx, &forward, &backward, &p) ||
		    step_backward(w, bx, &backward, &forward, &p))
			return p;
		w->work -= forward.high - forward.low + 2;
		if (cost == COST_MAX ||
		    (cost >= COST_MAX_LATER && w->work <= 0))
			return furthest(w, bx, &forward);
	}
}

/* Match what the two lists share within the box.  The first half is done by
 * calling again: its cost is half of this one's, so calls nest no deeper than
 * the cost has bits. */
static void
match_box(struct walk *w, struct box bx)
{
	for (;;) {
		struct point p;

		while (
		    bx.x < bx.x_end && bx.y < bx.y_end && same(w, bx.x, bx.y)) {
			w->match[bx.x] = (uint32_t)bx.y;
			bx.x++;
			bx.y++;
		}
		while (bx.x < bx.x_end && bx.y < bx.y_end &&
		    same(w, bx.x_end - 1, bx.y_end - 1)) {
			bx.x_end--;
			bx.y_end--;
			w->match[bx.x_end] = (uint32_t)bx.y_end;
		}
		if (bx.x == bx.x_end || bx.y == bx.y_end)
			return;
		p = cut_point(w, &bx);
		match_box(w, (struct box){ bx.x, p.x, bx.y, p.y });
		bx.x = p.x;
		bx.y = p.y;
	}
}

void
text_diff(const struct text_keys *a, const struct text_keys *b,
    ptrdiff_t *scratch, uint32_t *match)
{
	struct walk w = { .a = a->list,
		.b = b->list,
		.match = match,
		.forward = scratch + b->to + 2,
		.work = WORK_MAX,
		.backward = scratch + a->to + 2 * b->to + 6 };

	match_box(&w,
	    (struct box){ (ptrdiff_t)a->from, (ptrdiff_t)a->to,
	        (ptrdiff_t)b->from, (ptrdiff_t)b->to });
}
