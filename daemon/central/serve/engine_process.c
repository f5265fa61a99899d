/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's process: the store, the keys, no network.
 */
#include <signal.h>
#include <unistd.h>

#include "common/base/secret.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/control.h"
#include "daemon/central/serve/engine_host.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/setup/store_key.h"

#define MODULE "engine"
/* A command that has the store open ends within this. */
#define LOCK_WAIT_MS 20000

struct process {
	struct loop *loop;
	struct engine *engine;
	struct engine_host *host;
	struct admin_server *admin;
	struct loop_fd *control;
	struct loop_signal *term, *interrupt, *hangup;
	int lock;
};

static void
on_term(int signo, void *arg)
{
	struct process *p = arg;

	(void)signo;
	loop_stop(p->loop);
}

/* Signals of the terminal's whole group are the parent's business. */
static void
on_ignored(int signo, void *arg)
{
	(void)signo;
	(void)arg;
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
	if (m.kind == CONTROL_CHANNEL && m.fd >= 0) {
		if (engine_host_attach(p->host, m.listener, m.fd, &e) != ERR_OK)
			log_err(MODULE, "cannot serve a front", &e);
	} else if (m.fd >= 0) {
		(void)close(m.fd);
	}
	buf_wipe(&m.body);
}

static void
on_command(void *arg)
{
	struct process *p = arg;

	engine_host_wake(p->host);
}

static enum err_code
store_open(struct process *p, const char *data, struct err *e)
{
	struct engine_options options = { .data = data };
	struct secret_key key = { { 0 } };
	enum err_code code = engine_lock(data, LOCK_WAIT_MS, &p->lock, e);

	if (code != ERR_OK || (code = store_key_load(data, &key, e)) != ERR_OK)
		return code;
	options.key = &key;
	code = engine_open(&options, &p->engine, e);
	secret_wipe(&key, sizeof(key));
	return code;
}

static enum err_code
signals_watch(struct process *p, struct err *e)
{
	enum err_code code;

	if ((code = loop_signal_new(
	         p->loop, SIGTERM, on_term, p, &p->term, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         p->loop, SIGINT, on_ignored, p, &p->interrupt, e)) != ERR_OK)
		return code;
	return loop_signal_new(p->loop, SIGHUP, on_ignored, p, &p->hangup, e);
}

static enum err_code
process_open(struct process *p, const char *data, struct err *e)
{
	const struct control_message ready = { .kind = CONTROL_READY,
		.fd = -1 };
	struct admin_options admin = {
		.data = data, .after = on_command, .arg = p
	};
	enum err_code code;

	if ((code = store_open(p, data, e)) != ERR_OK ||
	    (code = loop_new(&p->loop, e)) != ERR_OK ||
	    (code = signals_watch(p, e)) != ERR_OK ||
	    (code = engine_host_new(p->loop, p->engine, &p->host, e)) != ERR_OK)
		return code;
	admin.engine = p->engine;
	if ((code = admin_server_new(p->loop, &admin, &p->admin, e)) !=
	        ERR_OK ||
	    (code = loop_fd_new(p->loop, PROCESS_FD_CONTROL, on_control, p,
	         &p->control, e)) != ERR_OK ||
	    (code = loop_fd_set(p->control, LOOP_READ, e)) != ERR_OK)
		return code;
	return control_send(PROCESS_FD_CONTROL, &ready, e);
}

/* A signal that comes twice, to the whole group and from the parent, must not
 * end what closes the store. */
static void
signals_block(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
}

static void
process_close(struct process *p)
{
	signals_block();
	loop_fd_free(p->control);
	admin_server_free(p->admin);
	if (p->engine != NULL)
		engine_end(p->engine); /* the fronts pass that on */
	engine_host_free(p->host);
	loop_signal_free(p->term);
	loop_signal_free(p->interrupt);
	loop_signal_free(p->hangup);
	if (p->loop != NULL)
		loop_free(p->loop);
	if (p->engine != NULL)
		engine_close(p->engine);
	if (p->lock >= 0)
		(void)close(p->lock);
}

int
engine_process(const char *data)
{
	struct process p = { .lock = -1 };
	struct err e;
	enum err_code code;

	code = process_open(&p, data, &e);
	if (code == ERR_OK) {
		log_line(
		    LOG_LEVEL_INFO, MODULE, "started", "pid=%d", (int)getpid());
		code = loop_run(p.loop, &e);
	}
	if (code != ERR_OK)
		log_err(MODULE, "cannot go on", &e);
	process_close(&p);
	if (code == ERR_OK)
		log_line(LOG_LEVEL_INFO, MODULE, "ended", NULL);
	return cli_status(code);
}
