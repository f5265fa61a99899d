/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's side for tests: what it sends, and what it is answered.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "tests/support/engine_world.h"

static const struct json_limits body_limits = {
	.bytes_max = (size_t)16 * 1024 * 1024,
	.tokens_max = (size_t)4 * 1000 * 1000,
	.depth_max = LIMIT_JSON_DEPTH,
};

/* ---- requests and answers ---- */

static const char *
method_of(enum wire_kind kind)
{
	return kind == WIRE_WAIT || kind == WIRE_COMMANDS ||
	        kind == WIRE_HISTORY
	    ? "GET"
	    : "POST";
}

static struct buf
signed_part(const struct dev *d, enum wire_kind kind, const char *target,
    const void *body, size_t len)
{
	struct buf b;

	buf_init(&b, 8192);
	protocol_request_signed(
	    d->w->keys.office, method_of(kind), target, body, len, &b);
	assert_int_equal(b.bad, ERR_OK);
	return b;
}

static uint64_t
queue_bytes(struct dev *d, enum wire_kind kind, const char *target,
    struct crypto_part body, bool as_courier)
{
	char sig_text[ENC_BASE64_LEN(PKI_SIG_MAX) + 1] = "";
	struct sign_sig sig;
	struct buf der;
	struct err e;
	struct buf covered = signed_part(d, kind, target, body.ptr, body.len);
	struct wire_request r = { .kind = (uint16_t)kind,
		.method = method_of(kind),
		.target = target,
		.has_cert = true,
		.sig = sig_text,
		.dict = d->dict == NULL ? "none" : d->dict,
		.peer = "test",
		.body = body.ptr,
		.body_len = body.len };
	const struct buf *cert = as_courier ? &d->courier_cert : &d->tls_cert;

	r.cert = cert->ptr;
	r.cert_len = cert->len;
	r.cert_sha256 = as_courier ? d->courier_sha256 : d->tls_sha256;
	if (!as_courier) {
		sign_make(&d->sign_key, covered.ptr, covered.len, &sig);
		enc_base64(sig.b, sizeof(sig.b), sig_text);
	} else if (kind == WIRE_COMMANDS && !d->courier_is_mute) {
		buf_init(&der, PKI_SIG_MAX);
		assert_ok(pki_sign(crypto_part_buf(&d->courier_key),
		              crypto_part_buf(&covered), &der, &e),
		    &e);
		enc_base64(der.ptr, der.len, sig_text);
		buf_fini(&der);
	}
	if (d->w->product != NULL)
		d->w->product(true);
	engine_take(d->w->g, ++d->w->token, WIRE_DEVICES, &r);
	if (d->w->product != NULL)
		d->w->product(false);
	buf_fini(&covered);
	return d->w->token;
}

static struct buf
pack(const json_t *body)
{
	struct buf text, packed;
	struct err e = { 0 };

	buf_init(&text, (size_t)16 * 1024 * 1024);
	buf_init(&packed, (size_t)16 * 1024 * 1024);
	if (body != NULL) {
		assert_ok(json_print(body, &text, &e), &e);
		assert_ok(
		    zip_pack(3, NULL, text.ptr, text.len, &packed, &e), &e);
	}
	buf_fini(&text);
	return packed;
}

uint64_t
dev_queue(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier)
{
	struct buf packed = pack(body);
	uint64_t token = queue_bytes(
	    d, kind, target, crypto_part(packed.ptr, packed.len), as_courier);

	buf_fini(&packed);
	return token;
}

bool
world_answer(struct world *w, uint64_t token, struct answer *out)
{
	for (size_t i = 0; i < w->n_answers; i++)
		if (w->answers[i].token == token) {
			*out = w->answers[i];
			w->answers[i] = w->answers[--w->n_answers];
			return true;
		}
	return false;
}

int
world_status(struct world *w, uint64_t token)
{
	struct answer a;
	int status;

	if (!world_answer(w, token, &a))
		return 0;
	status = a.status;
	answer_end(&a);
	return status;
}

void
answer_end(struct answer *a)
{
	buf_fini(&a->body);
}

bool
dev_answer_signed(const struct dev *d, const struct answer *a,
    enum wire_kind kind, const char *target, const void *body, size_t len)
{
	struct sign_pub pub = sign_pub_of(&d->w->keys.receipt);
	struct buf asked = signed_part(d, kind, target, body, len), covered;
	struct sign_sig sig;
	size_t sig_len;
	bool ok;

	buf_init(&covered, 256);
	protocol_answer_signed(
	    &asked, a->status, a->body.ptr, a->body.len, &covered);
	ok = enc_base64_parse(
	         a->sig, strlen(a->sig), sig.b, sizeof(sig.b), &sig_len) &&
	    sig_len == sizeof(sig.b) &&
	    sign_check(&pub, covered.ptr, covered.len, &sig);
	buf_fini(&asked);
	buf_fini(&covered);
	return ok;
}

