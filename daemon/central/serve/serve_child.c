/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/sys/channel.h"
#include "common/sys/log.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/serve/serve_int.h"

#define MODULE "serve"
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 30000
/* Who ran for so long did not fail at the start. */
#define STEADY_MS 60000

static const char *const names[CHILD_N] = { "engine", "devices", "people" };

/* Start it again after a pause, which is longer each time. */
static void
child_later(struct child *c)
{
	struct err e;

	if (loop_timer_start(c->again, c->pause_ms, &e) != ERR_OK)
		log_err(MODULE, "cannot start a process again", &e);
	c->pause_ms =
	    c->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : c->pause_ms * 2;
}

static void
on_again(void *arg)
{
	struct child *c = arg;
	struct err e;

	if (child_start(c, &e) == ERR_OK)
		return;
	log_err(MODULE, "cannot start a process again", &e);
	/* One that was started is reaped, and comes back by that way. */
	if (c->pid == 0)
		child_later(c);
}

void
children_init(struct serve *s)
{
	for (int i = 0; i < CHILD_N; i++)
		s->children[i] = (struct child){ .serve = s,
			.role = (enum child_role)i,
			.control = -1,
			.pause_ms = PAUSE_MIN_MS };
}

static void
on_control(int fd, unsigned events, void *arg)
{
	struct child *c = arg;
	struct control_message m;
	struct err e;
	enum err_code code = control_recv(fd, &m, &e);

	(void)events;
	if (code == ERR_BUSY)
		return;
	if (code != ERR_OK) {
		/* It is ending; SIGCHLD says the rest. */
		if (loop_fd_set(c->watch, 0, &e) != ERR_OK)
			log_err(MODULE, "cannot look away", &e);
		return;
	}
	if (m.fd >= 0)
		(void)close(m.fd);
	if (m.kind == CONTROL_READY && !c->is_ready) {
		c->is_ready = true;
		serve_ready(c->serve);
	}
	buf_wipe(&m.body);
}

/* Give a front and the engine the two ends of a new channel. */
static enum err_code
connect_front(struct serve *s, enum wire_listener listener, struct err *e)
{
	const struct child *front = &s->children[CHILD_DEVICES + listener];
	const struct child *engine = &s->children[CHILD_ENGINE];
	struct control_message m = { .kind = CONTROL_CHANNEL,
		.listener = listener };
	int ends[2];
	enum err_code code;

	if (front->pid == 0 || engine->pid == 0)
		return ERR_OK; /* whoever comes later connects them */
	code = channel_pair(ends, e);
	if (code != ERR_OK)
		return code;
	m.fd = ends[0];
	code = control_send(engine->control, &m, e);
	m.fd = ends[1];
	if (code == ERR_OK)
		code = control_send(front->control, &m, e);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return code;
}

static enum err_code
tell_tls(struct serve *s, const struct child *c, struct err *e)
{
	struct control_message m = { .kind = CONTROL_TLS, .fd = -1 };
	enum err_code code;

	buf_init(&m.body, CONTROL_MAX);
	code = control_tls_enc(&s->tls, &m.body, e);
	if (code == ERR_OK)
		code = control_send(c->control, &m, e);
	buf_wipe(&m.body);
	return code;
}

void
children_tell_tls(struct serve *s)
{
	struct err e;

	for (int i = CHILD_DEVICES; i < CHILD_N; i++)
		if (s->children[i].pid != 0 &&
		    tell_tls(s, &s->children[i], &e) != ERR_OK)
			log_err(MODULE, "a front keeps its certificate", &e);
}

