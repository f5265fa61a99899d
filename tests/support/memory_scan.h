/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_MEMORY_SCAN_H
#define SUPPORT_MEMORY_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/secret.h"

/*
 * memory_scan -- whether a key still lies somewhere in this process.
 *
 * The scan knows what it looks for in a masked form only, or it would find
 * itself.  Under AddressSanitizer it cannot be used: that keeps terabytes of
 * its own, and memory that was freed.
 */

/* 32 secret bytes, each XORed with a constant. */
struct memory_mask {
	uint8_t b[SECRET_KEY_LEN];
};
struct memory_mask memory_mask(const uint8_t key[static SECRET_KEY_LEN]);

/* The same of a key of pki_key_make's: of the middle of its text, and of the
 * private number itself. */
void memory_mask_key(const struct buf *pem, struct memory_mask *text_out,
    struct memory_mask *scalar_out);

/* How often it lies in the process's writable memory. */
size_t memory_count(const struct memory_mask *m);

#endif
