/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * rng -- random bytes.
 *
 * rng_fill asks the kernel and ends the process if the kernel has none: there
 * is no safe way on.  struct rng is a small seeded generator (xoshiro256**,
 * Blackman and Vigna 2018) for tests and simulations only; it is no source of
 * keys.
 */
void rng_fill(void *out, size_t len);

struct rng {
	uint64_t s[4];
};
struct rng rng_make(uint64_t seed);
uint64_t rng_next(struct rng *r);
/* Uniform in 0 .. n-1; n > 0. */
uint64_t rng_below(struct rng *r, uint64_t n);
void rng_bytes(struct rng *r, void *out, size_t len);

#endif
