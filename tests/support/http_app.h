/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_HTTP_APP_H
#define SUPPORT_HTTP_APP_H

#include "common/sys/http_server.h"
#include "common/sys/loop.h"
#include "common/sys/tcp.h"
#include "common/sys/tls.h"
#include "tests/support/wire.h"

/*
 * http_app -- an HTTP server under test with a small application behind it:
 *   /echo      answers "METHOD path?query\n" and the body, at once
 *   /park      keeps the request in parked[] until the test answers
 *   /cert      answers the hex SHA-256 of the client's certificate, or "none"
 *   /large     answers HTTP_APP_LARGE bytes
 *   /split     tries to answer with a header that holds a line end
 *   /length    tries to answer with a length of its own
 * and 404 to the rest.
 */
#define HTTP_APP_LARGE ((size_t)4 << 20)
#define HTTP_APP_PARKED_MAX 64

struct http_app {
	struct loop *loop;
	struct http_server *server;
	struct tls_server *tls;
	struct wire_tls *client; /* trusts the server, shows nothing */
	struct cert root, node;  /* the office's root and the server's own */
	struct tcp_address address;
	unsigned requests; /* handed to on_request */
	unsigned gone;
	struct http_request *parked[HTTP_APP_PARKED_MAX];
	unsigned parked_n;
	bool stopped;
};

/* tls: over TLS with clients as given, else plain. */
struct http_app_wish {
	bool tls;
	enum tls_client_mode clients;
	struct http_limits limits;
	const char *listen; /* NULL: 127.0.0.1:0 */
};
void http_app_start(struct http_app *a, const struct http_app_wish *wish);
void http_app_end(struct http_app *a);

/* A client connection with what this application's clients trust. */
struct wire *http_app_connect(struct http_app *a);
/* Wait until n requests are parked. */
void http_app_wait_parked(struct http_app *a, unsigned n);
/* Wait until n clients were found gone. */
void http_app_wait_gone(struct http_app *a, unsigned n);
/* Wait until no connection is left. */
void http_app_wait_empty(struct http_app *a);
/* Answer a parked request 200 with this text; the slot is empty then. */
void http_app_answer(struct http_app *a, unsigned slot, const char *text);

#endif
