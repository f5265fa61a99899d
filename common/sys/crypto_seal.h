/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_SEAL_H
#define SYS_CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/secret.h"
#include "common/sys/crypto_hash.h"

/*
 * crypto_seal -- seal bytes to a public key, so that its sender cannot open
 * them again: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256 and ChaCha20-Poly1305, one message to an ephemeral key.
 *
 * Sealed form: 32 bytes ephemeral public key, then ciphertext, then 16 bytes
 * tag.  info and aad are not in it; both sides must have the same.
 */
#define SEAL_KEY_LEN 32
#define SEAL_PUB_LEN 32
/* By so much a sealed form is longer than what is in it. */
#define SEAL_EXTRA_LEN 48

/* The private scalar: secret, wiped by its holder. */
struct seal_key {
	uint8_t b[SEAL_KEY_LEN];
};

struct seal_pub {
	uint8_t b[SEAL_PUB_LEN];
};

void seal_key_make(struct seal_key *key_out);
struct seal_pub seal_pub_of(const struct seal_key *key);

/* Append the sealed form of plain to *out.  ERR_INVALID when pub is a point of
 * small order (no key of anybody's), or past out's cap; ERR_NOMEM. */
enum err_code seal_make(const struct seal_pub *pub, struct crypto_part info,
    struct crypto_part aad, struct crypto_part plain, struct buf *out,
    struct err *e) ERR_CHECKED;

/* What opens one sealed message for its sender too: the message's key and
 * nonce, sealed under a key of the sender's (AES-256-GCM, crypto_aead.h), bound
 * to the ephemeral public key. */
#define SEAL_KEPT_LEN 72
struct seal_kept {
	uint8_t b[SEAL_KEPT_LEN];
};

/* seal_make of info, aad and plain, and what `under` opens it with.  On
 * failure *out holds what it held. */
enum err_code seal_make_kept(const struct seal_pub *pub,
    const struct crypto_part info_aad_plain[static 3],
    const struct secret_key *under, struct buf *out, struct seal_kept *kept_out,
    struct err *e) ERR_CHECKED;
/* seal_open for the sender. */
enum err_code seal_open_kept(const struct secret_key *under,
    const struct seal_kept *kept, struct crypto_part aad,
    struct crypto_part sealed, struct buf *out, struct err *e) ERR_CHECKED;

/* Append what is in the sealed form to *out, which the caller wipes.
 * ERR_MALFORMED when it does not open: cut, changed, for another key, or with
 * other info or aad.  On failure *out holds what it held. */
enum err_code seal_open(const struct seal_key *key, struct crypto_part info,
    struct crypto_part aad, struct crypto_part sealed, struct buf *out,
    struct err *e) ERR_CHECKED;

#endif
