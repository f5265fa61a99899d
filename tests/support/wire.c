/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/wire.h"

#include "tests/support/check.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/base/clock.h"

#define GOT_MAX ((size_t)64 << 20)

struct wire_tls {
	SSL_CTX *ctx;
	SSL_SESSION *session;
};

enum wire_end { WIRE_OPEN, WIRE_ENDED, WIRE_BROKEN };

struct wire {
	struct loop *loop;
	struct wire_tls *tls;
	SSL *ssl;
	int fd;
	enum wire_end end;
	struct buf got;
};

static void
turn_over(void *arg)
{
	loop_stop(arg);
}

void
wire_turn(struct loop *l, unsigned ms)
{
	struct loop_timer *timer;
	struct err e;

	assert_ok(loop_timer_new(l, turn_over, l, &timer, &e), &e);
	assert_ok(loop_timer_start(timer, ms, &e), &e);
	assert_ok(loop_run(l, &e), &e);
	loop_timer_free(timer);
}

void
wire_until(struct loop *l, bool (*done)(void *arg), void *arg)
{
	uint64_t end = clock_mono_ms() + WIRE_PATIENCE_MS;

	while (!done(arg)) {
		wire_turn(l, 1);
		if (clock_mono_ms() > end)
			fail_msg("waited %d ms in vain", WIRE_PATIENCE_MS);
	}
}

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct wire_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(tls->session);
	tls->session = session;
	return 1;
}

struct wire_tls *
wire_tls_new(const struct cert *root, const struct cert *own)
{
	struct wire_tls *tls = calloc(1, sizeof(*tls));
	BIO *bio = BIO_new_mem_buf(root->cert_pem.ptr, (int)root->cert_pem.len);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	EVP_PKEY *key;

	assert_true(tls != NULL && cert != NULL);
	tls->ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(tls->ctx);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(tls->ctx), cert);
	X509_free(cert);
	BIO_free(bio);
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(
	    tls->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(tls->ctx, keep_session);
	SSL_CTX_set_app_data(tls->ctx, tls);
	if (own == NULL)
		return tls;
	bio = BIO_new_mem_buf(own->key_pem.ptr, (int)own->key_pem.len);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	bio = BIO_new_mem_buf(own->chain_pem.ptr, (int)own->chain_pem.len);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_int_equal(SSL_CTX_use_certificate(tls->ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls->ctx, key), 1);
	EVP_PKEY_free(key);
	X509_free(cert);
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		assert_int_equal(SSL_CTX_add0_chain_cert(tls->ctx, cert), 1);
	ERR_clear_error();
	BIO_free(bio);
	return tls;
}

struct wire_tls *
wire_tls_new_until(const struct cert *root, int version)
{
	struct wire_tls *tls = wire_tls_new(root, NULL);

	assert_int_equal(SSL_CTX_set_max_proto_version(tls->ctx, version), 1);
	return tls;
}

void
wire_tls_free(struct wire_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_SESSION_free(tls->session);
	SSL_CTX_free(tls->ctx);
	free(tls);
}

static int
connect_to(const char *address)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	const char *colon = strrchr(address, ':');
	size_t skip = address[0] == '[';
	struct addrinfo *info;
	char host[64];
	int fd;

	assert_non_null(colon);
	(void)snprintf(host, sizeof(host), "%.*s",
	    (int)((size_t)(colon - address) - 2 * skip), address + skip);
	assert_int_equal(getaddrinfo(host, colon + 1, &hints, &info), 0);
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	/* The kernel accepts for the server, so this does not wait for it. */
	assert_int_equal(connect(fd, info->ai_addr, info->ai_addrlen), 0);
	freeaddrinfo(info);
	return fd;
}

struct wire *
wire_open(struct loop *l, const char *address, struct wire_tls *tls)
{
	struct wire *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = l;
	w->tls = tls;
	w->fd = connect_to(address);
	buf_init(&w->got, GOT_MAX);
	if (tls == NULL)
		return w;
	w->ssl = SSL_new(tls->ctx);
	assert_non_null(w->ssl);
	/* Non-blocking reads are asked for with MSG_DONTWAIT; OpenSSL needs
	 * the socket itself to be so. */
	assert_int_equal(BIO_socket_nbio(w->fd, 1), 1);
	assert_int_equal(SSL_set_fd(w->ssl, w->fd), 1);
	if (tls->session != NULL)
		SSL_set_session(w->ssl, tls->session);
	SSL_set_connect_state(w->ssl);
	return w;
}

