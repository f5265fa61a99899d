/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making keys, requests and certificates.  What a certificate may do is decided
 * by its issuer's profile alone: of a request only the public key is used, so
 * nothing that a device writes into one can widen its rights.
 */
#include "common/sys/pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"
#include "common/sys/pki_int.h"

/* Last second of the year 9999, where X.509 ends. */
#define TIME_MAX_S 253402300799U

const char *
pki_unit(enum pki_kind kind)
{
	switch (kind) {
	case PKI_DEVICE:
		return "device";
	case PKI_COURIER:
		return "courier";
	case PKI_SERVER:
		return "server";
	case PKI_ROOT:
	case PKI_ISSUING:
	case PKI_OTHER:
		break;
	}
	return NULL;
}

/* Append what was written to the memory BIO. */
static enum err_code
add_bio(BIO *bio, struct buf *out, struct err *e)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	if (len <= 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (!buf_add(out, text, (size_t)len))
		return buf_check(out, e);
	return ERR_OK;
}

static enum err_code
key_load(struct crypto_part key, EVP_PKEY **pkey_out, struct err *e)
{
	void *pkey = NULL;
	enum err_code code = pki_key_load(key, &pkey, e);

	if (code == ERR_OK)
		*pkey_out = pkey;
	return code;
}

static bool
name_is_fine(const char *name)
{
	size_t len = name == NULL ? 0 : strnlen(name, PKI_NAME_MAX + 1);

	return len > 0 && len <= PKI_NAME_MAX &&
	    utf8_is_printable(name, len, false);
}

/* Add a part of a name; NULL: none. */
static bool
name_add(X509_NAME *name, int nid, const char *text)
{
	return text == NULL ||
	    X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
	        (const unsigned char *)text, -1, -1, 0) == 1;
}

/* Owned by the caller; NULL when the library cannot. */
static X509_NAME *
subject_make(const struct pki_profile *p, const char *unit)
{
	X509_NAME *name = X509_NAME_new();

	if (name != NULL && name_add(name, NID_commonName, p->common_name) &&
	    name_add(name, NID_organizationalUnitName, unit) &&
	    name_add(name, NID_userId, p->user) &&
	    name_add(name, NID_serialNumber, p->sign_key))
		return name;
	X509_NAME_free(name);
	return NULL;
}

enum err_code
pki_csr_make(struct crypto_part key, const char *common_name,
    struct buf *csr_out, struct err *e)
{
	X509_REQ *req = NULL;
	X509_NAME *name = NULL;
	EVP_PKEY *pkey = NULL;
	BIO *bio = NULL;
	enum err_code code;

	if (!name_is_fine(common_name))
		return err_set(e, ERR_INVALID, 0, "not a certificate's name");
	code = key_load(key, &pkey, e);
	if (code != ERR_OK)
		return code;
	req = X509_REQ_new();
	name = subject_make(
	    &(struct pki_profile){ .common_name = common_name }, NULL);
	bio = BIO_new(BIO_s_mem());
	if (req == NULL || name == NULL || bio == NULL ||
	    X509_REQ_set_subject_name(req, name) != 1 ||
	    X509_REQ_set_pubkey(req, pkey) != 1 ||
	    X509_REQ_sign(req, pkey, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509_REQ(bio, req) != 1)
		code = pki_failed(e, ERR_NOMEM, "cannot make a request");
	else
		code = add_bio(bio, csr_out, e);
	BIO_free(bio);
	X509_NAME_free(name);
	X509_REQ_free(req);
	EVP_PKEY_free(pkey);
	return code;
}

/* A random serial number of exactly 16 bytes: positive, and no leading zero
 * that a printed form could lose. */
static bool
set_serial(X509 *x)
{
	uint8_t serial[16];
	BIGNUM *n;
	bool done;

	rng_fill(serial, sizeof(serial));
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
	n = BN_bin2bn(serial, sizeof(serial), NULL);
	done = n != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return done;
}

static bool
set_dates(X509 *x, const struct pki_profile *profile)
{
	return ASN1_TIME_set(X509_getm_notBefore(x),
	           (time_t)(profile->not_before_ms / 1000)) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(x),
	        (time_t)(profile->not_after_ms / 1000)) != NULL;
}

