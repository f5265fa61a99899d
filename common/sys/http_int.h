/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_HTTP_INT_H
#define SYS_HTTP_INT_H

/*
 * http_int -- what the files of the HTTP server share.
 *
 * http_server.c listens and counts, http_conn.c reads requests, http_reply.c
 * writes replies and sees the client off, http_head.c reads a head.
 *
 *                 bytes              head with a body
 *   accept --> HEAD ------------> HEAD ------> BODY
 *               ^                  |            |
 *               |          whole   v    whole   v
 *               |                 PARKED <------+      conn_dispatch
 *               |                  |
 *               |  kept alive      v  http_reply, or conn_refuse from
 *               +--------------- REPLY            HEAD and BODY
 *                                  |
 *                                  v  last one
 *                                LINGER --> freed
 *
 * A connection is freed from any state when its client leaves or its deadline
 * passes; from PARKED only by the client, after on_gone.
 *
 * Invariants:
 *  1. The deadline runs in every state but PARKED.
 *  2. watch exists in PARKED only (edge triggered; the library does not mix
 *     it with the bufferevent's own events on one descriptor) and in LINGER,
 *     where bev is gone.
 *  3. In PARKED and REPLY nothing is read: a pipelined request waits in the
 *     kernel or in the input buffer behind the body.
 *  4. server->body_bytes is the sum of body_held over all connections.
 */
#include "common/sys/http_head.h"
#include "common/sys/http_server.h"

struct bufferevent;
struct event;
struct event_base;
struct evconnlistener;

enum conn_state {
	CONN_HEAD,   /* idle, or the head is coming */
	CONN_BODY,   /* the body is coming */
	CONN_PARKED, /* the caller has the request */
	CONN_REPLY,  /* the reply is being written */
	CONN_LINGER, /* all is said; what the client still sends is dropped */
};

#define CONN_PEER_MAX 64

struct http_conn {
	struct http_request r; /* first: http_reply finds its connection */
	struct http_server *server;
	struct http_conn *next, *prev;

	enum conn_state state;
	struct bufferevent *bev; /* owned, with its descriptor */
	struct event *deadline;  /* owned */
	struct event *watch;     /* owned, or NULL */
	int linger_fd;           /* owned in LINGER, else -1 */
	bool handshaken;         /* always so without TLS */
	bool is_fresh;           /* no byte of a first request has come */
	bool head_begun;         /* a first byte of this request has come */
	bool is_last;            /* close after the reply */

	size_t scanned;         /* bytes of the head looked at */
	struct http_head *head; /* owned with its text, from the head's end to
	                         * the reply */
	size_t body_held;       /* counted in server->body_bytes */
	uint8_t *cert;          /* owned DER, or NULL */
	char peer[CONN_PEER_MAX];
};

struct http_server {
	struct event_base *base; /* borrowed from the loop */
	struct http_server_options o;
	struct evconnlistener *listener; /* owned; NULL once stopped */
	struct event *resume;            /* owned: accept again after a pause */
	struct event *stopped;           /* owned: tells on_stopped */
	http_stopped_cb *on_stopped;
	bool stopping;
	struct http_conn *first;
	unsigned connections;
	size_t body_bytes;
};

/* A new connection: takes fd; drops it when memory is short. */
struct sockaddr;
void conn_accept(struct http_server *s, int fd, const struct sockaddr *sa);
/* End it now, whatever it does; no callback. */
void conn_free(struct http_conn *c);
/* Close it if it is idle, else after its next reply. */
void conn_stop(struct http_conn *c);
/* Say in TLS that nothing follows: without it clients do not resume their
 * session, and cannot tell an end from a cut. */
void conn_say_goodbye(struct http_conn *c);
/* Wait for the next request. */
void conn_begin_head(struct http_conn *c);
/* (Re)start the deadline. */
void conn_set_deadline(struct http_conn *c, uint32_t delay_ms);
/* A time to move len bytes in, given that for a small message. */
uint32_t conn_transfer_ms(uint32_t small_ms, size_t len);

/* Answer a request that the caller never saw, and close. */
void conn_refuse(struct http_conn *c, unsigned status);
/* The reply has been written. */
void conn_reply_done(struct http_conn *c);
/* Forget the request that was answered. */
void conn_drop_request(struct http_conn *c);

/* One connection less. */
void server_conn_ended(struct http_server *s);

#endif
