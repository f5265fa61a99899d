/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CONTROL_H
#define CENTRAL_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "daemon/central/wire.h"

/*
 * control -- the few words between `serve` and the processes that it started:
 *
 *   CONTROL_CHANNEL  to both ends: your new channel for this listener (fd)
 *   CONTROL_TLS      to a front: keys and certificates to show from now on
 *   CONTROL_READY    from a child: I am up
 *
 * One word is one packet of a SOCK_SEQPACKET pair.  A child that finds its
 * parent gone ends.
 */
enum control_kind { CONTROL_CHANNEL = 1, CONTROL_TLS = 2, CONTROL_READY = 3 };

/* Longest body: a key, a chain, a root, a ticket key. */
#define CONTROL_MAX ((size_t)128 * 1024)

struct control_message {
	enum control_kind kind;
	enum wire_listener listener; /* with CONTROL_CHANNEL */
	int fd;                      /* with CONTROL_CHANNEL, else -1 */
	struct buf body;             /* with CONTROL_TLS */
};

/* Two ends, close-on-exec.  ERR_IO. */
enum err_code control_pair(int fds_out[2], struct err *e) ERR_CHECKED;

/* m->fd stays the caller's.  ERR_IO: the other end is gone, or does not
 * listen. */
enum err_code control_send(
    int fd, const struct control_message *m, struct err *e) ERR_CHECKED;

/* Take the packet that waits.  out->fd is the caller's, and out->body too,
 * which is wiped.  ERR_NOTFOUND: the other end is gone; ERR_BUSY: nothing
 * waits; ERR_MALFORMED; ERR_IO. */
enum err_code control_recv(
    int fd, struct control_message *out, struct err *e) ERR_CHECKED;

/* ---- what CONTROL_TLS carries ---- */
struct control_tls {
	struct buf key_pem, chain_pem, root_pem;
	uint8_t ticket[80]; /* struct tls_ticket_key */
};
void control_tls_init(struct control_tls *t);
void control_tls_fini(struct control_tls *t); /* wipes */
enum err_code control_tls_enc(
    const struct control_tls *t, struct buf *out, struct err *e) ERR_CHECKED;
/* *out is initialised and holds nothing.  ERR_MALFORMED. */
enum err_code control_tls_dec(
    const struct buf *body, struct control_tls *out, struct err *e) ERR_CHECKED;

#endif
