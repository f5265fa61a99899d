/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/service.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/conf.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "common/sys/notify.h"

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
/* The service manager shows how things stand; it need not be to the second. */
#define STATUS_MS 5000U

struct settings {
	int64_t retry_first, retry_most, refused, poll, lock_after;
};

static const struct conf_key keys[] = {
	CONF_KEY_DURATION(
	    settings, retry_first, "retry-first", SECOND / 10, HOUR),
	CONF_KEY_DURATION(settings, retry_most, "retry-most", SECOND, HOUR),
	CONF_KEY_DURATION(
	    settings, refused, "retry-refused", SECOND, 24 * HOUR),
	CONF_KEY_DURATION(
	    settings, poll, "look-again-locked", SECOND, 24 * HOUR),
	CONF_KEY_DURATION(settings, lock_after, "lock-after", 0, 24 * HOUR),
};

struct service {
	struct loop *loop;
	struct daemon *daemon;
	struct notify *notify; /* NULL: no service manager */
	struct loop_signal *term, *intr;
	struct loop_timer *timer; /* status and watchdog */
};

/* False when the environment names no place. */
static bool
own_conf(char out[static FILE_PATH_MAX])
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n = 0;

	if (base != NULL && *base == '/')
		n = snprintf(
		    out, FILE_PATH_MAX, "%s/visitbook/visitbookd.conf", base);
	else if (home != NULL && *home == '/')
		n = snprintf(out, FILE_PATH_MAX,
		    "%s/.config/visitbook/visitbookd.conf", home);
	return n > 0 && n < FILE_PATH_MAX;
}

enum err_code
service_conf(const char *path, struct daemon_cfg *cfg, struct err *e)
{
	struct settings s = { .retry_first = cfg->retry_first_ms,
		.retry_most = cfg->retry_most_ms,
		.refused = cfg->refused_ms,
		.poll = cfg->poll_ms,
		.lock_after = (int64_t)cfg->lock_after_ms };
	const bool is_own = path == NULL;
	char own[FILE_PATH_MAX];
	enum err_code code;

	if (is_own && !own_conf(own))
		return ERR_OK;
	code = conf_load(
	    is_own ? own : path, keys, sizeof(keys) / sizeof(keys[0]), &s, e);
	if (is_own && code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	cfg->retry_first_ms = (uint32_t)s.retry_first;
	cfg->retry_most_ms = (uint32_t)s.retry_most;
	cfg->refused_ms = (uint32_t)s.refused;
	cfg->poll_ms = (uint32_t)s.poll;
	cfg->lock_after_ms = (uint64_t)s.lock_after;
	return ERR_OK;
}

static void
on_signal(int signo, void *arg)
{
	struct service *s = arg;

	(void)signo;
	loop_stop(s->loop);
}

static void
plan_timer(struct service *s)
{
	uint32_t delay_ms = notify_alive_ms(s->notify);
	struct err e;

	if (delay_ms == 0 || delay_ms > STATUS_MS)
		delay_ms = STATUS_MS;
	if (loop_timer_start(s->timer, delay_ms, &e) != ERR_OK)
		log_err("sync", "the service manager hears no more", &e);
}

static void
on_timer(void *arg)
{
	struct service *s = arg;

	notify_alive(s->notify);
	notify_status(s->notify, daemon_status_text(s->daemon));
	plan_timer(s);
}

static enum err_code
say_ready(struct service *s, int fd, struct err *e)
{
	static const char line[] = "{\"ready\":true}\n";
	enum err_code code = ERR_OK;

	notify_ready(s->notify, daemon_status_text(s->daemon));
	if (fd >= 0) {
		code = file_write_all(fd, line, strlen(line), e);
		(void)close(fd); /* the line is a pipe's or nobody's */
	}
	return code;
}

static enum err_code
open_all(struct service *s, const struct daemon_cfg *cfg, struct err *e)
{
	struct err none;
	enum err_code code;

	if (getenv("NOTIFY_SOCKET") != NULL &&
	    notify_open(&s->notify, &none) != ERR_OK)
		log_err("sync", "no service manager", &none);
	if ((code = loop_new(&s->loop, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGTERM, on_signal, s, &s->term, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         s->loop, SIGINT, on_signal, s, &s->intr, e)) != ERR_OK ||
	    (code = daemon_open(s->loop, cfg, &s->daemon, e)) != ERR_OK)
		return code;
	if (s->notify == NULL)
		return ERR_OK;
	code = loop_timer_new(s->loop, on_timer, s, &s->timer, e);
	if (code == ERR_OK)
		plan_timer(s);
	return code;
}

static void
close_all(struct service *s)
{
	notify_stopping(s->notify);
	daemon_close(s->daemon);
	if (s->timer != NULL)
		loop_timer_free(s->timer);
	if (s->term != NULL)
		loop_signal_free(s->term);
	if (s->intr != NULL)
		loop_signal_free(s->intr);
	if (s->loop != NULL)
		loop_free(s->loop);
	notify_close(s->notify);
}

enum err_code
service_run(const struct daemon_cfg *cfg, int ready_fd, struct err *e)
{
	struct service s = { .loop = NULL };
	enum err_code code;

	if ((code = open_all(&s, cfg, e)) == ERR_OK &&
	    (code = say_ready(&s, ready_fd, e)) == ERR_OK) {
		log_line(LOG_LEVEL_INFO, "sync", "started", NULL);
		code = loop_run(s.loop, e);
		log_line(LOG_LEVEL_INFO, "sync", "stopping", NULL);
	}
	close_all(&s);
	return code;
}
