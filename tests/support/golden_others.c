/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment, courier, problems, a receipt to check with openssl, and vectors
 * of everything that is signed.
 */
#include "tests/support/check.h"

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/sys/crypto_seal_int.h"
#include "common/sys/json.h"
#include "tests/support/golden.h"

static void
add_enrolment(struct golden *g)
{
	struct enrol_request r;
	struct enrol_answer a;
	struct buf sig;
	size_t len = 0;
	char raw[256];
	json_t *json = NULL;
	struct err e;

	enrol_request_init(&r);
	memcpy(r.code_id, g->code.id, sizeof(r.code_id));
	memcpy(r.label, "Ward laptop", sizeof("Ward laptop"));
	golden_read("tls_csr.pem", &r.tls_csr);
	golden_read("courier_csr.pem", &r.courier_csr);
	r.sign_pub = g->device.pub;
	assert_ok(
	    enrol_request_to_json(&r, &g->code_key, &g->root_sha256, &json, &e),
	    &e);
	golden_add(g, "enrol_request.json", "enrol_request",
	    "A device shows that it holds the code", json);
	enrol_request_fini(&r);

	enrol_answer_init(&a);
	a.device = g->device.device;
	a.user = journal_id(3);
	a.office = g->device.office;
	a.names = json_pack("{s: s, s: s, s: s}", "user", "Ann Example",
	    "office", "Golden office", "role", "field");
	golden_read("root.pem", &a.root_pem);
	golden_read("issuing.pem", &a.issuing_pem);
	golden_read("tls_cert.pem", &a.tls_cert_pem);
	golden_read("courier_cert.pem", &a.courier_cert_pem);
	golden_read("statement.json", &a.statement);
	golden_read("statement.sig", &sig);
	assert_true(enc_base64_parse(sig.ptr, sig.len, raw, sizeof(raw), &len));
	(void)buf_add(&a.statement_sig, raw, len);
	buf_fini(&sig);
	a.schema = json_pack("{s: i, s: i}", "format", 1, "version", 3);
	json = NULL;
	assert_ok(
	    enrol_answer_to_json(&a, &g->code_key, &g->root_sha256, &json, &e),
	    &e);
	golden_add(g, "enrol_answer.json", "enrol_answer",
	    "Certificates, names, the root's statement; a schema bundle (cut"
	    " short here)",
	    json);
	enrol_answer_fini(&a);
}

/* Change 1 sealed with a fixed ephemeral key, which only a test may do; the
 * steps are those of protocol.md and not a call of envelope_seal. */
static void
seal_first(struct golden *g, struct envelope *out)
{
	static const char context[] = "vb/outbox/v1";
	struct seal_pub pub = seal_pub_of(&g->sealing_key);
	struct hash32 id = crypto_sha256(pub.b, SEAL_PUB_LEN);
	uint8_t info[sizeof(context) + 8], aad[ID_LEN + 8] = { 0 };
	struct crypto_part info_aad[2] = { crypto_part(info, sizeof(info)),
		crypto_part(aad, sizeof(aad)) };
	struct seal_key ephemeral;
	struct batch one = g->full;
	struct buf text;
	struct err e;

	one.to = 1;
	one.n_changes = 1;
	journal_sign(&g->device, g->full.before, &one);
	journal_print_batch(&one, &text);
	while (text.len <= 1024 || text.len % 4096 != 0)
		(void)buf_add_char(&text, ' ');
	*out = (struct envelope){ .counter = 1 };
	memcpy(out->key_id, id.b, 8);
	memcpy(info, context, sizeof(context));
	memcpy(info + sizeof(context), id.b, 8);
	memcpy(aad, g->device.device.b, ID_LEN);
	aad[ID_LEN + 7] = 1;
	memset(ephemeral.b, 0x77, SEAL_KEY_LEN);
	buf_init(&out->sealed, LIMIT_BODY_BYTES);
	assert_ok(seal_make_with(&ephemeral, &pub, info_aad,
	              crypto_part(text.ptr, text.len), &out->sealed, &e),
	    &e);
	buf_fini(&text);
}

static void
add_courier(struct golden *g)
{
	struct courier_request r;
	json_t *json = NULL;
	struct err e;

	courier_request_init(&r);
	r.device = g->device.device;
	memset(r.nonce, 0xf8, sizeof(r.nonce));
	r.envelopes = calloc(1, sizeof(*r.envelopes));
	assert_non_null(r.envelopes);
	r.n_envelopes = 1;
	seal_first(g, &r.envelopes[0]);
	assert_ok(courier_request_to_json(&r, &json, &e), &e);
	golden_add(g, "courier_request.json", "courier_request",
	    "Change 1, sealed to the office while the notes are locked", json);
	courier_request_fini(&r);
}

static void
add_receipt(struct golden *g)
{
	struct receipt r;
	json_t *json = NULL;
	struct err e;

	golden_receipt(g, 3, &r);
	assert_ok(receipt_to_json(&r, false, &json, &e), &e);
	golden_add(g, "receipt_full.json", "receipt",
	    "A receipt as a device keeps and shows it", json);
	receipt_fini(&r);
}

