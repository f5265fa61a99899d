/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/secret.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/admin_int.h"
#include "daemon/central/setup/store_key.h"

/* A command beside another that has the store open waits so long. */
#define LOCK_WAIT_MS 10000
/* Tries to find out who has the office: a `serve` that starts or ends has the
 * lock for a moment without a socket. */
#define WHO_TRIES 50
/* An engine that takes no command for so long may have no descriptor left, or
 * is stopped. */
#define UNTAKEN_MS 30000U
#define LOOK_MS 100

static const struct json_limits answer_limits = { .bytes_max = ADMIN_LINE_MAX,
	.tokens_max = 4 * LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH + 4 };

enum err_code
admin_address(
    const char *data, struct sockaddr_un *out, int *folder_out, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int folder = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return errno == ENOENT || errno == ENOTDIR
		    ? err_set(
		          e, ERR_NOTFOUND, 0, "there is no office in %s", data)
		    : err_set(e, ERR_IO, errno, "cannot open %s", data);
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/%s", folder, ADMIN_SOCKET);
	*out = address;
	*folder_out = folder;
	return ERR_OK;
}

/* Connect; *fd_out is -1 when nobody listens. */
static enum err_code
connect_running(const char *data, int *fd_out, struct err *e)
{
	struct sockaddr_un address;
	int folder, fd, sys;
	enum err_code code = admin_address(data, &address, &folder, e);

	if (code != ERR_OK)
		return code;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		(void)close(folder);
		return err_set(e, ERR_IO, errno, "cannot make a socket");
	}
	sys = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
	    ? 0
	    : errno;
	(void)close(folder);
	if (sys == 0) {
		*fd_out = fd;
		return ERR_OK;
	}
	(void)close(fd);
	*fd_out = -1;
	if (sys == ENOENT || sys == ECONNREFUSED)
		return ERR_OK;
	return err_set(e, sys == EACCES ? ERR_AUTH : ERR_IO, sys,
	    "cannot reach the office in %s", data);
}

/* All of it; an office that ended meanwhile is an error, and no signal. */
static enum err_code
send_all(int fd, const char *bytes, size_t len, struct err *e)
{
	while (len > 0) {
		const ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno,
			    "the office ended before it had the command");
		bytes += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* The connection ended, or failed, where an answer should be: nobody can say
 * here whether it was done. */
static enum err_code
put_lost(json_t **answer_out, struct err *e)
{
	json_t *answer =
	    json_pack("{s:{s:s, s:s, s:s}}", "error", "word", "io", "text",
	        "no answer came from the office, which may have done it or not",
	        "next",
	        "Look whether it took effect; if not, run it again. The log of "
	        "the office says more.");

	if (answer == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	*answer_out = answer;
	return ERR_OK;
}

bool
admin_wait(int fd, uint32_t untaken_ms)
{
	const uint64_t end = clock_mono_ms() + untaken_ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int untaken = 1;

	while (poll(&p, 1, LOOK_MS) <= 0) {
		/* A socket that does not tell is waited for. */
		if (untaken > 0 && ioctl(fd, SIOCOUTQ, &untaken) != 0)
			untaken = 0;
		if (untaken > 0 && clock_mono_ms() >= end)
			return false;
	}
	return true;
}

static enum err_code
exchange(int fd, const json_t *request, json_t **answer_out, struct err *e)
{
	struct buf line;
	enum err_code code;

	buf_init(&line, ADMIN_LINE_MAX);
	code = json_print(request, &line, e);
	(void)buf_add_char(&line, '\n');
	if (code == ERR_OK)
		code = buf_check(&line, e);
	if (code == ERR_OK)
		code = send_all(fd, line.ptr, line.len, e);
	buf_wipe(&line);
	if (code != ERR_OK)
		return code;
	if (!admin_wait(fd, UNTAKEN_MS))
		return put_lost(answer_out, e);
	code = file_read_all(fd, &line, e);
	if (code == ERR_IO || line.len == 0 || line.ptr[line.len - 1] != '\n')
		code = put_lost(answer_out, e);
	else if (code == ERR_OK)
		code = json_parse(
		    line.ptr, line.len - 1, &answer_limits, answer_out, e);
	buf_wipe(&line);
	return code;
}

/* Open the store ourselves, under the lock. */
static enum err_code
ask_alone(
    const char *data, const json_t *request, json_t **answer_out, struct err *e)
{
	struct engine_options options = { .data = data };
	struct secret_key key = { { 0 } };
	struct engine *g = NULL;
	enum err_code code = store_key_load(data, &key, e);

	if (code != ERR_OK)
		return code;
	options.key = &key;
	code = engine_open(&options, &g, e);
	secret_wipe(&key, sizeof(key));
	if (code != ERR_OK)
		return code;
	code = engine_command(g, request, answer_out, e);
	engine_close(g);
	return code;
}

enum err_code
admin_ask(
    const char *data, const json_t *request, json_t **answer_out, struct err *e)
{
	enum err_code code = ERR_BUSY;
	int fd, lock;

	for (int i = 0; i < WHO_TRIES; i++) {
		code = connect_running(data, &fd, e);
		if (code != ERR_OK)
			return code;
		if (fd >= 0) {
			code = exchange(fd, request, answer_out, e);
			(void)close(fd);
			return code;
		}
		code = engine_lock(data, LOCK_WAIT_MS / WHO_TRIES, &lock, e);
		if (code == ERR_OK) {
			code = ask_alone(data, request, answer_out, e);
			(void)close(lock);
			return code;
		}
		if (code != ERR_BUSY)
			return code;
	}
	return code;
}
