/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh pair of certificates for a device that we know.  Safe to repeat: the
 * ones before stay good until they run out (device_by_chain), so a lost answer
 * costs nothing.
 */
#include "common/base/clock.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/engine_int.h"

#define CERT_DAYS 30
#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

struct renewal {
	struct engine *g;
	struct office_device *device;
	uint64_t now_ms;
	struct buf tls, courier; /* PEM */
};

static enum err_code
issue(const struct renewal *w, const json_t *request, const char *key,
    enum pki_kind kind, struct buf *cert, struct err *e)
{
	struct engine *g = w->g;
	struct id_text name = id_print(w->device->id);
	struct pki_issuer issuer = {
		.cert = crypto_part(g->issuing_pem.ptr, g->issuing_pem.len),
		.key =
		    crypto_part(g->issuing_key_pem.ptr, g->issuing_key_pem.len),
	};
	struct pki_profile profile = { .kind = kind,
		.common_name = name.s,
		.not_before_ms = w->now_ms - DAY_MS,
		.not_after_ms = w->now_ms + CERT_DAYS * DAY_MS };
	const char *csr;
	size_t len;
	enum err_code code = json_get_str(request, key, &csr, &len, e);

	if (code == ERR_OK)
		code = pki_issue(
		    &issuer, crypto_part(csr, len), &profile, cert, e);
	return code;
}

static enum err_code
renew(struct renewal *w, const json_t *request, struct err *e)
{
	struct office_device *d = w->device;
	enum err_code code;

	if ((code = issue(w, request, "tls_csr", PKI_DEVICE, &w->tls, e)) !=
	        ERR_OK ||
	    (code = issue(w, request, "courier_csr", PKI_COURIER, &w->courier,
	         e)) != ERR_OK ||
	    (code = pki_cert_sha256(crypto_part(w->tls.ptr, w->tls.len),
	         &d->tls_sha256, e)) != ERR_OK ||
	    (code = pki_cert_sha256(crypto_part(w->courier.ptr, w->courier.len),
	         &d->courier_sha256, e)) != ERR_OK)
		return code;
	d->not_after = w->now_ms + CERT_DAYS * DAY_MS;
	return ERR_OK;
}

static enum err_code
answer_of(
    const struct renewal *w, const json_t *request, json_t **out, struct err *e)
{
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_get_hex(request, "nonce", nonce, sizeof(nonce), e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_hex(json, "nonce", nonce, sizeof(nonce), e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)w->now_ms, e)) !=
	        ERR_OK ||
	    (code = json_put_text(
	         json, "tls_cert_pem", w->tls.ptr, w->tls.len, e)) != ERR_OK ||
	    (code = json_put_text(json, "courier_cert_pem", w->courier.ptr,
	         w->courier.len, e)) != ERR_OK ||
	    (code = json_put_text(json, "issuing_pem", w->g->issuing_pem.ptr,
	         w->g->issuing_pem.len, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

void
answer_renew(struct engine *g, struct job *j)
{
	struct renewal w = { .g = g };
	struct round r;
	json_t *json = NULL;
	struct err e;
	enum err_code code = store_begin(g->store, &e);

	round_init(&r, g);
	w.now_ms = clock_unix_ms();
	buf_init(&w.tls, PKI_INPUT_MAX);
	buf_init(&w.courier, PKI_INPUT_MAX);
	if (code == ERR_OK &&
	    (code = round_device(&r, j->device.id, &w.device, &e)) == ERR_OK &&
	    (code = renew(&w, j->json, &e)) == ERR_OK &&
	    (code = answer_of(&w, j->json, &json, &e)) == ERR_OK &&
	    (code = round_flush(&r, &e)) == ERR_OK)
		code = store_commit(g->store, &e);
	store_rollback(g->store);
	if (code == ERR_OK)
		reply_json(g, j, 200, json);
	else if (code == ERR_MALFORMED || code == ERR_AUTH)
		reply_problem(g, j, WORD_MALFORMED, NULL);
	else
		reply_error(g, j, &e);
	json_decref(json);
	buf_fini(&w.tls);
	buf_fini(&w.courier);
	round_fini(&r);
}
