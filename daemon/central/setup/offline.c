/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/offline.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/crypto_aead.h"
#include "common/sys/json.h"

#define OFFLINE_FORMAT 1
#define OFFLINE_FILE_MAX ((size_t)32 * 1024)
#define SEALED_MAX (OFFLINE_CONTENT_MAX + AEAD_EXTRA_LEN)

static const struct json_limits file_limits = {
	.bytes_max = OFFLINE_FILE_MAX, .tokens_max = 256, .depth_max = 4
};

void
offline_lock_init(struct offline_lock *l)
{
	*l = (struct offline_lock){ 0 };
}

void
offline_lock_fini(struct offline_lock *l)
{
	secret_wipe(l, sizeof(*l));
}

enum err_code
offline_lock_add(struct offline_lock *l, const char *name,
    struct crypto_part passphrase, struct err *e)
{
	enum err_code code;

	if (l->n == OFFLINE_SLOTS_MAX || strlen(name) >= OFFLINE_NAME_MAX)
		return err_set(e, ERR_INVALID, 0, "no room for %.40s", name);
	(void)snprintf(l->slots[l->n].name, OFFLINE_NAME_MAX, "%s", name);
	rng_fill(l->slots[l->n].salt.b, KDF_SALT_LEN);
	code = kdf_argon2id(KDF_PARAMS_DEFAULT, passphrase,
	    &l->slots[l->n].salt, &l->slots[l->n].key, e);
	if (code == ERR_OK)
		l->n++;
	return code;
}

/* What the seals of a file are bound to. */
static enum err_code
file_aad(const char *what, struct id office, struct buf *out, struct err *e)
{
	buf_init(out, 256);
	(void)buf_add(out, "vb/offline/v1", sizeof("vb/offline/v1"));
	(void)buf_add(out, what, strlen(what) + 1);
	(void)buf_add(out, office.b, ID_LEN);
	return buf_check(out, e);
}

static enum err_code
sealed_put(json_t *obj, const struct secret_key *key, struct crypto_part aad,
    struct crypto_part plain, struct err *e)
{
	struct buf sealed;
	enum err_code code;

	buf_init(&sealed, SEALED_MAX);
	code = aead_seal(key, aad, plain, &sealed, e);
	if (code == ERR_OK)
		code =
		    json_put_base64(obj, "sealed", sealed.ptr, sealed.len, e);
	buf_fini(&sealed);
	return code;
}

static enum err_code
slots_put(json_t *file, const struct offline_lock *l,
    const struct secret_key *file_key, struct crypto_part aad, struct err *e)
{
	const struct kdf_params p = KDF_PARAMS_DEFAULT;
	json_t *slots = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < l->n && code == ERR_OK; i++) {
		json_t *slot = json_object();

		if ((code = json_put_str(slot, "name", l->slots[i].name, e)) !=
		        ERR_OK ||
		    (code = json_put_int(
		         slot, "memory_kib", p.memory_kib, e)) != ERR_OK ||
		    (code = json_put_int(slot, "passes", p.passes, e)) !=
		        ERR_OK ||
		    (code = json_put_int(slot, "lanes", p.lanes, e)) !=
		        ERR_OK ||
		    (code = json_put_hex(slot, "salt", l->slots[i].salt.b,
		         KDF_SALT_LEN, e)) != ERR_OK ||
		    (code = sealed_put(slot, &l->slots[i].key, aad,
		         crypto_part(file_key->b, SECRET_KEY_LEN), e)) !=
		        ERR_OK) {
			json_decref(slot);
			break;
		}
		code = json_add_take(slots, slot, e);
	}
	if (code != ERR_OK) {
		json_decref(slots);
		return code;
	}
	return json_put_take(file, "slots", slots, e);
}

enum err_code
offline_save(const struct offline_lock *l, const char *path, const char *what,
    struct id office, struct crypto_part content, struct err *e)
{
	struct secret_key file_key;
	struct buf aad, text;
	json_t *file = json_object();
	enum err_code code;

	rng_fill(file_key.b, SECRET_KEY_LEN);
	buf_init(&text, OFFLINE_FILE_MAX);
	code = file_aad(what, office, &aad, e);
	if (code != ERR_OK)
		goto out;
	if ((code = json_put_int(file, "v", OFFLINE_FORMAT, e)) != ERR_OK ||
	    (code = json_put_str(file, "what", what, e)) != ERR_OK ||
	    (code = json_put_id(file, "office", office, e)) != ERR_OK ||
	    (code = slots_put(file, l, &file_key, crypto_part(aad.ptr, aad.len),
	         e)) != ERR_OK ||
	    (code = sealed_put(file, &file_key, crypto_part(aad.ptr, aad.len),
	         content, e)) != ERR_OK ||
	    (code = json_print(file, &text, e)) != ERR_OK)
		goto out;
	code = file_save(path, text.ptr, text.len, e);
out:
	secret_wipe(&file_key, sizeof(file_key));
	buf_fini(&aad);
	buf_fini(&text);
	json_decref(file);
	return code;
}

