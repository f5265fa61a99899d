/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_REVIEW_INT_H
#define CORE_TEXT_REVIEW_INT_H

#include "common/core/text_guard.h"
#include "common/core/text_int.h"

/*
 * text_review_int -- what two sides changed, place by place: noted by
 * text_review_edits.c, which compares words by text_review_word.c, looked at
 * by text_review.c.
 *
 * Places are numbered: sentence k is place 2k + 1, what was added before it
 * is place 2k.
 */
enum { OURS, THEIRS, SIDES };

/* The tokens of a text, the ancestor's where nothing else is said, from the
 * first to the last that edits of a kind touched, numbered from 1; end is 0
 * where there are none. */
struct reach {
	size_t from, end;
};

struct place {
	bool changed[SIDES];
	uint32_t lists[SIDES];        /* of the words that each changed */
	uint32_t exchanged[SIDES];    /* of these, for another of the list */
	struct reach replaced[SIDES]; /* for which each put others */
	struct reach edited[SIDES];   /* these too, and what was only added */
	struct reach put[SIDES];      /* the side's tokens that stand there */
	bool is_cut_before;           /* a paragraph ends before it */
	bool is_cut_after;            /* what was added here ends one */
};

/* [from, to) of the ancestor became [at, end) of the side. */
struct edit {
	size_t from, to, at, end;
};

struct review {
	const struct text_guard *guard; /* NULL: every word weighs */
	const struct text_tokens *was;
	const struct text_tokens *side[SIDES];
	const uint32_t *match[SIDES];
	struct edit next[SIDES];
	uint32_t *sentence;   /* of each token of the ancestor, its end too */
	struct place *places; /* 2 * sentences + 1, and one of none */
	size_t sentences;
};

/* Whether a sentence ends with token i.  "Mr." and "Dr. J." end none, and a
 * new line begins one unless it goes on with a small letter. */
bool review_ends_sentence(const struct text_tokens *t, size_t i);

/* The lists that a word is in, as a set; 0 for what is no word. */
uint32_t review_lists_of(
    const struct review *r, const struct text_tokens *t, size_t i);

static inline int
review_small(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Tokens from..to of a text. */
struct review_range {
	const struct text_tokens *text;
	size_t from, to; /* to excluded */
};

/* Whether the words of a part are among all of another in this order, in
 * capitals or not: "visit" in "Home visit" where there was "Visit". */
bool review_holds(
    const struct review_range *all, const struct review_range *part);
bool review_is_the(const struct text_token *t);
/* Whether their words are the same, in capitals or not, but for "the". */
bool review_same_but_the(
    const struct review_range *one, const struct review_range *other);
/* Whether they are the same letters, cut into words otherwise: "up to" and
 * "upto", "co-operate" and "cooperate". */
bool review_spells_alike(
    const struct review_range *one, const struct review_range *other);

/* Note each side's edits at the places that they change, but those that change
 * no meaning and those that both made. */
void review_note_edits(struct review *r);

#endif
