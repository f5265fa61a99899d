/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_KDF_INT_H
#define SYS_CRYPTO_KDF_INT_H

#include "common/sys/crypto_kdf.h"

/*
 * crypto_kdf_int -- Argon2id with its optional inputs and without the floor,
 * for tests against the vector of RFC 9106 and nothing else.
 */
struct kdf_argon2_input {
	struct crypto_part pass;
	struct crypto_part salt;
	struct crypto_part secret;
	struct crypto_part ad;
};
enum err_code kdf_argon2id_raw(struct kdf_params params,
    const struct kdf_argon2_input *in, struct secret_key *key_out,
    struct err *e) ERR_CHECKED;

#endif