/* The extensions of a kind that have the same text in every certificate. */
static bool
add_fixed_extensions(X509 *x, X509 *issuer, enum pki_kind kind)
{
	const bool is_ca = kind == PKI_ROOT || kind == PKI_ISSUING;
	const struct {
		int nid;
		const char *value; /* NULL: not in this kind */
	} extensions[] = {
		{ NID_basic_constraints,
		    kind == PKI_ROOT          ? "critical,CA:TRUE,pathlen:1"
		        : kind == PKI_ISSUING ? "critical,CA:TRUE,pathlen:0"
		                              : "critical,CA:FALSE" },
		{ NID_key_usage,
		    is_ca ? "critical,keyCertSign,cRLSign"
		          : "critical,digitalSignature" },
		{ NID_ext_key_usage,
		    is_ca                    ? NULL
		        : kind == PKI_SERVER ? "serverAuth"
		                             : "clientAuth" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid:always" },
	};
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]);
	     i++) {
		X509_EXTENSION *extension;
		bool added;

		if (extensions[i].value == NULL)
			continue;
		extension = X509V3_EXT_conf_nid(
		    NULL, &ctx, extensions[i].nid, extensions[i].value);
		added =
		    extension != NULL && X509_add_ext(x, extension, -1) == 1;
		X509_EXTENSION_free(extension);
		if (!added)
			return false;
	}
	return true;
}

/* True for letters, digits, hyphens and dots: what a DNS name is made of. */
static bool
is_dns_name(const char *name)
{
	size_t len = strnlen(name, 254);

	return len > 0 && len < 254 && name[0] != '.' && name[0] != '-' &&
	    strspn(name,
	        "abcdefghijklmnopqrstuvwxyz"
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == len;
}

/* An IP address as one, anything else as a DNS name; NULL if it is neither.
 * Built by hand and not from a configuration text, in which a comma in a name
 * would begin another name. */
static GENERAL_NAME *
san_make(const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
	ASN1_IA5STRING *dns = NULL;

	if (name != NULL && address != NULL) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, address);
		return name;
	}
	dns = is_dns_name(text) ? ASN1_IA5STRING_new() : NULL;
	if (name != NULL && dns != NULL &&
	    ASN1_STRING_set(dns, text, -1) == 1) {
		GENERAL_NAME_set0_value(name, GEN_DNS, dns);
		return name;
	}
	ASN1_OCTET_STRING_free(address);
	ASN1_IA5STRING_free(dns);
	GENERAL_NAME_free(name);
	return NULL;
}

static enum err_code
add_san(X509 *x, const struct pki_profile *profile, struct err *e)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	enum err_code code = ERR_OK;

	if (names == NULL)
		return pki_failed(e, ERR_NOMEM, "cannot make a certificate");
	for (size_t i = 0; i < profile->san_n; i++) {
		GENERAL_NAME *name = san_make(profile->san[i]);

		if (name == NULL) {
			code = pki_failed(
			    e, ERR_INVALID, "not a host name or an address");
			goto out;
		}
		if (sk_GENERAL_NAME_push(names, name) <= 0) {
			GENERAL_NAME_free(name);
			code = pki_failed(
			    e, ERR_NOMEM, "cannot make a certificate");
			goto out;
		}
	}
	if (X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) != 1)
		code = pki_failed(e, ERR_NOMEM, "cannot make a certificate");
out:
	GENERAL_NAMES_free(names);
	return code;
}

static enum err_code
check_profile(const struct pki_profile *profile, struct err *e)
{
	if (!name_is_fine(profile->common_name))
		return err_set(e, ERR_INVALID, 0, "not a certificate's name");
	if (profile->not_before_ms >= profile->not_after_ms ||
	    profile->not_after_ms / 1000 > TIME_MAX_S)
		return err_set(
		    e, ERR_INVALID, 0, "a certificate ends before it begins");
	if ((profile->kind == PKI_SERVER) != (profile->san_n > 0) ||
	    profile->san_n > PKI_SAN_MAX)
		return err_set(e, ERR_INVALID, 0,
		    "servers, and nothing else, are named by host names");
	if ((profile->user != NULL || profile->sign_key != NULL) &&
	    ((profile->kind != PKI_DEVICE && profile->kind != PKI_COURIER) ||
	        !name_is_fine(profile->user) ||
	        !name_is_fine(profile->sign_key)))
		return err_set(e, ERR_INVALID, 0,
		    "devices, and nothing else, are some user's");
	return ERR_OK;
}

