/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's TLS context.  Each connection holds a reference to the context
 * that it began with, so a reload only swaps the pointer for the next ones.
 */
#include "common/sys/tls.h"

#include <assert.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/base/rng.h"
#include "common/base/secret.h"

/* Our own chains are root, issuing key, device. */
#define CHAIN_DEPTH_MAX 4

struct tls_server {
	SSL_CTX *ctx; /* owned */
	struct tls_ticket_key ticket_key;
};

/* The library's reason, and leave its queue empty. */
static enum err_code
ssl_fail(struct err *e, const char *what)
{
	unsigned long sys = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(sys);

	ERR_clear_error();
	return err_set(e, ERR_INVALID, (int)ERR_GET_REASON(sys), "%s: %s", what,
	    reason != NULL ? reason : "not usable");
}

/* A borrowed view of PEM text; NULL when out of memory. */
static BIO *
pem_open(const struct buf *pem)
{
	return BIO_new_mem_buf(pem->ptr, (int)pem->len);
}

/* A key that is encrypted is refused, never asked for at a terminal. */
static int
no_passphrase(char *out, int cap, int is_writing, void *arg)
{
	if (cap > 0)
		out[0] = '\0';
	(void)is_writing;
	(void)arg;
	return -1;
}

static enum err_code
use_chain(SSL_CTX *ctx, const struct buf *pem, struct err *e)
{
	BIO *in = pem_open(pem);
	X509 *cert = NULL;
	enum err_code rc = ERR_INVALID;
	unsigned long end;

	if (in != NULL)
		cert = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	if (cert == NULL || SSL_CTX_use_certificate(ctx, cert) != 1) {
		rc = ssl_fail(e, "cannot use the certificate");
		goto out;
	}
	for (;;) {
		X509 *above = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);

		if (above == NULL)
			break;
		if (SSL_CTX_add0_chain_cert(ctx, above) != 1) {
			X509_free(above);
			rc = ssl_fail(e, "cannot use the certificate chain");
			goto out;
		}
	}
	end = ERR_peek_last_error();
	if (ERR_GET_REASON(end) != PEM_R_NO_START_LINE) {
		rc = ssl_fail(e, "cannot read the certificate chain");
		goto out;
	}
	ERR_clear_error();
	rc = ERR_OK;
out:
	X509_free(cert);
	BIO_free(in);
	return rc;
}

static enum err_code
use_key(SSL_CTX *ctx, const struct buf *pem, struct err *e)
{
	BIO *in = pem_open(pem);
	EVP_PKEY *key = NULL;
	enum err_code rc = ERR_OK;

	if (in != NULL)
		key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	if (key == NULL || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		rc = ssl_fail(e, "cannot use the private key");
	else if (SSL_CTX_check_private_key(ctx) != 1)
		rc = ssl_fail(
		    e, "the private key is not that of the certificate");
	EVP_PKEY_free(key);
	BIO_free(in);
	return rc;
}

/* Trust the root alone, and look at no dates.  Those after it in the PEM only
 * help to find a way to the root: a chain must still end there. */
static enum err_code
use_client_root(SSL_CTX *ctx, const struct buf *pem, struct err *e)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *in = pem_open(pem);
	X509 *root = NULL, *issuing = NULL;
	enum err_code rc = ERR_OK;

	if (in != NULL)
		root = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	if (root == NULL || X509_STORE_add_cert(store, root) != 1 ||
	    SSL_CTX_add_client_CA(ctx, root) != 1 ||
	    X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME) != 1)
		rc = ssl_fail(e, "cannot use the client root");
	while (rc == ERR_OK &&
	    (issuing = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)) !=
	        NULL) {
		if (X509_STORE_add_cert(store, issuing) != 1)
			rc = ssl_fail(e, "cannot use an issuing certificate");
		X509_free(issuing);
	}
	ERR_clear_error(); /* the end of the PEM is none */
	X509_free(root);
	BIO_free(in);
	return rc;
}

