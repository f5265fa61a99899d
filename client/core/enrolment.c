/* SPDX-License-Identifier: Apache-2.0 */
#include "client/core/enrolment.h"

#include "common/base/utf8.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"

static const char statement_context[] = "vb/statement/v1\n";

static const struct json_limits statement_limits = {
	.bytes_max = 16384,
	.tokens_max = 64,
	.depth_max = 4,
};

void
enrolment_init(struct enrolment *en)
{
	*en = (struct enrolment){ .code = { .id = "" } };
	enrol_request_init(&en->request);
	enrol_answer_init(&en->answer);
	device_identity_init(&en->identity);
}

void
enrolment_fini(struct enrolment *en)
{
	enrol_request_fini(&en->request);
	enrol_answer_fini(&en->answer);
	device_identity_fini(&en->identity);
	secret_wipe(&en->code, sizeof(en->code));
}

enum err_code
enrolment_keys(struct enrolment *en, const char *label, struct err *e)
{
	struct device_identity *id = &en->identity;
	size_t len = strlen(label);
	enum err_code code;

	if (len == 0 || len >= sizeof(en->request.label) ||
	    !utf8_is_printable(label, len, false))
		return err_set(e, ERR_INVALID, 0,
		    "the label must be one line of at most 64 bytes");
	memcpy(en->request.label, label, len + 1);
	memcpy(en->request.code_id, en->code.id, sizeof(en->code.id));
	sign_key_make(&id->sign_key);
	en->request.sign_pub = sign_pub_of(&id->sign_key);
	if ((code = pki_key_make(&id->tls_key_pem, e)) != ERR_OK ||
	    (code = pki_key_make(&id->courier_key_pem, e)) != ERR_OK ||
	    (code = pki_csr_make(crypto_part_buf(&id->tls_key_pem), label,
	         &en->request.tls_csr, e)) != ERR_OK)
		return code;
	return pki_csr_make(crypto_part_buf(&id->courier_key_pem), label,
	    &en->request.courier_csr, e);
}

static enum err_code
put_pem(json_t *out, const char *key, const struct buf *pem, struct err *e)
{
	return json_put_text(out, key, pem->ptr, pem->len, e);
}

static enum err_code
get_pem(const json_t *kept, const char *key, struct buf *out, struct err *e)
{
	const char *text = NULL;
	size_t len = 0;
	enum err_code code = json_get_str(kept, key, &text, &len, e);

	if (code != ERR_OK)
		return code;
	buf_reset(out);
	(void)buf_add(out, text, len);
	return buf_check(out, e);
}

/* The code that the request was made for: its secret, hashed once more. */
static struct hash32
code_mark(const struct enrolment *en)
{
	return crypto_sha256(&en->code, sizeof(en->code));
}

