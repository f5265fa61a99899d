/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/passphrase.h"

#include <stdio.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"
#include "common/sys/crypto_kdf.h"
#include "common/sys/json.h"

#define NAME_MAX_BYTES 64
#define VERIFIER_MAX ((size_t)512)

static const struct json_limits verifier_limits = {
	.bytes_max = VERIFIER_MAX, .tokens_max = 16, .depth_max = 1
};

enum err_code
passphrase_sound(struct crypto_part passphrase, struct err *e)
{
	if (passphrase.len < PASSPHRASE_MIN)
		return err_set(e, ERR_INVALID, 0,
		    "a passphrase needs at least %d characters; four words "
		    "that do not belong together are good",
		    PASSPHRASE_MIN);
	if (passphrase.len > KDF_PASS_MAX)
		return err_set(e, ERR_INVALID, 0,
		    "a passphrase can have at most %d characters",
		    KDF_PASS_MAX);
	if (!utf8_is_printable(passphrase.ptr, passphrase.len, false))
		return err_set(
		    e, ERR_INVALID, 0, "a passphrase is one line of text");
	return ERR_OK;
}

static void
value_name(struct id user, char out[static NAME_MAX_BYTES])
{
	(void)snprintf(out, NAME_MAX_BYTES, "passphrase.%s", id_print(user).s);
}

enum err_code
passphrase_put(struct office_store *s, struct id user,
    struct crypto_part passphrase, struct err *e)
{
	const struct kdf_params p = KDF_FLOOR;
	char name[NAME_MAX_BYTES];
	json_t *json = json_object();
	struct kdf_salt salt;
	struct secret_key hash = { { 0 } };
	struct buf text;
	enum err_code code;

	buf_init(&text, VERIFIER_MAX);
	rng_fill(salt.b, KDF_SALT_LEN);
	value_name(user, name);
	if ((code = kdf_argon2id(p, passphrase, &salt, &hash, e)) == ERR_OK &&
	    (code = json_put_hex(json, "hash", hash.b, SECRET_KEY_LEN, e)) ==
	        ERR_OK &&
	    (code = json_put_int(json, "lanes", p.lanes, e)) == ERR_OK &&
	    (code = json_put_int(json, "memory_kib", p.memory_kib, e)) ==
	        ERR_OK &&
	    (code = json_put_int(json, "passes", p.passes, e)) == ERR_OK &&
	    (code = json_put_hex(json, "salt", salt.b, KDF_SALT_LEN, e)) ==
	        ERR_OK &&
	    (code = json_print(json, &text, e)) == ERR_OK)
		code = store_meta_put(s, name, text.ptr, text.len, e);
	secret_wipe(&hash, sizeof(hash));
	buf_wipe(&text);
	json_decref(json);
	return code;
}

enum err_code
passphrase_is_set(
    struct office_store *s, struct id user, bool *out, struct err *e)
{
	char name[NAME_MAX_BYTES];
	struct buf text;
	enum err_code code;

	buf_init(&text, VERIFIER_MAX);
	value_name(user, name);
	code = store_meta_get(s, name, &text, e);
	buf_wipe(&text);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	*out = code == ERR_OK;
	return ERR_OK;
}

static enum err_code
verifier_read(const json_t *json, struct kdf_params *params,
    struct kdf_salt *salt, struct secret_key *hash, struct err *e)
{
	uint64_t memory_kib, passes, lanes;
	enum err_code code;

	if ((code = json_get_hex(json, "hash", hash->b, SECRET_KEY_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(json, "salt", salt->b, KDF_SALT_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(json, "memory_kib", &memory_kib, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(json, "passes", &passes, e)) != ERR_OK ||
	    (code = json_get_uint(json, "lanes", &lanes, e)) != ERR_OK)
		return code;
	*params = (struct kdf_params){ .memory_kib = (uint32_t)memory_kib,
		.passes = (uint32_t)passes,
		.lanes = (uint32_t)lanes };
	return ERR_OK;
}

enum err_code
passphrase_check(struct office_store *s, struct id user,
    struct crypto_part passphrase, struct err *e)
{
	char name[NAME_MAX_BYTES];
	struct secret_key kept = { { 0 } }, hash = { { 0 } };
	struct kdf_params params;
	struct kdf_salt salt;
	json_t *json = NULL;
	struct buf text;
	enum err_code code;

	buf_init(&text, VERIFIER_MAX);
	value_name(user, name);
	if ((code = store_meta_get(s, name, &text, e)) != ERR_OK)
		goto out;
	code = json_parse(text.ptr, text.len, &verifier_limits, &json, e);
	if (code == ERR_OK)
		code = verifier_read(json, &params, &salt, &kept, e);
	if (code == ERR_MALFORMED)
		code = err_set(e, ERR_CORRUPT, 0, "a stored verifier is bad");
	if (code == ERR_OK)
		code = kdf_argon2id(params, passphrase, &salt, &hash, e);
	if (code == ERR_OK && !secret_equal(kept.b, hash.b, SECRET_KEY_LEN))
		code = err_set(e, ERR_AUTH, 0, "the passphrase is not right");
out:
	secret_wipe(&kept, sizeof(kept));
	secret_wipe(&hash, sizeof(hash));
	buf_wipe(&text);
	json_decref(json);
	return code;
}
