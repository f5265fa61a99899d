/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test_pki.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct test_cert {
	X509 *x509;
	EVP_PKEY *key;
	char *pem;
	char *key_pem;
	uint8_t *der;
	size_t der_len;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "test_pki: %s failed\n", what);
	abort();
}

static char *
text_of(BIO *bio)
{
	char *data, *text;
	long len = BIO_get_mem_data(bio, &data);

	must(len > 0, "PEM");
	text = calloc(1, (size_t)len + 1);
	must(text != NULL, "memory");
	memcpy(text, data, (size_t)len);
	BIO_free(bio);
	return text;
}

static void
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(x != NULL && X509_add_ext(cert, x, -1) == 1, value);
	X509_EXTENSION_free(x);
}

static void
fill(X509 *cert, const struct test_cert_spec *spec, X509 *issuer)
{
	static long serial = 1;
	const int from = spec->from_days != 0 ? spec->from_days : -1;
	const int to = spec->to_days != 0 ? spec->to_days : 30;
	X509_NAME *name = X509_get_subject_name(cert);

	must(X509_set_version(cert, X509_VERSION_3) == 1, "version");
	must(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) == 1,
	    "serial");
	must(X509_time_adj_ex(X509_getm_notBefore(cert), from, 0, NULL) != NULL,
	    "dates");
	must(X509_time_adj_ex(X509_getm_notAfter(cert), to, 0, NULL) != NULL,
	    "dates");
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	         (const unsigned char *)spec->name, -1, -1, 0) == 1,
	    "name");
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1,
	    "issuer");
	extend(cert, issuer, NID_basic_constraints,
	    spec->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	extend(cert, issuer, NID_key_usage,
	    spec->is_ca ? "critical,keyCertSign" : "critical,digitalSignature");
	extend(cert, issuer, NID_subject_key_identifier, "hash");
	if (spec->san != NULL)
		extend(cert, issuer, NID_subject_alt_name, spec->san);
	if (spec->usage != NULL)
		extend(cert, issuer, NID_ext_key_usage, spec->usage);
}

struct test_cert *
test_cert_new(const struct test_cert_spec *spec, const struct test_cert *issuer)
{
	struct test_cert *c = calloc(1, sizeof(*c));
	BIO *pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int len;

	must(c != NULL && pem != NULL && key_pem != NULL, "memory");
	c->key = EVP_EC_gen("P-256");
	c->x509 = X509_new();
	must(c->key != NULL && c->x509 != NULL, "key");
	must(X509_set_pubkey(c->x509, c->key) == 1, "key");
	fill(c->x509, spec, issuer != NULL ? issuer->x509 : c->x509);
	must(X509_sign(c->x509, issuer != NULL ? issuer->key : c->key,
	         EVP_sha256()) > 0,
	    "signature");
	must(PEM_write_bio_X509(pem, c->x509) == 1, "PEM");
	must(PEM_write_bio_PKCS8PrivateKey(
	         key_pem, c->key, NULL, NULL, 0, NULL, NULL) == 1,
	    "PEM");
	c->pem = text_of(pem);
	c->key_pem = text_of(key_pem);
	len = i2d_X509(c->x509, &der);
	must(len > 0, "DER");
	c->der = der;
	c->der_len = (size_t)len;
	return c;
}

void
test_cert_free(struct test_cert *c)
{
	if (c == NULL)
		return;
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	OPENSSL_free(c->der);
	free(c->pem);
	free(c->key_pem);
	free(c);
}

const char *
test_cert_pem(const struct test_cert *c)
{
	return c->pem;
}

const char *
test_cert_key_pem(const struct test_cert *c)
{
	return c->key_pem;
}

const uint8_t *
test_cert_der(const struct test_cert *c, size_t *len_out)
{
	*len_out = c->der_len;
	return c->der;
}

void *
test_cert_x509(const struct test_cert *c)
{
	return c->x509;
}

void *
test_cert_key(const struct test_cert *c)
{
	return c->key;
}

struct test_pki
test_pki_make(void)
{
	const struct test_cert_spec root = { .name = "Root", .is_ca = true };
	const struct test_cert_spec issuing = { .name = "Node", .is_ca = true };
	const struct test_cert_spec office = { .name = "office",
		.san = "DNS:office.test,IP:127.0.0.1",
		.usage = "serverAuth" };
	const struct test_cert_spec device = {
		.name = "device", .san = "IP:127.0.0.1", .usage = "clientAuth"
	};
	struct test_pki p;

	p.root = test_cert_new(&root, NULL);
	p.issuing = test_cert_new(&issuing, p.root);
	p.office = test_cert_new(&office, p.issuing);
	p.device = test_cert_new(&device, p.issuing);
	p.stranger_root = test_cert_new(&root, NULL);
	p.stranger = test_cert_new(&office, p.stranger_root);
	return p;
}

void
test_pki_free(struct test_pki *p)
{
	test_cert_free(p->root);
	test_cert_free(p->issuing);
	test_cert_free(p->office);
	test_cert_free(p->device);
	test_cert_free(p->stranger_root);
	test_cert_free(p->stranger);
}
