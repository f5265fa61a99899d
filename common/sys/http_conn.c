/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection up to the moment when the caller has its request.
 *
 * The library's own HTTP reader is not used: in the version that is at hand
 * it offers no hook before a request is read, so neither its lenient framing
 * nor its relative timeouts can be mended from outside, and it ends the
 * process when a pipelined request is read at the wrong moment.  Here the
 * library moves bytes (plain or TLS) and http_head decides what they mean.
 *
 * Callbacks of the bufferevent are deferred: they never come from inside a
 * call of ours, so a connection may be freed wherever it is found dead.
 */
#include "common/sys/http_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/sys/tls.h"

/* The slowest network that still moves: 256 KiB in the time for a small
 * message, which at 30 s is 70 kbit/s. */
#define TRANSFER_STEP ((size_t)256 << 10)

static const char continue_line[] = "HTTP/1.1 100 Continue\r\n\r\n";

void
conn_set_deadline(struct http_conn *c, uint32_t delay_ms)
{
	const struct timeval delay = {
		.tv_sec = delay_ms / 1000,
		.tv_usec = (suseconds_t)(delay_ms % 1000) * 1000,
	};

	(void)event_add(c->deadline, &delay);
}

uint32_t
conn_transfer_ms(uint32_t small_ms, size_t len)
{
	uint64_t ms = small_ms * (1 + (uint64_t)(len / TRANSFER_STEP));

	return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

void
conn_say_goodbye(struct http_conn *c)
{
	if (c->server->o.tls == NULL || !c->handshaken)
		return;
	(void)SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
	ERR_clear_error();
}

/* End a connection that has nothing to say any more. */
static void
conn_leave(struct http_conn *c)
{
	if (c->state == CONN_HEAD)
		conn_say_goodbye(c);
	conn_free(c);
}

static void
conn_late(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->state == CONN_BODY ||
	    (c->state == CONN_HEAD && c->handshaken && c->head_begun))
		conn_refuse(c, 408);
	else
		conn_leave(c);
}

void
conn_drop_request(struct http_conn *c)
{
	c->server->body_bytes -= c->body_held;
	c->body_held = 0;
	free(c->head);
	c->head = NULL;
	c->scanned = 0;
	c->r.headers = NULL;
	c->r.headers_n = 0;
	c->r.body = NULL;
	c->r.body_len = 0;
	c->r.user = NULL;
}

