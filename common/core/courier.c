/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes -- finished changes sealed to the office -- and the request that
 * hands them over.
 */
#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

static const char outbox_context[] = "vb/outbox/v1";

/* Lengths that an envelope's plaintext is padded to, so that the length on
 * the disk and on the wire tells little about a note. */
static size_t
padded_len(size_t len)
{
	if (len <= 256)
		return 256;
	if (len <= 1024)
		return 1024;
	return (len + 4095) / 4096 * 4096;
}

/* info = context and NUL, key id(8); aad = device(16) counter(8). */
#define INFO_LEN (sizeof(outbox_context) + 8)
#define AAD_LEN (ID_LEN + 8)

static void
envelope_binding(const struct envelope *env, struct id device,
    uint8_t info[static INFO_LEN], uint8_t aad[static AAD_LEN])
{
	memcpy(info, outbox_context, sizeof(outbox_context));
	memcpy(info + sizeof(outbox_context), env->key_id, 8);
	memcpy(aad, device.b, ID_LEN);
	for (int i = 0; i < 8; i++)
		aad[ID_LEN + i] = (uint8_t)(env->counter >> (56 - 8 * i));
}

static void
key_id_of(const struct seal_pub *pub, uint8_t out[static 8])
{
	struct hash32 hash = crypto_sha256(pub->b, SEAL_PUB_LEN);

	memcpy(out, hash.b, 8);
}

/* The canonical text of a batch of one, padded. */
static enum err_code
plain_of(const struct batch *one, struct buf *plain, struct err *e)
{
	static const char blanks[] =
	    "                                                                ";
	json_t *json = NULL;
	size_t left;
	enum err_code code = batch_to_json(one, &json, e);

	if (code == ERR_OK)
		code = json_print(json, plain, e);
	json_decref(json);
	if (code != ERR_OK)
		return code;
	left = padded_len(plain->len) - plain->len;
	for (size_t n; left > 0; left -= n) {
		n = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;
		(void)buf_add(plain, blanks, n);
	}
	return buf_check(plain, e);
}

enum err_code
envelope_seal(const struct batch *one, const struct seal_pub *pub,
    const struct secret_key *under, struct envelope *out, struct err *e)
{
	struct envelope env = { .counter = one->to };
	uint8_t info[INFO_LEN], aad[AAD_LEN];
	struct crypto_part parts[3];
	struct buf plain;
	enum err_code code;

	buf_init(&plain, LIMIT_BODY_BYTES);
	buf_init(&env.sealed, LIMIT_BODY_BYTES + SEAL_EXTRA_LEN);
	code = plain_of(one, &plain, e);
	if (code == ERR_OK) {
		key_id_of(pub, env.key_id);
		envelope_binding(&env, one->device, info, aad);
		parts[0] = crypto_part(info, INFO_LEN);
		parts[1] = crypto_part(aad, AAD_LEN);
		parts[2] = crypto_part(plain.ptr, plain.len);
		code = seal_make_kept(
		    pub, parts, under, &env.sealed, &env.kept, e);
	}
	buf_wipe(&plain);
	if (code != ERR_OK)
		buf_fini(&env.sealed);
	else
		*out = env;
	return code;
}

/* The batch in what was opened. */
static enum err_code
plain_read(const struct envelope *env, struct id device, struct buf *plain,
    struct batch *out, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	struct batch b;
	json_t *json = NULL;
	enum err_code code;

	while (plain->len > 0 && plain->ptr[plain->len - 1] == ' ')
		plain->len--;
	code = json_parse(plain->ptr, plain->len, &limits, &json, e);
	if (code == ERR_OK)
		code = batch_from_json(json, &b, e);
	json_decref(json);
	if (code != ERR_OK)
		return code;
	if (!id_equal(b.device, device) || b.from != env->counter ||
	    b.to != env->counter) {
		batch_fini(&b);
		return err_set(e, ERR_MALFORMED, 0,
		    "the envelope holds another change than it says");
	}
	*out = b;
	return ERR_OK;
}

enum err_code
envelope_open(const struct envelope *env, struct id device,
    const struct seal_key *key, struct batch *out, struct err *e)
{
	uint8_t info[INFO_LEN], aad[AAD_LEN];
	struct buf plain;
	enum err_code code;

	buf_init(&plain, LIMIT_BODY_BYTES);
	envelope_binding(env, device, info, aad);
	code = seal_open(key, crypto_part(info, INFO_LEN),
	    crypto_part(aad, AAD_LEN),
	    crypto_part(env->sealed.ptr, env->sealed.len), &plain, e);
	if (code == ERR_OK)
		code = plain_read(env, device, &plain, out, e);
	buf_wipe(&plain);
	return code;
}

