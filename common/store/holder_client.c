/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands' side, which blocks: ask, wait for the line, and for a lease
 * keep the connection.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/store/holder_int.h"

/* A holder answers at once unless it syncs or waits for pages to wipe; one
 * that does not is stopped or stuck. */
#define ANSWER_MS 10000
/* One that starts, or ends, is there or gone within this. */
#define UNREACHED_MS 2000U
#define LOOK_AGAIN_MS 20

struct holder_lease {
	int fd;
};

/* Connect; *fd_out is -1 when nobody listens. */
static enum err_code
connect_once(const struct sockaddr_un *address, int *fd_out, struct err *e)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int sys;

	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot make a socket: %s",
		    strerror(errno));
	*fd_out = fd;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
	    0)
		return ERR_OK;
	sys = errno;
	(void)close(fd); /* nothing was written */
	*fd_out = -1;
	if (sys == ENOENT || sys == ECONNREFUSED)
		return ERR_OK;
	return err_set(
	    e, ERR_IO, sys, "cannot reach the key holder: %s", strerror(sys));
}

/* ERR_NOTFOUND when no process holds the key.  One that starts or ends has the
 * folder for a moment without a socket; one that has lost its socket holds the
 * key all the same. */
static enum err_code
reach(const char *home, int *fd_out, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_MS * 1000000L };
	const uint64_t end_ms = clock_mono_ms() + UNREACHED_MS;
	struct sockaddr_un address;
	enum err_code code = holder_address(home, &address, e);
	bool is_held = true;
	int fd = -1;

	while (code == ERR_OK && fd < 0) {
		code = connect_once(&address, &fd, e);
		if (code == ERR_OK && fd < 0)
			code = holder_is_held(&address, &is_held, e);
		if (code != ERR_OK || fd >= 0)
			break;
		if (!is_held)
			return err_set(
			    e, ERR_NOTFOUND, 0, "no process holds the key");
		if (clock_mono_ms() >= end_ms)
			return err_set(e, ERR_IO, 0,
			    "the process that holds the key cannot be reached");
		(void)nanosleep(&pause, NULL);
	}
	if (code != ERR_OK)
		return code;
	if (!holder_peer_is_us(fd)) {
		(void)close(fd); /* nothing was written */
		return err_set(e, ERR_AUTH, 0,
		    "the process that answers for the key is another user's");
	}
	*fd_out = fd;
	return ERR_OK;
}

static enum err_code
send_line(int fd, const char *text, struct err *e)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno,
			    "cannot ask the key holder: %s", strerror(errno));
		text += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* Wait until there is something to read; end_ms 0: for as long as it takes. */
static enum err_code
wait_readable(int fd, uint64_t end_ms, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		const uint64_t now = clock_mono_ms();
		int left = -1, n;

		if (end_ms != 0)
			left = end_ms > now ? (int)(end_ms - now) : 0;
		n = poll(&p, 1, left);
		if (n > 0)
			return ERR_OK;
		if (n == 0)
			return err_set(e, ERR_BUSY, 0,
			    "the key holder did not answer in time");
		if (errno != EINTR)
			return err_set(e, ERR_IO, errno,
			    "cannot wait for the key holder: %s",
			    strerror(errno));
	}
}

/* Read one line without its end; line holds cap bytes. */
static enum err_code
recv_line(int fd, int timeout_ms, char *line, size_t cap, struct err *e)
{
	const uint64_t end_ms =
	    timeout_ms > 0 ? clock_mono_ms() + (uint64_t)timeout_ms : 0;
	size_t len = 0;

	while (len < cap) {
		enum err_code code = wait_readable(fd, end_ms, e);
		ssize_t n;

		if (code != ERR_OK)
			return code;
		/* A byte too far would be the "wipe" that a lease waits for. */
		n = recv(fd, line + len, 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_IO, n < 0 ? errno : 0,
			    "the key holder closed the connection");
		if (line[len] == '\n') {
			line[len] = '\0';
			return ERR_OK;
		}
		len++;
	}
	return err_set(e, ERR_MALFORMED, 0, "the key holder said too much");
}

