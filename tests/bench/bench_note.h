/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_NOTE_H
#define BENCH_BENCH_NOTE_H

#include <jansson.h>

#include "common/base/id.h"
#include "common/base/rng.h"

/*
 * bench_note -- the notes that everything is measured with: 13 fields, about
 * 1,500 bytes of JSON, of which one narrative has 600 to 1,500 characters.
 * All the same for the same seed.
 */
#define BENCH_SEED 20261121

struct bench_note_of {
	struct id of_case, visit, author;
};
/* A new note's document, new. */
json_t *bench_note(struct rng *r, const struct bench_note_of *of);

/* A text with one sentence of 75 to 95 characters put in between two of its
 * sentences, new.  Where: 0 to 99, in hundredths of the text. */
json_t *bench_note_edit(struct rng *r, const char *text, unsigned where);

/* An id that depends on the generator alone. */
struct id bench_id(struct rng *r);

#endif
