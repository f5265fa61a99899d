/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/engine/enrol.h"

#include <stdio.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"
#include "common/core/change.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/meta_names.h"

#define DAY_MS ((uint64_t)86400000)
#define MINUTE_MS ((uint64_t)60000)
#define ANSWER_MAX ((size_t)1024 * 1024)

static const struct json_limits answer_limits = { .bytes_max = ANSWER_MAX,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH };

void
enrol_code_object(
    const struct office_code *c, char out[static ENROL_OBJECT_CAP])
{
	char hex[ENC_HEX_LEN((size_t)HASH32_LEN) + 1], rest[40];
	struct hash32 digest;

	(void)snprintf(rest, sizeof(rest), "%d %llu", (int)c->needs_approval,
	    (unsigned long long)c->expires);
	digest = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(c->key.b, HASH32_LEN),
	        crypto_part(c->label, strlen(c->label) + 1),
	        crypto_part(rest, strlen(rest)) },
	    3);
	enc_hex(digest.b, HASH32_LEN, hex);
	(void)snprintf(
	    out, ENROL_OBJECT_CAP, "%s %s %s", id_print(c->user).s, c->id, hex);
}

enum err_code
enrol_code_make(struct office_store *s, const struct enrol_code_order *order,
    char text_out[ENROL_CODE_TEXT_MAX], uint64_t *expires_out, struct err *e)
{
	struct office_code kept = { .user = order->user,
		.needs_approval = order->needs_approval,
		.expires = order->now_ms + ENROL_MINUTES * MINUTE_MS };
	struct office_code other;
	struct enrol_code c = { .id = "" };
	uint8_t id[3]; /* 24 bits, of which four characters show 20 */
	char id_text[8];
	enum err_code code;

	do { /* until the id is free: there are a million */
		rng_fill(id, sizeof(id));
		enc_base32(id, sizeof(id), id_text);
		memcpy(c.id, id_text, sizeof(c.id) - 1);
		code = store_code_get(s, c.id, &other, e);
		if (code == ERR_OK)
			buf_fini(&other.answer);
	} while (code == ERR_OK);
	if (code != ERR_NOTFOUND)
		return code;
	rng_fill(c.secret, ENROL_SECRET_LEN);
	memcpy(c.pin, order->root_sha256.b, ENROL_PIN_LEN);
	memcpy(kept.id, c.id, sizeof(kept.id));
	enrol_code_key(c.secret, &kept.key);
	(void)snprintf(kept.label, sizeof(kept.label), "%s",
	    order->label == NULL ? "" : order->label);
	buf_init(&kept.answer, 0);
	code = store_code_put(s, &kept, e);
	if (code == ERR_OK) {
		enrol_code_print(&c, text_out);
		*expires_out = kept.expires;
	}
	secret_wipe(&c, sizeof(c));
	secret_wipe(&kept.key, sizeof(kept.key));
	return code;
}

static enum err_code
bad_code(enum protocol_word *word, struct err *e, const char *why)
{
	*word = WORD_BAD_CODE;
	return err_set(e, ERR_AUTH, 0, "%s", why);
}

/* One request on its way. */
struct enrolment {
	const struct enrol_office *o;
	const json_t *request;
	struct hash32 hash; /* of the request */
	json_t **answer_out;
	enum protocol_word *word;
};

/* Count a wrong proof. */
static enum err_code
try_count(const struct enrolment *n, struct office_code *c, struct err *e)
{
	const struct enrol_office *o = n->o;
	enum err_code code;

	c->tries++;
	code = store_code_put(o->store, c, e);
	if (code == ERR_OK && c->tries == ENROL_TRIES_MAX)
		code = o->audit(o->arg, c->user, "code.spent", c->id,
		    "too many wrong tries", e);
	if (code == ERR_OK)
		code = store_commit(o->store, e);
	return code != ERR_OK ? code
	                      : bad_code(n->word, e, "the code is wrong");
}

/* One of a device's two certificates. */
struct cert_order {
	const struct buf *csr;
	enum pki_kind kind;
	struct buf *cert_out;
	struct hash32 *sha256_out;
};

