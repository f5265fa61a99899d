/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/record_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/shown.h"
#include "tests/coresim/arena.h"
#include "tests/coresim/seam.h"

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
	if (shown_next(beginning.schema, &before->r, &s->c, life, &next->r,
	        &e) != ERR_OK)
		violation(
		    w, "I1", "change %u cannot be shown: %s", s->no, e.msg);
	next->in = before->in;
	seen_add(&next->in, s->no);
	return next;
}

/* ---- alike ---- */

static bool
same_values(const json_t *a, const json_t *b)
{
	return a == b || (a != NULL && b != NULL && json_equal(a, b));
}

static bool
same_path(const struct path_state *a, const struct path_state *b)
{
	return strcmp(a->path, b->path) == 0 && a->n_setters == b->n_setters &&
	    memcmp(a->setters, b->setters,
	        a->n_setters * sizeof(*a->setters)) == 0 &&
	    a->is_removed == b->is_removed && same_values(a->was, b->was);
}

static bool
same_side(const struct conflict_side *a, const struct conflict_side *b)
{
	return strcmp(a->key, b->key) == 0 && same_values(a->value, b->value) &&
	    id_equal(a->author, b->author) && a->made_at == b->made_at &&
	    a->clock_offset == b->clock_offset &&
	    version_compare(a->version, b->version) == 0 &&
	    a->is_open == b->is_open;
}

static bool
same_conflict(const struct conflict *a, const struct conflict *b)
{
	if (!id_equal(a->id, b->id) || strcmp(a->path, b->path) != 0 ||
	    a->kind != b->kind || a->owner != b->owner ||
	    !same_values(a->ancestor, b->ancestor) ||
	    version_compare(a->version, b->version) != 0 ||
	    a->opened_at != b->opened_at || a->n_sides != b->n_sides ||
	    !same_values(a->decisions, b->decisions))
		return false;
	for (size_t i = 0; i < a->n_sides; i++)
		if (!same_side(&a->sides[i], &b->sides[i]))
			return false;
	return true;
}

bool
state_same(const struct state *one, const struct state *other)
{
	const struct record *a = &one->r, *b = &other->r;

	if (one == other)
		return true;
	if (!id_equal(a->id, b->id) || strcmp(a->type, b->type) != 0 ||
	    version_compare(a->version, b->version) != 0 ||
	    !id_equal(a->author, b->author) || a->n_paths != b->n_paths ||
	    a->n_conflicts != b->n_conflicts || !same_values(a->doc, b->doc) ||
	    !same_values(a->extra, b->extra))
		return false;
	for (size_t i = 0; i < a->n_paths; i++)
		if (!same_path(&a->paths[i], &b->paths[i]))
			return false;
	for (size_t i = 0; i < a->n_conflicts; i++)
		if (!same_conflict(&a->conflicts[i], &b->conflicts[i]))
			return false;
	return true;
}

bool
state_prints_same(const struct state *a, const struct state *b)
{
	struct buf one, other;
	struct err e;
	bool same;

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

/* ---- what is new ---- */

static const struct state *
merge(struct world *w, const struct state *before, const struct state *now,
    struct version floor)
{
	struct state *next = arena_zero(sizeof(*next));
	struct record news;
	struct err e = { 0 };
	enum err_code code;

	if (record_copy(&before->r, &next->r, &e) != ERR_OK ||
	    record_news(&now->r, floor, &news, &e) != ERR_OK) {
		violation(w, "I6", "no delta: %s", e.msg);
		return NULL;
	}
	code = record_merge_news(&next->r, &news, &e);
	record_fini(&news);
	if (code != ERR_OK)
		return NULL;
	next->in = now->in;
	return state_same(next, now) ? now : next;
}

const struct state *
state_merge(struct world *w, const struct state *before,
    const struct state *now, struct version floor)
{
	uint64_t h = seam_mix_number((uintptr_t)before, (uintptr_t)now);
	struct merged *m;

	h = seam_mix_number(h, floor.seq);
	m = &w->merged[h % MERGED_KEPT];
	if (m->before != before || m->now != now || m->floor != floor.seq)
		*m = (struct merged){ before, now, merge(w, before, now, floor),
			floor.seq };
	return m->result;
}
