/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_TLS_H
#define SYS_TLS_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * tls -- the server's side of TLS: TLS 1.3 and nothing older.
 *
 * tls_server_new, hand it to http_server_new, tls_server_reload whenever keys
 * or certificates were replaced, tls_server_free after the HTTP server's end.
 *
 * A client certificate is accepted when it chains to the client root, whatever
 * its dates say: "expired", "revoked" and "unknown" are answers that HTTP
 * gives, because a refusal inside TLS looks like a broken network.  One that
 * chains to anything else ends the handshake.
 */
struct tls_server;

/* What is asked of a client. */
enum tls_client_mode {
	TLS_CLIENT_NONE, /* no certificate is asked for */
	TLS_CLIENT_MAY,  /* one that is shown must chain to the root */
	TLS_CLIENT_MUST, /* without one there is no connection */
};

/* Encrypts session tickets.  Nodes that stand for the same office share it,
 * so that a session resumes on any of them; random, kept secret. */
#define TLS_TICKET_KEY_LEN 80
struct tls_ticket_key {
	uint8_t b[TLS_TICKET_KEY_LEN];
};

struct tls_server_options {
	const struct buf *key_pem;   /* private key, not encrypted */
	const struct buf *chain_pem; /* own certificate, then those above
	                              * it; the root too, where devices
	                              * enrol that know it by its
	                              * fingerprint alone */
	enum tls_client_mode clients;
	/* The root; then, if wanted, issuing certificates that clients need
	 * not show.  NULL only if no certificate is asked for. */
	const struct buf *client_root_pem;
	const struct tls_ticket_key *ticket_key; /* NULL: keep the present one;
	                                          * at first one by chance */
};

/* Everything is read or copied before this returns.  ERR_INVALID: a key or
 * certificate cannot be read, or they do not belong together; ERR_NOMEM. */
enum err_code tls_server_new(const struct tls_server_options *o,
    struct tls_server **tls_out, struct err *e) ERR_CHECKED;

/* Use these from the next handshake on; open connections stay as they are,
 * and tickets stay good unless the client root, the mode or the ticket key
 * changed.  On failure the former ones stay in use. */
enum err_code tls_server_reload(struct tls_server *tls,
    const struct tls_server_options *o, struct err *e) ERR_CHECKED;

void tls_server_free(struct tls_server *tls);

/* The TLS library's own context, borrowed until the next reload; for
 * common/sys alone. */
void *tls_server_native(const struct tls_server *tls);

#endif
