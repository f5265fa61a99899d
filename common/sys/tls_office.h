/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_TLS_OFFICE_H
#define SYS_TLS_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * tls_office -- how a device knows that it speaks to its own office, and how
 * it shows who it is.  For http_client; nothing else needs to include it.
 *
 * tls_office_new from memory, tls_office_apply for every TLS context that a
 * connection is made with, tls_office_free after the last of those contexts.
 * The office is its pinned root: its chain must lead there by signatures and
 * purposes and its leaf must carry the name that was called.  The system's
 * trust store is never asked.  Dates are advice: a certificate out of its
 * dates by this device's clock is accepted and reported, since a wrong clock
 * must stop nobody.
 *
 * One thread.  Certificates are PEM or DER, a key is one of pki_key_make's.
 */
struct tls_office;

#define TLS_OFFICE_PIN_MIN 10 /* bytes: 80 bits cannot be searched for */
#define TLS_OFFICE_PIN_MAX 32 /* a whole SHA-256 */
#define TLS_OFFICE_HOST_MAX 256

/* Exactly one of root and pin is given; cert and key come together or not at
 * all.  Everything is borrowed for the call of tls_office_new alone. */
struct tls_office_cfg {
	const void *root; /* the office's root certificate */
	size_t root_len;
	const void *pin; /* first bytes of SHA-256 of the root's DER */
	size_t pin_len;
	const void *cert; /* the device's chain, leaf first */
	size_t cert_len;
	const void *key; /* private key of its leaf; wiped by its owner */
	size_t key_len;
};

enum tls_verdict {
	TLS_VERDICT_NONE,    /* no certificate was looked at */
	TLS_VERDICT_GOOD,    /* it is the office */
	TLS_VERDICT_ROOT,    /* the chain does not lead to the pinned root */
	TLS_VERDICT_NAME,    /* our root, but another name or address */
	TLS_VERDICT_PURPOSE, /* our root, but no server certificate, or another
	                        flaw that is not a date */
	TLS_VERDICT_N
};

enum tls_dates {
	TLS_DATES_FINE,
	TLS_DATES_EARLY, /* not yet valid by this device's clock */
	TLS_DATES_PAST,  /* no longer valid by this device's clock */
	TLS_DATES_N
};

/* What happened on one connection; shared by the context and the caller. */
struct tls_link {
	enum tls_verdict verdict;
	bool is_done;    /* the handshake ended well */
	bool is_resumed; /* ... without a certificate, from an older session */
	int reason;      /* OpenSSL's reason for a failed handshake; 0 if it was
	                    the network's fault */
	const char *why; /* the verifier's words for a bad verdict, or NULL */
	enum tls_dates dates; /* of the chain that was looked at */
	/* Private to tls_office. */
	struct tls_office *office;
	unsigned refs;
	char host[TLS_OFFICE_HOST_MAX];
};

/* ERR_INVALID: a certificate or key cannot be read, they do not belong
 * together, or the pin has a wrong length.  ERR_NOMEM. */
enum err_code tls_office_new(const struct tls_office_cfg *cfg,
    struct tls_office **office_out, struct err *e) ERR_CHECKED;
void tls_office_free(struct tls_office *t);

/* Set up ssl_ctx (an SSL_CTX, borrowed) for one connection to host, a name or
 * an address without brackets and port.  *link_out is the caller's to end
 * with tls_link_unref, and the context keeps one of its own.  ERR_NOMEM. */
enum err_code tls_office_apply(struct tls_office *t, void *ssl_ctx,
    const char *host, struct tls_link **link_out, struct err *e) ERR_CHECKED;
void tls_link_unref(struct tls_link *link);

/* The root as DER, borrowed until tls_office_free; NULL while only a pin is
 * known and no chain with that root has been verified. */
const uint8_t *tls_office_root(const struct tls_office *t, size_t *len_out);

/* How the dates of the last chain that was found good stood; this is also the
 * answer for a resumed session, which shows no certificate. */
enum tls_dates tls_office_dates(const struct tls_office *t);

#endif
