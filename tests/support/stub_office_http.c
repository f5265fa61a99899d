/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stub office answers, honestly and otherwise.
 */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/body.h"
#include "common/core/device_command.h"
#include "common/core/limits.h"
#include "common/core/query.h"
#include "common/core/renew.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "tests/support/stub_office_int.h"

#define BODY_MAX ((size_t)4 << 20)
#define PAGE "<!DOCTYPE html><title>Welcome</title><p>Log in to the network."

static const struct json_limits limits = {
	.bytes_max = LIMIT_BODY_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

static void
target_of(const struct http_request *r, char out[static 512])
{
	(void)snprintf(out, 512, "%s%s%s", r->path, r->query != NULL ? "?" : "",
	    r->query != NULL ? r->query : "");
}

static void
request_signed(
    const struct stub_office *o, const struct http_request *r, struct buf *out)
{
	char target[512];

	target_of(r, target);
	buf_init(out, BODY_MAX);
	protocol_request_signed(o->id, http_method_name(r->method), target,
	    r->body, r->body_len, out);
}

static void
sign_answer(const struct stub_office *o, const struct http_request *r,
    unsigned status, const struct buf *body, char out[static 128])
{
	struct sign_key key = o->key;
	struct buf request, covered;
	struct sign_sig sig;

	if (o->mode == STUB_WRONG_KEY)
		sign_key_make(&key);
	request_signed(o, r, &request);
	buf_init(&covered, BODY_MAX);
	protocol_answer_signed(
	    &request, (int)status, body->ptr, body->len, &covered);
	sign_make(&key, covered.ptr, covered.len, &sig);
	enc_base64(sig.b, sizeof(sig.b), out);
	buf_fini(&request);
	buf_fini(&covered);
}

static void
reply_signed(struct stub_office *o, struct http_request *r, unsigned status,
    const char *type, const struct buf *body)
{
	char sig[128];
	struct http_header headers[] = {
		{ "Content-Type", type },
		{ "visitbook-sig", sig },
		{ "Retry-After", "7" },
	};
	const bool is_signed = o->mode != STUB_UNSIGNED;

	sign_answer(o, r, status, body, sig);
	if (o->mode == STUB_REPLAY && o->first_sig[0] != '\0') {
		headers[1].value = o->first_sig;
		http_reply(r, status, headers, 2, o->first_body.ptr,
		    o->first_body.len);
		return;
	}
	if (o->first_sig[0] == '\0' && body->len > 0) {
		memcpy(o->first_sig, sig, sizeof(sig));
		assert_true(buf_add(&o->first_body, body->ptr, body->len));
	}
	if (!is_signed)
		headers[1] = headers[0];
	http_reply(r, status, headers, o->mode == STUB_BUSY ? 3 : 2, body->ptr,
	    body->len);
}

void
stub_office_answer(struct stub_office *o, struct http_request *r,
    unsigned status, const json_t *body)
{
	struct buf text, packed;
	struct err e;

	buf_init(&text, BODY_MAX);
	buf_init(&packed, BODY_MAX);
	if (body != NULL) {
		assert_ok(json_print(body, &text, &e), &e);
		if (o->mode == STUB_GARBAGE)
			text.len /= 2;
		assert_ok(
		    zip_pack(3, NULL, text.ptr, text.len, &packed, &e), &e);
	}
	reply_signed(o, r, status, "application/json", &packed);
	buf_fini(&text);
	buf_fini(&packed);
}

static void
problem(struct stub_office *o, struct http_request *r, enum protocol_word word)
{
	json_t *json = NULL;
	struct buf text;
	struct err e;

	buf_init(&text, 4096);
	assert_ok(problem_to_json(word, "For a test.", &json, &e), &e);
	assert_ok(json_print(json, &text, &e), &e);
	reply_signed(o, r, (unsigned)protocol_word_status(word),
	    "application/problem+json", &text);
	json_decref(json);
	buf_fini(&text);
}

/* Answers that do not come from an office. */
static bool
reply_as_stranger(struct stub_office *o, struct http_request *r)
{
	static const struct http_header html[] = {
		{ "Content-Type", "text/html" },
		{ "Location", "http://login.example/" },
	};
	static const struct http_header json[] = {
		{ "Content-Type", "application/problem+json" },
	};
	static const char down[] =
	    "{\"detail\":\"No engine.\",\"status\":503,\"title\":\"Down\","
	    "\"type\":\"about:blank\",\"word\":\"revoked\"}";
	const char *dict;

	switch (o->mode) {
	case STUB_PORTAL:
		http_reply(r, 200, html, 1, PAGE, strlen(PAGE));
		return true;
	case STUB_REDIRECT:
		http_reply(r, 302, html, 2, PAGE, strlen(PAGE));
		return true;
	case STUB_PROXY_502:
		http_reply(r, 502, html, 1, PAGE, strlen(PAGE));
		return true;
	case STUB_FRONT_503:
		http_reply(r, 503, json, 1, down, strlen(down));
		return true;
	case STUB_BUSY:
		problem(o, r, WORD_BUSY);
		return true;
	case STUB_WORD:
		problem(o, r, o->word);
		return true;
	case STUB_OLD:
		dict = http_request_header(r, "visitbook-dict");
		if (dict == NULL || strcmp(dict, BODY_DICT_NONE) == 0)
			break;
		problem(o, r, WORD_DICTIONARY);
		return true;
	case STUB_GOOD:
	case STUB_UNSIGNED:
	case STUB_WRONG_KEY:
	case STUB_REPLAY:
	case STUB_NONCE:
	case STUB_GARBAGE:
	case STUB_REFUSES:
	case STUB_EXPIRED:
	case STUB_BAD_RECEIPT:
	case STUB_OTHER_JOURNAL:
		break;
	}
	return false;
}

/* Take a batch that follows what is here; a later one is a gap, an earlier one
 * has been received before. */
static void
receive(struct stub_office *o, struct batch *b, struct sync_answer *a)
{
	const struct sign_pub pub = sign_pub_of(&o->device_key);
	struct err e;

	assert_true(id_equal(b->device, o->device_id));
	assert_ok(batch_check(b, o->id, &pub, NULL, NULL, &e), &e);
	if (o->mode == STUB_REFUSES) {
		a->has_refusal = true;
		a->refusal = o->word;
		return;
	}
	if (b->from > o->counter + 1) {
		a->has_refusal = true;
		a->refusal = WORD_GAP;
		a->expect = o->counter + 1;
		return;
	}
	if (b->to > o->counter) {
		o->counter = b->to;
		o->link = b->link;
	}
}

static void
add_receipt(struct stub_office *o, struct sync_answer *a)
{
	struct receipt *r = calloc(1, sizeof(*r));
	struct sign_key key = o->key;
	struct err e;

	assert_non_null(r);
	receipt_init(r);
	r->office = o->id;
	r->device = o->device_id;
	r->counter = o->counter;
	r->link = o->link;
	r->intake = ++o->intake;
	r->epoch = 1;
	r->time = clock_unix_ms();
	if (o->mode == STUB_BAD_RECEIPT)
		sign_key_make(&key);
	if (o->mode == STUB_OTHER_JOURNAL)
		r->link.b[0] ^= 1;
	assert_ok(receipt_sign(r, &key, &e), &e);
	a->receipts = r;
	a->n_receipts = 1;
}

static void
reply_sync_answer(struct stub_office *o, struct http_request *r,
    struct sync_answer *a, const uint8_t nonce[static PROTOCOL_NONCE_LEN])
{
	json_t *json = NULL;
	struct err e;

	memcpy(a->nonce, nonce, sizeof(a->nonce));
	if (o->mode == STUB_NONCE)
		a->nonce[0] ^= 1;
	a->epoch = 1;
	if (o->n_orders > 0 && o->orders[o->n_orders - 1].no > o->told_done)
		a->command = o->orders[o->n_orders - 1].no;
	a->time = clock_unix_ms() + (uint64_t)o->clock_ms;
	if (o->mode == STUB_EXPIRED && o->renewals == 0) {
		a->pull_refused = true;
		a->pull_word = WORD_EXPIRED;
	}
	assert_ok(sync_answer_to_json(a, &json, &e), &e);
	stub_office_answer(o, r, 200, json);
	json_decref(json);
}

static json_t *
read_body(const struct http_request *r)
{
	const char *dict = http_request_header(r, "visitbook-dict");
	struct body_packed body = { .dict = dict == NULL ? "" : dict,
		.ptr = r->body,
		.len = r->body_len };
	struct body_codec *codec = NULL;
	json_t *json = NULL;
	struct err e;

	assert_ok(body_codec_new(&codec, &e), &e);
	assert_ok(body_unpack(codec, &body, &limits, &json, &e), &e);
	body_codec_free(codec);
	return json;
}

static void
do_sync(struct stub_office *o, struct http_request *r)
{
	json_t *json = read_body(r);
	struct sync_request request;
	struct sync_answer a;
	struct err e;

	o->syncs++;
	sync_answer_init(&a);
	assert_ok(sync_request_from_json(json, &request, &e), &e);
	for (size_t i = 0; i < request.n_batches; i++)
		receive(o, &request.batches[i], &a);
	if (request.n_batches > 0 && !a.has_refusal)
		add_receipt(o, &a);
	reply_sync_answer(o, r, &a, request.nonce);
	sync_request_fini(&request);
	sync_answer_fini(&a);
	json_decref(json);
}

static void
do_courier(struct stub_office *o, struct http_request *r)
{
	json_t *json = read_body(r);
	struct courier_request request;
	struct sync_answer a;
	struct err e;

	o->couriers++;
	sync_answer_init(&a);
	assert_ok(courier_request_from_json(json, &request, &e), &e);
	for (size_t i = 0; i < request.n_envelopes; i++) {
		struct batch b;

		assert_ok(envelope_open(&request.envelopes[i], request.device,
		              &o->sealing, &b, &e),
		    &e);
		receive(o, &b, &a);
		batch_fini(&b);
	}
	if (request.n_envelopes > 0 && !a.has_refusal)
		add_receipt(o, &a);
	reply_sync_answer(o, r, &a, request.nonce);
	courier_request_fini(&request);
	sync_answer_fini(&a);
	json_decref(json);
}

static void
do_commands(struct stub_office *o, struct http_request *r)
{
	char target[256];
	struct commands_answer a;
	json_t *json = NULL;
	struct err e;

	commands_answer_init(&a);
	(void)snprintf(target, sizeof(target), "?%s", r->query);
	assert_true(query_nonce(target, a.nonce));
	if (o->mode == STUB_NONCE)
		a.nonce[0] ^= 1;
	a.time = clock_unix_ms();
	(void)query_number(target, "done", &o->told_done);
	/* Lent for the call. */
	for (a.list = o->orders;
	     a.n < o->n_orders && a.list->no <= o->told_done; a.list++)
		a.n++;
	a.n = o->n_orders - a.n;
	assert_ok(commands_answer_to_json(&a, &json, &e), &e);
	o->commands++;
	stub_office_answer(o, r, 200, json);
	json_decref(json);
}

static struct party *
party_of(struct stub_office *o, enum pki_kind kind)
{
	return kind == PKI_DEVICE ? &o->device : &o->courier;
}

/* A certificate for the key in the request, by which the device is known from
 * now on. */
static void
certify(struct stub_office *o, enum pki_kind kind, const struct buf *csr,
    struct buf *cert)
{
	const struct pki_issuer issuer = {
		.cert = crypto_part(o->issuing.cert.ptr, o->issuing.cert.len),
		.key = crypto_part(o->issuing.key.ptr, o->issuing.key.len),
	};
	const struct id_text name = id_print(o->device_id);
	const uint64_t now = clock_unix_ms();
	const struct pki_profile profile = { .kind = kind,
		.common_name = name.s,
		.not_before_ms = now,
		.not_after_ms = now + (uint64_t)30 * 86400000 };
	struct err e;

	assert_ok(pki_issue(&issuer, crypto_part(csr->ptr, csr->len), &profile,
	              cert, &e),
	    &e);
	buf_reset(&party_of(o, kind)->cert);
	assert_true(buf_add(&party_of(o, kind)->cert, cert->ptr, cert->len));
}

static void
do_renew(struct stub_office *o, struct http_request *r)
{
	json_t *json = read_body(r), *said = NULL;
	struct renew_request asked;
	struct renew_answer a;
	struct err e;

	o->renewals++;
	renew_answer_init(&a);
	assert_ok(renew_request_from_json(json, &asked, &e), &e);
	memcpy(a.nonce, asked.nonce, sizeof(a.nonce));
	if (o->mode == STUB_NONCE)
		a.nonce[0] ^= 1;
	a.time = clock_unix_ms();
	certify(o, PKI_DEVICE, &asked.tls_csr, &a.tls_cert);
	certify(o, PKI_COURIER, &asked.courier_csr, &a.courier_cert);
	assert_true(
	    buf_add(&a.issuing, o->issuing.cert.ptr, o->issuing.cert.len));
	assert_ok(renew_answer_to_json(&a, &said, &e), &e);
	stub_office_answer(o, r, 200, said);
	json_decref(said);
	json_decref(json);
	renew_request_fini(&asked);
	renew_answer_fini(&a);
}

/* Is the request signed with the device's key, or, of the courier's, with its
 * TLS key? */
static bool
is_signed(const struct stub_office *o, const struct http_request *r,
    const char *text, bool by_courier)
{
	const struct sign_pub pub = sign_pub_of(&o->device_key);
	uint8_t bytes[PKI_SIG_MAX];
	struct sign_sig sig;
	struct buf covered;
	size_t len;
	bool ok =
	    enc_base64_parse(text, strlen(text), bytes, sizeof(bytes), &len);

	request_signed(o, r, &covered);
	if (ok && by_courier) {
		ok = pki_sign_check(crypto_part_buf(&o->courier.cert),
		         crypto_part_buf(&covered), crypto_part(bytes, len),
		         NULL) == ERR_OK;
	} else if (ok) {
		ok = len == sizeof(sig.b);
		if (ok)
			memcpy(sig.b, bytes, sizeof(sig.b));
		ok = ok && sign_check(&pub, covered.ptr, covered.len, &sig);
	}
	buf_fini(&covered);
	return ok;
}

/* Signed by the device, and shown with the device's certificate; or the
 * courier's certificate, and what it says was done is signed, nothing else. */
static bool
is_from(const struct stub_office *o, const struct http_request *r,
    const struct party *who, bool is_device)
{
	const char *text = http_request_header(r, "visitbook-sig");
	const bool wants_sig = is_device ||
	    (r->query != NULL && strstr(r->query, "done=") != NULL);
	struct hash32 cert;

	if (pki_cert_sha256(crypto_part(who->cert.ptr, who->cert.len), &cert,
	        NULL) != ERR_OK ||
	    !r->has_cert || memcmp(cert.b, r->cert_sha256, HASH32_LEN) != 0)
		return false;
	if (!wants_sig || text == NULL)
		return !wants_sig && text == NULL;
	return is_signed(o, r, text, !is_device);
}

void
stub_office_on_request(struct http_request *r, void *arg)
{
	struct stub_office *o = arg;
	const bool is_courier = strncmp(r->path, "/v1/courier/", 12) == 0;
	const char *dict = http_request_header(r, "visitbook-dict");
	const size_t len = strlen(o->dicts);

	(void)snprintf(o->dicts + len, sizeof(o->dicts) - len, "%s ",
	    dict == NULL ? "?" : dict);
	if (!is_from(
	        o, r, is_courier ? &o->courier : &o->device, !is_courier)) {
		o->strangers++;
		problem(o, r, WORD_BAD_SIGNATURE);
	} else if (reply_as_stranger(o, r)) {
		return;
	} else if (strcmp(r->path, "/v1/sync") == 0) {
		do_sync(o, r);
	} else if (strcmp(r->path, "/v1/courier/envelopes") == 0) {
		do_courier(o, r);
	} else if (strcmp(r->path, "/v1/courier/commands") == 0) {
		do_commands(o, r);
	} else if (strcmp(r->path, "/v1/renew") == 0) {
		do_renew(o, r);
	} else if (strcmp(r->path, "/v1/wait") == 0 && o->parked == NULL) {
		o->waits++;
		o->parked = r;
	} else {
		problem(o, r, WORD_NOT_FOUND);
	}
}
