/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

/*
 * near -- the known word that somebody probably meant: for "unknown option
 * --hme; did you mean --home?".
 *
 * near_offer takes one candidate after the other, so that the words may be
 * a column of any table.  Start with an empty struct near.
 */
struct near {
	const char *word; /* borrowed: the best candidate so far, or NULL */
	size_t distance;  /* its edits: letters to add, drop or change */
};

/* Offer a candidate.  It is taken if asked is the beginning of it, or if it
 * differs by at most a third of its letters, and less than any before. */
void near_offer(struct near *n, const char *asked, const char *candidate);

/* Levenshtein's distance: bytes to add, drop or change to make one the other;
 * SIZE_MAX when one is longer than 63. */
size_t near_distance(const char *a, const char *b);

#endif
