/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verification of the office's chain.
 *
 * OpenSSL's own verifier does the work, with a trusted set of exactly one
 * certificate, the name check switched on, and one callback that turns errors
 * about dates into a note.  Replacing the whole verification
 * (SSL_CTX_set_cert_verify_callback) and not only its per-error callback keeps
 * out whatever store the TLS context was made with.
 *
 * A tls_link is shared between the TLS context, whose connection may idle in a
 * pool long after a call, and the call that made it: hence the two references.
 */
#include "common/sys/tls_office.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/base/secret.h"
#include "common/sys/pki_int.h"

#define CHAIN_MAX 8 /* certificates in the device's own chain */

struct tls_office {
	STACK_OF(X509) * roots; /* none or one certificate */
	uint8_t *root_der;      /* the same; NULL while unknown */
	size_t root_der_len;
	uint8_t pin[TLS_OFFICE_PIN_MAX];
	size_t pin_len;         /* 0: the root itself was given */
	STACK_OF(X509) * chain; /* the device's; leaf first; may be empty */
	EVP_PKEY *key;          /* NULL without a chain */
	enum tls_dates dates;
};

/* Where an SSL_CTX keeps its tls_link; made once, never given back. */
static int link_slot = -1;

static void
link_slot_free(
    void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)idx;
	(void)argl;
	(void)argp;
	tls_link_unref(ptr);
}

static bool
is_pem(const void *data, size_t len)
{
	return len >= 5 && memcmp(data, "-----", 5) == 0;
}

