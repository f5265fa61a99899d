/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/serve/serve.h"

#include <signal.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/serve/serve_int.h"

#define MODULE "serve"
/* Who has not ended by then is ended. */
#define KILL_MS 15000

static enum err_code
ready_write(struct serve *s, struct err *e)
{
	json_t *json = json_object();
	struct buf line;
	enum err_code code;

	buf_init(&line, 512);
	if ((code = json_put_str(
	         json, "devices", s->bound[WIRE_DEVICES].s, e)) == ERR_OK &&
	    (code = json_put_str(
	         json, "console", s->bound[WIRE_PEOPLE].s, e)) == ERR_OK &&
	    (code = json_print(json, &line, e)) == ERR_OK) {
		(void)buf_add_char(&line, '\n');
		code = file_write_all(s->o.ready_fd, line.ptr, line.len, e);
	}
	buf_fini(&line);
	json_decref(json);
	return code;
}

void
serve_ready(struct serve *s)
{
	struct err e;

	for (int i = 0; i < CHILD_N; i++)
		if (!s->children[i].is_ready)
			return;
	if (s->was_ready)
		return;
	s->was_ready = true;
	log_line(LOG_LEVEL_INFO, MODULE, "ready", "devices=%s console=%s",
	    s->bound[WIRE_DEVICES].s, s->bound[WIRE_PEOPLE].s);
	notify_ready(s->notify, "serving");
	if (s->o.ready_fd < 0)
		return;
	if (ready_write(s, &e) != ERR_OK)
		log_err(MODULE, "nobody reads that we are ready", &e);
	(void)close(s->o.ready_fd);
	s->o.ready_fd = -1;
}

/* Fronts end first, so that the engine answers what they took. */
void
serve_stop(struct serve *s)
{
	struct err e;

	if (s->is_stopping)
		return;
	s->is_stopping = true;
	notify_stopping(s->notify);
	for (int i = 0; i < CHILD_N; i++)
		if (s->children[i].again != NULL)
			loop_timer_stop(s->children[i].again);
	child_signal(&s->children[CHILD_DEVICES], SIGTERM);
	child_signal(&s->children[CHILD_PEOPLE], SIGTERM);
	if (loop_timer_start(s->kill, KILL_MS, &e) != ERR_OK)
		log_err(MODULE, "no timer", &e);
	serve_child_gone(s);
}

void
serve_child_gone(struct serve *s)
{
	if (s->children[CHILD_DEVICES].pid != 0 ||
	    s->children[CHILD_PEOPLE].pid != 0)
		return;
	if (s->children[CHILD_ENGINE].pid == 0) {
		loop_stop(s->loop);
	} else if (!s->is_engine_told) {
		s->is_engine_told = true;
		child_signal(&s->children[CHILD_ENGINE], SIGTERM);
	}
}

static void
on_stop(int signo, void *arg)
{
	(void)signo;
	log_line(LOG_LEVEL_INFO, MODULE, "ending", NULL);
	serve_stop(arg);
}

static void
on_kill(void *arg)
{
	struct serve *s = arg;

	log_line(LOG_LEVEL_ERROR, MODULE, "a process does not end", NULL);
	for (int i = 0; i < CHILD_N; i++)
		child_signal(&s->children[i], SIGKILL);
}

static void
on_child(int signo, void *arg)
{
	(void)signo;
	children_reap(arg);
}

static void
on_hangup(int signo, void *arg)
{
	struct serve *s = arg;
	struct err e;

	(void)signo;
	if (serve_tls_load(s, &e) != ERR_OK) {
		log_err(MODULE, "the certificate in use stays", &e);
		return;
	}
	children_tell_tls(s);
	log_line(LOG_LEVEL_INFO, MODULE, "certificate read again", NULL);
}

static enum err_code
watchers_open(struct serve *s, struct err *e)
{
	enum err_code code;

	if ((code = loop_new(&s->loop, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGTERM, on_stop, s, &s->term, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGINT, on_stop, s, &s->interrupt, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGHUP, on_hangup, s, &s->hangup, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGCHLD, on_child, s, &s->child, e)) != ERR_OK)
		return code;
	return loop_timer_new(s->loop, on_kill, s, &s->kill, e);
}

static enum err_code
office_check(const char *data, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, data, "office.db"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return file_exists(path)
	    ? ERR_OK
	    : err_set(e, ERR_NOTFOUND, 0, "there is no office in %s", data);
}

static enum err_code
serve_open(struct serve *s, struct err *e)
{
	enum err_code code;

	rng_fill(s->tls.ticket, sizeof(s->tls.ticket));
	if ((code = office_check(s->o.data, e)) != ERR_OK ||
	    (code = serve_tls_load(s, e)) != ERR_OK ||
	    (code = serve_users_find(s, e)) != ERR_OK ||
	    (code = serve_listen(s, WIRE_DEVICES, s->o.devices, e)) != ERR_OK ||
	    (code = serve_listen(s, WIRE_PEOPLE, s->o.console, e)) != ERR_OK ||
	    (code = watchers_open(s, e)) != ERR_OK)
		return code;
	children_init(s);
	for (int i = 0; i < CHILD_N; i++) {
		code = child_start(&s->children[i], e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static void
serve_close(struct serve *s)
{
	if (s->loop != NULL)
		children_fini(s);
	loop_signal_free(s->term);
	loop_signal_free(s->interrupt);
	loop_signal_free(s->hangup);
	loop_signal_free(s->child);
	loop_timer_free(s->kill);
	loop_free(s->loop);
	for (int i = 0; i < 2; i++)
		if (s->listen_fds[i] >= 0)
			(void)close(s->listen_fds[i]);
	notify_close(s->notify);
	control_tls_fini(&s->tls);
}

enum err_code
serve_run(const struct serve_options *o, int *status_out, struct err *e)
{
	struct serve s = { .o = *o, .listen_fds = { -1, -1 } };
	enum err_code code;

	process_keep_private();
	process_open_many();
	control_tls_init(&s.tls);
	children_init(&s);
	if (notify_open(&s.notify, e) != ERR_OK)
		log_err(MODULE, "no service manager is told", e);
	code = serve_open(&s, e);
	if (code == ERR_OK)
		code = loop_run(s.loop, e);
	serve_close(&s);
	if (code == ERR_OK && s.failed_status != 0) {
		*status_out = s.failed_status;
		return err_set(e, ERR_IO, 0,
		    "the office could not start; the log above says why");
	}
	*status_out = 0;
	return code;
}
