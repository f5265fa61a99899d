/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/near.h"

#include <stdint.h>

/* No option, command or key is longer; a longer word is near to nothing. */
#define WORD_MAX 63

/* Levenshtein's distance, one row of the table at a time: row[k] is the
 * distance of the first i letters of a from the first k of b. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[WORD_MAX + 1];

	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0]; /* row[k - 1] of the row before */

		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			size_t best = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[b_len];
}

size_t
near_distance(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);

	return a_len > WORD_MAX || b_len > WORD_MAX
	    ? SIZE_MAX
	    : distance(a, a_len, b, b_len);
}

void
near_offer(struct near *n, const char *asked, const char *candidate)
{
	size_t a_len = strlen(asked), c_len = strlen(candidate), d;

	if (a_len == 0 || a_len > WORD_MAX || c_len > WORD_MAX)
		return;
	d = distance(asked, a_len, candidate, c_len);
	if (d > (c_len + 2) / 3 && strncmp(asked, candidate, a_len) != 0)
		return;
	if (n->word == NULL || d < n->distance)
		*n = (struct near){ candidate, d };
}