/* Append every certificate in data to chain. */
static enum err_code
load_certs(const void *data, size_t len, STACK_OF(X509) * chain, struct err *e)
{
	const bool pem = is_pem(data, len);
	BIO *bio = NULL;
	X509 *cert = NULL;
	enum err_code rc = ERR_OK;

	if (len == 0 || len > INT_MAX)
		return err_set(e, ERR_INVALID, 0, "no certificate was given");
	bio = BIO_new_mem_buf(data, (int)len);
	if (bio == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a certificate");
	while (sk_X509_num(chain) < CHAIN_MAX) {
		cert = pem ? PEM_read_bio_X509(bio, NULL, NULL, NULL)
		           : d2i_X509_bio(bio, NULL);
		if (cert == NULL)
			break;
		if (sk_X509_push(chain, cert) <= 0) {
			X509_free(cert);
			rc = err_set(e, ERR_NOMEM, 0, "no memory for a chain");
			goto out;
		}
	}
	if (sk_X509_num(chain) == 0)
		rc =
		    err_set(e, ERR_INVALID, 0, "the certificate is unreadable");
out:
	ERR_clear_error(); /* the end of the input is reported as an error */
	BIO_free(bio);
	return rc;
}

static enum err_code
load_identity(
    struct tls_office *t, const struct tls_office_cfg *cfg, struct err *e)
{
	void *key = NULL;
	enum err_code rc;

	if (cfg->cert_len == 0 && cfg->key_len == 0)
		return ERR_OK;
	rc = load_certs(cfg->cert, cfg->cert_len, t->chain, e);
	if (rc != ERR_OK)
		return err_wrap(e, "device certificate");
	/* OpenSSL's own reader would leave a copy of the key behind. */
	if (pki_key_load(crypto_part(cfg->key, cfg->key_len), &key, NULL) !=
	    ERR_OK)
		return err_set(e, ERR_INVALID, 0, "device key is unreadable");
	t->key = key;
	if (X509_check_private_key(sk_X509_value(t->chain, 0), t->key) != 1) {
		ERR_clear_error();
		return err_set(e, ERR_INVALID, 0,
		    "device key and certificate do not belong together");
	}
	return ERR_OK;
}

/* Remember root as the office's; takes a reference of its own. */
static bool
root_learn(struct tls_office *t, X509 *root)
{
	unsigned char *der = NULL;
	int len = i2d_X509(root, &der);

	if (len <= 0)
		return false;
	if (!X509_up_ref(root)) {
		OPENSSL_free(der);
		return false;
	}
	if (sk_X509_push(t->roots, root) <= 0) {
		X509_free(root);
		OPENSSL_free(der);
		return false;
	}
	t->root_der = der;
	t->root_der_len = (size_t)len;
	return true;
}

static enum err_code
load_root(struct tls_office *t, const struct tls_office_cfg *cfg, struct err *e)
{
	STACK_OF(X509) *given = NULL;
	enum err_code rc = ERR_OK;

	if ((cfg->root_len == 0) == (cfg->pin_len == 0))
		return err_set(e, ERR_INVALID, 0,
		    "the office's root or its fingerprint must be given");
	if (cfg->pin_len > 0) {
		if (cfg->pin_len < TLS_OFFICE_PIN_MIN ||
		    cfg->pin_len > sizeof(t->pin))
			return err_set(e, ERR_INVALID, 0,
			    "the office's fingerprint has a wrong length");
		memcpy(t->pin, cfg->pin, cfg->pin_len);
		t->pin_len = cfg->pin_len;
		return ERR_OK;
	}
	given = sk_X509_new_null();
	if (given == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for the root");
	rc = load_certs(cfg->root, cfg->root_len, given, e);
	if (rc != ERR_OK)
		rc = err_wrap(e, "office root");
	else if (sk_X509_num(given) != 1)
		rc = err_set(e, ERR_INVALID, 0,
		    "the office's root must be one certificate");
	else if (!root_learn(t, sk_X509_value(given, 0)))
		rc = err_set(e, ERR_NOMEM, 0, "no memory for the root");
	sk_X509_pop_free(given, X509_free);
	return rc;
}

enum err_code
tls_office_new(const struct tls_office_cfg *cfg, struct tls_office **office_out,
    struct err *e)
{
	struct tls_office *t = NULL;
	enum err_code rc = ERR_NOMEM;

	if (link_slot < 0)
		link_slot = SSL_CTX_get_ex_new_index(
		    0, NULL, NULL, NULL, link_slot_free);
	if (link_slot >= 0)
		t = calloc(1, sizeof(*t));
	if (t != NULL) {
		t->roots = sk_X509_new_null();
		t->chain = sk_X509_new_null();
	}
	if (t == NULL || t->roots == NULL || t->chain == NULL) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for TLS");
		goto out;
	}
	rc = load_root(t, cfg, e);
	if (rc != ERR_OK)
		goto out;
	rc = load_identity(t, cfg, e);
	if (rc != ERR_OK)
		goto out;
	*office_out = t;
	t = NULL;
out:
	tls_office_free(t);
	return rc;
}

void
tls_office_free(struct tls_office *t)
{
	if (t == NULL)
		return;
	sk_X509_pop_free(t->roots, X509_free);
	sk_X509_pop_free(t->chain, X509_free);
	EVP_PKEY_free(t->key); /* wipes the private half */
	OPENSSL_free(t->root_der);
	free(t);
}

const uint8_t *
tls_office_root(const struct tls_office *t, size_t *len_out)
{
	*len_out = t->root_der_len;
	return t->root_der;
}

enum tls_dates
tls_office_dates(const struct tls_office *t)
{
	return t->dates;
}

void
tls_link_unref(struct tls_link *link)
{
	if (link != NULL && --link->refs == 0)
		free(link);
}

static struct tls_link *
link_of(const SSL *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), link_slot);
}

/* The certificate in the office's own chain that the pin means, or NULL. */
static X509 *
find_pinned(const struct tls_office *t, STACK_OF(X509) * sent)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int md_len;

	for (int i = 0; i < sk_X509_num(sent); i++) {
		X509 *cert = sk_X509_value(sent, i);

		if (X509_digest(cert, EVP_sha256(), md, &md_len) == 1 &&
		    secret_equal(md, t->pin, t->pin_len))
			return cert;
	}
	return NULL;
}

/* Called by the verifier for every flaw it finds: a date is no flaw. */
static int
date_is_advice(int ok, X509_STORE_CTX *ctx)
{
	const int flaw = X509_STORE_CTX_get_error(ctx);
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
	    ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_link *link = link_of(ssl);

	if (ok)
		return 1;
	if (flaw == X509_V_ERR_CERT_NOT_YET_VALID)
		link->dates = TLS_DATES_EARLY;
	else if (flaw == X509_V_ERR_CERT_HAS_EXPIRED)
		link->dates = TLS_DATES_PAST;
	else
		return 0;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/* OpenSSL takes a leaf without the extended key usage extension for any
 * purpose; the office's names its purpose, so that no other certificate under
 * the same root can stand in for it. */
static bool
is_server_cert(X509 *leaf)
{
	return (X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER) != 0;
}

static enum tls_verdict
verdict_of(int flaw)
{
	switch (flaw) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return TLS_VERDICT_NAME;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return TLS_VERDICT_ROOT;
	default: /* OpenSSL's list is long and grows */
		return TLS_VERDICT_PURPOSE;
	}
}

