/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_HTTP_SERVER_H
#define SYS_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct loop;
struct tls_server;

/*
 * http_server -- a strict HTTP/1.1 server on one listening socket, over TLS or
 * plain, driven by the loop.
 *
 * tcp_listen, http_server_new; on_request hands out requests, http_reply
 * answers each of them, at once or much later (a parked request);
 * http_server_stop, then http_server_free.
 *
 * Life of a request: it is handed to on_request when head and body have come
 * whole and passed every check, and stays valid, all that it points to
 * included, until the caller either calls http_reply with it, exactly once, or
 * is told by on_gone that the client has left, after which it must not be
 * replied to.  One of the two happens to every request, unless
 * http_server_free comes first.  Requests on one connection come one after
 * another: the next is not read before the last was answered.
 *
 * What is refused before the caller sees it, answered and the connection
 * closed: anything but CRLF at the end of a line, control characters, folded
 * lines, names that are not tokens, a target that is not a path, no Host or
 * two, two Content-Lengths or one that is not digits, any Transfer-Encoding,
 * a body with GET or HEAD (400, or 411 for Transfer-Encoding alone); unknown
 * methods (501) and versions (505); heads and bodies over their limit (431,
 * 413); too many body bytes in flight (503); and a head or body that has not
 * come whole by its deadline, however steadily it drips (408).
 */
struct http_server;

enum http_method {
	HTTP_GET,
	HTTP_HEAD, /* reply as to GET: the body is left out for you */
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_METHOD_N
};

/* "GET" */
const char *http_method_name(enum http_method m);

struct http_header {
	const char *name;  /* as sent; compare without regard to case */
	const char *value; /* without the blanks around it */
};

/* Read-only but for user. */
struct http_request {
	enum http_method method;
	const char *path;  /* starts with '/', still percent-encoded */
	const char *query; /* after the '?', still encoded; NULL: none */
	const struct http_header *headers;
	size_t headers_n;
	const void *body; /* NULL when empty */
	size_t body_len;
	const char *peer;        /* numeric address without the port */
	bool has_cert;           /* the client showed a certificate; then: */
	const uint8_t *cert_der; /* the certificate */
	size_t cert_len;
	uint8_t cert_sha256[32]; /* over cert_der: the device's identity */
	void *user;              /* the caller's own; NULL at first */
};

/* The first header of that name, or NULL. */
const char *http_request_header(const struct http_request *r, const char *name);

/* 0 stands for the default, in brackets.  Lengths are bytes. */
struct http_limits {
	/* Open at once; further ones wait to be accepted [4000]. */
	unsigned connections_max;
	size_t head_max;       /* request line and headers [16 KiB] */
	size_t body_max;       /* one body [8 MiB] */
	size_t body_total_max; /* bodies of all open requests [64 MiB] */
	/* To the end of the head: from its first byte, or on a new
	 * connection from the accept, TLS included [10 s]. */
	uint32_t head_ms;
	/* To the end of the body, and as much again for each 256 KiB of it
	 * [30 s]. */
	uint32_t body_ms;
	uint32_t reply_ms; /* for the client to take the reply; likewise */
	uint32_t idle_ms;  /* between requests [75 s] */
	/* After a last reply, for the client to stop sending [2 s]. */
	uint32_t linger_ms;
};

typedef void http_request_cb(struct http_request *r, void *arg);

struct http_server_options {
	int listen_fd;          /* bound and listening, see tcp_listen; taken */
	struct tls_server *tls; /* borrowed until the end; NULL: plain HTTP */
	struct http_limits limits;
	http_request_cb *on_request; /* may reply at once */
	http_request_cb *on_gone; /* the client has left, or closed its sending
	                           * half: forget r, which is valid until
	                           * this returns */
	void *arg;                /* for the callbacks */
};

/* Begin to accept.  The descriptor is taken, also on failure.  ERR_NOMEM,
 * ERR_IO. */
enum err_code http_server_new(struct loop *l,
    const struct http_server_options *o, struct http_server **server_out,
    struct err *e) ERR_CHECKED;

/* Answer; r is no longer the caller's.  Headers and body are copied.
 * Content-Length, Date and Connection are added and must not be given.  Such a
 * header, or one whose name or value could not stand in a head, makes the
 * answer a 500; without memory the connection is closed and the client will
 * ask again. */
void http_reply(struct http_request *r, unsigned status,
    const struct http_header *headers, size_t headers_n, const void *body,
    size_t body_len);

/* Stop accepting and close idle connections; requests that are being read
 * still come, and those that are out are still to be answered.  on_stopped is
 * called in the loop when the last connection has ended (which may be right
 * away). */
typedef void http_stopped_cb(void *arg);
void http_server_stop(struct http_server *s, http_stopped_cb *on_stopped);

/* Close everything; no callback comes any more and every request that is out
 * is gone.  Not from inside a callback of the server, on_stopped excepted. */
void http_server_free(struct http_server *s);

/* Connections that are open now, lingering ones included. */
unsigned http_server_connections(const struct http_server *s);

#endif
