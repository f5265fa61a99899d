/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One half of a connection for each direction: what it reads on one side it
 * writes to the other, at once or, when that side is full, before it reads on.
 */
#include "tests/support/check.h"

#include "tests/prove/cut_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK ((size_t)16384)

struct pair;

struct half {
	struct pair *pair;
	enum cut_direction direction;
	struct half *other;
	int fd; /* that it reads from */
	struct loop_fd *watch;
	char waits[CHUNK]; /* read, and not written yet */
	size_t n_waits;
	bool is_over; /* the end of its stream has been passed on */
};

struct pair {
	struct cut_net *net;
	struct half halves[CUT_DIRECTIONS];
	bool is_cut;
	struct pair *next;
};

struct cut_net {
	struct loop *loop;
	int listener;
	struct loop_fd *watch;
	struct tcp_address address;
	struct sockaddr_in office;
	struct loop_timer *silence;
	struct pair *pairs;
	bool is_armed;
	struct cut_at at;
	struct cut_seen seen;
};

static void
pair_free(struct pair *p)
{
	for (size_t i = 0; i < CUT_DIRECTIONS; i++) {
		loop_fd_free(p->halves[i].watch);
		(void)close(p->halves[i].fd);
	}
	free(p);
}

void
cut_net_clear(struct cut_net *n)
{
	while (n->pairs != NULL) {
		struct pair *p = n->pairs;

		n->pairs = p->next;
		pair_free(p);
	}
	loop_timer_stop(n->silence);
}

/* ---- cutting ---- */

/* What a device says on a connection that has fallen silent is lost, also when
 * it says it later, having noticed nothing: it waits anew. */
static void
swallow(struct half *h)
{
	char lost[CHUNK];
	struct err e;

	if (read(h->fd, lost, sizeof(lost)) > 0) {
		assert_ok(
		    loop_timer_start(h->pair->net->silence, CUT_SILENCE_MS, &e),
		    &e);
		return;
	}
	/* It has given up. */
	loop_timer_stop(h->pair->net->silence);
	assert_ok(loop_fd_set(h->watch, 0, &e), &e);
}

static void
fall_silent(struct pair *p)
{
	struct half *up = &p->halves[CUT_UP], *down = &p->halves[CUT_DOWN];
	struct err e;

	loop_fd_free(down->watch);
	down->watch = NULL;
	assert_ok(loop_fd_set(up->watch, LOOP_READ, &e), &e);
	assert_ok(loop_timer_start(p->net->silence, CUT_SILENCE_MS, &e), &e);
}

static void
cut(struct pair *p)
{
	struct cut_net *n = p->net;
	const struct linger at_once = { .l_onoff = 1 };

	n->is_armed = false;
	n->seen.was_cut = true;
	p->is_cut = true;
	if (n->at.how == CUT_SILENT) {
		fall_silent(p);
		return;
	}
	for (size_t i = 0; i < CUT_DIRECTIONS; i++) {
		struct half *h = &p->halves[i];

		loop_fd_free(h->watch);
		h->watch = NULL;
		if (n->at.how == CUT_END)
			(void)shutdown(h->fd, SHUT_WR);
		if (n->at.how != CUT_RESET)
			continue;
		(void)setsockopt(
		    h->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		(void)close(h->fd);
		h->fd = -1;
	}
}

/* Bytes that may pass before the cut; SIZE_MAX: any number. */
static size_t
allowance(const struct half *h)
{
	const struct cut_net *n = h->pair->net;

	if (!n->is_armed || n->at.direction != h->direction)
		return SIZE_MAX;
	return (size_t)(n->at.after - n->seen.passed[h->direction]);
}

/* ---- passing on ---- */

static void
watch(struct half *h)
{
	struct err e;

	/* Full: it is the other side that has to become ready, and one watcher
	 * looks at each socket. */
	assert_ok(loop_fd_set(h->watch,
	              (h->n_waits == 0 && !h->is_over ? LOOP_READ : 0) |
	                  (h->other->n_waits > 0 ? LOOP_WRITE : 0),
	              &e),
	    &e);
}

/* Write what waits; false when the pair is gone. */
static bool
flush(struct half *h)
{
	struct cut_net *n = h->pair->net;
	const ssize_t put =
	    send(h->other->fd, h->waits, h->n_waits, MSG_NOSIGNAL);

	if (put < 0 && errno != EAGAIN && errno != EINTR) {
		h->n_waits = 0; /* nobody is there to read it */
		h->is_over = true;
		return true;
	}
	if (put <= 0)
		return true;
	h->n_waits -= (size_t)put;
	memmove(h->waits, h->waits + put, h->n_waits);
	n->seen.passed[h->direction] += (uint64_t)put;
	if (h->n_waits == 0 && allowance(h) == 0) {
		cut(h->pair);
		return false;
	}
	return true;
}

static void
end_passes(struct half *h)
{
	h->is_over = true;
	(void)shutdown(h->other->fd, SHUT_WR);
}

static void
on_ready(int fd, unsigned events, void *arg)
{
	struct half *h = arg;
	const size_t may = allowance(h);
	ssize_t got;

	if (h->pair->is_cut) {
		swallow(h);
		return;
	}
	if ((events & LOOP_WRITE) != 0 && !flush(h->other))
		return;
	if ((events & LOOP_READ) != 0 && h->n_waits == 0 && !h->is_over) {
		if (may == 0) { /* down, before its first byte */
			cut(h->pair);
			return;
		}
		got = read(fd, h->waits, may < CHUNK ? may : CHUNK);
		if (got > 0) {
			h->n_waits = (size_t)got;
			if (!flush(h))
				return;
		} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
			end_passes(h);
		}
	}
	watch(h);
	watch(h->other);
}

