/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_SIGN_H
#define SYS_CRYPTO_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * crypto_sign -- Ed25519 signatures (RFC 8032, pure: the message is signed, not
 * a hash of it).
 *
 * What is signed starts with a context string that no other use of the key
 * shares; that is the caller's part.  Cannot fail; see crypto.h.
 */
#define SIGN_KEY_LEN 32
#define SIGN_PUB_LEN 32
#define SIGN_SIG_LEN 64

/* The seed (RFC 8032's private key): secret, wiped by its holder. */
struct sign_key {
	uint8_t b[SIGN_KEY_LEN];
};

struct sign_pub {
	uint8_t b[SIGN_PUB_LEN];
};

struct sign_sig {
	uint8_t b[SIGN_SIG_LEN];
};

/* A fresh key out of the kernel's random bytes.  Any other 32 secret random
 * bytes are a key too. */
void sign_key_make(struct sign_key *key_out);
struct sign_pub sign_pub_of(const struct sign_key *key);

void sign_make(const struct sign_key *key, const void *data, size_t len,
    struct sign_sig *sig_out);

/* True if sig is the holder of pub's signature of the data.  False also for
 * the other spellings of a signature (S not below the group's order), for
 * bytes that are no key, and for keys of small order, under which one
 * signature fits every message. */
bool sign_check(const struct sign_pub *pub, const void *data, size_t len,
    const struct sign_sig *sig);

/* False for bytes that sign_check would refuse whatever the message: asked
 * when a key is first taken in. */
bool sign_pub_is_sound(const struct sign_pub *pub);

/* The same key made ready, for who signs often (about twice as fast): new,
 * sign, free, which wipes it (NULL is legal).  Many threads may sign. */
struct signer;
struct signer *signer_new(const struct sign_key *key);
void signer_make(const struct signer *s, const void *data, size_t len,
    struct sign_sig *sig_out);
struct sign_pub signer_pub(const struct signer *s);
void signer_free(struct signer *s);

#endif