struct answer
dev_send_bytes(struct dev *d, enum wire_kind kind, const char *target,
    const void *body, size_t len)
{
	struct answer a = { 0 };
	uint64_t token =
	    queue_bytes(d, kind, target, crypto_part(body, len), false);

	(void)engine_work(d->w->g);
	assert_true(world_answer(d->w, token, &a));
	assert_true(dev_answer_signed(d, &a, kind, target, body, len));
	return a;
}

struct answer
dev_send(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier)
{
	struct answer a = { 0 };
	struct buf packed = pack(body);
	uint64_t token = queue_bytes(
	    d, kind, target, crypto_part(packed.ptr, packed.len), as_courier);

	(void)engine_work(d->w->g);
	assert_true(world_answer(d->w, token, &a));
	assert_true(
	    dev_answer_signed(d, &a, kind, target, packed.ptr, packed.len));
	buf_fini(&packed);
	return a;
}

json_t *
answer_json(const struct answer *a)
{
	struct buf text;
	struct err e = { 0 };
	json_t *json = NULL;

	buf_init(&text, (size_t)16 * 1024 * 1024);
	if (a->dict[0] != '\0')
		assert_ok(zip_unpack(NULL, a->body.ptr, a->body.len,
		              (size_t)16 * 1024 * 1024, &text, &e),
		    &e);
	else
		assert_true(buf_add(&text, a->body.ptr, a->body.len));
	assert_ok(json_parse(text.ptr, text.len, &body_limits, &json, &e), &e);
	buf_fini(&text);
	return json;
}

enum protocol_word
answer_word(const struct answer *a)
{
	json_t *json = answer_json(a);
	enum protocol_word word;
	char detail[256];
	struct err e = { 0 };

	assert_ok(problem_from_json(json, &word, detail, &e), &e);
	assert_int_equal(protocol_word_status(word), a->status);
	json_decref(json);
	return word;
}

void
dev_request(const struct dev *d, struct sync_request *r)
{
	sync_request_init(r);
	rng_fill(r->nonce, sizeof(r->nonce));
	r->pull = true;
	r->has_cursor = d->has_cursor;
	r->cursor = d->cursor;
	r->outcome_no = d->outcome_no;
	r->written = d->n_journal;
	(void)snprintf(r->schema, sizeof(r->schema), "%s", d->schema);
	if (d->receipted < d->n_journal) {
		r->batches = calloc(1, sizeof(*r->batches));
		assert_non_null(r->batches);
		r->batches[0] = dev_batch(d, d->receipted + 1, d->n_journal);
		r->n_batches = 1;
	}
}

static void
take_receipts(struct dev *d, const struct sync_answer *a)
{
	struct sign_pub pub = sign_pub_of(&d->w->keys.receipt);
	struct err e = { 0 };

	for (size_t i = 0; i < a->n_receipts; i++) {
		const struct receipt *r = &a->receipts[i];

		assert_ok(
		    receipt_check(r, &pub, d->w->keys.office, d->id, &e), &e);
		assert_true(r->counter >= 1 && r->counter <= d->n_journal);
		assert_true(hash32_equal(r->link, d->links[r->counter - 1]));
		if (r->counter > d->receipted)
			d->receipted = r->counter;
	}
}

static void
take_outcomes(struct dev *d, const struct sync_answer *a)
{
	for (size_t i = 0; i < a->n_outcomes; i++) {
		assert_true(a->outcomes[i].no > d->outcome_no);
		d->outcome_no = a->outcomes[i].no;
		d->outcomes = realloc(
		    d->outcomes, (d->n_outcomes + 1) * sizeof(*d->outcomes));
		assert_non_null(d->outcomes);
		d->outcomes[d->n_outcomes++] = a->outcomes[i];
	}
}

struct sync_answer
dev_exchange(struct dev *d, const struct sync_request *r)
{
	struct sync_answer out;
	struct answer a;
	json_t *json = NULL;
	struct err e = { 0 };

	assert_ok(sync_request_to_json(r, &json, &e), &e);
	a = dev_send(d, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	if (a.status != 200)
		fail_msg(
		    "answered %d: %.*s", a.status, (int)a.body.len, a.body.ptr);
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &out, &e), &e);
	assert_memory_equal(out.nonce, r->nonce, sizeof(out.nonce));
	json_decref(json);
	answer_end(&a);
	take_receipts(d, &out);
	take_outcomes(d, &out);
	return out;
}

struct sync_answer
dev_ask(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;

	dev_request(d, &r);
	a = dev_exchange(d, &r);
	sync_request_fini(&r);
	return a;
}

void
dev_push(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;

	dev_request(d, &r);
	r.pull = false;
	a = dev_exchange(d, &r);
	assert_false(a.has_refusal);
	sync_answer_fini(&a);
	sync_request_fini(&r);
}
