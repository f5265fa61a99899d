/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notification protocol itself: one datagram, lines of NAME=value.  It is
 * stable and documented (sd_notify(3)), and shorter than linking the library.
 */
#include "common/sys/notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
	int fd; /* -1 without a service manager */
	uint32_t alive_ms;
};

/* WATCHDOG_USEC counts if WATCHDOG_PID is ours, or is not there. */
static uint32_t
read_alive_ms(void)
{
	const char *us_text = getenv("WATCHDOG_USEC");
	const char *pid_text = getenv("WATCHDOG_PID");
	unsigned long long us;
	char *end;

	if (us_text == NULL || us_text[0] < '0' || us_text[0] > '9')
		return 0;
	if (pid_text != NULL && strtol(pid_text, NULL, 10) != (long)getpid())
		return 0;
	us = strtoull(us_text, &end, 10);
	if (*end != '\0' || us / 2000 > UINT32_MAX)
		return 0;
	return (uint32_t)(us / 2000);
}

/* Connect a socket to path; an '@' in front means a name without a file. */
static enum err_code
connect_to(const char *path, int *fd_out, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const size_t len = strlen(path);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || len < 2 ||
	    len >= sizeof(to.sun_path))
		return err_set(e, ERR_INVALID, 0,
		    "NOTIFY_SOCKET is no address: %.100s", path);
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) ==
	        0) {
		*fd_out = fd;
		return ERR_OK;
	}
	(void)err_set(e, ERR_IO, errno, "cannot reach the service manager: %s",
	    strerror(errno));
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return ERR_IO;
}

enum err_code
notify_open(struct notify **notify_out, struct err *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct notify *n = calloc(1, sizeof(*n));
	enum err_code rc = ERR_OK;

	if (n == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a socket");
	n->fd = -1;
	if (path != NULL) {
		n->alive_ms = read_alive_ms();
		rc = connect_to(path, &n->fd, e);
	}
	(void)unsetenv("NOTIFY_SOCKET"); /* fails for bad names only */
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	if (rc != ERR_OK) {
		notify_close(n);
		return rc;
	}
	*notify_out = n;
	return ERR_OK;
}

void
notify_close(struct notify *n)
{
	if (n == NULL)
		return;
	if (n->fd >= 0)
		(void)close(n->fd); /* datagrams are gone already */
	free(n);
}

static void
say(const struct notify *n, const char *text)
{
	if (n != NULL && n->fd >= 0)
		(void)send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

/* head, then the status on one line: a control character in it must not begin
 * an assignment of its own. */
static void
say_status(const struct notify *n, const char *head, const char *status)
{
	char text[NOTIFY_STATUS_MAX + 32];
	int len = snprintf(text, sizeof(text), "%sSTATUS=%.*s", head,
	    NOTIFY_STATUS_MAX, status);

	for (int i = (int)strlen(head); i < len; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	say(n, text);
}

void
notify_ready(struct notify *n, const char *status)
{
	say_status(n, "READY=1\n", status);
}

void
notify_status(struct notify *n, const char *status)
{
	say_status(n, "", status);
}

void
notify_stopping(struct notify *n)
{
	say(n, "STOPPING=1");
}

uint32_t
notify_alive_ms(const struct notify *n)
{
	return n == NULL || n->fd < 0 ? 0 : n->alive_ms;
}

void
notify_alive(struct notify *n)
{
	say(n, "WATCHDOG=1");
}
