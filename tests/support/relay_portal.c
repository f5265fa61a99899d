/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A visitor of the captive portal.  The first byte tells whether it wants TLS;
 * after a request head it gets one page, whatever it asked for.
 */
#include "tests/support/relay_int.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/support/test_pki.h"

#define HEAD_MAX 16384
#define PAGE                                                                   \
	"<!DOCTYPE html><html><head><title>Free WiFi</title></head>"           \
	"<body><h1>Welcome to Free WiFi</h1>"                                  \
	"<p>Accept the terms to go on line.</p></body></html>\n"

enum portal_state {
	PORTAL_SNIFF,  /* nothing has come yet */
	PORTAL_GREET,  /* TLS handshake */
	PORTAL_LISTEN, /* reading the head of a request */
	PORTAL_LEAVE   /* the page was said; waiting for the visitor to go */
};

struct relay_portal {
	int fd;
	enum portal_state state;
	SSL *ssl; /* NULL: plain */
	short wish;
	size_t used; /* bytes in head */
	char head[HEAD_MAX];
};

/* Made when the first visitor wants TLS, and kept. */
static SSL_CTX *
portal_tls(void)
{
	static SSL_CTX *ctx;
	const struct test_cert_spec spec = { .name = "portal.example",
		.san = "DNS:portal.example",
		.usage = "serverAuth" };
	struct test_cert *cert;

	if (ctx != NULL)
		return ctx;
	ctx = SSL_CTX_new(TLS_server_method());
	cert = test_cert_new(&spec, NULL);
	if (ctx != NULL &&
	    (SSL_CTX_use_certificate(ctx, test_cert_x509(cert)) != 1 ||
	        SSL_CTX_use_PrivateKey(ctx, test_cert_key(cert)) != 1)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	test_cert_free(cert);
	return ctx;
}

struct relay_portal *
relay_portal_new(int fd)
{
	struct relay_portal *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fd = fd;
	p->wish = POLLIN;
	return p;
}

void
relay_portal_free(struct relay_portal *p)
{
	if (p == NULL)
		return;
	SSL_free(p->ssl);
	free(p);
}

short
relay_portal_wish(const struct relay_portal *p)
{
	return p->wish;
}

static bool
would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* What a failed TLS call waits for; false: nothing, it is over. */
static bool
wait_for_tls(struct relay_portal *p, int result)
{
	switch (SSL_get_error(p->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		p->wish = POLLIN;
		return true;
	case SSL_ERROR_WANT_WRITE:
		p->wish = POLLOUT;
		return true;
	default:
		ERR_clear_error();
		return false;
	}
}

static bool
sniff(struct relay_portal *p)
{
	unsigned char first;
	ssize_t n = recv(p->fd, &first, 1, MSG_PEEK);

	if (n < 0)
		return would_block();
	if (n == 0)
		return false;
	p->state = PORTAL_LISTEN;
	if (first != 0x16) /* the record type of a TLS handshake */
		return true;
	p->ssl = portal_tls() == NULL ? NULL : SSL_new(portal_tls());
	if (p->ssl == NULL || SSL_set_fd(p->ssl, p->fd) != 1)
		return false;
	p->state = PORTAL_GREET;
	return true;
}

static bool
greet(struct relay_portal *p)
{
	int result = SSL_accept(p->ssl);

	if (result != 1)
		return wait_for_tls(p, result);
	p->state = PORTAL_LISTEN;
	p->wish = POLLIN;
	return true;
}

/* The page is short: a socket that nothing was written to takes it whole. */
static void
say_page(struct relay_portal *p)
{
	char text[sizeof(PAGE) + 256];
	int len = snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    sizeof(PAGE) - 1, PAGE);

	if (p->ssl != NULL) {
		if (SSL_write(p->ssl, text, len) > 0)
			(void)SSL_shutdown(p->ssl); /* it leaves anyway */
	} else {
		(void)send(p->fd, text, (size_t)len, MSG_NOSIGNAL);
	}
	ERR_clear_error();
	(void)shutdown(p->fd, SHUT_WR);
	p->state = PORTAL_LEAVE;
	p->wish = POLLIN;
}

static bool
hear_some(struct relay_portal *p)
{
	const size_t room = sizeof(p->head) - p->used;
	ssize_t n;

	if (p->ssl != NULL) {
		n = SSL_read(p->ssl, p->head + p->used, (int)room);
		if (n <= 0)
			return wait_for_tls(p, (int)n);
	} else {
		n = recv(p->fd, p->head + p->used, room, 0);
		if (n <= 0)
			return n < 0 && would_block();
	}
	p->used += (size_t)n;
	if (p->used == sizeof(p->head) ||
	    memmem(p->head, p->used, "\r\n\r\n", 4) != NULL)
		say_page(p);
	return true;
}

/* TLS may hold bytes back that polling does not see. */
static bool
listen_to(struct relay_portal *p)
{
	do
		if (!hear_some(p))
			return false;
	while (p->state == PORTAL_LISTEN && p->ssl != NULL &&
	    SSL_pending(p->ssl) > 0);
	return true;
}

/* Read on until the visitor has gone: closing a socket with unread bytes
 * would destroy the page on its way. */
static bool
leave(struct relay_portal *p)
{
	ssize_t n = recv(p->fd, p->head, sizeof(p->head), 0);

	return n > 0 || (n < 0 && would_block());
}

bool
relay_portal_step(struct relay_portal *p)
{
	if (p->state == PORTAL_SNIFF && !sniff(p))
		return false;
	switch (p->state) {
	case PORTAL_SNIFF:
		return true;
	case PORTAL_GREET:
		return greet(p);
	case PORTAL_LISTEN:
		return listen_to(p);
	case PORTAL_LEAVE:
		return leave(p);
	}
	return false;
}