static void
half_open(struct pair *p, enum cut_direction d, int fd)
{
	struct half *h = &p->halves[d];
	const int on = 1;
	struct err e;

	*h = (struct half){ .pair = p, .direction = d, .fd = fd };
	h->other = &p->halves[1 - d];
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	assert_ok(
	    loop_fd_new(p->net->loop, fd, on_ready, h, &h->watch, &e), &e);
}

static void
on_connection(int fd, unsigned events, void *arg)
{
	struct cut_net *n = arg;
	const int device =
	    accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	const int office =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pair *p = calloc(1, sizeof(*p));

	(void)events;
	assert_true(device >= 0 && office >= 0 && p != NULL);
	if (connect(office, (const struct sockaddr *)&n->office,
	        sizeof(n->office)) != 0)
		assert_int_equal(errno, EINPROGRESS);
	p->net = n;
	half_open(p, CUT_UP, device);
	half_open(p, CUT_DOWN, office);
	p->next = n->pairs;
	n->pairs = p;
	if (allowance(&p->halves[CUT_UP]) == 0) {
		cut(p);
		return;
	}
	watch(&p->halves[CUT_UP]);
	watch(&p->halves[CUT_DOWN]);
}

/* ---- life ---- */

struct cut_net *
cut_net_new(struct loop *l, void (*on_silence)(void *arg), void *arg)
{
	struct cut_net *n = calloc(1, sizeof(*n));
	struct err e;

	assert_non_null(n);
	n->loop = l;
	assert_ok(tcp_listen("127.0.0.1:0", &n->listener, &n->address, &e), &e);
	assert_ok(
	    loop_fd_new(l, n->listener, on_connection, n, &n->watch, &e), &e);
	assert_ok(loop_fd_set(n->watch, LOOP_READ, &e), &e);
	assert_ok(loop_timer_new(l, on_silence, arg, &n->silence, &e), &e);
	return n;
}

void
cut_net_free(struct cut_net *n)
{
	if (n == NULL)
		return;
	cut_net_clear(n);
	loop_timer_free(n->silence);
	loop_fd_free(n->watch);
	(void)close(n->listener);
	free(n);
}

const char *
cut_net_address(const struct cut_net *n)
{
	return n->address.s;
}

void
cut_net_to(struct cut_net *n, const struct tcp_address *office)
{
	const char *colon = strrchr(office->s, ':');

	assert_non_null(colon);
	n->office = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)) };
}

void
cut_net_arm(struct cut_net *n, const struct cut_at *at)
{
	cut_net_calm(n);
	n->at = *at;
	n->is_armed = true;
}

void
cut_net_calm(struct cut_net *n)
{
	n->is_armed = false;
	n->seen = (struct cut_seen){ .was_cut = false };
	loop_timer_stop(n->silence);
}

struct cut_seen
cut_net_seen(const struct cut_net *n)
{
	return n->seen;
}
