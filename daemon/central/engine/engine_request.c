/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request is opened: who sent it, may they ask this, what does it say.  What
 * a front passed on is trusted for nothing but the certificate that TLS saw.
 */
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/engine_int.h"

/* What a kind of request needs. */
static const struct need {
	bool device;    /* a certificate of ours */
	bool courier;   /* of the courier, else with full rights */
	bool signature; /* of the device's signing key */
	bool body;      /* packed JSON */
} needs[] = {
	[WIRE_SYNC] = { true, false, true, true },
	[WIRE_ENROL] = { false, false, false, true },
	[WIRE_COURIER] = { true, true, false, true },
	[WIRE_COMMANDS] = { true, true, false, false },
	[WIRE_RENEW] = { true, false, true, true },
	[WIRE_WAIT] = { true, false, true, false },
	[WIRE_HISTORY] = { true, false, true, false },
	[WIRE_BLOB_PUT] = { true, false, true, true },
	[WIRE_BLOB_GET] = { true, false, true, false },
	[WIRE_HEALTH] = { false, false, false, false },
	[WIRE_METRICS] = { false, false, false, false },
	[WIRE_PAGE] = { false, false, false, false },
};

struct job *
job_new(uint64_t token, enum wire_listener listener,
    const struct wire_request *r, struct engine *g)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->token = token;
	j->kind = (enum wire_kind)r->kind;
	j->listener = listener;
	j->has_cert = r->has_cert;
	j->cert_sha256 = r->cert_sha256;
	j->method = strdup(r->method);
	j->target = strdup(r->target);
	j->sig = strdup(r->sig);
	j->dict = strdup(r->dict);
	buf_init(&j->cert, PKI_INPUT_MAX);
	buf_init(&j->body, LIMIT_BODY_PACKED);
	buf_init(&j->signed_bytes, 4096);
	sync_request_init(&j->sync);
	receipt_init(&j->receipt);
	(void)buf_add(&j->cert, r->cert, r->cert_len);
	(void)buf_add(&j->body, r->body, r->body_len);
	protocol_request_signed(g->office, r->method, r->target, r->body,
	    r->body_len, &j->signed_bytes);
	if (j->method == NULL || j->target == NULL || j->sig == NULL ||
	    j->dict == NULL || j->signed_bytes.bad == ERR_NOMEM ||
	    j->body.bad == ERR_NOMEM || j->cert.bad == ERR_NOMEM) {
		job_free(j);
		return NULL;
	}
	return j;
}

void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	free(j->method);
	free(j->target);
	free(j->sig);
	free(j->dict);
	buf_fini(&j->cert);
	buf_wipe(&j->body);
	buf_fini(&j->signed_bytes);
	for (size_t i = 0; i < j->n_batches; i++)
		batch_fini(&j->batches[i]);
	free(j->batches);
	sync_request_fini(&j->sync);
	receipt_fini(&j->receipt);
	json_decref(j->json);
	json_decref(j->scopes);
	free(j);
}

size_t
job_bytes(const struct job *j)
{
	return sizeof(*j) + j->body.room + j->cert.room + j->signed_bytes.room;
}

/* A certificate that no device row names: one of ours all the same when it
 * chains to our root.  Then the name in it is the device's id -- a renewal
 * whose answer was lost, or a store from before a renewal -- and a device that
 * is not known at all enrolled after the backup that this store came from. */
static bool
device_by_chain(struct engine *g, struct job *j, struct err *e)
{
	struct crypto_part leaf = crypto_part(j->cert.ptr, j->cert.len);
	struct pki_chain chain = { .leaf = leaf,
		.issuing = crypto_part(g->issuing_pem.ptr, g->issuing_pem.len),
		.root = crypto_part(g->root_pem.ptr, g->root_pem.len) };
	struct pki_info info;
	struct id id;
	enum err_code code = pki_inspect(leaf, &info, e);

	if (code != ERR_OK ||
	    (info.kind != PKI_DEVICE && info.kind != PKI_COURIER) ||
	    pki_verify_chain(&chain, &g->root_sha256, info.kind, e) != ERR_OK) {
		reply_problem(g, j, WORD_NOT_ALLOWED, NULL);
		return false;
	}
	code = id_parse(info.common_name, &id)
	    ? store_device_get(g->store, id, &j->device, e)
	    : ERR_NOTFOUND;
	if (code == ERR_NOTFOUND)
		j->is_found =
		    (j->kind == WIRE_SYNC || j->kind == WIRE_COURIER) &&
		    found_read(g, &info, &j->cert_sha256, &j->device);
	if (code == ERR_NOTFOUND && !j->is_found) {
		reply_problem(g, j, WORD_UNKNOWN_DEVICE, NULL);
		return false;
	}
	if (code != ERR_OK && code != ERR_NOTFOUND) {
		reply_error(g, j, e);
		return false;
	}
	j->is_courier = info.kind == PKI_COURIER;
	j->device.not_after = info.not_after_ms;
	return true;
}

static bool
find_device(struct engine *g, struct job *j)
{
	struct hash32 cert;
	struct err e;
	enum err_code code;

	if (!j->has_cert || j->cert.len == 0) {
		reply_problem(g, j, WORD_NOT_ALLOWED, NULL);
		return false;
	}
	/* The hash is what decides; it is made of the bytes that are checked.
	 */
	cert = crypto_sha256(j->cert.ptr, j->cert.len);
	if (!hash32_equal(cert, j->cert_sha256)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return false;
	}
	code = store_device_by_cert(
	    g->store, &cert, &j->device, &j->is_courier, &e);
	if (code == ERR_NOTFOUND)
		return device_by_chain(g, j, &e);
	if (code != ERR_OK) {
		reply_error(g, j, &e);
		return false;
	}
	return true;
}