static enum err_code
ask(const char *home, const char *request, int timeout_ms,
    char line[static HOLDER_ANSWER_MAX], int *fd_out, struct err *e)
{
	struct err unsent, own;
	enum err_code code;
	int fd = -1;

	if (e == NULL)
		e = &own;
	code = reach(home, &fd, e);
	if (code != ERR_OK)
		return code;
	code = send_line(fd, request, &unsent);
	if (code == ERR_OK)
		code = send_line(fd, "\n", &unsent);
	/* One that has no room for us says so before it is asked, and hangs
	 * up. */
	if (recv_line(fd, timeout_ms, line, HOLDER_ANSWER_MAX, e) != ERR_OK) {
		if (code != ERR_OK)
			*e = unsent;
		code = e->code;
	} else if (strcmp(line, HOLDER_FULL_ANSWER) == 0) {
		code = err_set(e, ERR_BUSY, HOLDER_FULL,
		    "too many commands work with the notes at this moment");
	} else {
		code = ERR_OK;
	}
	if (code != ERR_OK) {
		(void)close(fd); /* the error is told already */
		return code;
	}
	*fd_out = fd;
	return ERR_OK;
}

enum err_code
holder_lease_open(const char *home, struct secret_key *key_out,
    struct holder_lease **out, struct err *e)
{
	struct holder_lease *l = malloc(sizeof(*l));
	char line[HOLDER_ANSWER_MAX] = "";
	enum err_code code;
	int fd = -1;

	if (l == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for the key");
	code = ask(home, "{\"do\":\"key\"}", ANSWER_MS, line, &fd, e);
	if (code == ERR_NOTFOUND)
		code = err_set(e, ERR_LOCKED, 0, "the notes are locked");
	if (code == ERR_OK && !holder_key_take(line, key_out))
		code = err_set(e, ERR_LOCKED, 0, "the notes are locked");
	secret_wipe(line, sizeof(line));
	if (code != ERR_OK) {
		if (fd >= 0)
			(void)close(fd); /* the error is told already */
		free(l);
		return code;
	}
	l->fd = fd;
	*out = l;
	return ERR_OK;
}

bool
holder_lease_is_revoked(struct holder_lease *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	/* The holder's only word on a lease is "wipe"; its end means the same.
	 */
	return poll(&p, 1, 0) > 0;
}

int
holder_lease_fd(const struct holder_lease *l)
{
	return l->fd;
}

void
holder_lease_close(struct holder_lease *l)
{
	if (l == NULL)
		return;
	(void)close(l->fd); /* this is what says that the key is wiped */
	free(l);
}

enum err_code
holder_unlock(const char *home, const struct secret_key *key, uint64_t until_ms,
    struct err *e)
{
	char hex[ENC_HEX_LEN(SECRET_KEY_LEN) + 1];
	char request[sizeof(hex) + 64], line[HOLDER_ANSWER_MAX] = "";
	enum err_code code;
	int fd;

	enc_hex(key->b, SECRET_KEY_LEN, hex);
	(void)snprintf(request, sizeof(request),
	    "{\"do\":\"unlock\",\"key\":\"%s\",\"until\":%llu}", hex,
	    (unsigned long long)until_ms);
	code = ask(home, request, ANSWER_MS, line, &fd, e);
	secret_wipe(hex, sizeof(hex));
	secret_wipe(request, sizeof(request));
	if (code != ERR_OK)
		return code;
	(void)close(fd); /* the answer is here */
	if (strcmp(line, "{\"ok\":true}") != 0)
		return err_set(e, ERR_INVALID, 0,
		    "the key holder did not take the key: %.100s", line);
	return ERR_OK;
}

enum err_code
holder_ask(const char *home, const char *request_json, int timeout_ms,
    char **answer_out, struct err *e)
{
	char line[HOLDER_ANSWER_MAX] = "";
	enum err_code code;
	char *copy = NULL;
	int fd;

	code = ask(home, request_json, timeout_ms, line, &fd, e);
	if (code != ERR_OK)
		return code;
	(void)close(fd); /* the answer is here */
	copy = strdup(line);
	secret_wipe(line, sizeof(line));
	if (copy == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for the answer");
	*answer_out = copy;
	return ERR_OK;
}
