/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/renew.h"

#include "common/core/member.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"

void
renew_request_init(struct renew_request *r)
{
	*r = (struct renew_request){ 0 };
	buf_init(&r->tls_csr, PKI_INPUT_MAX);
	buf_init(&r->courier_csr, PKI_INPUT_MAX);
}

void
renew_request_fini(struct renew_request *r)
{
	buf_fini(&r->tls_csr);
	buf_fini(&r->courier_csr);
}

void
renew_answer_init(struct renew_answer *a)
{
	*a = (struct renew_answer){ 0 };
	buf_init(&a->tls_cert, PKI_INPUT_MAX);
	buf_init(&a->courier_cert, PKI_INPUT_MAX);
	buf_init(&a->issuing, PKI_INPUT_MAX);
}

void
renew_answer_fini(struct renew_answer *a)
{
	buf_fini(&a->tls_cert);
	buf_fini(&a->courier_cert);
	buf_fini(&a->issuing);
}

static enum err_code
pem_put(json_t *json, const char *key, const struct buf *pem, struct err *e)
{
	return json_put_text(json, key, pem->ptr, pem->len, e);
}

static enum err_code
head_put(
    json_t *json, const uint8_t nonce[static PROTOCOL_NONCE_LEN], struct err *e)
{
	enum err_code code = json_put_int(json, "v", PROTOCOL_VERSION, e);

	return code != ERR_OK
	    ? code
	    : json_put_hex(json, "nonce", nonce, PROTOCOL_NONCE_LEN, e);
}

static enum err_code
head_get(
    const json_t *json, uint8_t nonce[static PROTOCOL_NONCE_LEN], struct err *e)
{
	enum err_code code = member_version(json, e);

	return code != ERR_OK
	    ? code
	    : json_get_hex(json, "nonce", nonce, PROTOCOL_NONCE_LEN, e);
}

enum err_code
renew_request_to_json(
    const struct renew_request *r, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = head_put(json, r->nonce, e)) != ERR_OK ||
	    (code = pem_put(json, "tls_csr", &r->tls_csr, e)) != ERR_OK ||
	    (code = pem_put(json, "courier_csr", &r->courier_csr, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
renew_request_from_json(
    const json_t *json, struct renew_request *out, struct err *e)
{
	struct renew_request r;
	enum err_code code;

	renew_request_init(&r);
	if ((code = head_get(json, r.nonce, e)) != ERR_OK ||
	    (code = json_get_long(json, "tls_csr", &r.tls_csr, e)) != ERR_OK ||
	    (code = json_get_long(json, "courier_csr", &r.courier_csr, e)) !=
	        ERR_OK) {
		renew_request_fini(&r);
		return code;
	}
	*out = r;
	return ERR_OK;
}

enum err_code
renew_answer_to_json(const struct renew_answer *a, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = head_put(json, a->nonce, e)) != ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)a->time, e)) !=
	        ERR_OK ||
	    (code = pem_put(json, "tls_cert_pem", &a->tls_cert, e)) != ERR_OK ||
	    (code = pem_put(json, "courier_cert_pem", &a->courier_cert, e)) !=
	        ERR_OK ||
	    (code = pem_put(json, "issuing_pem", &a->issuing, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
renew_answer_from_json(
    const json_t *json, struct renew_answer *out, struct err *e)
{
	struct renew_answer a;
	enum err_code code;

	renew_answer_init(&a);
	if ((code = head_get(json, a.nonce, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &a.time, e)) != ERR_OK ||
	    (code = json_get_long(json, "tls_cert_pem", &a.tls_cert, e)) !=
	        ERR_OK ||
	    (code = json_get_long(
	         json, "courier_cert_pem", &a.courier_cert, e)) != ERR_OK ||
	    (code = json_get_long(json, "issuing_pem", &a.issuing, e)) !=
	        ERR_OK) {
		renew_answer_fini(&a);
		return code;
	}
	*out = a;
	return ERR_OK;
}
