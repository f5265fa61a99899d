/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counterparts of one text's tokens in another: sentences first, so that
 * words which happen to be in both of two sentences do not pull them
 * together; then, between the sentences that both have, words.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"

/* A sentence of which less than this is left, in percent of the bytes of what
 * it was and what it is now, was rewritten: what is left is left by chance.
 * Found on merges that people made of a book's texts. */
#define ALIKE_PERCENT 60

enum { A, B, BOTH };

/* What the matching of two texts needs. */
struct matcher {
	const struct text_tokens *text[BOTH];
	uint64_t *keys[BOTH];  /* of the tokens between what is the same */
	uint64_t *units[BOTH]; /* of the sentences */
	uint32_t *start[BOTH]; /* where those begin; one more: the end */
	uint32_t *unit_match;
	ptrdiff_t *scratch;
	struct text_match found;
};

/* A part of both texts, ends excluded. */
struct part {
	size_t from[BOTH], to[BOTH];
};

static void
matcher_fini(struct matcher *m)
{
	free(m->keys[A]);
	free(m->start[A]);
	free(m->scratch);
	text_match_fini(&m->found);
}

static enum err_code
matcher_init(struct matcher *m, const struct text_tokens *a,
    const struct text_tokens *b, struct err *e)
{
	size_t na = a->n + 1, nb = b->n + 1;

	*m = (struct matcher){ .text = { a, b } };
	m->keys[A] = malloc(2 * (na + nb) * sizeof(uint64_t));
	m->start[A] = malloc((2 * na + nb + 2) * sizeof(uint32_t));
	m->scratch = malloc(2 * (na + nb + 4) * sizeof(ptrdiff_t));
	m->found.to = malloc(na * sizeof(uint32_t));
	m->found.weak = calloc(na, sizeof(bool));
	if (m->keys[A] == NULL || m->start[A] == NULL || m->scratch == NULL ||
	    m->found.to == NULL || m->found.weak == NULL) {
		matcher_fini(m);
		return value_no_memory(e);
	}
	m->keys[B] = m->keys[A] + na;
	m->units[A] = m->keys[B] + nb;
	m->units[B] = m->units[A] + na;
	m->start[B] = m->start[A] + na + 1;
	m->unit_match = m->start[B] + nb + 1;
	memset(m->found.to, 0xff, na * sizeof(uint32_t));
	return ERR_OK;
}

/* Pair two tokens, unless only their keys are the same. */
static void
pair(struct matcher *m, size_t i, size_t j)
{
	bool equal =
	    text_token_equal(&m->text[A]->list[i], &m->text[B]->list[j]);

	m->found.to[i] = equal ? (uint32_t)j : TEXT_UNMATCHED;
}

static void
match_words(struct matcher *m, const struct part *p)
{
	struct text_keys a = { m->keys[A], p->from[A], p->to[A] };
	struct text_keys b = { m->keys[B], p->from[B], p->to[B] };

	text_diff(&a, &b, m->scratch, m->found.to);
	for (size_t i = a.from; i < a.to; i++)
		if (m->found.to[i] != TEXT_UNMATCHED)
			pair(m, i, m->found.to[i]);
}

/* The sentences of a part of one text. */
static size_t
find_units(struct matcher *m, int t, size_t from, size_t to)
{
	const struct text_token *list = m->text[t]->list;
	uint64_t key = 0;
	size_t n = 0;

	m->start[t][0] = (uint32_t)from;
	for (size_t i = from; i < to; i++) {
		key = text_key_mix(key, list[i].key);
		if (!list[i].ends && i + 1 < to)
			continue;
		m->units[t][n++] = key;
		m->start[t][n] = (uint32_t)(i + 1);
		key = 0;
	}
	return n;
}

