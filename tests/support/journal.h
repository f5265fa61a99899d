/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_JOURNAL_H
#define SUPPORT_JOURNAL_H

#include "common/base/rng.h"
#include "common/core/protocol.h"

/*
 * journal -- changes and batches for tests: random ones of every shape, with
 * a signing key and an office, as a device would have cut them.
 */
struct journal {
	struct id office;
	struct id device;
	struct sign_key key;
	struct sign_pub pub;
	uint64_t counter;   /* of the last change cut */
	struct hash32 link; /* and its link */
	struct rng rng;
};
struct journal journal_make(uint64_t seed);

/* An id that says which it is, the same in every run. */
struct id journal_id(unsigned n);

/* Random text of up to n_max characters: words, marks, quotes, control
 * characters, and sequences of two to four bytes. */
json_t *journal_text(struct rng *r, unsigned n_max);

/* The next change of the journal, in full form and of any shape; new. */
void journal_change(struct journal *j, struct change *out);

/* The next n changes, linked and signed, in full form; new. */
void journal_batch(struct journal *j, size_t n, struct batch *out);
/* Link and sign a batch whose changes and counters are set. */
void journal_sign(struct journal *j, struct hash32 before, struct batch *b);

/* Canonical text of a change or a batch, in *out (initialised here). */
void journal_print_change(const struct change *c, struct buf *out);
void journal_print_batch(const struct batch *b, struct buf *out);
/* Read canonical text; fails the test if it is none. */
json_t *journal_parse(const char *text, size_t len);

/* Change_lookup over the full form of a batch (arg): finds the was of the op
 * of that path in the change of that counter. */
bool journal_lookup(void *arg, const struct change *c,
    const struct change_op *op, const json_t **out);

#endif
