/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words as a review of what merged compares them.
 */
#include "common/core/text_review_int.h"

static bool
is_same_word(const struct text_token *a, const struct text_token *b)
{
	if (a->kind != b->kind || a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (review_small(a->ptr[i]) != review_small(b->ptr[i]))
			return false;
	return true;
}

bool
review_is_the(const struct text_token *t)
{
	return t->len == 3 && review_small(t->ptr[0]) == 't' &&
	    review_small(t->ptr[1]) == 'h' && review_small(t->ptr[2]) == 'e';
}

/* The next word of a range that is not "the"; range->to past the last. */
static size_t
next_but_the(const struct review_range *range, size_t i)
{
	const struct text_token *list = range->text->list;

	while (i < range->to &&
	    (list[i].kind != TEXT_WORD || review_is_the(&list[i])))
		i++;
	return i;
}

bool
review_same_but_the(
    const struct review_range *one, const struct review_range *other)
{
	size_t i = next_but_the(one, one->from);
	size_t j = next_but_the(other, other->from);

	while (i < one->to && j < other->to &&
	    is_same_word(&one->text->list[i], &other->text->list[j])) {
		i = next_but_the(one, i + 1);
		j = next_but_the(other, j + 1);
	}
	return i == one->to && j == other->to;
}

bool
review_holds(const struct review_range *all, const struct review_range *part)
{
	size_t at = all->from;

	for (size_t i = part->from; i < part->to; i++) {
		const struct text_token *t = &part->text->list[i];

		if (t->kind != TEXT_WORD)
			continue;
		while (at < all->to && !is_same_word(t, &all->text->list[at]))
			at++;
		if (at++ >= all->to)
			return false;
	}
	return true;
}

/* A letter of what words and hyphens spell, and where it stands. */
struct letter {
	size_t token, byte;
	int c; /* 0: past the end; a mark is none */
};

#define NO_LETTER (-1)

static struct letter
next_letter(const struct review_range *range, struct letter from)
{
	while (from.token < range->to) {
		const struct text_token *t = &range->text->list[from.token];

		if (from.byte < t->len && *t->ptr != '-') {
			from.c = review_small(t->ptr[from.byte++]);
			if (from.c < 'a' || from.c > 'z')
				from.c = NO_LETTER;
			return from;
		}
		from.token++;
		from.byte = 0;
	}
	from.c = 0;
	return from;
}

bool
review_spells_alike(
    const struct review_range *one, const struct review_range *other)
{
	struct letter a = { one->from, 0, 0 }, b = { other->from, 0, 0 };

	do {
		a = next_letter(one, a);
		b = next_letter(other, b);
		if (a.c != b.c || a.c == NO_LETTER)
			return false;
	} while (a.c != 0);
	return true;
}