void
conn_free(struct http_conn *c)
{
	struct http_server *s = c->server;

	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	conn_drop_request(c);
	if (c->watch != NULL)
		event_free(c->watch);
	if (c->bev != NULL) {
		(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		bufferevent_free(c->bev);
	}
	if (c->deadline != NULL)
		event_free(c->deadline);
	if (c->linger_fd >= 0)
		(void)close(c->linger_fd);
	free(c->cert);
	free(c);
	server_conn_ended(s);
}

void
conn_stop(struct http_conn *c)
{
	c->is_last = true;
	if (c->state == CONN_HEAD && (!c->handshaken || !c->head_begun))
		conn_leave(c);
}

/* The client of a parked request has left. */
static void
conn_gone(struct http_conn *c)
{
	c->server->o.on_gone(&c->r, c->server->o.arg);
	conn_free(c);
}

/* Something happened on a parked connection.  Bytes may be a pipelined
 * request, which waits; an end or an error of the stream is the client's.
 * Peeking at the bytes would not do: a reset can stand behind them. */
static void
parked_ready(evutil_socket_t fd, short what, void *arg)
{
	struct pollfd now = { .fd = fd, .events = POLLRDHUP };

	(void)what;
	if (poll(&now, 1, 0) > 0 &&
	    (now.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
		conn_gone(arg);
}

/* If the watch cannot be made, a vanished client is noticed when its reply
 * is written. */
static void
conn_watch_parked(struct http_conn *c)
{
	evutil_socket_t fd = bufferevent_getfd(c->bev);

	c->watch = event_new(c->server->base, fd,
	    EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, parked_ready, c);
	if (c->watch != NULL && event_add(c->watch, NULL) != 0) {
		event_free(c->watch);
		c->watch = NULL;
	}
}

static void
conn_dispatch(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct http_head *head = c->head;

	(void)event_del(c->deadline);
	(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	if (head->body_len > 0) {
		c->r.body = evbuffer_pullup(in, (ev_ssize_t)head->body_len);
		if (c->r.body == NULL) {
			conn_free(c);
			return;
		}
	}
	c->r.body_len = head->body_len;
	c->r.method = head->method;
	c->r.path = head->path;
	c->r.query = head->query;
	c->r.headers = head->headers;
	c->r.headers_n = head->headers_n;
	c->state = CONN_PARKED;
	c->server->o.on_request(&c->r, c->server->o.arg);
	/* Most requests that are answered at once never need a watch. */
	if (c->state == CONN_PARKED)
		conn_watch_parked(c);
}

static void
read_body(struct http_conn *c)
{
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) >=
	    c->head->body_len)
		conn_dispatch(c);
}

/* The head is there and its body, if any, is next. */
static void
begin_body(struct http_conn *c)
{
	struct http_server *s = c->server;
	size_t len = c->head->body_len;

	if (len > s->o.limits.body_max) {
		conn_refuse(c, 413);
		return;
	}
	if (len > s->o.limits.body_total_max - s->body_bytes) {
		conn_refuse(c, 503);
		return;
	}
	c->body_held = len;
	s->body_bytes += len;
	/* No more than this is read, however fast it comes. */
	bufferevent_setwatermark(c->bev, EV_READ, 0, len);
	c->state = CONN_BODY;
	conn_set_deadline(c, conn_transfer_ms(s->o.limits.body_ms, len));
	if (c->head->wants_continue && len > 0 &&
	    evbuffer_get_length(bufferevent_get_input(c->bev)) == 0)
		(void)bufferevent_write(
		    c->bev, continue_line, sizeof(continue_line) - 1);
	read_body(c);
}

/* Take the head's text out of the input and read it. */
static void
take_head(struct http_conn *c, size_t len)
{
	struct http_head *head = malloc(sizeof(*head) + len);
	char *text = (char *)(head + 1);
	unsigned status;

	if (head == NULL) {
		conn_free(c);
		return;
	}
	(void)evbuffer_remove(bufferevent_get_input(c->bev), text, len);
	status = http_head_parse(text, len, head);
	c->head = head;
	if (status != 0) {
		conn_refuse(c, status);
		return;
	}
	if (head->wants_close)
		c->is_last = true;
	begin_body(c);
}

static void
read_head(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t max = c->server->o.limits.head_max;
	size_t len = evbuffer_get_length(in);
	const uint8_t *bytes;

	if (len == 0)
		return;
	if (!c->head_begun) {
		c->head_begun = true;
		/* On a new connection it runs since the accept. */
		if (!c->is_fresh)
			conn_set_deadline(c, c->server->o.limits.head_ms);
		c->is_fresh = false;
	}
	if (len > max)
		len = max;
	bytes = evbuffer_pullup(in, (ev_ssize_t)len);
	if (bytes == NULL) {
		conn_free(c);
		return;
	}
	switch (http_head_scan(bytes, len, &c->scanned)) {
	case HTTP_SCAN_MORE:
		if (len == max)
			conn_refuse(c, 431);
		break;
	case HTTP_SCAN_END:
		take_head(c, c->scanned);
		break;
	case HTTP_SCAN_BAD:
		conn_refuse(c, 400);
		break;
	}
}

static void
conn_readable(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	if (c->state == CONN_HEAD)
		read_head(c);
	else if (c->state == CONN_BODY)
		read_body(c);
}

static void
conn_writable(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	/* The callback may have been scheduled before the reply began. */
	if (c->state == CONN_REPLY &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		conn_reply_done(c);
}

/* Keep the certificate that the client showed; false: no memory. */
static bool
keep_certificate(struct http_conn *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	X509 *cert = SSL_get1_peer_certificate(ssl);
	unsigned len = 0;
	int der_len;
	bool ok = false;

	if (cert == NULL)
		return true;
	der_len = i2d_X509(cert, &c->cert);
	if (der_len > 0 &&
	    X509_digest(cert, EVP_sha256(), c->r.cert_sha256, &len) == 1) {
		c->r.cert_der = c->cert;
		c->r.cert_len = (size_t)der_len;
		c->r.has_cert = true;
		ok = true;
	}
	X509_free(cert);
	return ok;
}

static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	ERR_clear_error();
	if (what & BEV_EVENT_CONNECTED) {
		c->handshaken = true;
		if (!keep_certificate(c))
			conn_free(c);
		return;
	}
	if (c->state == CONN_PARKED) {
		conn_gone(c);
		return;
	}
	/* The client may end its side and still take the reply. */
	if (c->state == CONN_REPLY && (what & BEV_EVENT_EOF) &&
	    (what & BEV_EVENT_READING)) {
		c->is_last = true;
		return;
	}
	conn_free(c);
}

void
conn_begin_head(struct http_conn *c)
{
	c->state = CONN_HEAD;
	c->head_begun = false;
	conn_set_deadline(c, c->server->o.limits.idle_ms);
	bufferevent_setwatermark(
	    c->bev, EV_READ, 0, c->server->o.limits.head_max);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	/* What came behind the last request is there already. */
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		bufferevent_trigger(c->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

static void
print_peer(char out[CONN_PEER_MAX], const struct sockaddr *sa)
{
	const void *address = NULL;

	if (sa->sa_family == AF_INET) {
		address =
		    &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		address = &in6->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			(void)inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12,
			    out, CONN_PEER_MAX);
			return;
		}
	}
	if (address == NULL ||
	    inet_ntop(sa->sa_family, address, out, CONN_PEER_MAX) == NULL)
		out[0] = '\0';
}

/* The library owns fd and session from here on, or they are closed. */
static struct bufferevent *
open_stream(struct http_server *s, int fd)
{
	const int flags = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *bev = NULL;
	SSL *ssl;

	if (s->o.tls == NULL) {
		bev = bufferevent_socket_new(s->base, fd, flags);
	} else {
		ssl = SSL_new(tls_server_native(s->o.tls));
		if (ssl != NULL)
			bev = bufferevent_openssl_socket_new(
			    s->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, flags);
	}
	if (bev == NULL)
		(void)close(fd);
	return bev;
}

void
conn_accept(struct http_server *s, int fd, const struct sockaddr *sa)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->server = s;
	c->linger_fd = -1;
	c->handshaken = s->o.tls == NULL;
	c->r.peer = c->peer;
	print_peer(c->peer, sa);
	s->connections++;
	c->next = s->first;
	if (c->next != NULL)
		c->next->prev = c;
	s->first = c;
	c->bev = open_stream(s, fd);
	c->deadline = evtimer_new(s->base, conn_late, c);
	if (c->bev == NULL || c->deadline == NULL) {
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->bev, conn_readable, conn_writable, conn_event, c);
	c->is_fresh = true;
	conn_begin_head(c);
	conn_set_deadline(c, s->o.limits.head_ms);
}
