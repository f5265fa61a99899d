/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_PKI_INT_H
#define SYS_PKI_INT_H

#include "common/sys/pki.h"

/*
 * pki_int -- what the pki files share among themselves.
 */

/* Append the DER in a PEM with this label ("CERTIFICATE"), or the bytes as
 * they are when they are no PEM.  ERR_MALFORMED for another label, for
 * anything after the object, or past PKI_INPUT_MAX. */
enum err_code pki_unwrap(struct crypto_part in, const char *label,
    struct buf *der_out, struct err *e) ERR_CHECKED;

/* Set *e from what OpenSSL last complained of, and empty its queue. */
enum err_code pki_failed(
    struct err *e, enum err_code code, const char *what) ERR_CHECKED;

/* Read a certificate as the library's own (X509), which is the caller's to
 * free. */
enum err_code pki_cert_load(
    struct crypto_part cert, void **cert_out, struct err *e) ERR_CHECKED;

/* The two halves of a P-256 key, big-endian; the public one uncompressed. */
#define PKI_SCALAR_LEN 32
#define PKI_POINT_LEN 65
struct pki_key_parts {
	uint8_t scalar[PKI_SCALAR_LEN]; /* secret */
	uint8_t pub[PKI_POINT_LEN];
};

/* Read a key in PEM, or its PKCS #8, as the library's own (EVP_PKEY), which is
 * the caller's to free; that wipes it.  ERR_MALFORMED for any key but ours. */
enum err_code pki_key_load(
    struct crypto_part key, void **pkey_out, struct err *e) ERR_CHECKED;

/* As pki_csr_inspect, and append the request's public key
 * (SubjectPublicKeyInfo in DER). */
enum err_code pki_csr_read(struct crypto_part csr,
    struct pki_csr_info *info_out, struct buf *spki_out,
    struct err *e) ERR_CHECKED;

/* The unit in the subject for a kind; NULL for authorities. */
const char *pki_unit(enum pki_kind kind);

#endif
