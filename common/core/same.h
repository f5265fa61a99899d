/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SAME_H
#define CORE_SAME_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * same -- whether two records may be of one and the same person, by what the
 * type says (schema_same): names, date of birth, numbers, places.
 *
 * Nothing is guessed: names are compared without capitals, accents and spaces,
 * in any order of their words, by Levenshtein's distance up to two letters,
 * and, of those born on one day, by one word: "Sam Okafor" and "Samuel Okafor".
 * The reasons are told in words; the score only puts what is likely first, and
 * whether two are one a person decides.
 *
 *   same_face of each record -> same_keys: only two with a key in common can be
 *   candidates -> same_compare
 *
 * Pure.
 */

/* Why two may be the same, or not: bits. */
#define SAME_NUMBER 1U
#define SAME_NAME 2U
#define SAME_SWAPPED 4U
#define SAME_ONE_LETTER 8U
#define SAME_TWO_LETTERS 16U
#define SAME_BORN 32U
#define SAME_PLACE 64U
#define SAME_OTHER_BORN 128U   /* both are known, and differ */
#define SAME_OTHER_NUMBER 256U /* the same */
#define SAME_A_NAME 512U       /* a word of their names, where no more is */
#define SAME_REASONS 10

/* The word (schema_word) of reason 1 << i, i < SAME_REASONS: "same.number". */
const char *same_reason_word(unsigned i);

/* What of a document is compared, a new object in *out:
 * {"names", "sorted", "numbers", "places": [text], "born": text}.  ERR_NOMEM.
 */
enum err_code same_face(const struct schema_type *type, const json_t *doc,
    json_t **out, struct err *e) ERR_CHECKED;

/* A new array of texts: two faces without one in common are no candidates. */
enum err_code same_keys(
    const json_t *face, json_t **out, struct err *e) ERR_CHECKED;

struct same {
	unsigned reasons;
	unsigned score;
	bool is_candidate;
};
struct same same_compare(const json_t *a, const json_t *b);

/* The ref by which records of the type name a person: the first, as it is
 * shown, to a type of which two records may be of one person; NULL: there is
 * none. */
const struct schema_field *same_ref(
    const struct schema *s, const struct schema_type *type);

/* What the document names that stands for its record, an id as text, or NULL:
 * nothing does, or the type has no such field. */
const char *same_stands(const struct schema_type *type, const json_t *doc);

#endif
