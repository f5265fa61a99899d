/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certs.h"

#include "tests/support/check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define PEM_MAX 65536
#define DAY_S (24L * 60 * 60)

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void
pem_take(BIO *bio, struct buf *out)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	buf_init(out, PEM_MAX);
	assert_true(len > 0 && buf_add(out, bytes, (size_t)len));
	BIO_free(bio);
}

static X509 *
cert_read(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->ptr, (int)pem->len);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(cert);
	BIO_free(bio);
	return cert;
}

static EVP_PKEY *
key_read(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->ptr, (int)pem->len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	assert_non_null(key);
	BIO_free(bio);
	return key;
}

static void
fill_cert(X509 *cert, EVP_PKEY *key, const struct cert_wish *wish)
{
	X509_NAME *name = X509_get_subject_name(cert);
	uint64_t serial;

	assert_int_equal(RAND_bytes((unsigned char *)&serial, 8), 1);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), wish->from_days * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(cert), wish->to_days * DAY_S);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)wish->name, -1, -1, 0);
}

void
cert_make(struct cert *out, const struct cert_wish *wish)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *signer = key;
	X509 *cert = X509_new(), *issuer = cert;
	BIO *bio;

	assert_true(key != NULL && cert != NULL);
	fill_cert(cert, key, wish);
	if (wish->issuer != NULL) {
		issuer = cert_read(&wish->issuer->cert_pem);
		signer = key_read(&wish->issuer->key_pem);
	}
	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	add_extension(cert, issuer, NID_basic_constraints,
	    wish->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (!wish->is_ca)
		add_extension(cert, issuer, NID_subject_alt_name,
		    "IP:127.0.0.1,IP:::1,DNS:localhost");
	assert_true(X509_sign(cert, signer, NULL) > 0);

	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	pem_take(bio, &out->cert_pem);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	pem_take(bio, &out->key_pem);
	buf_init(&out->chain_pem, PEM_MAX);
	assert_true(
	    buf_add(&out->chain_pem, out->cert_pem.ptr, out->cert_pem.len));
	if (wish->issuer != NULL && !wish->issuer->is_root)
		assert_true(buf_add(&out->chain_pem,
		    wish->issuer->chain_pem.ptr, wish->issuer->chain_pem.len));
	out->is_root = wish->issuer == NULL;

	if (issuer != cert) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
}

void
cert_fini(struct cert *c)
{
	buf_wipe(&c->key_pem);
	buf_fini(&c->cert_pem);
	buf_fini(&c->chain_pem);
}
