/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office as a whole: its store, its keys, its certificate.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/base/secret.h"
#include "common/core/fingerprint.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/setup/setup_keys.h"

static enum err_code
audit(struct command *c, const char *action, const char *object, struct err *e)
{
	const struct audit_entry entry = {
		.actor = c->acting, .action = action, .object = object
	};
	struct log_entry logged;

	return engine_audit(c->g, &entry, &logged, e);
}

/* ---- keys ---- */

/* An Ed25519 public key as "openssl pkey -pubin" reads it: the fixed head of
 * a SubjectPublicKeyInfo (RFC 8410) and the key. */
static enum err_code
public_pem_put(
    json_t *out, const char *name, const struct sign_pub *pub, struct err *e)
{
	static const uint8_t head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
		0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	uint8_t der[sizeof(head) + SIGN_PUB_LEN];
	char text[ENC_BASE64_LEN(sizeof(der)) + 1], pem[160];

	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), pub->b, SIGN_PUB_LEN);
	enc_base64(der, sizeof(der), text);
	(void)snprintf(pem, sizeof(pem),
	    "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text);
	return json_put_str(out, name, pem, e);
}

/* The public half of an Ed25519 seed that the store keeps. */
static enum err_code
sign_pub_put(
    struct command *c, const char *name, const char *meta, struct err *e)
{
	struct sign_key key;
	struct sign_pub pub;
	struct buf seed;
	enum err_code code;

	buf_init(&seed, SIGN_KEY_LEN);
	code = store_meta_get(c->store, meta, &seed, e);
	if (code == ERR_OK && seed.len != SIGN_KEY_LEN)
		code = err_set(e, ERR_CORRUPT, 0, "a stored key is bad");
	if (code == ERR_OK) {
		memcpy(key.b, seed.ptr, SIGN_KEY_LEN);
		pub = sign_pub_of(&key);
		secret_wipe(&key, sizeof(key));
		code = public_pem_put(c->out, name, &pub, e);
	}
	buf_wipe(&seed);
	return code;
}

static enum err_code
text_put(struct command *c, const char *name, const char *meta, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, META_VALUE_MAX);
	code = store_meta_get(c->store, meta, &text, e);
	if (code == ERR_OK)
		code = json_put_text(c->out, name, text.ptr, text.len, e);
	buf_fini(&text);
	return code;
}

static enum err_code
root_sha256_put(struct command *c, struct err *e)
{
	char words[FINGERPRINT_MAX];
	struct hash32 root;
	struct buf pem;
	enum err_code code;

	buf_init(&pem, PKI_INPUT_MAX);
	code = store_meta_get(c->store, META_ROOT_PEM, &pem, e);
	if (code == ERR_OK)
		code = pki_cert_sha256(crypto_part(pem.ptr, pem.len), &root, e);
	buf_fini(&pem);
	if (code != ERR_OK)
		return code;
	fingerprint_print(&root, words);
	code = json_put_str(c->out, "fingerprint", words, e);
	return code != ERR_OK
	    ? code
	    : json_put_hex(c->out, "root_sha256", root.b, HASH32_LEN, e);
}

enum err_code
command_keys_show(struct command *c, struct err *e)
{
	enum err_code code;

	if ((code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = text_put(c, "office", META_OFFICE, e)) != ERR_OK ||
	    (code = text_put(c, "name", META_OFFICE_NAME, e)) != ERR_OK ||
	    (code = root_sha256_put(c, e)) != ERR_OK ||
	    (code = text_put(c, "root_pem", META_ROOT_PEM, e)) != ERR_OK ||
	    (code = text_put(c, "issuing_pem", META_ISSUING_PEM, e)) !=
	        ERR_OK ||
	    (code = text_put(c, "statement", META_STATEMENT, e)) != ERR_OK ||
	    (code = sign_pub_put(c, "receipt_pem", META_RECEIPT_KEY, e)) !=
	        ERR_OK)
		return code;
	return sign_pub_put(c, "command_pem", META_COMMAND_KEY, e);
}

/* ---- the server's certificate ---- */

#define HOSTS_MAX 32

struct certificate {
	struct buf root, issuing, issuing_key, key, chain;
};

static enum err_code
certificate_make(struct command *c, struct certificate *m, struct err *e)
{
	const json_t *hosts = json_object_get(c->in, "hosts");
	const char *names[HOSTS_MAX];
	struct server_cert_order order = { .hosts = names,
		.now_ms = clock_unix_ms() };
	enum err_code code;

	for (size_t i = 0; i < json_array_size(hosts) && i < HOSTS_MAX; i++) {
		names[i] = json_string_value(json_array_get(hosts, i));
		if (names[i] == NULL)
			return err_set(e, ERR_INVALID, 0, "a host is no text");
		order.hosts_n++;
	}
	if ((code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = store_meta_get(c->store, META_ROOT_PEM, &m->root, e)) !=
	        ERR_OK ||
	    (code = store_meta_get(
	         c->store, META_ISSUING_PEM, &m->issuing, e)) != ERR_OK ||
	    (code = store_meta_get(
	         c->store, META_ISSUING_KEY_PEM, &m->issuing_key, e)) != ERR_OK)
		return code;
	store_rollback(c->store);
	order.issuer =
	    (struct pki_issuer){ crypto_part(m->issuing.ptr, m->issuing.len),
		    crypto_part(m->issuing_key.ptr, m->issuing_key.len) };
	order.root = crypto_part(m->root.ptr, m->root.len);
	return server_cert_make(&order, &m->key, &m->chain, e);
}

/* Only whoever asks knows where DATA is, so the files are its to write. */
static enum err_code
certificate_tell(struct command *c, struct certificate *m, struct err *e)
{
	enum err_code code;

	if ((code = store_begin(c->store, e)) != ERR_OK ||
	    (code = audit(c, "certificate.renew", "server", e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_text(
	         c->out, "root_pem", m->root.ptr, m->root.len, e)) != ERR_OK ||
	    (code = json_put_text(
	         c->out, "key_pem", m->key.ptr, m->key.len, e)) != ERR_OK)
		return code;
	return json_put_text(
	    c->out, "chain_pem", m->chain.ptr, m->chain.len, e);
}

enum err_code
command_certificate_renew(struct command *c, struct err *e)
{
	struct certificate m;
	enum err_code code;

	buf_init(&m.root, PKI_INPUT_MAX);
	buf_init(&m.issuing, PKI_INPUT_MAX);
	buf_init(&m.issuing_key, PKI_INPUT_MAX);
	buf_init(&m.key, PKI_INPUT_MAX);
	buf_init(&m.chain, (size_t)3 * PKI_INPUT_MAX);
	code = certificate_make(c, &m, e);
	if (code == ERR_OK)
		code = certificate_tell(c, &m, e);
	buf_fini(&m.root);
	buf_fini(&m.issuing);
	buf_wipe(&m.issuing_key);
	buf_wipe(&m.key);
	buf_fini(&m.chain);
	return code;
}