enum err_code
enrolment_keep(const struct enrolment *en, json_t **out, struct err *e)
{
	const struct device_identity *id = &en->identity;
	struct hash32 mark = code_mark(en);
	json_t *kept = json_object();
	enum err_code code;

	if ((code = json_put_hex(kept, "mark", mark.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_str(kept, "label", en->request.label, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(kept, "sign_key", id->sign_key.b, SIGN_KEY_LEN,
	         e)) != ERR_OK ||
	    (code = put_pem(kept, "tls_key", &id->tls_key_pem, e)) != ERR_OK ||
	    (code = put_pem(kept, "courier_key", &id->courier_key_pem, e)) !=
	        ERR_OK ||
	    (code = put_pem(kept, "tls_csr", &en->request.tls_csr, e)) !=
	        ERR_OK ||
	    (code = put_pem(
	         kept, "courier_csr", &en->request.courier_csr, e)) != ERR_OK) {
		json_decref(kept);
		return code;
	}
	*out = kept;
	return ERR_OK;
}

enum err_code
enrolment_take(struct enrolment *en, const json_t *kept, struct err *e)
{
	struct device_identity *id = &en->identity;
	struct hash32 mark = code_mark(en), was;
	const char *label = NULL;
	enum err_code code;

	if ((code = json_get_hex(kept, "mark", was.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_str(kept, "label", &label, NULL, e)) != ERR_OK)
		return code;
	if (!hash32_equal(mark, was))
		return err_set(e, ERR_AUTH, 0,
		    "this is another code than the one that was begun with");
	(void)snprintf(
	    en->request.label, sizeof(en->request.label), "%s", label);
	memcpy(en->request.code_id, en->code.id, sizeof(en->code.id));
	if ((code = json_get_hex(kept, "sign_key", id->sign_key.b, SIGN_KEY_LEN,
	         e)) != ERR_OK ||
	    (code = get_pem(kept, "tls_key", &id->tls_key_pem, e)) != ERR_OK ||
	    (code = get_pem(kept, "courier_key", &id->courier_key_pem, e)) !=
	        ERR_OK ||
	    (code = get_pem(kept, "tls_csr", &en->request.tls_csr, e)) !=
	        ERR_OK)
		return code;
	en->request.sign_pub = sign_pub_of(&id->sign_key);
	return get_pem(kept, "courier_csr", &en->request.courier_csr, e);
}

enum err_code
enrolment_root(struct enrolment *en, const void *der, size_t len, struct err *e)
{
	en->root = crypto_sha256(der, len);
	if (memcmp(en->root.b, en->code.pin, ENROL_PIN_LEN) != 0)
		return err_set(e, ERR_AUTH, 0,
		    "this is not the office that gave the code");
	return ERR_OK;
}

enum err_code
enrolment_request(struct enrolment *en, json_t **out, struct err *e)
{
	struct secret_key key;
	enum err_code code;

	enrol_code_key(en->code.secret, &key);
	code = enrol_request_to_json(&en->request, &key, &en->root, out, e);
	secret_wipe(&key, sizeof(key));
	return code;
}

/* The root's word on the office's other keys: its signature, and that it
 * speaks of this office, root and issuing authority. */
static enum err_code
take_statement(struct enrolment *en, struct err *e)
{
	const struct enrol_answer *a = &en->answer;
	struct device_identity *id = &en->identity;
	struct hash32 root, issuing, issuing_is;
	struct id office;
	struct buf text;
	json_t *json = NULL;
	enum err_code code;

	buf_init(&text, 32768);
	(void)buf_add_str(&text, statement_context);
	(void)buf_add(&text, a->statement.ptr, a->statement.len);
	if ((code = buf_check(&text, e)) != ERR_OK ||
	    (code = pki_sign_check(crypto_part_buf(&a->root_pem),
	         crypto_part_buf(&text), crypto_part_buf(&a->statement_sig),
	         e)) != ERR_OK ||
	    (code = json_parse_canonical(a->statement.ptr, a->statement.len,
	         &statement_limits, &json, e)) != ERR_OK ||
	    (code = json_get_id(json, "office", &office, e)) != ERR_OK ||
	    (code = json_get_hex(json, "root", root.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(json, "issuing", issuing.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(json, "receipt", id->receipt_pub.b,
	         SIGN_PUB_LEN, e)) != ERR_OK ||
	    (code = json_get_hex(json, "sealing", id->sealing_pub.b,
	         SEAL_PUB_LEN, e)) != ERR_OK ||
	    (code = json_get_hex(json, "recovery", id->recovery_pub.b,
	         SEAL_PUB_LEN, e)) != ERR_OK ||
	    (code = pki_cert_sha256(
	         crypto_part_buf(&a->issuing_pem), &issuing_is, e)) != ERR_OK)
		goto out;
	if (!id_equal(office, a->office) || !hash32_equal(root, en->root) ||
	    !hash32_equal(issuing, issuing_is) ||
	    !sign_pub_is_sound(&id->receipt_pub))
		code = err_set(e, ERR_AUTH, 0,
		    "the office's statement about its keys does not add up");
out:
	buf_fini(&text);
	json_decref(json);
	return code;
}

/* A certificate of ours: vouched for by the root, and on our own key. */
static enum err_code
check_cert(struct enrolment *en, const struct buf *cert, const struct buf *csr,
    enum pki_kind kind, struct err *e)
{
	const struct pki_chain chain = { .leaf = crypto_part_buf(cert),
		.issuing = crypto_part_buf(&en->answer.issuing_pem),
		.root = crypto_part_buf(&en->answer.root_pem) };
	struct pki_csr_info asked;
	struct hash32 key;
	enum err_code code;

	if ((code = pki_verify_chain(&chain, &en->root, kind, e)) != ERR_OK ||
	    (code = pki_csr_inspect(crypto_part_buf(csr), &asked, e)) !=
	        ERR_OK ||
	    (code = pki_spki_sha256(crypto_part_buf(cert), &key, e)) != ERR_OK)
		return code;
	if (!hash32_equal(key, asked.spki_sha256))
		return err_set(e, ERR_AUTH, 0,
		    "the office certified another key than ours");
	return ERR_OK;
}

static void
take_name(const json_t *names, const char *key, char *out, size_t cap)
{
	const char *s = json_string_value(json_object_get(names, key));

	(void)snprintf(out, cap, "%s", s != NULL ? s : "");
}

static enum err_code
take_bytes(struct buf *to, const struct buf *from, struct err *e)
{
	buf_reset(to);
	(void)buf_add(to, from->ptr, from->len);
	return buf_check(to, e);
}

static enum err_code
fill_identity(struct enrolment *en, const char *address, struct err *e)
{
	const struct enrol_answer *a = &en->answer;
	struct device_identity *id = &en->identity;
	enum err_code code;

	id->device = a->device;
	id->user = a->user;
	id->office = a->office;
	id->root_sha256 = en->root;
	id->is_pending = a->is_pending;
	take_name(a->names, "user", id->user_name, sizeof(id->user_name));
	take_name(a->names, "office", id->office_name, sizeof(id->office_name));
	take_name(a->names, "role", id->role, sizeof(id->role));
	if (strlen(address) >= sizeof(id->address))
		return err_set(e, ERR_INVALID, 0, "the address is too long");
	(void)snprintf(id->address, sizeof(id->address), "%s", address);
	if ((code = take_bytes(&id->tls_cert_pem, &a->tls_cert_pem, e)) !=
	        ERR_OK ||
	    (code = take_bytes(
	         &id->courier_cert_pem, &a->courier_cert_pem, e)) != ERR_OK ||
	    (code = take_bytes(&id->root_pem, &a->root_pem, e)) != ERR_OK ||
	    (code = take_bytes(&id->issuing_pem, &a->issuing_pem, e)) !=
	        ERR_OK ||
	    (code = take_bytes(&id->statement, &a->statement, e)) != ERR_OK)
		return code;
	return take_bytes(&id->statement_sig, &a->statement_sig, e);
}

enum err_code
enrolment_answer(struct enrolment *en, const json_t *json, const char *address,
    struct err *e)
{
	struct hash32 root;
	struct secret_key key;
	struct enrol_answer answer;
	enum err_code code;

	enrol_answer_init(&answer);
	enrol_code_key(en->code.secret, &key);
	code = enrol_answer_from_json(json, &key, &en->root, &answer, e);
	secret_wipe(&key, sizeof(key));
	if (code != ERR_OK)
		return code;
	enrol_answer_fini(&en->answer);
	en->answer = answer;
	code = pki_cert_sha256(crypto_part_buf(&answer.root_pem), &root, e);
	if (code == ERR_OK && !hash32_equal(root, en->root))
		code = err_set(e, ERR_AUTH, 0,
		    "the office sent another root than it showed");
	if (code != ERR_OK || (code = take_statement(en, e)) != ERR_OK ||
	    (code = check_cert(en, &en->answer.tls_cert_pem,
	         &en->request.tls_csr, PKI_DEVICE, e)) != ERR_OK ||
	    (code = check_cert(en, &en->answer.courier_cert_pem,
	         &en->request.courier_csr, PKI_COURIER, e)) != ERR_OK)
		return code;
	return fill_identity(en, address, e);
}
