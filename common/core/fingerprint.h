/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_FINGERPRINT_H
#define CORE_FINGERPRINT_H

#include <stdint.h>

#include "common/sys/crypto_hash.h"

/*
 * fingerprint -- a hash in words that two people can read to each other on a
 * telephone: is the office that this device met the one that you are at?
 *
 * One word for each of the first ten bytes, so 80 bits: as many as the
 * enrolment code itself pins.
 */
#define FINGERPRINT_WORDS 10
/* Ten words of at most eight letters, spaces between and the end. */
#define FINGERPRINT_MAX 96

void fingerprint_print(
    const struct hash32 *hash, char out[static FINGERPRINT_MAX]);

/* The word of a byte. */
const char *fingerprint_word(uint8_t byte);

#endif
