/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh pair of certificates for a device that we know.  Safe to repeat: the
 * ones before stay good until they run out (device_by_chain), so a lost answer
 * costs nothing.
 */
#include "common/base/clock.h"
#include "common/core/renew.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/enrol.h"

#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

struct renewal {
	struct engine *g;
	struct office_device *device;
	struct renew_answer answer;
};

static enum err_code
issue(const struct renewal *w, const struct buf *csr, enum pki_kind kind,
    struct buf *cert, struct err *e)
{
	struct engine *g = w->g;
	struct pki_issuer issuer = {
		.cert = crypto_part(g->issuing_pem.ptr, g->issuing_pem.len),
		.key =
		    crypto_part(g->issuing_key_pem.ptr, g->issuing_key_pem.len),
	};
	const struct device_cert made = { .device = w->device,
		.kind = kind,
		.csr = crypto_part_buf(csr),
		.now_ms = w->answer.time };

	return device_cert_issue(&issuer, &made, cert, e);
}

static enum err_code
renew(struct renewal *w, const struct renew_request *asked, struct err *e)
{
	struct renew_answer *a = &w->answer;
	struct office_device *d = w->device;
	const struct buf *issuing = &w->g->issuing_pem;
	enum err_code code;

	memcpy(a->nonce, asked->nonce, sizeof(a->nonce));
	d->not_after = a->time + ENROL_CERT_DAYS * DAY_MS;
	if ((code = issue(w, &asked->tls_csr, PKI_DEVICE, &a->tls_cert, e)) !=
	        ERR_OK ||
	    (code = issue(w, &asked->courier_csr, PKI_COURIER, &a->courier_cert,
	         e)) != ERR_OK ||
	    (code = pki_cert_sha256(
	         crypto_part(a->tls_cert.ptr, a->tls_cert.len), &d->tls_sha256,
	         e)) != ERR_OK ||
	    (code = pki_cert_sha256(
	         crypto_part(a->courier_cert.ptr, a->courier_cert.len),
	         &d->courier_sha256, e)) != ERR_OK)
		return code;
	(void)buf_add(&a->issuing, issuing->ptr, issuing->len);
	return buf_check(&a->issuing, e);
}

/* Certify, and write down by which certificates the device is known now. */
static enum err_code
renew_all(struct renewal *w, struct round *r, struct job *j, struct err *e)
{
	char object[DEVICE_ENTRY_CAP];
	const struct audit_entry audit = { .actor = j->device.user,
		.action = "device.renew",
		.object = object };
	struct renew_request asked;
	struct log_entry entry;
	enum err_code code = renew_request_from_json(j->json, &asked, e);

	if (code != ERR_OK)
		return code;
	if ((code = store_begin(w->g->store, e)) == ERR_OK &&
	    (code = round_device(r, j->device.id, &w->device, e)) == ERR_OK &&
	    (code = renew(w, &asked, e)) == ERR_OK) {
		device_entry(w->device, NULL, object);
		if ((code = audit_put(r, &audit, &entry, e)) == ERR_OK &&
		    (code = round_flush(r, e)) == ERR_OK)
			code = store_commit(w->g->store, e);
	}
	store_rollback(w->g->store);
	renew_request_fini(&asked);
	return code;
}

void
answer_renew(struct engine *g, struct job *j)
{
	struct renewal w = { .g = g };
	struct round r;
	json_t *json = NULL;
	struct err e;
	enum err_code code;

	round_init(&r, g);
	renew_answer_init(&w.answer);
	w.answer.time = clock_unix_ms();
	code = renew_all(&w, &r, j, &e);
	if (code == ERR_OK)
		code = renew_answer_to_json(&w.answer, &json, &e);
	if (code == ERR_OK)
		reply_json(g, j, 200, json);
	else if (code == ERR_NEWER)
		reply_problem(g, j, WORD_NEWER, NULL);
	else if (code == ERR_MALFORMED || code == ERR_AUTH)
		reply_problem(g, j, WORD_MALFORMED, NULL);
	else
		reply_error(g, j, &e);
	json_decref(json);
	renew_answer_fini(&w.answer);
	round_fini(&r);
}