/* Make, sign and append; issuer NULL for a root, which is its own. */
static enum err_code
cert_make(const struct pki_profile *profile, EVP_PKEY *subject_key,
    X509 *issuer, EVP_PKEY *issuer_key, struct buf *cert_out, struct err *e)
{
	X509 *x = X509_new();
	X509_NAME *name = subject_make(profile, pki_unit(profile->kind));
	BIO *bio = BIO_new(BIO_s_mem());
	enum err_code code = ERR_OK;

	if (x == NULL || name == NULL || bio == NULL ||
	    X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    !set_dates(x, profile) || X509_set_subject_name(x, name) != 1 ||
	    X509_set_issuer_name(x,
	        issuer == NULL ? name : X509_get_subject_name(issuer)) != 1 ||
	    X509_set_pubkey(x, subject_key) != 1 ||
	    !add_fixed_extensions(
	        x, issuer == NULL ? x : issuer, profile->kind))
		code = pki_failed(e, ERR_NOMEM, "cannot make a certificate");
	if (code == ERR_OK && profile->kind == PKI_SERVER)
		code = add_san(x, profile, e);
	if (code != ERR_OK)
		goto out;
	if (X509_sign(x, issuer_key, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509(bio, x) != 1)
		code = pki_failed(e, ERR_NOMEM, "cannot sign a certificate");
	else
		code = add_bio(bio, cert_out, e);
out:
	BIO_free(bio);
	X509_NAME_free(name);
	X509_free(x);
	return code;
}

enum err_code
pki_root_make(struct crypto_part key, const struct pki_profile *profile,
    struct buf *cert_out, struct err *e)
{
	struct pki_profile root = {
		.kind = PKI_ROOT,
		.common_name = profile->common_name,
		.not_before_ms = profile->not_before_ms,
		.not_after_ms = profile->not_after_ms,
	};
	EVP_PKEY *pkey = NULL;
	enum err_code code = check_profile(&root, e);

	if (code == ERR_OK)
		code = key_load(key, &pkey, e);
	if (code != ERR_OK)
		return code;
	code = cert_make(&root, pkey, NULL, pkey, cert_out, e);
	EVP_PKEY_free(pkey);
	return code;
}

/* Read the issuer, and check that it may issue this kind. */
static enum err_code
issuer_load(const struct pki_issuer *issuer, enum pki_kind kind,
    X509 **cert_out, EVP_PKEY **key_out, struct err *e)
{
	struct pki_info info;
	EVP_PKEY *pkey = NULL;
	void *x = NULL;
	enum err_code code = pki_inspect(issuer->cert, &info, e);

	if (code == ERR_OK)
		code = pki_cert_load(issuer->cert, &x, e);
	if (code == ERR_OK)
		code = key_load(issuer->key, &pkey, e);
	if (code == ERR_OK &&
	    (kind == PKI_ROOT || kind == PKI_OTHER ||
	        info.kind != (kind == PKI_ISSUING ? PKI_ROOT : PKI_ISSUING)))
		code = err_set(e, ERR_INVALID, 0,
		    "this certificate may not issue one of that kind");
	else if (code == ERR_OK && X509_check_private_key(x, pkey) != 1)
		code = pki_failed(e, ERR_INVALID,
		    "the issuer's key is not that of its certificate");
	if (code == ERR_OK) {
		*cert_out = x;
		*key_out = pkey;
	} else {
		X509_free(x);
		EVP_PKEY_free(pkey);
	}
	return code;
}

enum err_code
pki_issue(const struct pki_issuer *issuer, struct crypto_part csr,
    const struct pki_profile *profile, struct buf *cert_out, struct err *e)
{
	const unsigned char *p;
	struct pki_csr_info info;
	struct buf spki;
	EVP_PKEY *subject_key = NULL, *issuer_key = NULL;
	X509 *x = NULL;
	enum err_code code = check_profile(profile, e);

	if (code != ERR_OK)
		return code;
	buf_init(&spki, PKI_INPUT_MAX);
	code = pki_csr_read(csr, &info, &spki, e);
	if (code == ERR_OK)
		code = issuer_load(issuer, profile->kind, &x, &issuer_key, e);
	if (code != ERR_OK)
		goto out;
	p = (const unsigned char *)spki.ptr;
	subject_key = d2i_PUBKEY(NULL, &p, (long)spki.len);
	if (subject_key == NULL)
		code = pki_failed(e, ERR_NOMEM, "cannot read the request");
	else
		code =
		    cert_make(profile, subject_key, x, issuer_key, cert_out, e);
out:
	buf_fini(&spki);
	X509_free(x);
	EVP_PKEY_free(issuer_key);
	EVP_PKEY_free(subject_key);
	return code;
}
