/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authority signs beside certificates.
 */
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
	    EVP_DigestSign(ctx, sig, &len, data.ptr, data.len) != 1)
		code = pki_failed(e, ERR_NOMEM, "cannot sign");
	else if (!buf_add(sig_out, sig, len))
		code = buf_check(sig_out, e);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return code;
}

enum err_code
pki_sign_check(struct crypto_part cert, struct crypto_part data,
    struct crypto_part sig, struct err *e)
{
	const unsigned char *p;
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	X509 *x = NULL;
	struct buf der;
	enum err_code code;

	buf_init(&der, PKI_INPUT_MAX);
	code = pki_cert_der(cert, &der, e);
	if (code != ERR_OK)
		goto out;
	p = (const unsigned char *)der.ptr;
	x = d2i_X509(NULL, &p, (long)der.len);
	pkey = x == NULL ? NULL : X509_get_pubkey(x);
	ctx = EVP_MD_CTX_new();
	if (pkey == NULL || ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1)
		code = pki_failed(e, ERR_MALFORMED, "not a certificate");
	else if (EVP_DigestVerify(ctx, sig.ptr, sig.len, data.ptr, data.len) !=
	    1)
		code = pki_failed(e, ERR_AUTH, "the signature is not theirs");
out:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	X509_free(x);
	buf_fini(&der);
	return code;
}
