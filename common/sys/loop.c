/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop over libevent.  Every watcher is a small struct around one event;
 * libevent allows an event to be freed inside its own callback, so the
 * trampolines here touch nothing after they called back.
 */
#include "common/sys/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include <event2/event.h>

struct loop {
	struct event_base *base; /* owned */
	bool stop;               /* loop_stop was called and not yet obeyed */
};

struct loop_fd {
	struct loop *loop;
	struct event *ev; /* owned */
	loop_fd_cb *cb;
	void *arg;
	unsigned events;         /* watched for; 0 is paused */
	struct loop_timer *rest; /* owned; NULL until it rested once */
	unsigned events_at_rest; /* to watch for again then */
	uint32_t rest_ms;
};

struct loop_timer {
	struct event *ev; /* owned */
	loop_timer_cb *cb;
	void *arg;
};

struct loop_signal {
	struct event *ev; /* owned */
	loop_signal_cb *cb;
	void *arg;
};

enum err_code
loop_new(struct loop **loop_out, struct err *e)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct event_config *config = NULL;
	struct loop *l = NULL;
	enum err_code rc = ERR_NOMEM;

	if (sigaction(SIGPIPE, &ignore, NULL) != 0)
		return err_set(e, ERR_IO, errno, "cannot ignore SIGPIPE");
	l = calloc(1, sizeof(*l));
	config = event_config_new();
	if (l == NULL || config == NULL) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for the loop");
		goto out;
	}
	/* One thread per loop: locks would only cost. */
	(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	l->base = event_base_new_with_config(config);
	if (l->base == NULL) {
		rc = err_set(e, ERR_IO, errno, "cannot make an event loop");
		goto out;
	}
	*loop_out = l;
	l = NULL;
	rc = ERR_OK;
out:
	if (config != NULL)
		event_config_free(config);
	loop_free(l);
	return rc;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	if (l->base != NULL) {
		/* The library ends streams in its own time: what was freed
		 * while a callback of it was due goes in these rounds. */
		(void)event_base_loop(l->base, EVLOOP_NONBLOCK);
		(void)event_base_loop(l->base, EVLOOP_NONBLOCK);
		event_base_free(l->base);
	}
	free(l);
}

enum err_code
loop_run(struct loop *l, struct err *e)
{
	int failed = 0;

	if (!l->stop)
		failed = event_base_dispatch(l->base) < 0;
	l->stop = false;
	if (failed)
		return err_set(e, ERR_IO, errno, "the event loop failed");
	return ERR_OK;
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
	(void)event_base_loopbreak(l->base);
}

void *
loop_native(struct loop *l)
{
	return l->base;
}

static void
fd_ready(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *w = arg;
	unsigned events = 0;

	if (what & EV_READ)
		events |= LOOP_READ;
	if (what & EV_WRITE)
		events |= LOOP_WRITE;
	w->cb(fd, events, w->arg);
}

enum err_code
loop_fd_new(struct loop *l, int fd, loop_fd_cb *cb, void *arg,
    struct loop_fd **watcher_out, struct err *e)
{
	struct loop_fd *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->ev = event_new(l->base, fd, EV_PERSIST, fd_ready, w);
	if (w == NULL || w->ev == NULL) {
		free(w);
		return err_set(e, ERR_NOMEM, 0, "no memory for a watcher");
	}
	w->loop = l;
	w->cb = cb;
	w->arg = arg;
	*watcher_out = w;
	return ERR_OK;
}

enum err_code
loop_fd_set(struct loop_fd *w, unsigned events, struct err *e)
{
	short what = EV_PERSIST;
	evutil_socket_t fd = event_get_fd(w->ev);

	if (w->rest != NULL)
		loop_timer_stop(w->rest);
	if (events == w->events)
		return ERR_OK;
	(void)event_del(w->ev);
	w->events = 0;
	if (events == 0)
		return ERR_OK;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	if (event_assign(w->ev, w->loop->base, fd, what, fd_ready, w) != 0 ||
	    event_add(w->ev, NULL) != 0)
		return err_set(
		    e, ERR_IO, errno, "cannot watch descriptor %d", (int)fd);
	w->events = events;
	return ERR_OK;
}

void
loop_fd_free(struct loop_fd *w)
{
	if (w == NULL)
		return;
	loop_timer_free(w->rest);
	event_free(w->ev);
	free(w);
}

static void
timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->cb(t->arg);
}

enum err_code
loop_timer_new(struct loop *l, loop_timer_cb *cb, void *arg,
    struct loop_timer **timer_out, struct err *e)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->ev = event_new(l->base, -1, 0, timer_due, t);
	if (t == NULL || t->ev == NULL) {
		free(t);
		return err_set(e, ERR_NOMEM, 0, "no memory for a timer");
	}
	t->cb = cb;
	t->arg = arg;
	*timer_out = t;
	return ERR_OK;
}

enum err_code
loop_timer_start(struct loop_timer *t, uint32_t delay_ms, struct err *e)
{
	const struct timeval delay = {
		.tv_sec = delay_ms / 1000,
		.tv_usec = (suseconds_t)(delay_ms % 1000) * 1000,
	};

	/* event_add on a pending timer only moves it; one that is already
	 * active would still fire at its old time, hence the removal. */
	(void)event_del(t->ev);
	if (event_add(t->ev, &delay) != 0)
		return err_set(e, ERR_NOMEM, 0, "cannot start a timer");
	return ERR_OK;
}

void
loop_timer_stop(struct loop_timer *t)
{
	(void)event_del(t->ev);
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	event_free(t->ev);
	free(t);
}

static void
rested(void *arg)
{
	struct loop_fd *w = arg;

	/* Where memory is short, it rests once more. */
	if (loop_fd_set(w, w->events_at_rest, NULL) != ERR_OK &&
	    loop_timer_start(w->rest, w->rest_ms, NULL) != ERR_OK)
		w->events_at_rest = 0;
}

enum err_code
loop_fd_rest(struct loop_fd *w, uint32_t rest_ms, struct err *e)
{
	const unsigned events = w->events;
	enum err_code code = ERR_OK;

	if (w->rest == NULL)
		code = loop_timer_new(w->loop, rested, w, &w->rest, e);
	if (code == ERR_OK)
		code = loop_timer_start(w->rest, rest_ms, e);
	if (code != ERR_OK || events == 0)
		return code;
	(void)event_del(w->ev);
	w->events = 0;
	w->events_at_rest = events;
	w->rest_ms = rest_ms;
	return ERR_OK;
}

static void
signal_came(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *w = arg;

	(void)what;
	w->cb((int)signo, w->arg);
}

enum err_code
loop_signal_new(struct loop *l, int signo, loop_signal_cb *cb, void *arg,
    struct loop_signal **watcher_out, struct err *e)
{
	struct loop_signal *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->ev = evsignal_new(l->base, signo, signal_came, w);
	if (w == NULL || w->ev == NULL) {
		free(w);
		return err_set(e, ERR_NOMEM, 0, "no memory for a watcher");
	}
	w->cb = cb;
	w->arg = arg;
	if (event_add(w->ev, NULL) != 0) {
		loop_signal_free(w);
		return err_set(
		    e, ERR_IO, errno, "cannot catch signal %d", signo);
	}
	*watcher_out = w;
	return ERR_OK;
}

void
loop_signal_free(struct loop_signal *w)
{
	if (w == NULL)
		return;
	event_free(w->ev);
	free(w);
}
