/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_VECTOR_H
#define SUPPORT_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "common/sys/crypto_hash.h"

/*
 * vector -- test vectors of standards, which are written in hexadecimal.
 */
#define VECTOR_MAX 256

struct vector {
	uint8_t b[VECTOR_MAX];
	size_t len;
};

/* The bytes of lower-case hexadecimal; fails the test if it is none. */
struct vector unhex(const char *text);
struct crypto_part vector_part(const struct vector *v);

/* The bytes are those that want says in hexadecimal. */
void assert_hex(const void *data, size_t len, const char *want);

#endif