enum err_code
envelope_open_kept(const struct envelope *env, struct id device,
    const struct secret_key *under, struct batch *out, struct err *e)
{
	uint8_t info[INFO_LEN], aad[AAD_LEN];
	struct buf plain;
	enum err_code code;

	buf_init(&plain, LIMIT_BODY_BYTES);
	envelope_binding(env, device, info, aad);
	code = seal_open_kept(under, &env->kept, crypto_part(aad, AAD_LEN),
	    crypto_part(env->sealed.ptr, env->sealed.len), &plain, e);
	if (code == ERR_OK)
		code = plain_read(env, device, &plain, out, e);
	buf_wipe(&plain);
	return code;
}

void
courier_request_init(struct courier_request *r)
{
	*r = (struct courier_request){ 0 };
}

void
envelopes_free(struct envelope *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_fini(&list[i].sealed);
	free(list);
}

void
courier_request_fini(struct courier_request *r)
{
	envelopes_free(r->envelopes, r->n_envelopes);
	courier_request_init(r);
}

enum err_code
envelope_member(const struct envelope *env, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "counter", (int64_t)env->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "key", env->key_id, 8, e)) != ERR_OK ||
	    (code = json_put_base64(json, "sealed", env->sealed.ptr,
	         env->sealed.len, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
envelopes_to_json(
    const struct envelope *list, size_t n, json_t *json, struct err *e)
{
	json_t *array = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		json_t *one = NULL;

		code = envelope_member(&list[i], &one, e);
		if (code == ERR_OK)
			code = json_add_take(array, one, e);
	}
	if (code == ERR_OK)
		return json_put_take(json, "envelopes", array, e);
	json_decref(array);
	return code;
}

enum err_code
courier_request_to_json(
    const struct courier_request *r, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = envelopes_to_json(r->envelopes, r->n_envelopes, json, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", r->device, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "nonce", r->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
envelope_from_json(const json_t *json, struct envelope *env, struct err *e)
{
	enum err_code code;

	buf_init(&env->sealed, LIMIT_BODY_BYTES + SEAL_EXTRA_LEN);
	if ((code = json_get_uint(json, "counter", &env->counter, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(json, "key", env->key_id, 8, e)) != ERR_OK)
		return code;
	return json_get_base64(json, "sealed", &env->sealed, e);
}

enum err_code
envelopes_from_json(
    const json_t *json, struct envelope **out, size_t *n_out, struct err *e)
{
	struct envelope *all;
	json_t *list;
	size_t n, done = 0;
	enum err_code code = json_get_arr(json, "envelopes", &list, e);

	if (code != ERR_OK)
		return code;
	n = json_array_size(list);
	if (n == 0 || n > LIMIT_ENVELOPES)
		return err_set(e, ERR_MALFORMED, 0, "envelopes: wrong count");
	all = calloc(n, sizeof(*all));
	if (all == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	while (done < n && code == ERR_OK) {
		code = envelope_from_json(
		    json_array_get(list, done), &all[done], e);
		done++;
		if (code == ERR_OK &&
		    all[done - 1].counter <=
		        (done == 1 ? 0 : all[done - 2].counter))
			code = err_set(
			    e, ERR_MALFORMED, 0, "envelopes: not in order");
	}
	if (code != ERR_OK) {
		envelopes_free(all, done);
		return code;
	}
	*out = all;
	*n_out = n;
	return ERR_OK;
}

enum err_code
courier_request_from_json(
    const json_t *json, struct courier_request *out, struct err *e)
{
	struct courier_request r;
	enum err_code code;

	courier_request_init(&r);
	if ((code = member_version(json, e)) != ERR_OK)
		return code;
	if ((code = json_get_id(json, "device", &r.device, e)) != ERR_OK ||
	    (code = json_get_hex(
	         json, "nonce", r.nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = envelopes_from_json(
	         json, &r.envelopes, &r.n_envelopes, e)) != ERR_OK) {
		courier_request_fini(&r);
		return code;
	}
	*out = r;
	return ERR_OK;
}
