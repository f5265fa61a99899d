/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_INT_H
#define SYS_CRYPTO_INT_H

#include <stdbool.h>
#include <stdnoreturn.h>

#include "common/base/buf.h"
#include "common/base/secret.h"
#include "common/sys/crypto_aead.h"

/*
 * crypto_int -- what the crypto files share among themselves.
 */

/* End the process: the library could not do what it always can.  what names
 * the operation. */
noreturn void crypto_broken(const char *what);

enum aead_kind { AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305, AEAD_KIND_N };

/* Append ciphertext and tag of plain to *out, with the nonce given. */
enum err_code aead_seal_with(enum aead_kind kind, const struct secret_key *key,
    const uint8_t nonce[static AEAD_NONCE_LEN],
    const struct crypto_part aad_plain[static 2], struct buf *out,
    struct err *e) ERR_CHECKED;

/* Append the plaintext of ciphertext and tag to *out; ERR_MALFORMED and *out
 * as it was when the tag is not right. */
enum err_code aead_open_with(enum aead_kind kind, const struct secret_key *key,
    const uint8_t nonce[static AEAD_NONCE_LEN],
    const struct crypto_part aad_sealed[static 2], struct buf *out,
    struct err *e) ERR_CHECKED;

#endif
