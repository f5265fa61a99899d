/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three-way walk (Khanna, Kunal and Pierce, "A Formal Investigation of
 * Diff3", 2007): tokens of the ancestor that both texts kept cut the three
 * texts into chunks; in each chunk one side or both differ.
 */
#include "common/core/text_merge.h"

#include <string.h>

#include "common/core/text_int.h"

enum { WAS, OURS, THEIRS, TEXTS_N };

/* Where a chunk begins and ends in each text. */
struct chunk {
	size_t from[TEXTS_N], to[TEXTS_N];
};

enum edit { EDIT_NONE, EDIT_OURS, EDIT_THEIRS, EDIT_SAME, EDIT_CLASH };

struct merger {
	struct text_tokens text[TEXTS_N];
	size_t *match[TEXTS_N]; /* of OURS and THEIRS: per token of WAS */
	size_t at[TEXTS_N];
	struct buf out;
	enum edit last; /* side of the last edit, EDIT_NONE before the first */
	unsigned apart; /* unchanged words since then, up to some few */
	/* The paragraph that the walk is in. */
	bool has_ours, has_theirs, has_weight;
	bool review;
};

static bool
chunk_equal(const struct merger *m, const struct chunk *c, int a, int b)
{
	size_t n = c->to[a] - c->from[a];

	if (c->to[b] - c->from[b] != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (m->text[a].list[c->from[a] + i].class !=
		    m->text[b].list[c->from[b] + i].class)
			return false;
	return true;
}

static enum edit
classify(const struct merger *m, const struct chunk *c)
{
	bool ours = !chunk_equal(m, c, OURS, WAS);
	bool theirs = !chunk_equal(m, c, THEIRS, WAS);

	if (ours && theirs)
		return chunk_equal(m, c, OURS, THEIRS) ? EDIT_SAME : EDIT_CLASH;
	return ours ? EDIT_OURS : theirs ? EDIT_THEIRS : EDIT_NONE;
}

static bool
chunk_weighs(const struct merger *m, const struct chunk *c, int text)
{
	for (size_t i = c->from[text]; i < c->to[text]; i++) {
		const struct text_token *t = &m->text[text].list[i];

		if (t->kind == TEXT_WORD && text_word_weighs(t->ptr, t->len))
			return true;
	}
	return false;
}

/* Add a chunk's text; false when it clashes with what came before it. */
static bool
take_chunk(struct merger *m, const struct chunk *c)
{
	enum edit edit = classify(m, c);
	int from = edit == EDIT_THEIRS ? THEIRS : OURS;

	if (edit == EDIT_CLASH)
		return false;
	if (edit == EDIT_OURS || edit == EDIT_THEIRS) {
		if (m->last != EDIT_NONE && m->last != edit &&
		    m->apart < TEXT_MERGE_APART)
			return false;
		m->last = edit;
		m->apart = 0;
		m->has_ours |= edit == EDIT_OURS;
		m->has_theirs |= edit == EDIT_THEIRS;
		m->has_weight |=
		    chunk_weighs(m, c, WAS) || chunk_weighs(m, c, from);
		m->review |= m->has_ours && m->has_theirs && m->has_weight;
	}
	for (size_t i = c->from[from]; i < c->to[from]; i++) {
		const struct text_token *t = &m->text[from].list[i];

		buf_add(&m->out, t->ptr, t->len);
	}
	return true;
}

/* Add a token that both texts kept. */
static void
take_kept(struct merger *m, const struct text_token *t)
{
	static const unsigned weight[] = { [TEXT_WORD] = 1,
		[TEXT_SPACE] = 0,
		[TEXT_LINE] = 2,
		[TEXT_MARK] = 0 };

	if (m->apart < TEXT_MERGE_APART)
		m->apart += weight[t->kind];
	if (t->kind == TEXT_LINE) {
		m->has_ours = false;
		m->has_theirs = false;
		m->has_weight = false;
	}
	buf_add(&m->out, t->ptr, t->len);
}

static bool
is_kept(const struct merger *m, size_t i)
{
	return m->match[OURS][i] != TEXT_UNMATCHED &&
	    m->match[THEIRS][i] != TEXT_UNMATCHED;
}

/* The chunk from here to the next token that both kept; empty if that token
 * is next in all three. */
static struct chunk
next_chunk(const struct merger *m)
{
	size_t i = m->at[WAS], n = m->text[WAS].n;
	struct chunk c;

	memcpy(c.from, m->at, sizeof(c.from));
	while (i < n && !is_kept(m, i))
		i++;
	c.to[WAS] = i;
	c.to[OURS] = i < n ? m->match[OURS][i] : m->text[OURS].n;
	c.to[THEIRS] = i < n ? m->match[THEIRS][i] : m->text[THEIRS].n;
	return c;
}

/* True if the whole text merges. */
static bool
walk(struct merger *m)
{
	for (;;) {
		struct chunk c = next_chunk(m);

		if (!take_chunk(m, &c))
			return false;
		if (c.to[WAS] == m->text[WAS].n)
			return true;
		take_kept(m, &m->text[WAS].list[c.to[WAS]]);
		for (int t = WAS; t < TEXTS_N; t++)
			m->at[t] = c.to[t] + 1;
	}
}

static bool
part_equal(struct text_merge_part a, struct text_merge_part b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static enum err_code
add_whole(struct text_merge_part text, struct buf *out, struct err *e)
{
	if (text.len > 0 && !buf_add(out, text.ptr, text.len))
		return buf_check(out, e);
	return ERR_OK;
}

enum err_code
text_merge(struct text_merge_part was, struct text_merge_part ours,
    struct text_merge_part theirs, struct buf *out,
    struct text_merge_result *result_out, struct err *e)
{
	const struct text_merge_part texts[TEXTS_N] = { was, ours, theirs };
	bool one_sided = part_equal(was, ours) || part_equal(ours, theirs);
	struct merger m = { .last = EDIT_NONE };
	bool clean = true;
	enum err_code code;

	buf_init(&m.out, out->cap - out->len);
	if (one_sided || part_equal(was, theirs)) {
		code = add_whole(one_sided ? theirs : ours, out, e);
		goto out;
	}
	code = text_tokens_make(m.text, texts, TEXTS_N, e);
	for (int t = OURS; t < TEXTS_N && code == ERR_OK; t++)
		code = text_match(&m.text[WAS], &m.text[t], &m.match[t], e);
	if (code != ERR_OK)
		goto out;
	clean = walk(&m);
	if (clean)
		code = buf_check(&m.out, e);
	if (clean && code == ERR_OK)
		code = add_whole(
		    (struct text_merge_part){ m.out.ptr, m.out.len }, out, e);
out:
	for (int t = WAS; t < TEXTS_N; t++) {
		free(m.match[t]);
		text_tokens_fini(&m.text[t]);
	}
	buf_wipe(&m.out);
	if (code == ERR_OK)
		*result_out =
		    (struct text_merge_result){ clean, clean && m.review };
	return code;
}
