/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_HASH_H
#define SYS_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"

/*
 * crypto_hash -- SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104).
 *
 * Cannot fail; see crypto.h.  Several parts are hashed as if they were one
 * string of bytes, without anything between: where a part's length is not
 * fixed, the caller writes it down as a part of its own.
 */
#define HASH32_LEN 32

struct hash32 {
	uint8_t b[HASH32_LEN];
};

/* len bytes at ptr, borrowed; ptr may be NULL when len is 0. */
struct crypto_part {
	const void *ptr;
	size_t len;
};

static inline struct crypto_part
crypto_part(const void *ptr, size_t len)
{
	return (struct crypto_part){ .ptr = ptr, .len = len };
}

/* The buffer's bytes, borrowed until it changes. */
static inline struct crypto_part
crypto_part_buf(const struct buf *b)
{
	return (struct crypto_part){ .ptr = b->ptr, .len = b->len };
}

/* The text without its NUL. */
static inline struct crypto_part
crypto_part_str(const char *s)
{
	return (struct crypto_part){ .ptr = s, .len = strlen(s) };
}

struct hash32 crypto_sha256(const void *data, size_t len);
struct hash32 crypto_sha256_parts(const struct crypto_part *parts, size_t n);

/* True if both are the same; for hashes that are not secret. */
bool hash32_equal(struct hash32 a, struct hash32 b);

/* HMAC over the parts; any key length.  Compare with secret_equal. */
void crypto_hmac_sha256(struct crypto_part key, const struct crypto_part *parts,
    size_t n, struct hash32 *mac_out);

/* A hash of what comes bit by bit (a file): new, any number of adds, take,
 * which also readies it for the next one; free (NULL is legal). */
struct crypto_hasher;
struct crypto_hasher *crypto_hasher_new(void);
void crypto_hasher_add(struct crypto_hasher *h, const void *data, size_t len);
struct hash32 crypto_hasher_take(struct crypto_hasher *h);
void crypto_hasher_free(struct crypto_hasher *h);

#endif
