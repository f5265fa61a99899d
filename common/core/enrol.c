/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two messages of an enrolment.  Each carries a MAC under the code's key
 * over the pinned root and everything else in it, so either side knows that
 * the other holds the code and means the same office.
 */
#include "common/base/secret.h"
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

static const char request_context[] = "vb/enrol/request/v1";
static const char answer_context[] = "vb/enrol/answer/v1";

/* A CSR or a certificate in PEM is about 1 KiB. */
#define PEM_MAX 16384

void
enrol_request_init(struct enrol_request *r)
{
	*r = (struct enrol_request){ 0 };
	buf_init(&r->tls_csr, PEM_MAX);
	buf_init(&r->courier_csr, PEM_MAX);
}

void
enrol_request_fini(struct enrol_request *r)
{
	buf_fini(&r->tls_csr);
	buf_fini(&r->courier_csr);
}

void
enrol_answer_init(struct enrol_answer *a)
{
	*a = (struct enrol_answer){ 0 };
	buf_init(&a->root_pem, PEM_MAX);
	buf_init(&a->issuing_pem, PEM_MAX);
	buf_init(&a->tls_cert_pem, PEM_MAX);
	buf_init(&a->courier_cert_pem, PEM_MAX);
	buf_init(&a->statement, PEM_MAX);
	buf_init(&a->statement_sig, PEM_MAX);
}

void
enrol_answer_fini(struct enrol_answer *a)
{
	buf_fini(&a->root_pem);
	buf_fini(&a->issuing_pem);
	buf_fini(&a->tls_cert_pem);
	buf_fini(&a->courier_cert_pem);
	buf_fini(&a->statement);
	buf_fini(&a->statement_sig);
	json_decref(a->names);
	json_decref(a->schema);
	a->names = NULL;
	a->schema = NULL;
}

/* HMAC(key, context 00 root canonical JSON without "mac"). */
static enum err_code
message_mac(const json_t *json, const char *context,
    const struct secret_key *key, const struct hash32 *root, struct hash32 *out,
    struct err *e)
{
	struct crypto_part parts[3];
	struct buf text;
	json_t *bare = json_copy_all(json);
	enum err_code code;

