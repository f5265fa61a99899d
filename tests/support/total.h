/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_TOTAL_H
#define SUPPORT_TOTAL_H

#include <jansson.h>

#include "common/base/err.h"
#include "common/base/rng.h"

/*
 * total -- the law of every decoder, tried on what a hostile peer might send.
 *
 * A decoder is total when all bytes give an error that blames the peer, or a
 * value that is written again with the same bytes.  Members that nobody knows
 * may be missing from what is written again; a member that the protocol knows
 * may not, or two spellings of a message would mean the same.
 */

/* Decode and encode again: *out is new.  Frees what it decoded. */
typedef enum err_code (*total_again)(
    const json_t *json, json_t **out, struct err *e);

/* text decodes and comes back the same; every proper prefix of it, and n
 * random mutations (of its bytes, and of its values as JSON), follow the law.
 * Returns how many mutations were taken as a message. */
size_t assert_total(
    const char *text, size_t len, total_again again, struct rng *r, unsigned n);

#endif
