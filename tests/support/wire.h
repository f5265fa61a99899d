/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_WIRE_H
#define SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/sys/loop.h"
#include "tests/support/certs.h"

/*
 * wire -- a client that writes whatever bytes a test wants, plain or over
 * TLS 1.3, in the same thread and loop as the server under test: while it
 * waits, the loop turns.  Whatever does not happen in WIRE_PATIENCE_MS fails
 * the running test.
 */
#define WIRE_PATIENCE_MS 20000

/* What a TLS client trusts and shows, and its last session. */
struct wire_tls;
struct wire_tls *wire_tls_new(
    const struct cert *root, const struct cert *own /* or NULL */);
/* One that speaks nothing newer than this version of TLS. */
struct wire_tls *wire_tls_new_until(const struct cert *root, int version);
void wire_tls_free(struct wire_tls *tls);

struct wire;
/* Connect to "address:port"; tls NULL: plain.  With TLS the handshake is left
 * to the first wire_send or wire_recv. */
struct wire *wire_open(
    struct loop *l, const char *address, struct wire_tls *tls);
void wire_close(struct wire *w);
/* The socket, to do odd things to. */
int wire_fd(const struct wire *w);

/* Write all of it; false if the peer has closed or refused. */
bool wire_send(struct wire *w, const void *bytes, size_t len);
bool wire_send_text(struct wire *w, const char *text);

/* Everything that the peer has sent and nobody took with wire_take. */
struct buf *wire_got(struct wire *w);
/* Wait until a whole reply with a Content-Length is in wire_got; its status,
 * or 0 if the peer closed before.  *len_out: bytes of it, head included. */
unsigned wire_reply(struct wire *w, size_t *len_out);
/* Drop the first len bytes of wire_got. */
void wire_take(struct wire *w, size_t len);
/* wire_reply and wire_take; for tests that look at the status alone. */
unsigned wire_status(struct wire *w);
/* Wait until the peer has closed; true if by an orderly end, false if by a
 * reset or a TLS error. */
bool wire_closed(struct wire *w);
/* True if this TLS connection resumed an earlier session. */
bool wire_was_resumed(const struct wire *w);

/* Turn the loop until the condition holds. */
void wire_until(struct loop *l, bool (*done)(void *arg), void *arg);
/* Turn the loop for about this long. */
void wire_turn(struct loop *l, unsigned ms);

#endif