void
wire_close(struct wire *w)
{
	if (w == NULL)
		return;
	/* Without a goodbye on the wire, and still the session may resume. */
	if (w->ssl != NULL)
		SSL_set_shutdown(
		    w->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(w->ssl);
	assert_int_equal(close(w->fd), 0);
	buf_fini(&w->got);
	free(w);
}

int
wire_fd(const struct wire *w)
{
	return w->fd;
}

/* After an SSL call that gave r: true to try again later. */
static bool
ssl_waits(struct wire *w, int r)
{
	int why = SSL_get_error(w->ssl, r);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return true;
	w->end = why == SSL_ERROR_ZERO_RETURN ? WIRE_ENDED : WIRE_BROKEN;
	return false;
}

bool
wire_send(struct wire *w, const void *bytes, size_t len)
{
	uint64_t end = clock_mono_ms() + WIRE_PATIENCE_MS;
	const char *p = bytes;

	while (len > 0) {
		size_t n = len < 65536 ? len : 65536;
		ssize_t sent;

		if (w->ssl != NULL) {
			sent = SSL_write(w->ssl, p, (int)n);
			if (sent <= 0 && !ssl_waits(w, (int)sent))
				return false;
		} else {
			sent = send(w->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (sent < 0 && errno != EAGAIN)
				return false;
		}
		if (sent > 0) {
			p += sent;
			len -= (size_t)sent;
			continue;
		}
		wire_turn(w->loop, 1);
		if (clock_mono_ms() > end)
			fail_msg("the server takes no bytes");
	}
	return true;
}

bool
wire_send_text(struct wire *w, const char *text)
{
	return wire_send(w, text, strlen(text));
}

struct buf *
wire_got(struct wire *w)
{
	return &w->got;
}

/* Take what is there; false if nothing is. */
static bool
take_some(struct wire *w)
{
	char bytes[65536];
	ssize_t n;

	if (w->end != WIRE_OPEN)
		return false;
	if (w->ssl != NULL) {
		n = SSL_read(w->ssl, bytes, sizeof(bytes));
		if (n <= 0)
			return !ssl_waits(w, (int)n);
	} else {
		n = recv(w->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0) {
			w->end = n == 0 ? WIRE_ENDED : WIRE_BROKEN;
			return true;
		}
	}
	assert_true(buf_add(&w->got, bytes, (size_t)n));
	return true;
}

static bool
has_reply(struct wire *w, size_t *len_out)
{
	const char *end, *at;
	size_t len = 0;

	if (w->got.len == 0)
		return false;
	end = memmem(w->got.ptr, w->got.len, "\r\n\r\n", 4);
	if (end == NULL)
		return false;
	at = strcasestr(w->got.ptr, "\r\nContent-Length:");
	if (at != NULL && at < end)
		len = strtoul(at + strlen("\r\nContent-Length:"), NULL, 10);
	len += (size_t)(end - w->got.ptr) + 4;
	*len_out = len;
	return w->got.len >= len;
}

unsigned
wire_reply(struct wire *w, size_t *len_out)
{
	uint64_t end = clock_mono_ms() + WIRE_PATIENCE_MS;
	unsigned status;

	while (!has_reply(w, len_out)) {
		if (w->end != WIRE_OPEN)
			return 0;
		if (take_some(w))
			continue;
		wire_turn(w->loop, 1);
		if (clock_mono_ms() > end)
			fail_msg("no whole reply in %d ms, but: %.200s",
			    WIRE_PATIENCE_MS, w->got.ptr);
	}
	status = (unsigned)strtoul(w->got.ptr + strlen("HTTP/1.1 "), NULL, 10);
	if (strncmp(w->got.ptr, "HTTP/1.1 ", 9) != 0 || status < 100)
		fail_msg("this is no reply: %.80s", w->got.ptr);
	return status;
}

void
wire_take(struct wire *w, size_t len)
{
	assert_true(len <= w->got.len);
	memmove(w->got.ptr, w->got.ptr + len, w->got.len - len + 1);
	w->got.len -= len;
}

unsigned
wire_status(struct wire *w)
{
	size_t len = 0;
	unsigned status = wire_reply(w, &len);

	if (status != 0)
		wire_take(w, len);
	return status;
}

bool
wire_closed(struct wire *w)
{
	uint64_t end = clock_mono_ms() + WIRE_PATIENCE_MS;

	while (w->end == WIRE_OPEN) {
		if (take_some(w))
			continue;
		wire_turn(w->loop, 1);
		if (clock_mono_ms() > end)
			fail_msg("the server does not close");
	}
	return w->end == WIRE_ENDED;
}

bool
wire_was_resumed(const struct wire *w)
{
	return w->ssl != NULL && SSL_session_reused(w->ssl) == 1;
}
