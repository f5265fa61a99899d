/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_AEAD_H
#define SYS_CRYPTO_AEAD_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/secret.h"
#include "common/sys/crypto_hash.h"

/*
 * crypto_aead -- seal bytes under a key that both sides hold: AES-256-GCM
 * (NIST SP 800-38D) with a random 96-bit nonce.
 *
 * Sealed form: 12 bytes nonce, ciphertext, 16 bytes tag.  Nonces are random,
 * so one key seals at most 2^32 messages (SP 800-38D section 8.3).
 */
#define AEAD_NONCE_LEN 12
#define AEAD_TAG_LEN 16
/* By so much a sealed form is longer than what is in it. */
#define AEAD_EXTRA_LEN (AEAD_NONCE_LEN + AEAD_TAG_LEN)

/* Append the sealed form of plain to *out; aad is bound to it, not in it.
 * ERR_INVALID past out's cap; ERR_NOMEM. */
enum err_code aead_seal(const struct secret_key *key, struct crypto_part aad,
    struct crypto_part plain, struct buf *out, struct err *e) ERR_CHECKED;

/* Append what is in the sealed form to *out, which the caller wipes.
 * ERR_MALFORMED when it does not open: cut, changed, another key or other
 * aad.  On failure *out holds what it held. */
enum err_code aead_open(const struct secret_key *key, struct crypto_part aad,
    struct crypto_part sealed, struct buf *out, struct err *e) ERR_CHECKED;

#endif
