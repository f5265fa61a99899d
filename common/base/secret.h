/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * secret -- keys in memory: a type of their own, wiped when done, compared in
 * constant time, never printed.
 */
#define SECRET_KEY_LEN 32

/* A 256-bit symmetric key. */
struct secret_key {
	uint8_t b[SECRET_KEY_LEN];
};

/* Overwrite len bytes in a way that the compiler may not remove. */
void secret_wipe(void *p, size_t len);

/* True if the len bytes are the same; time depends on len alone. */
bool secret_equal(const void *a, const void *b, size_t len);

#endif
