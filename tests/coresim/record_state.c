/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/record_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/shown.h"
#include "tests/coresim/arena.h"

static struct state *
state_begin(const struct said *s)
{
	struct state *fresh = arena_zero(sizeof(*fresh));
	struct err e;

	if (record_init(&fresh->r, s->c.record, s->c.type, s->c.author, &e) !=
	    ERR_OK)
		abort();
	return fresh;
}

const struct state *
state_apply(struct world *w, const struct state *before, const struct said *s,
    const struct apply_context *ctx, struct apply_result *result)
{
	struct state *next = arena_zero(sizeof(*next));
	struct err e = { 0 };
	enum err_code code;

	if (before == NULL)
		before = state_begin(s);
	code = apply_next(&before->r, &s->c, ctx, &next->r, result, &e);
	if (code != ERR_OK) {
		violation(
		    w, "I7", "change %u cannot be applied: %s", s->no, e.msg);
		return NULL;
	}
	if (result->kind == OUTCOME_HELD)
		return NULL;
	next->in = before->in;
	seen_add(&next->in, s->no);
	return next;
}

const struct state *
state_show(struct world *w, const struct state *before, const struct said *s,
    uint64_t life)
{
	struct state *next = arena_zero(sizeof(*next));
	struct err e = { 0 };

	if (before == NULL)
		before = state_begin(s);
	if (record_copy(&before->r, &next->r, &e) != ERR_OK ||
	    shown_apply(beginning.schema, &next->r, &s->c, life, &e) != ERR_OK)
		violation(
		    w, "I1", "change %u cannot be shown: %s", s->no, e.msg);
	next->in = before->in;
	seen_add(&next->in, s->no);
	return next;
}

bool
state_same(const struct state *a, const struct state *b)
{
	struct buf one, other;
	struct err e;
	bool same;

	if (a == b)
		return true;
	buf_init(&one, SIZE_MAX / 2);
	buf_init(&other, SIZE_MAX / 2);
	if (record_print(&a->r, &one, &e) != ERR_OK ||
	    record_print(&b->r, &other, &e) != ERR_OK)
		abort();
	same = one.len == other.len && memcmp(one.ptr, other.ptr, one.len) == 0;
	buf_fini(&one);
	buf_fini(&other);
	return same;
}

const struct state *
state_merge(struct world *w, const struct state *before,
    const struct state *now, struct version floor)
{
	struct state *next = arena_zero(sizeof(*next));
	json_t *delta = NULL;
	struct err e = { 0 };
	enum err_code code;

	if (record_copy(&before->r, &next->r, &e) != ERR_OK ||
	    record_delta(&now->r, floor, &delta, &e) != ERR_OK) {
		violation(w, "I6", "no delta: %s", e.msg);
		return NULL;
	}
	code = record_merge_delta(&next->r, delta, &e);
	json_decref(delta);
	if (code != ERR_OK)
		return NULL;
	next->in = now->in;
	return state_same(next, now) ? now : next;
}
