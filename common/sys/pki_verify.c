/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is vouched for.  The pinned root is the only certificate trusted; its
 * own certificate is checked against the pin first, so the chain as a whole may
 * come from the other end of a connection.
 */
#include "common/sys/pki.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "common/sys/pki_int.h"

/* Levels of every chain: leaf, issuing authority, root. */
#define CHAIN_LEN 3

/* The signatures, constraints and purpose, whatever the dates. */
static enum err_code
verify(void *const certs[static CHAIN_LEN], int purpose, struct err *e)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum err_code code = ERR_OK;

	if (trusted == NULL || between == NULL || store == NULL ||
	    ctx == NULL || sk_X509_push(between, certs[1]) <= 0 ||
	    sk_X509_push(trusted, certs[2]) <= 0 ||
	    X509_STORE_CTX_init(ctx, store, certs[0], between) != 1 ||
	    X509_STORE_CTX_set_purpose(ctx, purpose) != 1) {
		code = pki_failed(e, ERR_NOMEM, "cannot check a certificate");
		goto out;
	}
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	X509_STORE_CTX_set_flags(ctx,
	    X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_X509_STRICT |
	        X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(ctx) != 1)
		code = err_set(e, ERR_AUTH, X509_STORE_CTX_get_error(ctx),
		    "our office does not vouch for this certificate: %s",
		    X509_verify_cert_error_string(
		        X509_STORE_CTX_get_error(ctx)));
	else if (sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) != CHAIN_LEN)
		code = err_set(e, ERR_AUTH, 0,
		    "our office does not vouch for this certificate: no "
		    "issuing authority between");
out:
	ERR_clear_error(); /* or a later call finds it and blames it */
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(between); /* the certificates are the caller's */
	sk_X509_free(trusted);
	return code;
}

/* The certificates are what they have to be, by their own words. */
static enum err_code
check_kinds(const struct pki_chain *chain, const struct hash32 *root_sha256,
    enum pki_kind kind, struct err *e)
{
	struct pki_info leaf, issuing, root;
	enum err_code code = pki_inspect(chain->root, &root, e);

	if (code == ERR_OK)
		code = pki_inspect(chain->issuing, &issuing, e);
	if (code == ERR_OK)
		code = pki_inspect(chain->leaf, &leaf, e);
	if (code != ERR_OK)
		return code;
	if (!hash32_equal(root.sha256, *root_sha256))
		return err_set(e, ERR_AUTH, 0, "this is not our office's root");
	if (root.kind != PKI_ROOT || issuing.kind != PKI_ISSUING)
		return err_set(e, ERR_AUTH, 0,
		    "this certificate was not made by an authority");
	if (leaf.kind != kind)
		return err_set(
		    e, ERR_AUTH, 0, "this certificate is for another use");
	return ERR_OK;
}

static enum err_code
look(const struct pki_chain *chain, enum pki_kind kind, struct err *e)
{
	void *certs[CHAIN_LEN] = { NULL };
	enum err_code code = pki_cert_load(chain->leaf, &certs[0], e);

	if (code == ERR_OK)
		code = pki_cert_load(chain->issuing, &certs[1], e);
	if (code == ERR_OK)
		code = pki_cert_load(chain->root, &certs[2], e);
	if (code == ERR_OK)
		code = verify(certs,
		    kind == PKI_SERVER ? X509_PURPOSE_SSL_SERVER
		                       : X509_PURPOSE_SSL_CLIENT,
		    e);
	for (int i = 0; i < CHAIN_LEN; i++)
		X509_free(certs[i]);
	return code;
}

enum err_code
pki_verify_chain(const struct pki_chain *chain,
    const struct hash32 *root_sha256, enum pki_kind kind, struct err *e)
{
	enum err_code code = check_kinds(chain, root_sha256, kind, e);

	if (code != ERR_OK)
		return code;
	code = look(chain, kind, e);
	/* What OpenSSL did not find for want of memory it calls missing: a
	 * second look tells. */
	return code == ERR_AUTH ? look(chain, kind, e) : code;
}

enum err_code
pki_check_name(struct crypto_part cert, const char *name, struct err *e)
{
	void *x = NULL;
	enum err_code code = pki_cert_load(cert, &x, e);

	if (code != ERR_OK)
		return code;
	if (X509_check_ip_asc(x, name, 0) != 1 &&
	    X509_check_host(
	        x, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1)
		code = err_set(
		    e, ERR_AUTH, 0, "this certificate is not for %s", name);
	ERR_clear_error(); /* or a later call finds it and blames it */
	X509_free(x);
	return code;
}

enum err_code
pki_spki_sha256(struct crypto_part cert, struct hash32 *hash_out, struct err *e)
{
	struct pki_info info;
	enum err_code code = pki_inspect(cert, &info, e);

	if (code == ERR_OK)
		*hash_out = info.spki_sha256;
	return code;
}

enum err_code
pki_cert_sha256(struct crypto_part cert, struct hash32 *hash_out, struct err *e)
{
	struct pki_info info;
	enum err_code code = pki_inspect(cert, &info, e);

	if (code == ERR_OK)
		*hash_out = info.sha256;
	return code;
}
