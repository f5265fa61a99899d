/* SPDX-License-Identifier: Apache-2.0 */
#include "client/enrol_kept.h"

#include "common/base/rng.h"
#include "common/sys/crypto_aead.h"
#include "common/sys/crypto_kdf.h"
#include "common/sys/json.h"

#define KEPT_MAX ((size_t)65536)
#define KEPT_VERSION 1

static const char context[] = "vb/enrolling/v1";

static const struct json_limits kept_limits = {
	.bytes_max = KEPT_MAX,
	.tokens_max = 64,
	.depth_max = 4,
};

static bool
kept_path(const struct client *c, char out[static FILE_PATH_MAX])
{
	return file_join(out, c->home, "enrolling");
}

/* Read the file's outer object. */
static enum err_code
load(const struct client *c, json_t **out, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct buf text;
	int64_t v;
	enum err_code code;

	if (!kept_path(c, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	buf_init(&text, KEPT_MAX);
	if ((code = file_load(path, &text, e)) == ERR_OK)
		code = json_parse(text.ptr, text.len, &kept_limits, out, e);
	buf_fini(&text);
	if (code != ERR_OK)
		return code;
	code = json_get_int(*out, "v", &v, e);
	if (code == ERR_OK && v != KEPT_VERSION)
		code = err_set(e, ERR_NEWER, 0,
		    "a newer version of Visitbook began to enrol here");
	if (code != ERR_OK)
		json_decref(*out);
	return code;
}

enum err_code
enrol_kept_is(const struct client *c, const struct enrol_code *code, bool *out,
    struct err *e)
{
	const char *id = NULL;
	json_t *kept = NULL;
	enum err_code is_read = load(c, &kept, e);

	*out = false;
	if (is_read == ERR_NOMEM || is_read == ERR_IO)
		return is_read;
	if (is_read != ERR_OK)
		return ERR_OK;
	*out = json_get_str(kept, "code", &id, NULL, NULL) == ERR_OK &&
	    strcmp(id, code->id) == 0;
	json_decref(kept);
	return ERR_OK;
}

static void
make_aad(const struct enrol_code *code, struct buf *out)
{
	(void)buf_add(out, context, sizeof(context));
	(void)buf_add_str(out, code->id);
}

static enum err_code
read_key(const json_t *kept, const struct buf *pass, struct secret_key *key_out,
    struct err *e)
{
	struct kdf_params params;
	struct kdf_salt salt;
	uint64_t n[3];
	enum err_code code;

	if ((code = json_get_hex(kept, "salt", salt.b, KDF_SALT_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(kept, "memory_kib", &n[0], e)) != ERR_OK ||
	    (code = json_get_uint(kept, "passes", &n[1], e)) != ERR_OK ||
	    (code = json_get_uint(kept, "lanes", &n[2], e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < 3; i++)
		if (n[i] > UINT32_MAX)
			return err_set(e, ERR_CORRUPT, 0,
			    "what was kept of the enrolment is damaged");
	params = (struct kdf_params){ .memory_kib = (uint32_t)n[0],
		.passes = (uint32_t)n[1],
		.lanes = (uint32_t)n[2] };
	return kdf_argon2id(
	    params, crypto_part(pass->ptr, pass->len), &salt, key_out, e);
}

enum err_code
enrol_kept_take(struct client *c, const struct buf *pass, struct enrolment *en,
    struct err *e)
{
	struct buf sealed, plain, aad;
	json_t *kept = NULL, *inner = NULL;
	struct secret_key key;
	enum err_code code = load(c, &kept, e);

	if (code != ERR_OK)
		return code;
	buf_init(&sealed, KEPT_MAX);
	buf_init(&plain, KEPT_MAX);
	buf_init(&aad, 64);
	make_aad(&en->code, &aad);
	if ((code = json_get_base64(kept, "sealed", &sealed, e)) != ERR_OK ||
	    (code = read_key(kept, pass, &key, e)) != ERR_OK)
		goto out;
	code = aead_open(&key, crypto_part(aad.ptr, aad.len),
	    crypto_part(sealed.ptr, sealed.len), &plain, e);
	secret_wipe(&key, sizeof(key));
	if (code == ERR_MALFORMED) {
		client_next(c,
		    "Give the passphrase that you chose then. If it is "
		    "forgotten, ask the office for a new code.");
		code = err_set(e, ERR_AUTH, 0,
		    "enrolling was begun here with this code and another "
		    "passphrase");
	}
	if (code == ERR_OK)
		code =
		    json_parse(plain.ptr, plain.len, &kept_limits, &inner, e);
	if (code == ERR_OK)
		code = enrolment_take(en, inner, e);
out:
	json_decref(inner);
	json_decref(kept);
	buf_fini(&sealed);
	buf_wipe(&plain);
	buf_fini(&aad);
	return code;
}

/* The outer object around what is sealed. */
static enum err_code
save(const struct client *c, const struct enrolment *en,
    const struct kdf_salt *salt, const struct buf *sealed, struct err *e)
{
	const struct kdf_params params = KDF_PARAMS_DEFAULT;
	json_t *kept = json_object();
	char path[FILE_PATH_MAX];
	struct buf text;
	enum err_code code;

	buf_init(&text, KEPT_MAX);
	if ((code = json_put_int(kept, "v", KEPT_VERSION, e)) != ERR_OK ||
	    (code = json_put_str(kept, "code", en->code.id, e)) != ERR_OK ||
	    (code = json_put_hex(kept, "salt", salt->b, KDF_SALT_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_int(kept, "memory_kib", params.memory_kib, e)) !=
	        ERR_OK ||
	    (code = json_put_int(kept, "passes", params.passes, e)) != ERR_OK ||
	    (code = json_put_int(kept, "lanes", params.lanes, e)) != ERR_OK ||
	    (code = json_put_base64(
	         kept, "sealed", sealed->ptr, sealed->len, e)) != ERR_OK ||
	    (code = json_print(kept, &text, e)) != ERR_OK)
		goto out;
	code = kept_path(c, path)
	    ? file_save(path, text.ptr, text.len, e)
	    : err_set(e, ERR_INVALID, 0, "the path is too long");
out:
	json_decref(kept);
	buf_fini(&text);
	return code;
}

enum err_code
enrol_kept_put(struct client *c, const struct buf *pass,
    const struct enrolment *en, struct err *e)
{
	struct buf sealed, plain, aad;
	json_t *inner = NULL;
	struct secret_key key;
	struct kdf_salt salt;
	enum err_code code;

	buf_init(&sealed, KEPT_MAX);
	buf_init(&plain, KEPT_MAX);
	buf_init(&aad, 64);
	make_aad(&en->code, &aad);
	rng_fill(salt.b, sizeof(salt.b));
	if ((code = enrolment_keep(en, &inner, e)) != ERR_OK ||
	    (code = json_print(inner, &plain, e)) != ERR_OK ||
	    (code = kdf_argon2id(KDF_PARAMS_DEFAULT,
	         crypto_part(pass->ptr, pass->len), &salt, &key, e)) != ERR_OK)
		goto out;
	code = aead_seal(&key, crypto_part(aad.ptr, aad.len),
	    crypto_part(plain.ptr, plain.len), &sealed, e);
	secret_wipe(&key, sizeof(key));
	if (code == ERR_OK)
		code = save(c, en, &salt, &sealed, e);
out:
	json_decref(inner);
	buf_fini(&sealed);
	buf_wipe(&plain);
	buf_fini(&aad);
	return code;
}

void
enrol_kept_drop(const struct client *c)
{
	char path[FILE_PATH_MAX];

	if (kept_path(c, path) && file_exists(path))
		(void)!file_remove(path, NULL);
}
