/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argon2id through libargon2, which wipes its memory before it gives it back;
 * HKDF on the HMAC of crypto_hash.h, as RFC 5869 writes it down.
 */
#include "common/sys/crypto_kdf.h"

#include <argon2.h>
#include <assert.h>

#include "common/sys/crypto_kdf_int.h"

enum err_code
kdf_params_check(struct kdf_params params, struct err *e)
{
	const struct kdf_params floor = KDF_FLOOR, ceiling = KDF_CEILING;

	if (params.memory_kib < floor.memory_kib ||
	    params.passes < floor.passes || params.lanes < floor.lanes)
		return err_set(e, ERR_INVALID, 0,
		    "passphrase protection is weaker than this program allows");
	if (params.memory_kib > ceiling.memory_kib ||
	    params.passes > ceiling.passes || params.lanes > ceiling.lanes)
		return err_set(e, ERR_INVALID, 0,
		    "passphrase protection asks for more memory or time than "
		    "this program allows");
	return ERR_OK;
}

enum err_code
kdf_argon2id_raw(struct kdf_params params, const struct kdf_argon2_input *in,
    struct secret_key *key_out, struct err *e)
{
	struct secret_key key;
	/* The library's inputs are not const, but it writes to them only when
	 * a flag asks it to wipe them; the copies keep ours const. */
	uint8_t pass[KDF_PASS_MAX], salt[64], secret[64], ad[64];
	argon2_context ctx = {
		.out = key.b,
		.outlen = sizeof(key.b),
		.pwd = pass,
		.pwdlen = (uint32_t)in->pass.len,
		.salt = salt,
		.saltlen = (uint32_t)in->salt.len,
		.secret = secret,
		.secretlen = (uint32_t)in->secret.len,
		.ad = ad,
		.adlen = (uint32_t)in->ad.len,
		.t_cost = params.passes,
		.m_cost = params.memory_kib,
		.lanes = params.lanes,
		.threads = params.lanes,
		.version = ARGON2_VERSION_13,
		.flags = ARGON2_FLAG_CLEAR_PASSWORD | ARGON2_FLAG_CLEAR_SECRET,
	};
	int failed;

	if (in->pass.len > sizeof(pass) || in->salt.len > sizeof(salt) ||
	    in->secret.len > sizeof(secret) || in->ad.len > sizeof(ad))
		return err_set(e, ERR_INVALID, 0, "the passphrase is too long");
	if (in->pass.len > 0)
		memcpy(pass, in->pass.ptr, in->pass.len);
	memcpy(salt, in->salt.ptr, in->salt.len);
	if (in->secret.len > 0)
		memcpy(secret, in->secret.ptr, in->secret.len);
	if (in->ad.len > 0)
		memcpy(ad, in->ad.ptr, in->ad.len);
	failed = argon2id_ctx(&ctx);
	secret_wipe(pass, sizeof(pass));
	secret_wipe(secret, sizeof(secret));
	if (failed == ARGON2_OK)
		*key_out = key;
	secret_wipe(&key, sizeof(key));
	if (failed == ARGON2_OK)
		return ERR_OK;
	if (failed == ARGON2_MEMORY_ALLOCATION_ERROR ||
	    failed == ARGON2_THREAD_FAIL)
		return err_set(e, ERR_NOMEM, failed,
		    "not enough free memory to check the passphrase "
		    "(%u MiB are needed)",
		    params.memory_kib / 1024);
	return err_set(
	    e, ERR_INVALID, failed, "argon2: %s", argon2_error_message(failed));
}

enum err_code
kdf_argon2id(struct kdf_params params, struct crypto_part pass,
    const struct kdf_salt *salt, struct secret_key *key_out, struct err *e)
{
	const struct kdf_argon2_input in = {
		.pass = pass,
		.salt = crypto_part(salt->b, sizeof(salt->b)),
	};
	enum err_code code = kdf_params_check(params, e);

	return code != ERR_OK ? code
	                      : kdf_argon2id_raw(params, &in, key_out, e);
}

void
kdf_hkdf_extract(struct crypto_part salt, const struct crypto_part *ikm,
    size_t n, struct hash32 *prk_out)
{
	crypto_hmac_sha256(salt, ikm, n, prk_out);
}

void
kdf_hkdf_expand(const struct hash32 *prk, const struct crypto_part *info,
    size_t n, void *out, size_t len)
{
	/* The block before, info, a counter; and the block that it gives. */
	struct crypto_part parts[2 + KDF_INFO_PARTS_MAX];
	struct hash32 before = { 0 }, block;
	uint8_t *p = out, count = 0;

	assert(n <= KDF_INFO_PARTS_MAX && len <= (size_t)255 * HASH32_LEN);
	for (size_t i = 0; i < n; i++)
		parts[1 + i] = info[i];
	parts[1 + n] = crypto_part(&count, 1);
	while (len > 0) {
		size_t step = len < HASH32_LEN ? len : HASH32_LEN;

		parts[0] = crypto_part(before.b, count == 0 ? 0 : HASH32_LEN);
		count++;
		crypto_hmac_sha256(
		    crypto_part(prk->b, HASH32_LEN), parts, n + 2, &block);
		memcpy(p, block.b, step);
		memcpy(before.b, block.b, HASH32_LEN);
		p += step;
		len -= step;
	}
	secret_wipe(&before, sizeof(before));
	secret_wipe(&block, sizeof(block));
}

void
kdf_hkdf(struct crypto_part salt, struct crypto_part ikm,
    struct crypto_part info, void *out, size_t len)
{
	struct hash32 prk;

	kdf_hkdf_extract(salt, &ikm, 1, &prk);
	kdf_hkdf_expand(&prk, &info, 1, out, len);
	secret_wipe(&prk, sizeof(prk));
}

void
kdf_subkey(const struct secret_key *key, const char *purpose,
    struct secret_key *key_out)
{
	kdf_hkdf(crypto_part(NULL, 0), crypto_part(key->b, sizeof(key->b)),
	    crypto_part_str(purpose), key_out->b, sizeof(key_out->b));
}