static enum err_code
cert_issue(const struct enrol_office *o, const struct office_device *d,
    const struct cert_order *order, struct err *e)
{
	const struct device_cert cert = { .device = d,
		.kind = order->kind,
		.csr = crypto_part_buf(order->csr),
		.now_ms = o->now_ms };
	enum err_code code =
	    device_cert_issue(&o->issuing, &cert, order->cert_out, e);

	return code != ERR_OK
	    ? code
	    : pki_cert_sha256(
	          crypto_part_buf(order->cert_out), order->sha256_out, e);
}

/* The three keys of a device are three, and sound. */
static enum err_code
keys_check(const struct enrol_request *r, struct err *e)
{
	struct pki_csr_info tls, courier;

	if (pki_csr_inspect(crypto_part_buf(&r->tls_csr), &tls, e) != ERR_OK ||
	    pki_csr_inspect(crypto_part_buf(&r->courier_csr), &courier, e) !=
	        ERR_OK)
		return err_set(e, ERR_MALFORMED, 0, "a request is not sound");
	if (hash32_equal(tls.spki_sha256, courier.spki_sha256))
		return err_set(e, ERR_MALFORMED, 0, "one key for two uses");
	if (!sign_pub_is_sound(&r->sign_pub))
		return err_set(e, ERR_MALFORMED, 0, "sign_pub: not a key");
	if (!utf8_is_printable(r->label, strlen(r->label), false))
		return err_set(e, ERR_MALFORMED, 0, "label: not one line");
	return ERR_OK;
}

static enum err_code
names_get(
    const struct enrol_office *o, struct id user, json_t **out, struct err *e)
{
	struct office_user u;
	struct buf name;
	json_t *names = NULL;
	enum err_code code;

	buf_init(&name, LIMIT_LINE_BYTES);
	if ((code = store_user_get(o->store, user, &u, e)) != ERR_OK ||
	    (code = store_meta_get(o->store, META_OFFICE_NAME, &name, e)) !=
	        ERR_OK)
		goto out;
	names = json_object();
	if ((code = json_put_str(names, "user", u.name, e)) == ERR_OK &&
	    (code = json_put_str(names, "role", u.role, e)) == ERR_OK)
		code = json_put_text(names, "office", name.ptr, name.len, e);
out:
	buf_fini(&name);
	if (code == ERR_OK)
		*out = names;
	else
		json_decref(names);
	return code;
}

static enum err_code
copy_part(struct buf *out, struct crypto_part from, struct err *e)
{
	(void)buf_add(out, from.ptr, from.len);
	return buf_check(out, e);
}

/* Make the device and everything that it is told. */
static enum err_code
device_make(const struct enrol_office *o, const struct office_code *c,
    const struct enrol_request *r, struct enrol_answer *a, struct err *e)
{
	struct office_device d = { .user = c->user,
		.state = c->needs_approval ? DEVICE_PENDING : DEVICE_ACTIVE,
		.sign_pub = r->sign_pub,
		.enrolled_at = o->now_ms,
		.last_seen = o->now_ms,
		.not_after = o->now_ms + ENROL_CERT_DAYS * DAY_MS };
	const struct cert_order tls = { &r->tls_csr, PKI_DEVICE,
		&a->tls_cert_pem, &d.tls_sha256 };
	const struct cert_order courier = { &r->courier_csr, PKI_COURIER,
		&a->courier_cert_pem, &d.courier_sha256 };
	enum err_code code;

	d.id = id_fresh(o->now_ms);
	d.link = change_link_start(o->office, d.id);
	(void)snprintf(d.label, sizeof(d.label), "%s",
	    c->label[0] != '\0' ? c->label : r->label);
	a->device = d.id;
	a->user = c->user;
	a->office = o->office;
	a->is_pending = c->needs_approval;
	a->schema = json_incref(o->bundle);
	if ((code = cert_issue(o, &d, &tls, e)) != ERR_OK ||
	    (code = cert_issue(o, &d, &courier, e)) != ERR_OK ||
	    (code = names_get(o, c->user, &a->names, e)) != ERR_OK ||
	    (code = copy_part(&a->root_pem, o->root_pem, e)) != ERR_OK ||
	    (code = copy_part(&a->issuing_pem, o->issuing.cert, e)) != ERR_OK ||
	    (code = store_meta_get(
	         o->store, META_STATEMENT, &a->statement, e)) != ERR_OK ||
	    (code = store_meta_get(
	         o->store, META_STATEMENT_SIG, &a->statement_sig, e)) != ERR_OK)
		return code;
	return store_device_put(o->store, &d, e);
}