static bool
signature_ok(const struct job *j)
{
	struct sign_sig sig;
	size_t len;

	return enc_base64_parse(
	           j->sig, strlen(j->sig), sig.b, sizeof(sig.b), &len) &&
	    len == sizeof(sig.b) && j->signed_bytes.bad == ERR_OK &&
	    sign_check(&j->device.sign_pub, j->signed_bytes.ptr,
	        j->signed_bytes.len, &sig);
}

static bool
authenticate(struct engine *g, struct job *j, const struct need *need)
{
	if (!find_device(g, j))
		return false;
	if (j->is_courier != need->courier ||
	    j->device.state == DEVICE_ENGINE) {
		reply_problem(g, j, WORD_NOT_ALLOWED, NULL);
		return false;
	}
	if (need->signature && !signature_ok(j)) {
		log_line(LOG_LEVEL_WARN, "engine", "request refused: signature",
		    "device=%s", id_print(j->device.id).s);
		reply_problem(g, j, WORD_BAD_SIGNATURE, NULL);
		return false;
	}
	if (!need->courier && j->device.state == DEVICE_REVOKED) {
		reply_problem(g, j, WORD_REVOKED, NULL);
		return false;
	}
	j->is_expired = j->device.not_after < clock_unix_ms();
	return true;
}

/* Unpack and parse; the bytes are scanned before anything is built of them. */
static bool
read_body(struct engine *g, struct job *j, json_t **out)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	const struct body_packed body = {
		.dict = j->dict,
		.ptr = j->body.ptr,
		.len = j->body.len,
		.unpacked_len_out = &j->unpacked,
	};
	struct err e;
	enum err_code code;

	if (j->body.bad != ERR_OK) {
		reply_problem(g, j, WORD_TOO_LARGE, NULL);
		return false;
	}
	if (!body_codec_knows(g->codec, j->dict)) {
		reply_problem(g, j, WORD_DICTIONARY, NULL);
		return false;
	}
	code = body_unpack(g->codec, &body, &limits, out, &e);
	if (code == ERR_MALFORMED)
		reply_problem(g, j, WORD_MALFORMED, NULL);
	else if (code != ERR_OK)
		reply_error(g, j, &e);
	return code == ERR_OK;
}

/* Answer what a decoder found wrong. */
static bool
decoded(struct engine *g, struct job *j, enum err_code code, struct err *e)
{
	if (code == ERR_OK)
		return true;
	if (code == ERR_NEWER)
		reply_problem(g, j, WORD_NEWER, NULL);
	else if (code == ERR_MALFORMED)
		reply_problem(g, j, WORD_MALFORMED, NULL);
	else
		reply_error(g, j, e);
	return false;
}

/* Open envelopes.  From the first that does not open on they are refused, and
 * what came before is received all the same. */
static bool
open_envelopes(
    struct engine *g, struct job *j, const struct envelope *list, size_t n)
{
	struct err e;

	j->batches = calloc(n, sizeof(*j->batches));
	if (j->batches == NULL) {
		reply_problem(g, j, WORD_BUSY, NULL);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (memcmp(list[i].key_id, g->sealing_id, 8) != 0 ||
		    envelope_open(&list[i], j->device.id, &g->sealing_key,
		        &j->batches[j->n_batches], &e) != ERR_OK) {
			j->is_cut = true;
			break;
		}
		j->n_batches++;
	}
	return true;
}

static bool
open_sync(struct engine *g, struct job *j, const json_t *json)
{
	struct err e;

	if (!decoded(g, j, sync_request_from_json(json, &j->sync, &e), &e))
		return false;
	memcpy(j->nonce, j->sync.nonce, sizeof(j->nonce));
	if (j->sync.n_envelopes > 0)
		return open_envelopes(
		    g, j, j->sync.envelopes, j->sync.n_envelopes);
	j->batches = j->sync.batches;
	j->n_batches = j->sync.n_batches;
	j->sync.batches = NULL;
	j->sync.n_batches = 0;
	return true;
}

static bool
open_courier(struct engine *g, struct job *j, const json_t *json)
{
	struct courier_request r;
	struct err e;
	bool ok = false;

	if (!decoded(g, j, courier_request_from_json(json, &r, &e), &e))
		return false;
	memcpy(j->nonce, r.nonce, sizeof(j->nonce));
	if (!id_equal(r.device, j->device.id))
		reply_problem(g, j, WORD_MALFORMED, NULL);
	else
		ok = open_envelopes(g, j, r.envelopes, r.n_envelopes);
	courier_request_fini(&r);
	return ok;
}

bool
job_open(struct engine *g, struct job *j)
{
	const struct need *need = &needs[j->kind];
	json_t *json = NULL;
	bool ok = true;

	if (need->device && !authenticate(g, j, need))
		return false;
	if (!need->body)
		return true;
	if (!read_body(g, j, &json))
		return false;
	if (j->kind == WIRE_SYNC)
		ok = open_sync(g, j, json);
	else if (j->kind == WIRE_COURIER)
		ok = open_courier(g, j, json);
	else
		j->json = json_incref(json);
	json_decref(json);
	return ok;
}
