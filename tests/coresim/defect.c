/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/defect.h"

#include <stdlib.h>
#include <string.h>

static enum defect defect;

bool
defect_read(void)
{
	static const char *const words[DEFECT_N] = { "none", "forgets",
		"overwrites", "keeps", "leaks", "repeats", "mixes" };
	const char *word = getenv("CORESIM_DEFECT");

	for (int i = 0; i < DEFECT_N; i++)
		if (word == NULL || strcmp(word, words[i]) == 0) {
			defect = (enum defect)i;
			return true;
		}
	return false;
}

bool
has_defect(enum defect d)
{
	return defect == d;
}
