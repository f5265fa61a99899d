/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A passphrase costs one hash here: at every crash point slots are opened, and
 * Argon2id takes a tenth of a second by intent.  What is proved is what a file
 * of slots holds; the linker puts this in the function's place (--wrap).
 */
#include <string.h>

#include "common/sys/crypto_hash.h"
#include "common/sys/crypto_kdf.h"

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
enum err_code __wrap_kdf_argon2id(struct kdf_params params,
    struct crypto_part pass, const struct kdf_salt *salt,
    struct secret_key *key_out, struct err *e);
// NOLINTEND(bugprone-reserved-identifier)

enum err_code
__wrap_kdf_argon2id(struct kdf_params params, struct crypto_part pass,
    const struct kdf_salt *salt, struct secret_key *key_out, struct err *e)
{
	const struct crypto_part parts[] = { pass,
		crypto_part(salt->b, KDF_SALT_LEN) };
	const struct hash32 hash = crypto_sha256_parts(parts, 2);
	const enum err_code code = kdf_params_check(params, e);

	if (code == ERR_OK)
		memcpy(key_out->b, hash.b, sizeof(key_out->b));
	return code;
}
