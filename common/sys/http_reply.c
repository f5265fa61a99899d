/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies, and the end of a connection.
 *
 * Closing a socket on which unread bytes wait makes the kernel send a reset,
 * and a reset can overtake the reply.  So after a last reply only the sending
 * half is closed, what the client still sends is read and dropped, and the
 * socket is closed when the client has left or lingered long enough.
 */
#include "common/sys/http_int.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/base/buf.h"
#include "common/base/clock.h"

/* A head of ours: far more than any answer needs. */
#define REPLY_HEAD_MAX ((size_t)64 << 10)
/* Bytes dropped in one round of the loop. */
#define LINGER_READ_MAX 65536

static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

/* The phrase is for people who read wires; any status may have none. */
static const char *
reason_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* RFC 9110 section 5.6.7, in English whatever the locale. */
static void
add_date(struct buf *b)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	(void)buf_printf(b, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct reply {
	unsigned status;
	const struct http_header *headers;
	size_t headers_n;
	const void *body;
	size_t body_len;
};

static bool
has_body(unsigned status)
{
	return status >= 200 && status != 204 && status != 304;
}

/* Headers that say where the reply ends are ours alone. */
static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "Connection", "Content-Length",
		"Date", "Transfer-Encoding" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

static bool
headers_are_sound(const struct reply *reply)
{
	for (size_t i = 0; i < reply->headers_n; i++)
		if (!http_header_is_sound(&reply->headers[i]) ||
		    is_ours(reply->headers[i].name))
			return false;
	return reply->status >= 200 && reply->status <= 599;
}

static void
add_head(struct buf *b, const struct reply *reply, bool is_last)
{
	(void)buf_printf(
	    b, "HTTP/1.1 %u %s\r\n", reply->status, reason_of(reply->status));
	add_date(b);
	for (size_t i = 0; i < reply->headers_n; i++)
		(void)buf_printf(b, "%s: %s\r\n", reply->headers[i].name,
		    reply->headers[i].value);
	if (has_body(reply->status))
		(void)buf_printf(b, "Content-Length: %zu\r\n", reply->body_len);
	(void)buf_printf(b, "%s\r\n", is_last ? "Connection: close\r\n" : "");
}

/* Write it and wait until it has gone; the request is forgotten.  The
 * connection survives this call in any case: a caller may be up the stack. */
static void
conn_send(struct http_conn *c, const struct reply *reply, bool with_body)
{
	struct buf head;
	bool ok;

	buf_init(&head, REPLY_HEAD_MAX);
	add_head(&head, reply, c->is_last);
	ok = buf_check(&head, NULL) == ERR_OK &&
	    bufferevent_write(c->bev, head.ptr, head.len) == 0;
	if (ok && with_body && has_body(reply->status) && reply->body_len > 0)
		ok = bufferevent_write(c->bev, reply->body, reply->body_len) ==
		    0;
	buf_fini(&head);
	c->state = CONN_REPLY;
	if (c->r.body_len > 0)
		(void)evbuffer_drain(
		    bufferevent_get_input(c->bev), c->r.body_len);
	conn_drop_request(c);
	if (!ok) {
		/* The deadline frees it in the next round. */
		conn_set_deadline(c, 0);
		return;
	}
	conn_set_deadline(
	    c, conn_transfer_ms(c->server->o.limits.reply_ms, reply->body_len));
	(void)bufferevent_enable(c->bev, EV_WRITE);
}

void
http_reply(struct http_request *r, unsigned status,
    const struct http_header *headers, size_t headers_n, const void *body,
    size_t body_len)
{
	struct http_conn *c = (struct http_conn *)r;
	struct reply reply = { status, headers, headers_n, body, body_len };

	if (c->watch != NULL) {
		event_free(c->watch);
		c->watch = NULL;
	}
	if (c->server->stopping)
		c->is_last = true;
	if (!headers_are_sound(&reply))
		reply = (struct reply){ .status = 500 };
	conn_send(c, &reply, r->method != HTTP_HEAD);
}

void
conn_refuse(struct http_conn *c, unsigned status)
{
	static const struct http_header headers[] = {
		{ "Content-Type", "text/plain; charset=utf-8" },
		{ "Retry-After", "1" },
	};
	char text[80];
	struct reply reply = {
		.status = status,
		.headers = headers,
		.headers_n = status == 503 ? 2 : 1,
		.body = text,
	};
	int n =
	    snprintf(text, sizeof(text), "%u %s\n", status, reason_of(status));

	if (n > 0)
		reply.body_len = (size_t)n;
	c->is_last = true;
	(void)bufferevent_disable(c->bev, EV_READ);
	conn_send(c, &reply, true);
}

static void
linger_readable(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;
	uint8_t dropped[4096];

	(void)what;
	for (size_t n = 0; n < LINGER_READ_MAX; n += sizeof(dropped)) {
		ssize_t got = recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			conn_free(c);
			return;
		}
	}
}

/* A duplicate of the descriptor keeps the socket open while the library
 * closes its own in its own time. */
static void
conn_linger(struct http_conn *c)
{
	int fd = fcntl(bufferevent_getfd(c->bev), F_DUPFD_CLOEXEC, 0);

	conn_say_goodbye(c);
	c->state = CONN_LINGER;
	c->linger_fd = fd;
	(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_free(c->bev);
	c->bev = NULL;
	if (fd >= 0 && shutdown(fd, SHUT_WR) == 0)
		c->watch = event_new(c->server->base, fd, EV_READ | EV_PERSIST,
		    linger_readable, c);
	if (c->watch == NULL || event_add(c->watch, NULL) != 0) {
		conn_free(c);
		return;
	}
	conn_set_deadline(c, c->server->o.limits.linger_ms);
}

void
conn_reply_done(struct http_conn *c)
{
	if (c->is_last)
		conn_linger(c);
	else
		conn_begin_head(c);
}
