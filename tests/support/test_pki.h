/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_TEST_PKI_H
#define SUPPORT_TEST_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * test_pki -- certificates for tests, made in memory: a root, what it signs,
 * and the wrong ones that must be refused.  Every function ends the test
 * program when OpenSSL fails.
 */
struct test_cert;

struct test_cert_spec {
	const char *name;  /* common name */
	const char *san;   /* "DNS:localhost,IP:127.0.0.1", or NULL */
	const char *usage; /* extended key usage: "serverAuth"; or NULL */
	bool is_ca;
	int from_days; /* valid from, relative to now; 0: since yesterday */
	int to_days;   /* valid to, relative to now; 0: 30 days */
};

/* issuer NULL: signed by itself. */
struct test_cert *test_cert_new(
    const struct test_cert_spec *spec, const struct test_cert *issuer);
void test_cert_free(struct test_cert *c);

/* Borrowed until test_cert_free. */
const char *test_cert_pem(const struct test_cert *c);
const char *test_cert_key_pem(const struct test_cert *c);
const uint8_t *test_cert_der(const struct test_cert *c, size_t *len_out);

/* The library's own objects (X509, EVP_PKEY), borrowed; for tests/support. */
void *test_cert_x509(const struct test_cert *c);
void *test_cert_key(const struct test_cert *c);

/* What most tests want: an office, one of its devices, and a stranger whose
 * root has the office's name. */
struct test_pki {
	struct test_cert *root;
	struct test_cert *issuing; /* under root */
	struct test_cert *office;  /* under issuing: 127.0.0.1, office.test */
	struct test_cert *device;  /* under issuing: for clients */
	struct test_cert *stranger_root;
	struct test_cert *stranger; /* under stranger_root, as office */
};
struct test_pki test_pki_make(void);
void test_pki_free(struct test_pki *p);

#endif
