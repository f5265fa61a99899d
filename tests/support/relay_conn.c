/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection through the relay: two flows, each a buffer between a socket
 * to read and one to write, and the ways in which it ends.
 */
#include "tests/support/relay_int.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* A flow may read while it has room and its limit is not met. */
static bool
wants_read(const struct relay_flow *f)
{
	return !f->has_ended && f->used < RELAY_BUFFER_LEN;
}

static bool
wants_write(const struct relay_flow *f)
{
	return f->used > 0;
}

struct relay_wish
relay_conn_wish(const struct relay_conn *c, enum relay_mode mode)
{
	struct relay_wish w = { 0, 0 };

	if (mode == RELAY_STALL)
		return w;
	if (c->portal != NULL) {
		w.client = relay_portal_wish(c->portal);
		return w;
	}
	if (c->draining >= 0 || mode == RELAY_BLACKHOLE) {
		w.client = c->up->has_ended ? 0 : POLLIN;
		w.office = c->down->has_ended ? 0 : POLLIN;
		return w;
	}
	if (c->is_connecting) {
		w.office = POLLOUT;
		return w;
	}
	w.client = (short)((wants_read(c->up) ? POLLIN : 0) |
	    (wants_write(c->down) ? POLLOUT : 0));
	w.office = (short)((wants_read(c->down) ? POLLIN : 0) |
	    (wants_write(c->up) ? POLLOUT : 0));
	return w;
}

/* Read and forget; notes the end.  For a drained side and a black hole. */
static void
swallow(struct relay_flow *f)
{
	char waste[16384];
	ssize_t n = recv(f->from, waste, sizeof(waste), 0);

	if (n == 0 || (n < 0 && !would_block()))
		f->has_ended = true;
}

/* False: the side is gone. */
static bool
flow_read(struct relay_flow *f)
{
	ssize_t n =
	    recv(f->from, f->buffer + f->used, RELAY_BUFFER_LEN - f->used, 0);

	if (n > 0)
		f->used += (size_t)n;
	else if (n == 0)
		f->has_ended = true;
	else
		return would_block();
	return true;
}

static bool
flow_write(struct relay_flow *f)
{
	const uint64_t left = f->limit - f->passed;
	size_t len = f->used < left ? f->used : (size_t)left;
	ssize_t n;

	if (len > 0) {
		n = send(f->to, f->buffer, len, MSG_NOSIGNAL);
		if (n < 0)
			return would_block();
		f->passed += (uint64_t)n;
		f->used -= (size_t)n;
		memmove(f->buffer, f->buffer + n, f->used);
	}
	if (f->has_ended && f->used == 0 && !f->has_closed) {
		f->has_closed = true;
		(void)shutdown(f->to, SHUT_WR); /* it may be gone already */
	}
	return true;
}

static bool
is_at_limit(const struct relay_flow *f)
{
	return f->passed == f->limit && (f->limit > 0 || f->used > 0);
}

static void
close_fd(int *fd, bool is_reset)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (*fd < 0)
		return;
	if (is_reset)
		(void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(*fd); /* nothing to save on a socket */
	*fd = -1;
}

/* The flow met its limit: its reader gets the end of the stream after exactly
 * so many bytes, which a plain close could destroy on their way, and the
 * other side a reset. */
static void
cut_at_limit(struct relay_conn *c, const struct relay_flow *f)
{
	const bool is_down = f == c->down;

	c->draining = f->to;
	(void)shutdown(f->to, SHUT_WR);
	if (is_down)
		close_fd(&c->office, true);
	else
		close_fd(&c->client, true);
	if (is_down)
		c->down->has_ended = true;
	else
		c->up->has_ended = true;
}

/* False when the office cannot be reached. */
static bool
end_connecting(struct relay_conn *c)
{
	int failed = 0;
	socklen_t len = sizeof(failed);

	c->is_connecting = false;
	return getsockopt(c->office, SOL_SOCKET, SO_ERROR, &failed, &len) ==
	    0 &&
	    failed == 0;
}

static bool
forward(struct relay_conn *c, struct relay_wish ready, bool *cut_out)
{
	const short in = POLLIN | POLLHUP | POLLERR;

	if (c->is_connecting && ready.office != 0 && !end_connecting(c))
		return false;
	if (c->is_connecting)
		return true;
	if ((ready.client & in) != 0 && wants_read(c->up) && !flow_read(c->up))
		return false;
	if ((ready.office & in) != 0 && wants_read(c->down) &&
	    !flow_read(c->down))
		return false;
	if (!flow_write(c->up) || !flow_write(c->down))
		return false;
	if (is_at_limit(c->down) || is_at_limit(c->up)) {
		cut_at_limit(c, is_at_limit(c->down) ? c->down : c->up);
		*cut_out = true;
		return !(c->up->has_ended && c->down->has_ended);
	}
	return !(c->up->has_closed && c->down->has_closed);
}

bool
relay_conn_is_clean(const struct relay_conn *c)
{
	return c->portal != NULL || c->draining >= 0 ||
	    (c->up->has_closed && c->down->has_closed);
}

bool
relay_conn_step(struct relay_conn *c, enum relay_mode mode,
    struct relay_wish ready, bool *cut_out)
{
	if (ready.client == 0 && ready.office == 0)
		return true;
	if (c->portal != NULL)
		return relay_portal_step(c->portal);
	if (c->draining < 0 && mode != RELAY_BLACKHOLE)
		return forward(c, ready, cut_out);
	if (ready.client != 0)
		swallow(c->up);
	if (ready.office != 0)
		swallow(c->down);
	/* In a black hole even an end is not passed on. */
	return c->draining < 0 || !(c->up->has_ended && c->down->has_ended);
}

void
relay_conn_close(struct relay_conn *c, bool is_reset)
{
	relay_portal_free(c->portal); /* it refers to the socket */
	close_fd(&c->client, is_reset);
	close_fd(&c->office, is_reset);
	free(c->up);
	free(c->down);
	*c = (struct relay_conn){ .client = -1, .office = -1, .draining = -1 };
}
