/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_PKI_H
#define SYS_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sys/crypto_hash.h"

/*
 * pki -- certificates of the office's own authority (X.509, P-256 throughout).
 *
 * Three levels, never more or fewer: an offline root signs issuing
 * authorities, which sign devices, couriers and servers.  What everybody pins
 * is root_sha256: the SHA-256 of the root's whole certificate in DER, which is
 * pki_info.sha256 of the root.  A server sends the root too in its handshake,
 * so that a device which knows the pin alone can check the chain.
 *
 *   offline:   pki_key_make, pki_root_make
 *   any other: pki_key_make, pki_csr_make, and whoever issues: pki_issue
 *
 * Everything given in is PEM or DER, one object and nothing after it, at most
 * PKI_INPUT_MAX bytes; everything handed out is PEM, appended to a buffer of
 * the caller's (PKI_INPUT_MAX is cap enough), which is as it was on failure.
 * ERR_MALFORMED always means that bytes given in are not what they should be.
 * Dates are written and can be read, and decide nothing here: a wrong clock
 * stops nobody.
 */
#define PKI_INPUT_MAX 16384
/* Bytes of a name, as X.509 limits common names. */
#define PKI_NAME_MAX 64
/* Hexadecimal digits of a serial number; ours have 32. */
#define PKI_SERIAL_MAX 40
/* DNS names and addresses in a server's certificate. */
#define PKI_SAN_MAX 32

enum pki_kind {
	PKI_ROOT,
	PKI_ISSUING,
	PKI_DEVICE,  /* client; unit "device": full rights */
	PKI_COURIER, /* client; unit "courier": hands over envelopes only */
	PKI_SERVER,  /* server; unit "server" */
	PKI_OTHER    /* read, and not one that we make */
};

/* Once, when a program that stays begins: have the library set up what makes
 * keys and the numbers of signatures and handshakes.  What of that is refused
 * memory when it is first needed is refused for as long as the program runs.
 * ERR_NOMEM: do not go on. */
enum err_code pki_start(struct err *e) ERR_CHECKED;

/* Append a fresh TLS or authority key.  Secret: its buffer is wiped. */
enum err_code pki_key_make(struct buf *key_out, struct err *e) ERR_CHECKED;

/* Append a request for a certificate on this key, under this name. */
enum err_code pki_csr_make(struct crypto_part key, const char *common_name,
    struct buf *csr_out, struct err *e) ERR_CHECKED;

struct pki_csr_info {
	struct hash32 spki_sha256; /* of the public key, as in pki_info */
	char common_name[PKI_NAME_MAX + 1];
};

/* Read a request, and check that its maker holds the key: ERR_AUTH if not;
 * ERR_MALFORMED also for a key that is not P-256. */
enum err_code pki_csr_inspect(struct crypto_part csr,
    struct pki_csr_info *info_out, struct err *e) ERR_CHECKED;

struct pki_profile {
	enum pki_kind kind;      /* PKI_ISSUING to PKI_SERVER */
	const char *common_name; /* stands whatever the request says */
	const char *const *san;  /* PKI_SERVER: DNS names, IP addresses */
	size_t san_n;
	/* PKI_DEVICE, PKI_COURIER: whose it is and the key that it signs with,
	 * in the subject as UID and serialNumber, or NULL. */
	const char *user, *sign_key;
	uint64_t not_before_ms; /* Unix time, cut to seconds */
	uint64_t not_after_ms;
};

/* Append a root's own certificate: of the profile, common name and dates
 * count.  ERR_INVALID for a profile that cannot be. */
enum err_code pki_root_make(struct crypto_part key,
    const struct pki_profile *profile, struct buf *cert_out,
    struct err *e) ERR_CHECKED;

struct pki_issuer {
	struct crypto_part cert;
	struct crypto_part key;
};

/* Append a certificate for the key in the request, with a serial number of 16
 * random bytes.  A root issues PKI_ISSUING and nothing else, an issuing
 * authority everything else.  ERR_AUTH when the request is not signed by its
 * key; ERR_INVALID for a profile that cannot be, or an issuer whose key is not
 * that of its certificate. */
enum err_code pki_issue(const struct pki_issuer *issuer, struct crypto_part csr,
    const struct pki_profile *profile, struct buf *cert_out,
    struct err *e) ERR_CHECKED;

struct pki_info {
	struct hash32 sha256;      /* of the whole certificate in DER */
	struct hash32 spki_sha256; /* of its SubjectPublicKeyInfo in DER */
	char serial[PKI_SERIAL_MAX + 1]; /* lower-case hexadecimal */
	char common_name[PKI_NAME_MAX + 1];
	char unit[PKI_NAME_MAX + 1]; /* organisational unit, "" if none */
	char user[PKI_NAME_MAX + 1]; /* as in the profile, "" if none */
	char sign_key[PKI_NAME_MAX + 1];
	enum pki_kind kind; /* by extensions and unit together */
	uint64_t not_before_ms;
	uint64_t not_after_ms;
	size_t san_n;
};

/* Read a certificate.  What is read is not checked: pki_verify_chain. */
enum err_code pki_inspect(struct crypto_part cert, struct pki_info *info_out,
    struct err *e) ERR_CHECKED;

struct pki_chain {
	struct crypto_part leaf;
	struct crypto_part issuing;
	struct crypto_part root;
};

/* Check that the pinned root vouches for the leaf through the issuing
 * authority, and that the leaf is of this kind (PKI_DEVICE, PKI_COURIER or
 * PKI_SERVER).  ERR_AUTH when not; the message says why. */
enum err_code pki_verify_chain(const struct pki_chain *chain,
    const struct hash32 *root_sha256, enum pki_kind kind,
    struct err *e) ERR_CHECKED;

/* Check that a server's certificate is for this DNS name or IP address;
 * ERR_AUTH when it is for others. */
enum err_code pki_check_name(
    struct crypto_part cert, const char *name, struct err *e) ERR_CHECKED;

/* Append the DER of one certificate in PEM (DER is passed through), checked to
 * be one. */
enum err_code pki_cert_der(
    struct crypto_part cert, struct buf *der_out, struct err *e) ERR_CHECKED;

/* Append the signature of data by a key (ECDSA with SHA-256, in DER): what an
 * authority says beside its certificates, the root's statement.  Check it with
 * the certificate of the signer: ERR_AUTH when it is not its holder's. */
#define PKI_SIG_MAX 72
enum err_code pki_sign(struct crypto_part key, struct crypto_part data,
    struct buf *sig_out, struct err *e) ERR_CHECKED;
enum err_code pki_sign_check(struct crypto_part cert, struct crypto_part data,
    struct crypto_part sig, struct err *e) ERR_CHECKED;

/* SHA-256 of the certificate's SubjectPublicKeyInfo, and of the whole DER. */
enum err_code pki_spki_sha256(struct crypto_part cert, struct hash32 *hash_out,
    struct err *e) ERR_CHECKED;
enum err_code pki_cert_sha256(struct crypto_part cert, struct hash32 *hash_out,
    struct err *e) ERR_CHECKED;

#endif