static void
add_problems(struct golden *g)
{
	static const struct {
		const char *file, *detail;
		enum protocol_word word;
	} problems[] = {
		{ "problem_busy.json",
		    "The office is busy. Your notes are safe here.",
		    WORD_BUSY },
		{ "problem_revoked.json",
		    "This device was switched off by the office.",
		    WORD_REVOKED },
		{ "problem_bad_code.json",
		    "This code is not valid any more. Ask for a new one.",
		    WORD_BAD_CODE },
		{ "problem_dictionary.json",
		    "The office does not know how this was packed.",
		    WORD_DICTIONARY },
	};

	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		json_t *json = NULL;
		struct err e;

		assert_ok(problem_to_json(
		              problems[i].word, problems[i].detail, &json, &e),
		    &e);
		golden_add(g, problems[i].file, "problem",
		    "An error: one word for the program, one sentence for the"
		    " person",
		    json);
	}
}

void
golden_others(struct golden *g)
{
	add_enrolment(g);
	add_courier(g);
	add_receipt(g);
	add_problems(g);
}

static void
put_hex(json_t *json, const char *key, const void *data, size_t len)
{
	struct err e;

	assert_ok(json_put_hex(json, key, data, len, &e), &e);
}

/* A request without a body and the answer to it. */
static json_t *
exchange_vector(const struct golden *g)
{
	static const char body[] = "the packed body";
	json_t *json = json_pack("{s: s, s: s, s: i}", "method", "POST",
	    "target", "/v1/sync", "status", 200);
	struct buf asked, said;
	struct sign_sig sig;

	buf_init(&asked, 4096);
	buf_init(&said, 4096);
	protocol_request_signed(g->device.office, "POST", "/v1/sync", body,
	    sizeof(body) - 1, &asked);
	protocol_answer_signed(&asked, 200, body, sizeof(body) - 1, &said);
	put_hex(json, "body", body, sizeof(body) - 1);
	put_hex(json, "request_signed", asked.ptr, asked.len);
	sign_make(&g->device.key, asked.ptr, asked.len, &sig);
	put_hex(json, "request_sig", sig.b, SIGN_SIG_LEN);
	put_hex(json, "answer_signed", said.ptr, said.len);
	sign_make(&g->receipt_key, said.ptr, said.len, &sig);
	put_hex(json, "answer_sig", sig.b, SIGN_SIG_LEN);
	buf_fini(&asked);
	buf_fini(&said);
	return json;
}

/* Each change's signed form and link. */
static json_t *
journal_vector(const struct golden *g)
{
	struct hash32 link = g->full.before;
	json_t *json = json_object(), *list = json_array();
	struct err e;

	put_hex(json, "link_0", link.b, HASH32_LEN);
	for (size_t i = 0; i < g->full.n_changes; i++) {
		const struct change *c = &g->full.changes[i];
		json_t *one = json_object();
		struct sign_sig sig;
		struct buf form;

		buf_init(&form, LIMIT_CHANGE_BYTES);
		assert_ok(change_signed_form(c, &form, &e), &e);
		assert_ok(json_put_str(one, "signed_form", form.ptr, &e), &e);
		assert_ok(change_link_next(link, c, &link, &e), &e);
		put_hex(one, "link", link.b, HASH32_LEN);
		sig = change_sign(&g->device.key, g->device.office, c->device,
		    c->counter, link);
		put_hex(one, "sig", sig.b, SIGN_SIG_LEN);
		assert_ok(json_add_take(list, one, &e), &e);
		buf_fini(&form);
	}
	assert_ok(json_put_take(json, "changes", list, &e), &e);
	return json;
}

static json_t *
keys_vector(const struct golden *g)
{
	struct sign_pub receipt = sign_pub_of(&g->receipt_key);
	struct seal_pub sealing = seal_pub_of(&g->sealing_key);
	char code[ENROL_CODE_TEXT_MAX];
	json_t *json;

	enrol_code_print(&g->code, code);
	json = json_pack("{s: s, s: s, s: s}", "office",
	    id_print(g->device.office).s, "device",
	    id_print(g->device.device).s, "enrol_code", code);
	put_hex(json, "device_sign_key", g->device.key.b, SIGN_KEY_LEN);
	put_hex(json, "device_sign_pub", g->device.pub.b, SIGN_PUB_LEN);
	put_hex(json, "receipt_key", g->receipt_key.b, SIGN_KEY_LEN);
	put_hex(json, "receipt_pub", receipt.b, SIGN_PUB_LEN);
	put_hex(json, "sealing_key", g->sealing_key.b, SEAL_KEY_LEN);
	put_hex(json, "sealing_pub", sealing.b, SEAL_PUB_LEN);
	put_hex(json, "enrol_code_key", g->code_key.b, HASH32_LEN);
	put_hex(json, "root_sha256", g->root_sha256.b, HASH32_LEN);
	return json;
}

void
golden_vectors(struct golden *g)
{
	json_t *json = json_object();
	char *text;
	struct err e;

	assert_ok(json_put_take(json, "keys", keys_vector(g), &e), &e);
	assert_ok(json_put_take(json, "exchange", exchange_vector(g), &e), &e);
	assert_ok(json_put_take(json, "journal", journal_vector(g), &e), &e);
	/* For people to read: one member a line. */
	text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
	assert_non_null(text);
	assert_true(buf_add_str(&g->vectors, text));
	assert_true(buf_add_char(&g->vectors, '\n'));
	free(text);
	json_decref(json);
}
