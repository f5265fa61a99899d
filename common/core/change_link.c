/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed form of a change, the journal's links over it, and the
 * signature over a link.
 */
#include "common/core/change_int.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

static const char journal_context[] = "vb/journal/v1";
static const char change_context[] = "vb/change/v1";

/* SHA-256(salt || canonical value); an absent value is no bytes. */
static enum err_code
value_hash(const struct change_op *op, const json_t *value, struct hash32 *out,
    struct err *e)
{
	struct crypto_part parts[2];
	struct buf text;
	enum err_code code = ERR_OK;

	buf_init(&text, LIMIT_RECORD_BYTES);
	if (value != NULL)
		code = json_print(value, &text, e);
	if (code == ERR_OK) {
		parts[0] = crypto_part(op->salt, CHANGE_SALT_LEN);
		parts[1] = crypto_part(text.ptr, text.len);
		*out = crypto_sha256_parts(parts, 2);
	}
	buf_wipe(&text);
	return code;
}

static enum err_code
op_hashes(const struct change_op *op, struct hash32 *was, struct hash32 *now,
    struct err *e)
{
	enum err_code code;

	if (op->is_erased) {
		*was = op->was_hash;
		*now = op->now_hash;
		return ERR_OK;
	}
	code = value_hash(op, op->was, was, e);
	return code != ERR_OK ? code : value_hash(op, op->now, now, e);
}

enum err_code
change_op_erase(struct change_op *op, struct err *e)
{
	struct hash32 was, now;
	enum err_code code = op_hashes(op, &was, &now, e);

	if (code != ERR_OK)
		return code;
	op->was_hash = was;
	op->now_hash = now;
	op->is_erased = true;
	secret_wipe(op->salt, sizeof(op->salt));
	json_decref(op->was);
	json_decref(op->now);
	op->was = op->now = NULL;
	return ERR_OK;
}