/* Fork and exec it with its end of a new control pair. */
static enum err_code
child_exec(struct child *c, struct err *e)
{
	struct serve *s = c->serve;
	const int listener = (int)c->role - CHILD_DEVICES;
	char uid[24] = "", gid[24] = "";
	const char *const engine[] = { PROCESS_WORD, names[c->role], s->o.data,
		NULL };
	const char *const front[] = { PROCESS_WORD, names[c->role], uid, gid,
		NULL };
	int ends[2];
	enum err_code code = control_pair(ends, e);

	if (code != ERR_OK)
		return code;
	if (c->role != CHILD_ENGINE) {
		(void)snprintf(uid, sizeof(uid), "%u", s->uids[listener]);
		(void)snprintf(gid, sizeof(gid), "%u", s->gids[listener]);
	}
	code = process_start(c->role == CHILD_ENGINE ? engine : front, ends[1],
	    c->role == CHILD_ENGINE ? -1 : s->listen_fds[listener], &c->pid, e);
	(void)close(ends[1]);
	if (code == ERR_OK)
		c->control = ends[0];
	else
		(void)close(ends[0]);
	return code;
}

/* What a running process needs to know. */
static enum err_code
child_connect(struct child *c, struct err *e)
{
	struct serve *s = c->serve;
	enum err_code code;

	if ((code = loop_fd_new(
	         s->loop, c->control, on_control, c, &c->watch, e)) != ERR_OK ||
	    (code = loop_fd_set(c->watch, LOOP_READ, e)) != ERR_OK)
		return code;
	if (c->role != CHILD_ENGINE) {
		code = tell_tls(s, c, e);
		return code != ERR_OK
		    ? code
		    : connect_front(
		          s, (enum wire_listener)(c->role - CHILD_DEVICES), e);
	}
	code = connect_front(s, WIRE_DEVICES, e);
	return code != ERR_OK ? code : connect_front(s, WIRE_PEOPLE, e);
}

enum err_code
child_start(struct child *c, struct err *e)
{
	enum err_code code;

	if (c->again == NULL) {
		code =
		    loop_timer_new(c->serve->loop, on_again, c, &c->again, e);
		if (code != ERR_OK)
			return code;
	}
	c->started_ms = clock_mono_ms();
	c->is_ready = false;
	code = child_exec(c, e);
	if (code == ERR_OK && (code = child_connect(c, e)) != ERR_OK)
		child_signal(c, SIGKILL); /* reaped, and started again */
	return code;
}

void
child_signal(const struct child *c, int signo)
{
	if (c->pid != 0)
		(void)kill(c->pid, signo);
}

static void
child_clear(struct child *c)
{
	loop_fd_free(c->watch);
	c->watch = NULL;
	if (c->control >= 0)
		(void)close(c->control);
	c->control = -1;
	c->pid = 0;
}

/* It ended and nobody told it to. */
static void
child_lost(struct child *c, int status)
{
	log_line(LOG_LEVEL_ERROR, MODULE, "a process ended by itself",
	    "name=%s status=%d signal=%d", names[c->role],
	    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	if (!c->serve->was_ready) {
		/* It cannot start, and will not when tried again. */
		c->serve->failed_status =
		    WIFEXITED(status) && WEXITSTATUS(status) != 0
		    ? WEXITSTATUS(status)
		    : 1;
		serve_stop(c->serve);
		return;
	}
	if (clock_mono_ms() - c->started_ms > STEADY_MS)
		c->pause_ms = PAUSE_MIN_MS;
	child_later(c);
}

void
children_reap(struct serve *s)
{
	for (int i = 0; i < CHILD_N; i++) {
		struct child *c = &s->children[i];
		int status;

		if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		child_clear(c);
		if (!s->is_stopping)
			child_lost(c, status);
		else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			log_line(LOG_LEVEL_WARN, MODULE,
			    "a process did not end cleanly", "name=%s",
			    names[i]);
	}
	if (s->is_stopping)
		serve_child_gone(s);
}

void
children_fini(struct serve *s)
{
	for (int i = 0; i < CHILD_N; i++) {
		struct child *c = &s->children[i];

		if (c->pid != 0) {
			child_signal(c, SIGKILL);
			while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
				continue;
		}
		child_clear(c);
		loop_timer_free(c->again);
		c->again = NULL;
	}
}
