/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading certificates and requests.  OpenSSL's readers take much: text around
 * a PEM, bytes after a DER, BER instead of DER.  Here one object has one form:
 * what was parsed is written again and must give the bytes that came in, since
 * certificates are known by the hash of their bytes.
 */
#include "common/sys/pki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/enc.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"
#include "common/sys/pki_int.h"

/* Empty OpenSSL's queue of complaints: was one that memory was refused? */
static bool
lacked_memory(void)
{
	unsigned long one;
	bool lacked = false;

	/* What calls what found no memory says that the bytes are bad; what
	 * could not be begun found none either. */
	while ((one = ERR_get_error()) != 0)
		if (ERR_GET_REASON(one) == ERR_R_MALLOC_FAILURE ||
		    ERR_GET_REASON(one) == ERR_R_INIT_FAIL)
			lacked = true;
	return lacked;
}

enum err_code
pki_failed(struct err *e, enum err_code code, const char *what)
{
	unsigned long last = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(last);

	if (lacked_memory())
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (reason == NULL)
		return err_set(e, code, 0, "%s", what);
	return err_set(
	    e, code, (int)ERR_GET_REASON(last), "%s: %s", what, reason);
}

/* True when nothing but line ends is left. */
static bool
is_blank(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != '\n' && p[i] != '\r')
			return false;
	return true;
}

enum err_code
pki_unwrap(struct crypto_part in, const char *label, struct buf *der_out,
    struct err *e)
{
	static const char begin[] = "-----BEGIN ";
	char *name = NULL, *header = NULL, *rest;
	unsigned char *data = NULL;
	long data_len = 0, left;
	enum err_code code = ERR_OK;
	BIO *bio;

	if (in.len == 0 || in.len > PKI_INPUT_MAX)
		return err_set(e, ERR_MALFORMED, 0,
		    "no certificate or key has %zu bytes", in.len);
	if (in.len < sizeof(begin) - 1 ||
	    memcmp(in.ptr, begin, sizeof(begin) - 1) != 0)
		return buf_add(der_out, in.ptr, in.len) ? ERR_OK
		                                        : buf_check(der_out, e);
	bio = BIO_new_mem_buf(in.ptr, (int)in.len);
	if (bio == NULL ||
	    PEM_read_bio(bio, &name, &header, &data, &data_len) != 1) {
		/* Of what is wrong with the bytes it says more than this. */
		code = ERR_peek_last_error() != 0
		    ? pki_failed(e, ERR_MALFORMED, "not PEM")
		    : err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	left = BIO_get_mem_data(bio, &rest);
	if (strcmp(name, label) != 0 || header[0] != '\0' ||
	    !is_blank(rest, (size_t)left))
		code = err_set(e, ERR_MALFORMED, 0, "not one %s in PEM", label);
	else if (!buf_add(der_out, data, (size_t)data_len))
		code = buf_check(der_out, e);
out:
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)data_len);
	BIO_free(bio);
	return code;
}

/* OpenSSL parses a certificate whose key it cannot read, and does not say why.
 * A key of another kind is none of ours; one that can be read after all was
 * not for want of memory. */
static enum err_code
check_key(X509 *x, struct err *e)
{
	unsigned char *spki = NULL;
	const unsigned char *p;
	EVP_PKEY *pkey = NULL;
	bool lacked;
	int len;

	if (X509_get0_pubkey(x) != NULL)
		return ERR_OK;
	ERR_clear_error();
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	p = spki;
	if (len > 0)
		pkey = d2i_PUBKEY(NULL, &p, len);
	lacked = lacked_memory() || len <= 0 || pkey != NULL;
	EVP_PKEY_free(pkey);
	OPENSSL_free(spki);
	return lacked ? err_set(e, ERR_NOMEM, 0, "out of memory") : ERR_OK;
}

enum err_code
pki_cert_load(struct crypto_part cert, void **cert_out, struct err *e)
{
	unsigned char *again = NULL;
	const unsigned char *p;
	struct buf der;
	X509 *x = NULL;
	enum err_code code;
	int len = -1;

	buf_init(&der, PKI_INPUT_MAX);
	code = pki_unwrap(cert, "CERTIFICATE", &der, e);
	if (code != ERR_OK)
		goto out;
	p = (const unsigned char *)der.ptr;
	x = d2i_X509(NULL, &p, (long)der.len);
	if (x != NULL)
		len = i2d_X509(x, &again);
	if (len < 0 || (size_t)len != der.len ||
	    memcmp(again, der.ptr, der.len) != 0)
		code = pki_failed(e, ERR_MALFORMED, "not a certificate");
	else
		code = check_key(x, e);
out:
	OPENSSL_free(again);
	buf_fini(&der);
	if (code == ERR_OK)
		*cert_out = x;
	else
		X509_free(x);
	return code;
}

