/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_TEXT_H
#define BENCH_BENCH_TEXT_H

#include "common/base/buf.h"
#include "common/base/rng.h"

/*
 * bench_text -- English like that of visit notes, out of a grammar and word
 * lists: varied, and the same for the same seed.  What it says is made up.
 */

/* Append one sentence, 40 to 200 characters, with its full stop. */
void bench_sentence(struct rng *r, struct buf *out);

/* Append sentences until at least len characters are there; a paragraph of
 * three to six sentences each. */
void bench_story(struct rng *r, size_t len, struct buf *out);

#endif
