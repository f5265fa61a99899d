/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/renew.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"

/* Full rights and courier. */
enum { TLS, COURIER, KEYS_N };

static const struct {
	const char *csr, *cert;
	enum pki_kind kind;
} members[KEYS_N] = {
	[TLS] = { "tls_csr", "tls_cert_pem", PKI_DEVICE },
	[COURIER] = { "courier_csr", "courier_cert_pem", PKI_COURIER },
};

struct renewal {
	struct device_store *store;
	struct office_job *job;
	renew_done_fn *done;
	void *arg;
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct buf keys[KEYS_N], csrs[KEYS_N];
};

static struct crypto_part
part(const struct buf *b)
{
	return crypto_part(b->ptr, b->len);
}

bool
renew_is_due(const struct device_identity *identity, uint64_t now_ms)
{
	struct pki_info info;

	if (pki_inspect(part(&identity->tls_cert_pem), &info, NULL) != ERR_OK ||
	    info.not_after_ms <= info.not_before_ms)
		return true;
	return now_ms >= info.not_before_ms +
	    (info.not_after_ms - info.not_before_ms) / 3 * 2;
}

static void
renewal_free(struct renewal *r)
{
	for (size_t i = 0; i < KEYS_N; i++) {
		buf_wipe(&r->keys[i]);
		buf_fini(&r->csrs[i]);
	}
	free(r);
}

void
renew_cancel(struct renewal *r)
{
	if (r == NULL)
		return;
	office_cancel(r->job);
	renewal_free(r);
}

/* A certificate for our key, of this kind, under the pinned root. */
static enum err_code
check_cert(const struct renewal *r, size_t which, struct crypto_part cert,
    struct crypto_part issuing, struct err *e)
{
	const struct device_identity *i = device_store_identity(r->store);
	const struct pki_chain chain = {
		.leaf = cert, .issuing = issuing, .root = part(&i->root_pem)
	};
	struct pki_csr_info asked;
	struct hash32 spki;
	enum err_code code;

	if ((code = pki_verify_chain(
	         &chain, &i->root_sha256, members[which].kind, e)) != ERR_OK ||
	    (code = pki_csr_inspect(part(&r->csrs[which]), &asked, e)) !=
	        ERR_OK ||
	    (code = pki_spki_sha256(cert, &spki, e)) != ERR_OK)
		return code;
	if (!hash32_equal(spki, asked.spki_sha256))
		return err_set(e, ERR_AUTH, 0,
		    "the office answered a certificate for another key");
	return ERR_OK;
}

static enum err_code
get_part(
    const json_t *json, const char *key, struct crypto_part *out, struct err *e)
{
	const char *text;
	size_t len;
	enum err_code code = json_get_str(json, key, &text, &len, e);

	if (code == ERR_OK)
		*out = crypto_part(text, len);
	return code;
}

static enum err_code
take(struct renewal *r, const json_t *json, struct err *e)
{
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct crypto_part issuing, certs[KEYS_N];
	enum err_code code;

	if ((code = json_get_hex(json, "nonce", nonce, sizeof(nonce), e)) !=
	        ERR_OK ||
	    (code = get_part(json, "issuing_pem", &issuing, e)) != ERR_OK)
		return code;
	if (!secret_equal(nonce, r->nonce, sizeof(nonce)))
		return err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	for (size_t i = 0; i < KEYS_N; i++)
		if ((code = get_part(json, members[i].cert, &certs[i], e)) !=
		        ERR_OK ||
		    (code = check_cert(r, i, certs[i], issuing, e)) != ERR_OK)
			return code;
	return device_store_renew(r->store,
	    &(struct device_renewal){ .tls_key_pem = part(&r->keys[TLS]),
	        .tls_cert_pem = certs[TLS],
	        .courier_key_pem = part(&r->keys[COURIER]),
	        .courier_cert_pem = certs[COURIER],
	        .issuing_pem = issuing },
	    e);
}

static void
on_answer(void *arg, struct office_answer *a)
{
	struct renewal *r = arg;
	renew_done_fn *done = r->done;
	struct err e = a->local;

	if (a->outcome == SYNC_DONE && take(r, a->body, &e) == ERR_OK)
		e = (struct err){ .code = ERR_OK };
	else if (e.code == ERR_OK)
		(void)err_set(&e, ERR_BUSY, 0, "the office did not renew: %s",
		    sync_outcome_word(a->outcome));
	arg = r->arg;
	renewal_free(r);
	done(arg, a, &e);
}

static enum err_code
ask(struct renewal *r, struct office *office, struct err *e)
{
	const struct id_text name =
	    id_print(device_store_identity(r->store)->device);
	json_t *json = json_object();
	const struct office_ask ask = {
		.method = "POST", .target = "/v1/renew", .body = json
	};
	enum err_code code = json_put_int(json, "v", PROTOCOL_VERSION, e);

	if (code == ERR_OK)
		code =
		    json_put_hex(json, "nonce", r->nonce, sizeof(r->nonce), e);
	for (size_t i = 0; code == ERR_OK && i < KEYS_N; i++)
		if ((code = pki_key_make(&r->keys[i], e)) == ERR_OK &&
		    (code = pki_csr_make(
		         part(&r->keys[i]), name.s, &r->csrs[i], e)) == ERR_OK)
			code = json_put_text(json, members[i].csr,
			    r->csrs[i].ptr, r->csrs[i].len, e);
	if (code == ERR_OK)
		code = office_call(office, &ask, on_answer, r, &r->job, e);
	json_decref(json);
	return code;
}

enum err_code
renew_start(struct device_store *store, struct office *office,
    renew_done_fn *done, void *arg, struct renewal **out, struct err *e)
{
	struct renewal *r = calloc(1, sizeof(*r));
	enum err_code code;

	if (r == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r->store = store;
	r->done = done;
	r->arg = arg;
	rng_fill(r->nonce, sizeof(r->nonce));
	for (size_t i = 0; i < KEYS_N; i++) {
		buf_init(&r->keys[i], PKI_INPUT_MAX);
		buf_init(&r->csrs[i], PKI_INPUT_MAX);
	}
	code = ask(r, office, e);
	if (code != ERR_OK) {
		renewal_free(r);
		return code;
	}
	*out = r;
	return ERR_OK;
}