static enum err_code
op_signed_form(const struct change_op *op, json_t *list, struct err *e)
{
	json_t *json = json_object(), *base = NULL;
	struct hash32 was, now;
	enum err_code code;

	if ((code = op_hashes(op, &was, &now, e)) != ERR_OK ||
	    (code = change_base_to_json(&op->base, &base, e)) != ERR_OK ||
	    (code = json_put_take(json, "base", base, e)) != ERR_OK ||
	    (code = json_put_str(json, "path", op->path, e)) != ERR_OK ||
	    (code = json_put_hex(json, "was", was.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "now", now.b, HASH32_LEN, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	return json_add_take(list, json, e);
}

/* SHA-256(salt || canonical reason). */
static enum err_code
reason_hash(const struct change_resolve *r, struct hash32 *out, struct err *e)
{
	json_t *text = json_string(r->reason);
	struct crypto_part parts[2];
	struct buf printed;
	enum err_code code;

	buf_init(&printed, LIMIT_RECORD_BYTES);
	code = text == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : json_print(text, &printed, e);
	if (code == ERR_OK) {
		parts[0] = crypto_part(r->salt, CHANGE_SALT_LEN);
		parts[1] = crypto_part(printed.ptr, printed.len);
		*out = crypto_sha256_parts(parts, 2);
	}
	buf_wipe(&printed);
	json_decref(text);
	return code;
}

enum err_code
change_reason_erase(struct change_resolve *r, bool *changed_out, struct err *e)
{
	struct hash32 hash;
	enum err_code code;

	*changed_out = false;
	if (r->is_erased || !r->has_salt || r->reason == NULL)
		return ERR_OK;
	if ((code = reason_hash(r, &hash, e)) != ERR_OK)
		return code;
	r->reason_hash = hash;
	r->is_erased = true;
	r->has_salt = false;
	secret_wipe(r->salt, sizeof(r->salt));
	secret_wipe(r->reason, strlen(r->reason));
	free(r->reason);
	r->reason = NULL;
	*changed_out = true;
	return ERR_OK;
}

/* What is sealed is long and random: its hash needs no salt. */
static enum err_code
sealed_to_hash(json_t *json, bool *changed_out, struct err *e)
{
	json_t *sealed = json_object_get(json, CHANGE_SEALED);
	struct hash32 hash;
	struct buf text;
	enum err_code code;

	*changed_out = json_is_object(sealed);
	if (!*changed_out)
		return ERR_OK;
	buf_init(&text, LIMIT_RECORD_BYTES);
	code = json_print(sealed, &text, e);
	if (code == ERR_OK) {
		hash = crypto_sha256(text.ptr, text.len);
		code = json_put_hex(json, CHANGE_SEALED, hash.b, HASH32_LEN, e);
	}
	buf_fini(&text);
	return code;
}

enum err_code
change_sealed_erase(struct change *c, bool *changed_out, struct err *e)
{
	*changed_out = false;
	return c->extra == NULL ? ERR_OK
	                        : sealed_to_hash(c->extra, changed_out, e);
}

/* In the head as the full form has it, hashes take the place of words. */
static enum err_code
head_to_signed(const struct change *c, json_t *json, struct err *e)
{
	json_t *list = json_object_get(json, "resolve");
	bool changed;
	enum err_code code = sealed_to_hash(json, &changed, e);

	for (size_t i = 0; i < c->n_resolves && code == ERR_OK; i++) {
		struct hash32 hash;

		if (!c->resolves[i].has_salt || c->resolves[i].reason == NULL)
			continue;
		code = reason_hash(&c->resolves[i], &hash, e);
		if (code == ERR_OK)
			code = json_put_hex(json_array_get(list, i), "why",
			    hash.b, HASH32_LEN, e);
	}
	return code;
}

enum err_code
change_signed_form(const struct change *c, struct buf *out, struct err *e)
{
	json_t *json = NULL, *ops = NULL;
	enum err_code code = change_head_to_json(c, &json, e);

	if (code != ERR_OK)
		return code;
	if ((code = head_to_signed(c, json, e)) != ERR_OK)
		goto out;
	ops = json_array();
	for (size_t i = 0; i < c->n_ops; i++) {
		code = op_signed_form(&c->ops[i], ops, e);
		if (code != ERR_OK)
			goto out;
	}
	code = json_put_take(json, "ops", ops, e);
	ops = NULL;
	if (code == ERR_OK)
		code = json_print(json, out, e);
out:
	json_decref(ops);
	json_decref(json);
	return code;
}

struct hash32
change_link_start(struct id office, struct id device)
{
	struct crypto_part parts[] = {
		crypto_part(journal_context, sizeof(journal_context)),
		crypto_part(office.b, ID_LEN),
		crypto_part(device.b, ID_LEN),
	};

	return crypto_sha256_parts(parts, 3);
}

enum err_code
change_link_next(struct hash32 before, const struct change *c,
    struct hash32 *out, struct err *e)
{
	struct crypto_part parts[2];
	struct buf form;
	enum err_code code;

	buf_init(&form, LIMIT_RECORD_BYTES);
	code = change_signed_form(c, &form, e);
	if (code == ERR_OK) {
		parts[0] = crypto_part(before.b, HASH32_LEN);
		parts[1] = crypto_part(form.ptr, form.len);
		*out = crypto_sha256_parts(parts, 2);
	}
	buf_fini(&form);
	return code;
}

/* Shape of what is signed:
 *    0  13  "vb/change/v1" and NUL
 *   13  16  office
 *   29  16  device
 *   45   8  counter, big-endian
 *   53  32  link */
#define CHANGE_SIGNED_LEN (sizeof(change_context) + 16 + 16 + 8 + 32)

static void
signed_bytes(struct id office, struct id device, uint64_t counter,
    struct hash32 link, uint8_t out[static CHANGE_SIGNED_LEN])
{
	uint8_t *p = out;

	memcpy(p, change_context, sizeof(change_context));
	p += sizeof(change_context);
	memcpy(p, office.b, ID_LEN);
	p += ID_LEN;
	memcpy(p, device.b, ID_LEN);
	p += ID_LEN;
	for (int i = 0; i < 8; i++)
		*p++ = (uint8_t)(counter >> (56 - 8 * i));
	memcpy(p, link.b, HASH32_LEN);
}

struct sign_sig
change_sign(const struct sign_key *key, struct id office, struct id device,
    uint64_t counter, struct hash32 link)
{
	uint8_t bytes[CHANGE_SIGNED_LEN];
	struct sign_sig sig;

	signed_bytes(office, device, counter, link, bytes);
	sign_make(key, bytes, sizeof(bytes), &sig);
	return sig;
}

struct sign_sig
change_sign_with(const struct signer *signer, struct id office,
    struct id device, uint64_t counter, struct hash32 link)
{
	uint8_t bytes[CHANGE_SIGNED_LEN];
	struct sign_sig sig;

	signed_bytes(office, device, counter, link, bytes);
	signer_make(signer, bytes, sizeof(bytes), &sig);
	return sig;
}

bool
change_sig_ok(const struct sign_pub *pub, struct id office, struct id device,
    uint64_t counter, struct hash32 link, const struct sign_sig *sig)
{
	uint8_t bytes[CHANGE_SIGNED_LEN];

	signed_bytes(office, device, counter, link, bytes);
	return sign_check(pub, bytes, sizeof(bytes), sig);
}