/* Match the sentences of a part, and the words between those matched. */
static void
match_sentences(struct matcher *m, const struct part *p)
{
	struct text_keys a = { m->units[A], 0,
		find_units(m, A, p->from[A], p->to[A]) };
	struct text_keys b = { m->units[B], 0,
		find_units(m, B, p->from[B], p->to[B]) };
	struct part between = *p;

	memset(m->unit_match, 0xff, a.to * sizeof(uint32_t));
	text_diff(&a, &b, m->scratch, m->unit_match);
	for (size_t u = 0; u < a.to; u++) {
		uint32_t v = m->unit_match[u];
		size_t i, j;

		if (v == TEXT_UNMATCHED)
			continue;
		between.to[A] = i = m->start[A][u];
		between.to[B] = j = m->start[B][v];
		match_words(m, &between);
		while (i < m->start[A][u + 1] && j < m->start[B][v + 1])
			pair(m, i++, j++);
		between.from[A] = i;
		between.from[B] = j;
	}
	between.to[A] = p->to[A];
	between.to[B] = p->to[B];
	match_words(m, &between);
}

/* What is between the sentences that both texts begin and end with. */
static struct part
find_middle(const struct matcher *m)
{
	const struct text_token *a = m->text[A]->list, *b = m->text[B]->list;
	struct part p = { { 0, 0 }, { m->text[A]->n, m->text[B]->n } };
	size_t same = 0;

	while (same < p.to[A] && same < p.to[B] && a[same].key == b[same].key)
		same++;
	/* What different sentences begin with is the same by chance. */
	while (same > 0 && !a[same - 1].ends)
		same--;
	p.from[A] = p.from[B] = same;
	while (p.to[A] > same && p.to[B] > same &&
	    a[p.to[A] - 1].key == b[p.to[B] - 1].key) {
		p.to[A]--;
		p.to[B]--;
	}
	while (p.to[A] < m->text[A]->n &&
	    (p.to[A] == same || !a[p.to[A] - 1].ends)) {
		p.to[A]++;
		p.to[B]++;
	}
	return p;
}

static size_t
bytes_of(const struct text_tokens *t, size_t from, size_t to)
{
	size_t bytes = 0;

	for (; from < to; from++)
		bytes += t->list[from].len;
	return bytes;
}

/* Mark what is left of a sentence of a when it was rewritten. */
static void
weigh_sentence(struct matcher *m, size_t from, size_t to)
{
	const uint32_t *match = m->found.to;
	size_t left = 0, first = 0, last = 0, n = 0, all;

	for (size_t i = from; i < to; i++) {
		if (match[i] == TEXT_UNMATCHED)
			continue;
		left += m->text[A]->list[i].len;
		last = match[i];
		first = n++ == 0 ? last : first;
	}
	if (n == 0 || (n == to - from && last - first == n - 1))
		return;
	all = bytes_of(m->text[A], from, to) +
	    bytes_of(m->text[B], first, last + 1);
	if (left * 2 * 100 >= all * ALIKE_PERCENT)
		return;
	for (size_t i = from; i < to; i++)
		m->found.weak[i] = match[i] != TEXT_UNMATCHED;
}

enum err_code
text_match_make(const struct text_tokens *a, const struct text_tokens *b,
    struct text_match *out, struct err *e)
{
	struct matcher m;
	struct part middle;
	enum err_code code = matcher_init(&m, a, b, e);

	if (code != ERR_OK)
		return code;
	middle = find_middle(&m);
	for (int t = A; t < BOTH; t++)
		for (size_t i = middle.from[t]; i < middle.to[t]; i++)
			m.keys[t][i] = m.text[t]->list[i].key;
	for (size_t i = 0; i < middle.from[A]; i++)
		pair(&m, i, i);
	for (size_t i = middle.to[A]; i < a->n; i++)
		pair(&m, i, i + middle.to[B] - middle.to[A]);
	match_sentences(&m, &middle);
	for (size_t i = middle.from[A], from = i; i < middle.to[A]; i++)
		if (a->list[i].ends || i + 1 == middle.to[A]) {
			weigh_sentence(&m, from, i + 1);
			from = i + 1;
		}
	m.found.to[a->n] = (uint32_t)b->n;
	*out = m.found;
	m.found = (struct text_match){ NULL, NULL };
	matcher_fini(&m);
	return ERR_OK;
}

void
text_match_fini(struct text_match *t)
{
	free(t->to);
	free(t->weak);
	*t = (struct text_match){ NULL, NULL };
}
