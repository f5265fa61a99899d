/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener: how many connections there may be, and how they end.  When
 * there are enough, or the process is out of descriptors, new ones wait in
 * the kernel's queue: that costs nothing and says nothing false.
 */
#include "common/sys/http_int.h"

#include <assert.h>
#include <errno.h>
#include <strings.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "common/sys/loop.h"

/* Out of descriptors or memory: look again after this. */
#define ACCEPT_PAUSE_US 100000

static void
set_defaults(struct http_limits *l)
{
	const struct http_limits d = {
		.connections_max = 4000,
		.head_max = (size_t)16 << 10,
		.body_max = (size_t)8 << 20,
		.body_total_max = (size_t)64 << 20,
		.head_ms = 10000,
		.body_ms = 30000,
		.reply_ms = 30000,
		.idle_ms = 75000,
		.linger_ms = 2000,
	};

	if (l->connections_max == 0)
		l->connections_max = d.connections_max;
	if (l->head_max == 0)
		l->head_max = d.head_max;
	if (l->body_max == 0)
		l->body_max = d.body_max;
	if (l->body_total_max == 0)
		l->body_total_max = d.body_total_max;
	if (l->head_ms == 0)
		l->head_ms = d.head_ms;
	if (l->body_ms == 0)
		l->body_ms = d.body_ms;
	if (l->reply_ms == 0)
		l->reply_ms = d.reply_ms;
	if (l->idle_ms == 0)
		l->idle_ms = d.idle_ms;
	if (l->linger_ms == 0)
		l->linger_ms = d.linger_ms;
}

static void
accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int sa_len, void *arg)
{
	struct http_server *s = arg;

	(void)sa_len;
	conn_accept(s, fd, sa);
	if (s->connections >= s->o.limits.connections_max)
		(void)evconnlistener_disable(listener);
}

static void
accept_failed(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = { 0, ACCEPT_PAUSE_US };
	struct http_server *s = arg;

	(void)evconnlistener_disable(listener);
	(void)event_add(s->resume, &pause);
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;

	(void)fd;
	(void)what;
	if (s->listener != NULL && s->connections < s->o.limits.connections_max)
		(void)evconnlistener_enable(s->listener);
}

static void
all_ended(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;

	(void)fd;
	(void)what;
	/* It may free the server. */
	if (s->on_stopped != NULL)
		s->on_stopped(s->o.arg);
}

void
server_conn_ended(struct http_server *s)
{
	s->connections--;
	if (s->stopping && s->connections == 0)
		event_active(s->stopped, EV_TIMEOUT, 0);
	else if (s->listener != NULL &&
	    s->connections + 1 == s->o.limits.connections_max)
		(void)evconnlistener_enable(s->listener);
}

enum err_code
http_server_new(struct loop *l, const struct http_server_options *o,
    struct http_server **server_out, struct err *e)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum err_code rc;

	assert(o->on_request != NULL && o->on_gone != NULL);
	if (s == NULL) {
		(void)close(o->listen_fd);
		return err_set(e, ERR_NOMEM, 0, "no memory for a server");
	}
	s->base = loop_native(l);
	s->o = *o;
	set_defaults(&s->o.limits);
	s->resume = evtimer_new(s->base, accept_again, s);
	s->stopped = evtimer_new(s->base, all_ended, s);
	s->listener = evconnlistener_new(s->base, accepted, s,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, o->listen_fd);
	if (s->listener == NULL)
		(void)close(o->listen_fd);
	if (s->listener == NULL || s->resume == NULL || s->stopped == NULL) {
		rc = err_set(e, ERR_IO, errno, "cannot accept connections");
		http_server_free(s);
		return rc;
	}
	evconnlistener_set_error_cb(s->listener, accept_failed);
	*server_out = s;
	return ERR_OK;
}

static void
close_listener(struct http_server *s)
{
	if (s->listener != NULL)
		evconnlistener_free(s->listener);
	s->listener = NULL;
}

void
http_server_stop(struct http_server *s, http_stopped_cb *on_stopped)
{
	s->on_stopped = on_stopped;
	s->stopping = true;
	close_listener(s);
	for (struct http_conn *c = s->first, *next; c != NULL; c = next) {
		next = c->next;
		conn_stop(c);
	}
	if (s->connections == 0)
		event_active(s->stopped, EV_TIMEOUT, 0);
}

void
http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	close_listener(s);
	s->stopping = false;
	while (s->first != NULL)
		conn_free(s->first);
	if (s->resume != NULL)
		event_free(s->resume);
	if (s->stopped != NULL)
		event_free(s->stopped);
	free(s);
}

unsigned
http_server_connections(const struct http_server *s)
{
	return s->connections;
}

const char *
http_request_header(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->headers_n; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return NULL;
}