/* The one entry of this kind in a name, or "" when there is none. */
static enum err_code
read_name(const X509_NAME *name, int nid,
    char text_out[static PKI_NAME_MAX + 1], struct err *e)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1), len;
	unsigned char *text = NULL;
	enum err_code code = ERR_OK;

	text_out[0] = '\0';
	if (at < 0)
		return ERR_OK;
	len = ASN1_STRING_to_UTF8(
	    &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0 || len > PKI_NAME_MAX ||
	    !utf8_is_printable((const char *)text, (size_t)len, false) ||
	    X509_NAME_get_index_by_NID(name, nid, at) >= 0) {
		code = pki_failed(
		    e, ERR_MALFORMED, "a name in it is not as ours are");
	} else {
		memcpy(text_out, text, (size_t)len);
		text_out[len] = '\0';
	}
	OPENSSL_free(text);
	return code;
}

static enum err_code
read_time(const ASN1_TIME *t, uint64_t *ms_out, struct err *e)
{
	struct tm tm;
	time_t seconds;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return pki_failed(e, ERR_MALFORMED, "a date in it is none");
	seconds = timegm(&tm);
	if (seconds < 0)
		return err_set(
		    e, ERR_MALFORMED, 0, "a date in it is before 1970");
	*ms_out = (uint64_t)seconds * 1000;
	return ERR_OK;
}

static enum err_code
read_serial(const X509 *x, struct pki_info *info, struct err *e)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	int len = ASN1_STRING_length(serial);

	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || len < 1 ||
	    len > PKI_SERIAL_MAX / 2)
		return err_set(e, ERR_MALFORMED, 0,
		    "its serial number is not as ours are");
	enc_hex(ASN1_STRING_get0_data(serial), (size_t)len, info->serial);
	return ERR_OK;
}

/* What the certificate may be used for, by all that it says and OpenSSL has
 * read of that. */
static enum pki_kind
kind_of(X509 *x, uint32_t flags, const char *unit)
{
	uint32_t usage = X509_get_key_usage(x);
	uint32_t use =
	    (flags & EXFLAG_XKUSAGE) != 0 ? X509_get_extended_key_usage(x) : 0;

	if ((flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) != 0)
		return PKI_OTHER;
	if ((flags & EXFLAG_CA) != 0) {
		if ((usage & KU_KEY_CERT_SIGN) == 0)
			return PKI_OTHER;
		if ((flags & EXFLAG_SS) != 0)
			return PKI_ROOT;
		return X509_get_pathlen(x) == 0 ? PKI_ISSUING : PKI_OTHER;
	}
	if ((usage & KU_DIGITAL_SIGNATURE) == 0)
		return PKI_OTHER;
	for (int kind = PKI_DEVICE; kind <= PKI_SERVER; kind++)
		if (strcmp(unit, pki_unit((enum pki_kind)kind)) == 0 &&
		    use ==
		        (kind == PKI_SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT))
			return (enum pki_kind)kind;
	return PKI_OTHER;
}

/* Not well formed, or in its own name and not by its own key? */
static bool
looks_bad(uint32_t flags)
{
	return (flags & EXFLAG_INVALID) != 0 ||
	    (flags & (EXFLAG_SI | EXFLAG_SS)) == EXFLAG_SI;
}

/* What OpenSSL could not read for want of memory it marks as it does what is
 * bad, and says no more: a second look tells. */
static enum err_code
read_kind(X509 *x, struct pki_info *info, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(x);
	X509 *again = NULL;

	if (looks_bad(flags)) {
		again = X509_dup(x);
		if (again == NULL)
			return pki_failed(
			    e, ERR_NOMEM, "cannot read a certificate");
		x = again;
		flags = X509_get_extension_flags(x);
	}
	info->kind = kind_of(x, flags, info->unit);
	ERR_clear_error();
	X509_free(again);
	return ERR_OK;
}

static size_t
count_san(const X509 *x)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int n = sk_GENERAL_NAME_num(names); /* -1 for NULL */

	GENERAL_NAMES_free(names);
	ERR_clear_error(); /* a broken one counts as none */
	return n < 0 ? 0 : (size_t)n;
}

static enum err_code
read_hashes(X509 *x, struct pki_info *info, struct err *e)
{
	unsigned char *der = NULL, *spki = NULL;
	int der_len = i2d_X509(x, &der);
	int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	enum err_code code = ERR_OK;

	if (der_len <= 0 || spki_len <= 0) {
		code = pki_failed(e, ERR_NOMEM, "cannot read a certificate");
	} else {
		info->sha256 = crypto_sha256(der, (size_t)der_len);
		info->spki_sha256 = crypto_sha256(spki, (size_t)spki_len);
	}
	OPENSSL_free(der);
	OPENSSL_free(spki);
	return code;
}

