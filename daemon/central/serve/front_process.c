/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A front's process: sockets, TLS, HTTP; no store, no key but that of its TLS.
 */
#include <signal.h>
#include <unistd.h>

#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "common/sys/sandbox.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/front/front.h"
#include "daemon/central/serve/control.h"
#include "daemon/central/serve/process.h"

#define MODULE "front"
/* Requests that the engine is working on when the end is asked for. */
#define END_MS 5000
/* A new engine is there before that, or something is wrong with us. */
#define LOST_MS 30000

struct process {
	struct loop *loop;
	struct front *front;
	struct loop_fd *control;
	struct loop_signal *term, *interrupt, *hangup;
	struct loop_timer *end, *lost;
	bool is_ready, has_tls, has_channel, is_inside;
	enum err_code code;
};

static void
stop_now(void *arg)
{
	struct process *p = arg;

	loop_stop(p->loop);
}

static void
on_lost_for_long(void *arg)
{
	struct process *p = arg;

	log_line(LOG_LEVEL_ERROR, MODULE, "no engine", NULL);
	p->code = ERR_BUSY;
	loop_stop(p->loop);
}

static void
on_lost(void *arg)
{
	struct process *p = arg;
	struct err e;

	if (loop_timer_start(p->lost, LOST_MS, &e) != ERR_OK)
		log_err(MODULE, "no timer", &e);
}

static void
on_term(int signo, void *arg)
{
	struct process *p = arg;
	struct err e;

	(void)signo;
	if (loop_timer_start(p->end, END_MS, &e) != ERR_OK)
		loop_stop(p->loop);
	front_stop(p->front, stop_now);
}

/* Signals of the terminal's whole group are the parent's business. */
static void
on_ignored(int signo, void *arg)
{
	(void)signo;
	(void)arg;
}

static enum err_code
tls_take(struct process *p, const struct buf *body, struct err *e)
{
	struct control_tls tls;
	enum err_code code;

	control_tls_init(&tls);
	code = control_tls_dec(body, &tls, e);
	if (code == ERR_OK)
		code = front_tls(p->front, &tls, e);
	control_tls_fini(&tls);
	if (code == ERR_OK)
		p->has_tls = true;
	return code;
}

/* From here on nothing is opened any more: the libraries are set up, and no
 * stranger has been heard yet. */
static enum err_code
go_inside(struct process *p, struct err *e)
{
	struct sandbox_walls walls;
	enum err_code code = sandbox_enter(&walls, e);

	if (code != ERR_OK)
		return code;
	p->is_inside = true;
	log_line(walls.seccomp && walls.landlock > 0 ? LOG_LEVEL_INFO
	                                             : LOG_LEVEL_WARN,
	    MODULE, "in the sandbox, as far as there is one here",
	    "seccomp=%d landlock=%d", (int)walls.seccomp, (int)walls.landlock);
	return ERR_OK;
}

static enum err_code
word_take(struct process *p, struct control_message *m, struct err *e)
{
	const struct control_message ready = { .kind = CONTROL_READY,
		.fd = -1 };
	enum err_code code = ERR_OK;

	if (m->kind == CONTROL_TLS) {
		code = tls_take(p, &m->body, e);
		if (code == ERR_OK && !p->is_inside)
			code = go_inside(p, e);
	} else if (m->kind == CONTROL_CHANNEL && m->fd >= 0) {
		code = front_channel(p->front, m->fd, e);
		m->fd = -1;
		p->has_channel = true;
		loop_timer_stop(p->lost);
	}
	if (code != ERR_OK)
		return code;
	if (!p->is_ready && p->has_tls && p->has_channel) {
		p->is_ready = true;
		code = control_send(PROCESS_FD_CONTROL, &ready, e);
	}
	return code;
}

static void
on_control(int fd, unsigned events, void *arg)
{
	struct process *p = arg;
	struct control_message m;
	struct err e;
	enum err_code code = control_recv(fd, &m, &e);

	(void)events;
	if (code == ERR_BUSY)
		return;
	if (code != ERR_OK) { /* the parent is gone */
		loop_stop(p->loop);
		return;
	}
	code = word_take(p, &m, &e);
	if (m.fd >= 0)
		(void)close(m.fd);
	buf_wipe(&m.body);
	if (code == ERR_OK)
		return;
	log_err(MODULE, "not as told", &e);
	if (!p->is_ready) {
		p->code = code;
		loop_stop(p->loop);
	}
}

static enum err_code
watchers_open(struct process *p, struct err *e)
{
	enum err_code code;

	if ((code = loop_timer_new(p->loop, stop_now, p, &p->end, e)) !=
	        ERR_OK ||
	    (code = loop_timer_new(
	         p->loop, on_lost_for_long, p, &p->lost, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         p->loop, SIGTERM, on_term, p, &p->term, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         p->loop, SIGINT, on_ignored, p, &p->interrupt, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         p->loop, SIGHUP, on_ignored, p, &p->hangup, e)) != ERR_OK ||
	    (code = loop_fd_new(p->loop, PROCESS_FD_CONTROL, on_control, p,
	         &p->control, e)) != ERR_OK)
		return code;
	return loop_fd_set(p->control, LOOP_READ, e);
}

static enum err_code
process_open(struct process *p, bool is_devices, struct err *e)
{
	const struct front_options o = {
		.listener = is_devices ? WIRE_DEVICES : WIRE_PEOPLE,
		.listen_fd = PROCESS_FD_LISTEN,
		.on_lost = on_lost,
		.arg = p,
	};
	enum err_code code = loop_new(&p->loop, e);

	if (code != ERR_OK ||
	    (code = front_new(p->loop, &o, &p->front, e)) != ERR_OK)
		return code;
	return watchers_open(p, e);
}

int
front_process(bool is_devices, uid_t uid, gid_t gid)
{
	struct process p = { .code = ERR_OK };
	struct err e;
	enum err_code code = process_become(uid, gid, &e);

	process_keep_private();
	process_open_many();
	if (code == ERR_OK)
		code = process_open(&p, is_devices, &e);
	if (code == ERR_OK) {
		log_line(LOG_LEVEL_INFO, MODULE, "started",
		    "listener=%s pid=%d uid=%d",
		    is_devices ? "devices" : "people", (int)getpid(),
		    (int)getuid());
		code = loop_run(p.loop, &e);
	}
	if (code != ERR_OK)
		log_err(MODULE, "cannot go on", &e);
	front_free(p.front);
	loop_fd_free(p.control);
	loop_timer_free(p.end);
	loop_timer_free(p.lost);
	loop_signal_free(p.term);
	loop_signal_free(p.interrupt);
	loop_signal_free(p.hangup);
	loop_free(p.loop);
	return cli_status(code != ERR_OK ? code : p.code);
}