/* A ticket stands for a client certificate that was checked against a root:
 * another root or mode means another context, where it is worth nothing. */
static enum err_code
set_session_context(
    SSL_CTX *ctx, const struct tls_server_options *o, struct err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t mode = (uint8_t)o->clients;
	bool ok;

	ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, &mode, 1) == 1;
	if (ok && o->clients != TLS_CLIENT_NONE)
		ok = EVP_DigestUpdate(md, o->client_root_pem->ptr,
		         o->client_root_pem->len) == 1;
	ok = ok && EVP_DigestFinal_ex(md, digest, &len) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, digest, len) == 1;
	EVP_MD_CTX_free(md);
	return ok ? ERR_OK : ssl_fail(e, "cannot prepare sessions");
}

static int
verify_mode(enum tls_client_mode clients)
{
	switch (clients) {
	case TLS_CLIENT_NONE:
		break;
	case TLS_CLIENT_MAY:
		return SSL_VERIFY_PEER;
	case TLS_CLIENT_MUST:
		return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	}
	return SSL_VERIFY_NONE;
}

static enum err_code
make_context(const struct tls_server_options *o,
    const struct tls_ticket_key *tickets, SSL_CTX **ctx_out, struct err *e)
{
	struct tls_ticket_key key = *tickets;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	enum err_code rc = ERR_NOMEM;

	if (ctx == NULL) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for TLS");
		goto out;
	}
	/* The end of a body is known from its length, so a peer that closes
	 * without a goodbye is nothing to complain about. */
	(void)SSL_CTX_set_options(ctx,
	    SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, verify_mode(o->clients), NULL);
	SSL_CTX_set_verify_depth(ctx, CHAIN_DEPTH_MAX);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_tlsext_ticket_keys(ctx, key.b, sizeof(key.b)) != 1) {
		rc = ssl_fail(e, "cannot prepare TLS 1.3");
		goto out;
	}
	rc = use_chain(ctx, o->chain_pem, e);
	if (rc == ERR_OK)
		rc = use_key(ctx, o->key_pem, e);
	if (rc == ERR_OK && o->clients != TLS_CLIENT_NONE)
		rc = use_client_root(ctx, o->client_root_pem, e);
	if (rc == ERR_OK)
		rc = set_session_context(ctx, o, e);
	if (rc == ERR_OK) {
		*ctx_out = ctx;
		ctx = NULL;
	}
out:
	secret_wipe(&key, sizeof(key));
	SSL_CTX_free(ctx);
	return rc;
}

enum err_code
tls_server_reload(
    struct tls_server *tls, const struct tls_server_options *o, struct err *e)
{
	const struct tls_ticket_key *key =
	    o->ticket_key != NULL ? o->ticket_key : &tls->ticket_key;
	SSL_CTX *ctx = NULL;
	enum err_code rc;

	assert(o->clients == TLS_CLIENT_NONE || o->client_root_pem != NULL);
	rc = make_context(o, key, &ctx, e);
	if (rc != ERR_OK)
		return rc;
	if (o->ticket_key != NULL)
		tls->ticket_key = *o->ticket_key;
	SSL_CTX_free(tls->ctx);
	tls->ctx = ctx;
	return ERR_OK;
}

enum err_code
tls_server_new(const struct tls_server_options *o, struct tls_server **tls_out,
    struct err *e)
{
	struct tls_server *tls = calloc(1, sizeof(*tls));
	enum err_code rc;

	if (tls == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for TLS");
	rng_fill(&tls->ticket_key, sizeof(tls->ticket_key));
	rc = tls_server_reload(tls, o, e);
	if (rc != ERR_OK) {
		tls_server_free(tls);
		return rc;
	}
	*tls_out = tls;
	return ERR_OK;
}

void
tls_server_free(struct tls_server *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	secret_wipe(&tls->ticket_key, sizeof(tls->ticket_key));
	free(tls);
}

void *
tls_server_native(const struct tls_server *tls)
{
	return tls->ctx;
}