enum err_code
pki_inspect(struct crypto_part cert, struct pki_info *info_out, struct err *e)
{
	struct pki_info info = { 0 };
	const X509_NAME *subject;
	void *x = NULL;
	enum err_code code = pki_cert_load(cert, &x, e);

	if (code != ERR_OK)
		return code;
	subject = X509_get_subject_name(x);
	code = read_hashes(x, &info, e);
	if (code == ERR_OK)
		code = read_serial(x, &info, e);
	if (code == ERR_OK)
		code = read_name(subject, NID_commonName, info.common_name, e);
	if (code == ERR_OK)
		code = read_name(
		    subject, NID_organizationalUnitName, info.unit, e);
	if (code == ERR_OK)
		code = read_name(subject, NID_userId, info.user, e);
	if (code == ERR_OK)
		code = read_name(subject, NID_serialNumber, info.sign_key, e);
	if (code == ERR_OK)
		code =
		    read_time(X509_get0_notBefore(x), &info.not_before_ms, e);
	if (code == ERR_OK)
		code = read_time(X509_get0_notAfter(x), &info.not_after_ms, e);
	if (code == ERR_OK)
		code = read_kind(x, &info, e);
	if (code == ERR_OK) {
		info.san_n = count_san(x);
		*info_out = info;
	}
	X509_free(x);
	return code;
}

enum err_code
pki_cert_der(struct crypto_part cert, struct buf *der_out, struct err *e)
{
	void *x = NULL;
	enum err_code code = pki_cert_load(cert, &x, e);

	if (code != ERR_OK)
		return code;
	X509_free(x);
	return pki_unwrap(cert, "CERTIFICATE", der_out, e);
}

/* True for a key on the one curve that we use. */
static bool
is_p256(const EVP_PKEY *pkey)
{
	char group[32];
	size_t len;

	return pkey != NULL && EVP_PKEY_is_a(pkey, "EC") &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static enum err_code
csr_read(struct crypto_part csr, struct pki_csr_info *info_out,
    struct buf *spki_out, struct err *e)
{
	struct pki_csr_info info = { 0 };
	unsigned char *spki = NULL, *again = NULL;
	const unsigned char *p;
	X509_REQ *req = NULL;
	struct buf der;
	enum err_code code;
	int len = -1;

	buf_init(&der, PKI_INPUT_MAX);
	code = pki_unwrap(csr, "CERTIFICATE REQUEST", &der, e);
	if (code != ERR_OK)
		goto out;
	p = (const unsigned char *)der.ptr;
	req = d2i_X509_REQ(NULL, &p, (long)der.len);
	if (req != NULL)
		len = i2d_X509_REQ(req, &again);
	if (len < 0 || (size_t)len != der.len ||
	    memcmp(again, der.ptr, der.len) != 0 ||
	    !is_p256(X509_REQ_get0_pubkey(req))) {
		code = pki_failed(e, ERR_MALFORMED, "not a request of ours");
		goto out;
	}
	if (X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) != 1) {
		code = pki_failed(
		    e, ERR_AUTH, "the request is not signed by the key in it");
		goto out;
	}
	code = read_name(X509_REQ_get_subject_name(req), NID_commonName,
	    info.common_name, e);
	if (code != ERR_OK)
		goto out;
	len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(req), &spki);
	if (len <= 0)
		code = pki_failed(e, ERR_NOMEM, "cannot read the request");
	else if (!buf_add(spki_out, spki, (size_t)len))
		code = buf_check(spki_out, e);
	if (code != ERR_OK)
		goto out;
	info.spki_sha256 = crypto_sha256(spki, (size_t)len);
	*info_out = info;
out:
	OPENSSL_free(again);
	OPENSSL_free(spki);
	X509_REQ_free(req);
	buf_fini(&der);
	return code;
}

/* OpenSSL does not always say that it was memory it wanted: that a request is
 * bad is believed when it comes twice. */
enum err_code
pki_csr_read(struct crypto_part csr, struct pki_csr_info *info_out,
    struct buf *spki_out, struct err *e)
{
	const enum err_code code = csr_read(csr, info_out, spki_out, e);

	return code == ERR_MALFORMED || code == ERR_AUTH
	    ? csr_read(csr, info_out, spki_out, e)
	    : code;
}

enum err_code
pki_csr_inspect(
    struct crypto_part csr, struct pki_csr_info *info_out, struct err *e)
{
	struct buf spki;
	enum err_code code;

	buf_init(&spki, PKI_INPUT_MAX);
	code = pki_csr_read(csr, info_out, &spki, e);
	buf_fini(&spki);
	return code;
}