/* Keep the answer with the code, which is used now, and say so for good. */
static enum err_code
code_use(const struct enrolment *n, struct office_code *c,
    const struct enrol_answer *a, json_t *json, struct err *e)
{
	const struct enrol_office *o = n->o;
	char object[DEVICE_ENTRY_CAP];
	struct office_device d;
	enum err_code code;

	buf_fini(&c->answer);
	buf_init(&c->answer, ANSWER_MAX);
	if ((code = json_print(json, &c->answer, e)) != ERR_OK ||
	    (code = store_device_get(o->store, a->device, &d, e)) != ERR_OK)
		return code;
	device_entry(&d, c->id, object);
	c->is_used = true;
	c->request = n->hash;
	if ((code = store_code_put(o->store, c, e)) != ERR_OK ||
	    (code = o->audit(o->arg, c->user, "device.enrol", object,
	         a->is_pending
	             ? "waits for approval"
	             : "approved by the host's operator, who made the code",
	         e)) != ERR_OK)
		return code;
	return store_commit(o->store, e);
}

/* A code that is good so far, and a request that proves it. */
static enum err_code
code_redeem(const struct enrolment *n, struct office_code *c, struct err *e)
{
	const struct hash32 *root = &n->o->root_sha256;
	struct enrol_request r;
	struct enrol_answer a;
	json_t *json = NULL;
	enum err_code code =
	    enrol_request_from_json(n->request, &c->key, root, &r, e);

	if (code == ERR_AUTH)
		return try_count(n, c, e);
	if (code != ERR_OK) {
		*n->word = WORD_MALFORMED;
		return code;
	}
	enrol_answer_init(&a);
	code = keys_check(&r, e);
	if (code == ERR_MALFORMED)
		*n->word = WORD_MALFORMED;
	if (code == ERR_OK &&
	    (code = device_make(n->o, c, &r, &a, e)) == ERR_OK &&
	    (code = enrol_answer_to_json(&a, &c->key, root, &json, e)) ==
	        ERR_OK)
		code = code_use(n, c, &a, json, e);
	enrol_answer_fini(&a);
	enrol_request_fini(&r);
	if (code == ERR_OK)
		*n->answer_out = json;
	else
		json_decref(json);
	return code;
}

/* Within the transaction; what it changes it also commits. */
static enum err_code
code_treat(struct enrolment *n, struct office_code *c, struct err *e)
{
	struct office_user user;
	struct buf text;
	enum err_code code;

	buf_init(&text, LIMIT_BODY_BYTES);
	code = json_print(n->request, &text, e);
	n->hash = crypto_sha256(text.ptr, text.len);
	buf_fini(&text);
	if (code != ERR_OK)
		return code;
	if (c->is_used) {
		if (!hash32_equal(n->hash, c->request))
			return bad_code(n->word, e, "the code was used");
		return json_parse(c->answer.ptr, c->answer.len, &answer_limits,
		    n->answer_out, e);
	}
	if (c->tries >= ENROL_TRIES_MAX)
		return bad_code(n->word, e, "the code was tried too often");
	if (c->expires < n->o->now_ms)
		return bad_code(n->word, e, "the code is out of date");
	code = store_user_get(n->o->store, c->user, &user, e);
	if (code != ERR_OK)
		return code;
	if (!user.is_active)
		return bad_code(n->word, e, "the user has left");
	return code_redeem(n, c, e);
}

enum err_code
enrol_treat(const struct enrol_office *o, const json_t *request,
    json_t **answer_out, enum protocol_word *word, struct err *e)
{
	struct enrolment n = { .o = o,
		.request = request,
		.answer_out = answer_out,
		.word = word };
	char id[5];
	struct office_code c;
	enum err_code code = enrol_request_code(request, id, e);

	if (code != ERR_OK) {
		*word = code == ERR_NEWER ? WORD_NEWER : WORD_MALFORMED;
		return code;
	}
	*word = WORD_INTERNAL;
	code = store_begin(o->store, e);
	if (code != ERR_OK)
		return code;
	code = store_code_get(o->store, id, &c, e);
	if (code == ERR_NOTFOUND) {
		code = bad_code(word, e, "there is no such code");
	} else if (code == ERR_OK) {
		code = code_treat(&n, &c, e);
		secret_wipe(&c.key, sizeof(c.key));
		buf_fini(&c.answer);
	}
	store_rollback(o->store);
	return code;
}
