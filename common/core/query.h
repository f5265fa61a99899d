/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/protocol.h"

/*
 * query -- what stands behind the "?" of a request's target: "name=value",
 * with "&" between.  Requests without a body say there what they ask.
 *
 * Every one of them has a nonce, so that no two are the same: an answer's
 * signature covers the target, and an old one is then none to this request.
 */

/* The whole number named so; false when there is none or it is no number. */
bool query_number(const char *target, const char *name, uint64_t *out);
/* The id named so; false when there is none. */
bool query_id(const char *target, const char *name, struct id *out);
/* "nonce": 32 lower-case hex digits. */
bool query_nonce(const char *target, uint8_t out[static PROTOCOL_NONCE_LEN]);

/* Bytes that query_add_nonce may append. */
#define QUERY_NONCE_MAX 48
/* Append it to a target with or without a query.  cap: of the whole array,
 * which must be large enough. */
void query_add_nonce(
    char *target, size_t cap, const uint8_t nonce[static PROTOCOL_NONCE_LEN]);

#endif
