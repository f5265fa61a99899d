/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_KDF_H
#define SYS_CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/secret.h"
#include "common/sys/crypto_hash.h"

/*
 * crypto_kdf -- a key out of a passphrase (Argon2id, RFC 9106), and keys out of
 * a key (HKDF-SHA256, RFC 5869).
 */
#define KDF_SALT_LEN 16

struct kdf_salt {
	uint8_t b[KDF_SALT_LEN];
};

struct kdf_params {
	uint32_t memory_kib;
	uint32_t passes;
	uint32_t lanes;
};

/* About 0.7 s on a laptop: a device is unlocked a few times a day.  A build
 * under AddressSanitizer, with which nobody keeps notes, takes the floor. */
#ifdef __SANITIZE_ADDRESS__
#define KDF_PARAMS_DEFAULT KDF_FLOOR
#else
#define KDF_PARAMS_DEFAULT                                                     \
	((struct kdf_params){ .memory_kib = 262144, .passes = 3, .lanes = 2 })
#endif
/* Nothing weaker is used, whatever a file says. */
#define KDF_FLOOR                                                              \
	((struct kdf_params){ .memory_kib = 65536, .passes = 3, .lanes = 1 })
/* Nothing dearer either: parameters are read before anything vouches for
 * them, and must not be able to take the machine down. */
#define KDF_CEILING                                                            \
	((struct kdf_params){                                                  \
	    .memory_kib = 4194304, .passes = 32, .lanes = 16 })

/* ERR_INVALID when a parameter is below KDF_FLOOR or above KDF_CEILING. */
enum err_code kdf_params_check(
    struct kdf_params params, struct err *e) ERR_CHECKED;

/* Derive a key from a passphrase of at most KDF_PASS_MAX bytes.  Takes
 * memory_kib of memory for the call and wipes it.  ERR_INVALID as
 * kdf_params_check, or for a longer passphrase; ERR_NOMEM. */
#define KDF_PASS_MAX 1024
enum err_code kdf_argon2id(struct kdf_params params, struct crypto_part pass,
    const struct kdf_salt *salt, struct secret_key *key_out,
    struct err *e) ERR_CHECKED;

/* Fill out with len bytes (at most 255 * 32) of HKDF-SHA256.  Cannot fail. */
void kdf_hkdf(struct crypto_part salt, struct crypto_part ikm,
    struct crypto_part info, void *out, size_t len);

/* The two halves of kdf_hkdf; info of at most KDF_INFO_PARTS_MAX parts. */
#define KDF_INFO_PARTS_MAX 6
void kdf_hkdf_extract(struct crypto_part salt, const struct crypto_part *ikm,
    size_t n, struct hash32 *prk_out);
void kdf_hkdf_expand(const struct hash32 *prk, const struct crypto_part *info,
    size_t n, void *out, size_t len);

/* The key for one purpose under a key for many: HKDF with no salt and the
 * purpose as info. */
void kdf_subkey(const struct secret_key *key, const char *purpose,
    struct secret_key *key_out);

#endif