static bool
expect_name(X509_STORE_CTX *ctx, const char *host)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* The whole verification: 1 if the peer is the office, else 0. */
static int
verify_office(X509_STORE_CTX *ctx, void *arg)
{
	struct tls_link *link = arg;
	struct tls_office *t = link->office;
	STACK_OF(X509) *roots = NULL;
	X509 *root = sk_X509_value(t->roots, 0);
	int ok = 0, flaw = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;

	link->verdict = TLS_VERDICT_ROOT;
	if (root == NULL)
		root = find_pinned(t, X509_STORE_CTX_get0_untrusted(ctx));
	roots = sk_X509_new_null();
	if (root == NULL || roots == NULL || sk_X509_push(roots, root) <= 0 ||
	    !expect_name(ctx, link->host))
		goto out;
	X509_STORE_CTX_set0_trusted_stack(ctx, roots);
	X509_STORE_CTX_set_verify_cb(ctx, date_is_advice);
	ok = X509_verify_cert(ctx) == 1;
	flaw = X509_STORE_CTX_get_error(ctx);
	if (ok && !is_server_cert(X509_STORE_CTX_get0_cert(ctx))) {
		flaw = X509_V_ERR_INVALID_PURPOSE;
		ok = 0;
	}
	if (ok && sk_X509_num(t->roots) == 0 && !root_learn(t, root)) {
		flaw = X509_V_ERR_OUT_OF_MEM;
		ok = 0;
	}
	link->verdict = ok ? TLS_VERDICT_GOOD : verdict_of(flaw);
	if (ok)
		t->dates = link->dates;
	/* The stack goes away here; the roots are not ours to free. */
	X509_STORE_CTX_set0_trusted_stack(ctx, NULL);
out:
	if (!ok)
		link->why = X509_verify_cert_error_string(flaw);
	X509_STORE_CTX_set_error(ctx, ok ? X509_V_OK : flaw);
	sk_X509_free(roots);
	return ok;
}

/* Notes how a handshake ends.  It is called later too, when a session ticket
 * comes, and then must not change what was noted. */
static void
note_progress(const SSL *ssl, int where, int ret)
{
	struct tls_link *link = link_of(ssl);
	unsigned long queued;

	if (link == NULL || link->is_done)
		return;
	if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
		link->is_done = true;
		link->is_resumed = SSL_session_reused(ssl) == 1;
	} else if (where == SSL_CB_CONNECT_EXIT && ret <= 0) {
		queued = ERR_peek_last_error();
		link->reason = queued == 0 || ERR_SYSTEM_ERROR(queued)
		    ? 0
		    : ERR_GET_REASON(queued);
		if (link->reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			link->reason = 0;
	}
}

static bool
use_identity(const struct tls_office *t, SSL_CTX *ctx)
{
	if (t->key == NULL)
		return true;
	if (SSL_CTX_use_certificate(ctx, sk_X509_value(t->chain, 0)) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, t->key) != 1)
		return false;
	for (int i = 1; i < sk_X509_num(t->chain); i++)
		if (SSL_CTX_add1_chain_cert(ctx, sk_X509_value(t->chain, i)) !=
		    1)
			return false;
	return true;
}

enum err_code
tls_office_apply(struct tls_office *t, void *ssl_ctx, const char *host,
    struct tls_link **link_out, struct err *e)
{
	SSL_CTX *ctx = ssl_ctx;
	struct tls_link *link = NULL;
	size_t host_len = strlen(host);

	if (host_len == 0 || host_len >= sizeof(link->host))
		return err_set(
		    e, ERR_INVALID, 0, "the office's name is too long");
	link = calloc(1, sizeof(*link));
	if (link == NULL || SSL_CTX_set_ex_data(ctx, link_slot, link) != 1) {
		free(link);
		return err_set(e, ERR_NOMEM, 0, "no memory for TLS");
	}
	link->refs = 1; /* the context's */
	link->office = t;
	memcpy(link->host, host, host_len + 1);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    !use_identity(t, ctx)) {
		ERR_clear_error();
		return err_set(e, ERR_NOMEM, 0, "cannot set TLS up");
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify_office, link);
	SSL_CTX_set_info_callback(ctx, note_progress);
	link->refs++; /* the caller's */
	*link_out = link;
	return ERR_OK;
}
