/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authority signs beside certificates.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/sys/pki_int.h"

enum err_code
pki_sign(struct crypto_part key, struct crypto_part data, struct buf *sig_out,
    struct err *e)
{
	unsigned char sig[PKI_SIG_MAX];
	size_t len = sizeof(sig);
	void *pkey = NULL;
	EVP_MD_CTX *ctx = NULL;
	enum err_code code = pki_key_load(key, &pkey, e);

	if (code != ERR_OK)
		return code;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, data.ptr, data.len) != 1 ||
	    len > sizeof(sig)) /* so where it could not be encoded */
		code = pki_failed(e, ERR_NOMEM, "cannot sign");
	else if (!buf_add(sig_out, sig, len))
		code = buf_check(sig_out, e);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return code;
}

/* Of the right form, whoever made it? */
static bool
is_signature(struct crypto_part sig)
{
	const unsigned char *p = sig.ptr;
	ECDSA_SIG *read = d2i_ECDSA_SIG(NULL, &p, (long)sig.len);

	ECDSA_SIG_free(read);
	return read != NULL;
}

/* 1: by this key; 0: not; below 0: it could not be checked. */
static int
check(EVP_PKEY *pkey, struct hash32 hash, struct crypto_part sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	int result = -1;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1)
		result = EVP_PKEY_verify(
		    ctx, sig.ptr, sig.len, hash.b, sizeof(hash.b));
	EVP_PKEY_CTX_free(ctx);
	return result;
}

enum err_code
pki_sign_check(struct crypto_part cert, struct crypto_part data,
    struct crypto_part sig, struct err *e)
{
	EVP_PKEY *pkey = NULL;
	void *x = NULL;
	int result;
	enum err_code code = pki_cert_load(cert, &x, e);

	if (code != ERR_OK)
		return code;
	pkey = X509_get_pubkey(x);
	if (pkey == NULL)
		code = pki_failed(e, ERR_MALFORMED, "not a certificate");
	else if ((result = check(
	              pkey, crypto_sha256(data.ptr, data.len), sig)) != 1)
		code = pki_failed(e,
		    result < 0 && is_signature(sig) ? ERR_NOMEM : ERR_AUTH,
		    "the signature is not theirs");
	EVP_PKEY_free(pkey);
	X509_free(x);
	return code;
}