	buf_init(&text, LIMIT_BODY_BYTES);
	if (bare == NULL) {
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	(void)json_object_del(bare, "mac"); /* not there when it is made */
	code = json_print(bare, &text, e);
	if (code != ERR_OK)
		goto out;
	parts[0] = crypto_part(context, strlen(context) + 1);
	parts[1] = crypto_part(root->b, HASH32_LEN);
	parts[2] = crypto_part(text.ptr, text.len);
	crypto_hmac_sha256(crypto_part(key->b, SECRET_KEY_LEN), parts, 3, out);
out:
	buf_fini(&text);
	json_decref(bare);
	return code;
}

static enum err_code
mac_put(json_t *json, const char *context, const struct secret_key *key,
    const struct hash32 *root, struct err *e)
{
	struct hash32 mac;
	enum err_code code = message_mac(json, context, key, root, &mac, e);

	return code != ERR_OK ? code
	                      : json_put_hex(json, "mac", mac.b, HASH32_LEN, e);
}

static enum err_code
mac_check(const json_t *json, const char *context, const struct secret_key *key,
    const struct hash32 *root, struct hash32 *mac_out, struct err *e)
{
	struct hash32 want, got;
	enum err_code code;

	if ((code = json_get_hex(json, "mac", got.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = message_mac(json, context, key, root, &want, e)) != ERR_OK)
		return code;
	if (!secret_equal(want.b, got.b, HASH32_LEN))
		return err_set(e, ERR_AUTH, 0, "the code is not right");
	*mac_out = got;
	return ERR_OK;
}

static enum err_code
pem_put(json_t *json, const char *key, const struct buf *pem, struct err *e)
{
	return json_put_text(json, key, pem->ptr, pem->len, e);
}

enum err_code
enrol_request_code(const json_t *json, char code_id[static 5], struct err *e)
{
	char id[5];
	enum err_code code = member_version(json, e);

	if (code == ERR_OK)
		code = json_get_short(json, "code", id, sizeof(id), e);
	if (code == ERR_OK && strlen(id) != sizeof(id) - 1)
		code = err_set(e, ERR_MALFORMED, 0, "code: too short");
	if (code == ERR_OK)
		memcpy(code_id, id, sizeof(id));
	return code;
}

enum err_code
enrol_request_to_json(const struct enrol_request *r,
    const struct secret_key *key, const struct hash32 *root, json_t **out,
    struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_str(json, "code", r->code_id, e)) != ERR_OK ||
	    (code = json_put_str(json, "label", r->label, e)) != ERR_OK ||
	    (code = pem_put(json, "tls_csr", &r->tls_csr, e)) != ERR_OK ||
	    (code = pem_put(json, "courier_csr", &r->courier_csr, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(
	         json, "sign_pub", r->sign_pub.b, SIGN_PUB_LEN, e)) != ERR_OK ||
	    (code = mac_put(json, request_context, key, root, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
enrol_request_from_json(const json_t *json, const struct secret_key *key,
    const struct hash32 *root, struct enrol_request *out, struct err *e)
{
	struct enrol_request r;
	enum err_code code;

	enrol_request_init(&r);
	if ((code = enrol_request_code(json, r.code_id, e)) != ERR_OK ||
	    (code = mac_check(json, request_context, key, root, &r.mac, e)) !=
	        ERR_OK ||
	    (code = json_get_short(
	         json, "label", r.label, sizeof(r.label), e)) != ERR_OK ||
	    (code = json_get_long(json, "tls_csr", &r.tls_csr, e)) != ERR_OK ||
	    (code = json_get_long(json, "courier_csr", &r.courier_csr, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(
	         json, "sign_pub", r.sign_pub.b, SIGN_PUB_LEN, e)) != ERR_OK) {
		enrol_request_fini(&r);
		return code;
	}
	if (!sign_pub_is_sound(&r.sign_pub)) {
		enrol_request_fini(&r);
		return err_set(e, ERR_MALFORMED, 0, "sign_pub: not a key");
	}
	*out = r;
	return ERR_OK;
}

static enum err_code
answer_ids_put(const struct enrol_answer *a, json_t *json, struct err *e)
{
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", a->device, e)) != ERR_OK ||
	    (code = json_put_id(json, "user", a->user, e)) != ERR_OK ||
	    (code = json_put_id(json, "office", a->office, e)) != ERR_OK ||
	    (code = json_put_take(json, "names", json_incref(a->names), e)) !=
	        ERR_OK ||
	    (code = json_put_bool(json, "pending", a->is_pending, e)) != ERR_OK)
		return code;
	return json_put_take(json, "schema", json_incref(a->schema), e);
}

enum err_code
enrol_answer_to_json(const struct enrol_answer *a, const struct secret_key *key,
    const struct hash32 *root, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = answer_ids_put(a, json, e)) != ERR_OK ||
	    (code = pem_put(json, "root", &a->root_pem, e)) != ERR_OK ||
	    (code = pem_put(json, "issuing", &a->issuing_pem, e)) != ERR_OK ||
	    (code = pem_put(json, "tls_cert", &a->tls_cert_pem, e)) != ERR_OK ||
	    (code = pem_put(json, "courier_cert", &a->courier_cert_pem, e)) !=
	        ERR_OK ||
	    (code = pem_put(json, "statement", &a->statement, e)) != ERR_OK ||
	    (code = json_put_base64(json, "statement_sig", a->statement_sig.ptr,
	         a->statement_sig.len, e)) != ERR_OK ||
	    (code = mac_put(json, answer_context, key, root, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
answer_ids_get(const json_t *json, struct enrol_answer *a, struct err *e)
{
	json_t *names, *schema;
	enum err_code code;

	if ((code = json_get_id(json, "device", &a->device, e)) != ERR_OK ||
	    (code = json_get_id(json, "user", &a->user, e)) != ERR_OK ||
	    (code = json_get_id(json, "office", &a->office, e)) != ERR_OK ||
	    (code = json_get_bool(json, "pending", &a->is_pending, e)) !=
	        ERR_OK ||
	    (code = json_get_obj(json, "names", &names, e)) != ERR_OK ||
	    (code = json_get_obj(json, "schema", &schema, e)) != ERR_OK)
		return code;
	a->names = json_incref(names);
	a->schema = json_incref(schema);
	return ERR_OK;
}

enum err_code
enrol_answer_from_json(const json_t *json, const struct secret_key *key,
    const struct hash32 *root, struct enrol_answer *out, struct err *e)
{
	struct enrol_answer a;
	enum err_code code;

	enrol_answer_init(&a);
	if ((code = member_version(json, e)) != ERR_OK ||
	    (code = mac_check(json, answer_context, key, root, &a.mac, e)) !=
	        ERR_OK ||
	    (code = answer_ids_get(json, &a, e)) != ERR_OK ||
	    (code = json_get_long(json, "root", &a.root_pem, e)) != ERR_OK ||
	    (code = json_get_long(json, "issuing", &a.issuing_pem, e)) !=
	        ERR_OK ||
	    (code = json_get_long(json, "tls_cert", &a.tls_cert_pem, e)) !=
	        ERR_OK ||
	    (code = json_get_long(
	         json, "courier_cert", &a.courier_cert_pem, e)) != ERR_OK ||
	    (code = json_get_long(json, "statement", &a.statement, e)) !=
	        ERR_OK ||
	    (code = json_get_base64(
	         json, "statement_sig", &a.statement_sig, e)) != ERR_OK) {
		enrol_answer_fini(&a);
		if (code == ERR_INVALID) /* past the buffer's cap */
			code = err_set(
			    e, ERR_MALFORMED, 0, "statement_sig: too long");
		return code;
	}
	*out = a;
	return ERR_OK;
}
