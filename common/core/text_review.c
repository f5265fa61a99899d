/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that turn the meaning of those around them.  The list is code and not
 * a code list of the schema, because the same two edits must merge the same
 * way at the office and on every device: changing it is a new MERGE_VERSION.
 */
#include <string.h>
#include <strings.h>

#include "common/core/text_int.h"

/* Whole words. */
static const char *const words[] = { "no", "not", "never", "none", "nor",
	"neither", "nothing", "nobody", "nowhere", "without", "cannot", "non",
	"one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
	"ten", "once", "twice", "half", "double", "all", "any", "some", "every",
	"each", "few", "many", "more", "most", "less", "least", "only", "both",
	"mg", "ml", "safe", "fell", "fall", "falls", "fire", "able", "afraid",
	"scared", "police", "stole", "stolen", "theft", "withdrew", "pill",
	"pills", "covert", "yes", "mca", "dols", "dnacpr" };

/* Beginnings of words. */
static const char *const stems[] = { "risk", "danger", "unsafe", "harm", "hurt",
	"injur", "suicid", "emergenc", "capacity", "capab", "decid", "decision",
	"understand", "understood", "consent", "agree", "refus", "declin",
	"withdraw", "permission", "allow", "want", "wish", "medic", "tablet",
	"dose", "dosage", "insulin", "warfarin", "prescri", "sedat",
	"safeguard", "abus", "neglect", "assault", "bruis", "threat",
	"restrain", "resus", "unable", "disagree" };

/* "didn't", with either apostrophe. */
static bool
ends_in_nt(const char *word, size_t len)
{
	return (len > 3 && strncasecmp(word + len - 3, "n't", 3) == 0) ||
	    (len > 5 && strncasecmp(word + len - 5, "n\xe2\x80\x99t", 5) == 0);
}

bool
text_word_weighs(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] >= '0' && word[i] <= '9')
			return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len &&
		    strncasecmp(word, words[i], len) == 0)
			return true;
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (strlen(stems[i]) <= len &&
		    strncasecmp(word, stems[i], strlen(stems[i])) == 0)
			return true;
	return ends_in_nt(word, len);
}
