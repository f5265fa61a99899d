/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SPLICE_H
#define CORE_SPLICE_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/err.h"

/*
 * splice -- a text as what was put into another: [at, removed, "inserted"], in
 * bytes of the other, cut between characters.
 */

/* What makes now of was, new in *out; NULL where it would save too little, or
 * one of the two is no text. */
enum err_code splice_make(const json_t *was, const json_t *now, json_t **out,
    struct err *e) ERR_CHECKED;
/* The text made of was, new in *out.  ERR_MALFORMED when the splice does not
 * fit it; ERR_NOMEM. */
enum err_code splice_put(const json_t *was, const json_t *splice, json_t **out,
    struct err *e) ERR_CHECKED;
/* Has it the form of one? */
bool splice_is(const json_t *json);

#endif