static enum err_code
sealed_get(const json_t *obj, const struct secret_key *key,
    struct crypto_part aad, struct buf *plain_out, struct err *e)
{
	struct buf sealed;
	enum err_code code;

	buf_init(&sealed, SEALED_MAX);
	code = json_get_base64(obj, "sealed", &sealed, e);
	if (code == ERR_OK)
		code = aead_open(key, aad, crypto_part(sealed.ptr, sealed.len),
		    plain_out, e);
	buf_fini(&sealed);
	return code;
}

/* Open one slot: ERR_MALFORMED when the passphrase is not its own. */
static enum err_code
slot_open(const json_t *slot, struct crypto_part passphrase,
    struct crypto_part aad, struct secret_key *key_out, struct err *e)
{
	uint64_t memory_kib, passes, lanes;
	struct secret_key slot_key = { { 0 } };
	struct kdf_params params;
	struct kdf_salt salt;
	struct buf plain;
	enum err_code code;

	if ((code = json_get_uint(slot, "memory_kib", &memory_kib, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(slot, "passes", &passes, e)) != ERR_OK ||
	    (code = json_get_uint(slot, "lanes", &lanes, e)) != ERR_OK ||
	    (code = json_get_hex(slot, "salt", salt.b, KDF_SALT_LEN, e)) !=
	        ERR_OK)
		return code;
	if (memory_kib > UINT32_MAX || passes > UINT32_MAX ||
	    lanes > UINT32_MAX)
		return err_set(e, ERR_MALFORMED, 0, "slots: out of range");
	params = (struct kdf_params){ .memory_kib = (uint32_t)memory_kib,
		.passes = (uint32_t)passes,
		.lanes = (uint32_t)lanes };
	buf_init(&plain, SECRET_KEY_LEN);
	code = kdf_argon2id(params, passphrase, &salt, &slot_key, e);
	if (code == ERR_OK)
		code = sealed_get(slot, &slot_key, aad, &plain, e);
	if (code == ERR_OK && plain.len != SECRET_KEY_LEN)
		code = err_set(e, ERR_MALFORMED, 0, "slots: no key");
	if (code == ERR_OK)
		memcpy(key_out->b, plain.ptr, SECRET_KEY_LEN);
	buf_wipe(&plain);
	secret_wipe(&slot_key, sizeof(slot_key));
	return code;
}

static enum err_code
slots_open(const json_t *file, struct crypto_part passphrase,
    struct crypto_part aad, struct secret_key *key_out, struct err *e)
{
	json_t *slots;
	enum err_code code = json_get_arr(file, "slots", &slots, e);

	if (code != ERR_OK)
		return code;
	if (json_array_size(slots) > OFFLINE_SLOTS_MAX)
		return err_set(e, ERR_MALFORMED, 0, "slots: too many");
	for (size_t i = 0; i < json_array_size(slots); i++) {
		code = slot_open(
		    json_array_get(slots, i), passphrase, aad, key_out, e);
		if (code != ERR_MALFORMED)
			return code;
	}
	return err_set(
	    e, ERR_AUTH, 0, "the passphrase does not open this file");
}

enum err_code
offline_load(const char *path, const char *what, struct id office,
    struct crypto_part passphrase, struct buf *content_out, struct err *e)
{
	struct secret_key key = { { 0 } };
	struct buf aad, text;
	json_t *file = NULL;
	const char *is_what;
	struct id of;
	enum err_code code;

	buf_init(&text, OFFLINE_FILE_MAX);
	code = file_aad(what, office, &aad, e);
	if (code != ERR_OK || (code = file_load(path, &text, e)) != ERR_OK)
		goto out;
	code = json_parse(text.ptr, text.len, &file_limits, &file, e);
	if (code != ERR_OK ||
	    (code = json_get_str(file, "what", &is_what, NULL, e)) != ERR_OK ||
	    (code = json_get_id(file, "office", &of, e)) != ERR_OK)
		goto out;
	if (strcmp(is_what, what) != 0 || !id_equal(of, office)) {
		code = err_set(e, ERR_MALFORMED, 0, "it is another key");
		goto out;
	}
	code = slots_open(
	    file, passphrase, crypto_part(aad.ptr, aad.len), &key, e);
	if (code == ERR_OK)
		code = sealed_get(
		    file, &key, crypto_part(aad.ptr, aad.len), content_out, e);
out:
	if (code == ERR_MALFORMED)
		code = err_set(e, ERR_CORRUPT, 0,
		    "%.150s is damaged, or not this office's", path);
	secret_wipe(&key, sizeof(key));
	buf_fini(&aad);
	buf_fini(&text);
	json_decref(file);
	return code;
}
