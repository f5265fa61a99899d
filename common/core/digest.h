/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "common/sys/crypto.h"

/*
 * digest -- the sum modulo 2^256 of the records' digests of one scope
 * (architecture, "Pull, scopes, digest").  A sum needs no order and can be
 * kept up to date by adding and taking away.  Numbers are big-endian.
 */
struct digest {
	struct hash32 sum;
};

/* The empty sum is all zeros: struct digest d = { 0 }. */
void digest_add(struct digest *d, const struct hash32 *record);
void digest_remove(struct digest *d, const struct hash32 *record);

/* One hash over the scopes that a user holds and their sums, which a pull's
 * last page carries: SHA-256 over "vb/scopes/v1" 00 and, for each scope in
 * bytewise order, name, 00, sum.  names and sums are n long, names sorted. */
struct hash32 digest_of_scopes(
    const char *const *names, const struct digest *sums, size_t n);

#endif
