/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys as text.  OpenSSL's readers of keys leave a copy of the DER in
 * memory that they have given back, so the one form that our keys have is read
 * here, byte for byte.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "common/base/secret.h"
#include "common/sys/pki_int.h"

/*
 * The PKCS #8 of a P-256 key, as pki_key_make writes it, is of one form:
 *
 *     0  36  fixed: version, algorithm, curve, and the heads of what follows
 *    36  32  private number
 *    68   5  fixed: head of the public key
 *    73  65  public key, uncompressed
 */
#define PKCS8_SCALAR_AT 36
#define PKCS8_MIDDLE_AT 68
#define PKCS8_PUB_AT 73
#define PKCS8_LEN 138

static const uint8_t pkcs8_head[PKCS8_SCALAR_AT] = { 0x30, 0x81, 0x87, 0x02,
	0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
	0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
	0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20 };
static const uint8_t pkcs8_middle[PKCS8_PUB_AT - PKCS8_MIDDLE_AT] = { 0xa1,
	0x44, 0x03, 0x42, 0x00 };

enum err_code
pki_key_make(struct buf *key_out, struct err *e)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err_code code = ERR_OK;
	char *text;
	long len;

	if (pkey == NULL || bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(
	        bio, pkey, NULL, NULL, 0, NULL, NULL) != 1)
		code = pki_failed(e, ERR_NOMEM, "cannot make a key");
	else if ((len = BIO_get_mem_data(bio, &text)) <= 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	else if (!buf_add(key_out, text, (size_t)len))
		code = buf_check(key_out, e);
	BIO_free(bio); /* wipes what it holds */
	EVP_PKEY_free(pkey);
	return code;
}

enum err_code
pki_start(struct err *e)
{
	struct buf key;
	enum err_code code;

	buf_init(&key, PKI_INPUT_MAX);
	code = pki_key_make(&key, e);
	buf_wipe(&key);
	return code;
}

static enum err_code
pki_key_read(
    struct crypto_part key, struct pki_key_parts *parts_out, struct err *e)
{
	const uint8_t *p;
	struct buf der;
	enum err_code code;

	buf_init(&der, PKI_INPUT_MAX);
	code = pki_unwrap(key, "PRIVATE KEY", &der, e);
	if (code != ERR_OK)
		goto out;
	p = (const uint8_t *)der.ptr;
	if (der.len != PKCS8_LEN ||
	    memcmp(p, pkcs8_head, sizeof(pkcs8_head)) != 0 ||
	    memcmp(p + PKCS8_MIDDLE_AT, pkcs8_middle, sizeof(pkcs8_middle)) !=
	        0) {
		code = err_set(e, ERR_MALFORMED, 0, "not a key of ours");
		goto out;
	}
	memcpy(parts_out->scalar, p + PKCS8_SCALAR_AT, PKI_SCALAR_LEN);
	memcpy(parts_out->pub, p + PKCS8_PUB_AT, PKI_POINT_LEN);
out:
	buf_wipe(&der);
	return code;
}

/* The form was right: is it the numbers that OpenSSL will not have?  Whatever
 * else it says of them, or leaves unsaid, is want of memory. */
static bool
are_bad_numbers(void)
{
	const unsigned long last = ERR_peek_last_error();

	return ERR_GET_LIB(last) == ERR_LIB_EC && !ERR_FATAL_ERROR(last);
}

/* The numbers are big-endian, and OpenSSL's parameter of the machine's own
 * order. */
enum err_code
pki_key_load(struct crypto_part key, void **pkey_out, struct err *e)
{
	char group[] = "prime256v1";
	uint8_t native[PKI_SCALAR_LEN];
	struct pki_key_parts parts;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_BN(
		    OSSL_PKEY_PARAM_PRIV_KEY, native, sizeof(native)),
		OSSL_PARAM_construct_octet_string(
		    OSSL_PKEY_PARAM_PUB_KEY, parts.pub, sizeof(parts.pub)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = NULL;
	BIGNUM *number = NULL;
	EVP_PKEY *pkey = NULL;
	enum err_code code = pki_key_read(key, &parts, e);

	if (code != ERR_OK)
		return code;
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	number = BN_bin2bn(parts.scalar, sizeof(parts.scalar), NULL);
	if (ctx == NULL || number == NULL ||
	    BN_bn2nativepad(number, native, sizeof(native)) < 0 ||
	    EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		code =
		    pki_failed(e, are_bad_numbers() ? ERR_MALFORMED : ERR_NOMEM,
		        "not a key of ours");
	else
		*pkey_out = pkey;
	secret_wipe(native, sizeof(native));
	secret_wipe(&parts, sizeof(parts));
	BN_clear_free(number);
	EVP_PKEY_CTX_free(ctx);
	return code;
}
