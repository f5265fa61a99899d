/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/renew.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/core/renew.h"
#include "common/sys/pki.h"

/* Full rights and courier. */
enum { TLS, COURIER, KEYS_N };

static const enum pki_kind kinds[KEYS_N] = {
	[TLS] = PKI_DEVICE,
	[COURIER] = PKI_COURIER,
};

struct renewal {
	struct device_store *store;
	struct office_job *job;
	renew_done_fn *done;
	void *arg;
	struct renew_request asked;
	struct buf keys[KEYS_N];
};

bool
renew_is_due(const struct device_identity *identity, uint64_t now_ms)
{
	struct pki_info info;

	if (pki_inspect(crypto_part_buf(&identity->tls_cert_pem), &info,
	        NULL) != ERR_OK ||
	    info.not_after_ms <= info.not_before_ms)
		return true;
	return now_ms >= info.not_before_ms +
	    (info.not_after_ms - info.not_before_ms) / 3 * 2;
}

bool
renew_is_wanted(struct device_store *store, const struct sync_report *last)
{
	struct store_status status;
	uint64_t now_ms = clock_unix_ms();

	if (sync_report_is_expired(last))
		return true;
	if (device_store_status(store, &status, NULL) == ERR_OK &&
	    status.last_contact != 0)
		now_ms += (uint64_t)status.clock_offset;
	return renew_is_due(device_store_identity(store), now_ms);
}

static void
renewal_free(struct renewal *r)
{
	for (size_t i = 0; i < KEYS_N; i++)
		buf_wipe(&r->keys[i]);
	renew_request_fini(&r->asked);
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

static const struct buf *
csr_of(const struct renewal *r, size_t which)
{
	return which == TLS ? &r->asked.tls_csr : &r->asked.courier_csr;
}

/* A certificate for our key, of this kind, under the pinned root. */
static enum err_code
check_cert(const struct renewal *r, size_t which, struct crypto_part cert,
    struct crypto_part issuing, struct err *e)
{
	const struct device_identity *i = device_store_identity(r->store);
	const struct pki_chain chain = { .leaf = cert,
		.issuing = issuing,
		.root = crypto_part_buf(&i->root_pem) };
	struct pki_csr_info asked;
	struct hash32 spki;
	enum err_code code;

	if ((code = pki_verify_chain(
	         &chain, &i->root_sha256, kinds[which], e)) != ERR_OK ||
	    (code = pki_csr_inspect(
	         crypto_part_buf(csr_of(r, which)), &asked, e)) != ERR_OK ||
	    (code = pki_spki_sha256(cert, &spki, e)) != ERR_OK)
		return code;
	if (!hash32_equal(spki, asked.spki_sha256))
		return err_set(e, ERR_AUTH, 0,
		    "the office answered a certificate for another key");
	return ERR_OK;
}

static enum err_code
take(struct renewal *r, const json_t *json, struct err *e)
{
	struct renew_answer a;
	enum err_code code = renew_answer_from_json(json, &a, e);

	if (code != ERR_OK)
		return code;
	if (!secret_equal(a.nonce, r->asked.nonce, sizeof(a.nonce)))
		code = err_set(
		    e, ERR_MALFORMED, 0, "the answer is to another question");
	else if ((code = check_cert(r, TLS, crypto_part_buf(&a.tls_cert),
	              crypto_part_buf(&a.issuing), e)) == ERR_OK &&
	    (code = check_cert(r, COURIER, crypto_part_buf(&a.courier_cert),
	         crypto_part_buf(&a.issuing), e)) == ERR_OK)
		code = device_store_renew(r->store,
		    &(struct device_renewal){
		        .tls_key_pem = crypto_part_buf(&r->keys[TLS]),
		        .tls_cert_pem = crypto_part_buf(&a.tls_cert),
		        .courier_key_pem = crypto_part_buf(&r->keys[COURIER]),
		        .courier_cert_pem = crypto_part_buf(&a.courier_cert),
		        .issuing_pem = crypto_part_buf(&a.issuing) },
		    e);
	renew_answer_fini(&a);
	return code;
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
make_key(struct buf *key, const char *name, struct buf *csr, struct err *e)
{
	enum err_code code = pki_key_make(key, e);

	return code != ERR_OK
	    ? code
	    : pki_csr_make(crypto_part_buf(key), name, csr, e);
}

static enum err_code
ask(struct renewal *r, struct office *office, struct err *e)
{
	const struct id_text name =
	    id_print(device_store_identity(r->store)->device);
	struct office_ask ask = { .method = "POST", .target = "/v1/renew" };
	json_t *json = NULL;
	enum err_code code;

	rng_fill(r->asked.nonce, sizeof(r->asked.nonce));
	if ((code = make_key(&r->keys[TLS], name.s, &r->asked.tls_csr, e)) !=
	        ERR_OK ||
	    (code = make_key(&r->keys[COURIER], name.s, &r->asked.courier_csr,
	         e)) != ERR_OK ||
	    (code = renew_request_to_json(&r->asked, &json, e)) != ERR_OK)
		return code;
	ask.body = json;
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
	renew_request_init(&r->asked);
	for (size_t i = 0; i < KEYS_N; i++)
		buf_init(&r->keys[i], PKI_INPUT_MAX);
	code = ask(r, office, e);
	if (code != ERR_OK) {
		renewal_free(r);
		return code;
	}
	*out = r;
	return ERR_OK;
}
