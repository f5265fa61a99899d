/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_SEAM_H
#define CORESIM_SEAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sys/crypto.h"

/*
 * seam -- SHA-256 replaced by a quick mixing function (the linker's --wrap):
 * nobody in here searches for collisions, and ids and links need only differ.
 * In a run that writes a history it is the real one, since the checker of
 * histories works links out for itself.
 */
void seam_real_hashes(bool real);

/* The quick function: 64 bits of whatever is given. */
uint64_t seam_mix(uint64_t h, const void *data, size_t len);
static inline uint64_t
seam_mix_number(uint64_t h, uint64_t n)
{
	h = (h ^ n) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
struct hash32 __real_crypto_sha256(const void *data, size_t len);
struct hash32 __wrap_crypto_sha256(const void *data, size_t len);
struct hash32 __real_crypto_sha256_parts(
    const struct crypto_part *parts, size_t n);
struct hash32 __wrap_crypto_sha256_parts(
    const struct crypto_part *parts, size_t n);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

#endif
