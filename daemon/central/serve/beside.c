/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/serve/beside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/secret.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/setup/store_key.h"

#define MODULE "beside"
#define READ_BYTES 65536
/* Whoever wants a processor comes first. */
#define NICE 10

struct beside {
	struct beside_options o;
	pid_t pid;
	int fd;
	struct loop_fd *watch;
	struct buf answer;
};

/* ---- the engine's side ---- */

/* It has closed its end, or is to: it ends at once. */
static void
reap(struct beside *b)
{
	while (b->pid != 0 && waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	b->pid = 0;
}

static void
on_answer(int fd, unsigned events, void *arg)
{
	struct beside *b = arg;
	char bytes[READ_BYTES];
	const ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && buf_add(&b->answer, bytes, (size_t)n))
		return;
	if (n != 0) /* more than an answer can be, or a failure */
		buf_reset(&b->answer);
	loop_fd_free(b->watch);
	b->watch = NULL;
	if (n != 0)
		(void)kill(b->pid, SIGKILL);
	reap(b);
	b->o.done(b->o.arg, b->answer.ptr, b->answer.len);
}

static enum err_code
request_send(int fd, const json_t *request, struct err *e)
{
	struct buf line;
	enum err_code code;

	buf_init(&line, ADMIN_LINE_MAX);
	code = json_print(request, &line, e);
	if (code == ERR_OK)
		code = file_write_all(fd, line.ptr, line.len, e);
	if (code == ERR_OK && shutdown(fd, SHUT_WR) != 0)
		code = err_set(e, ERR_IO, errno, "cannot tell a process");
	buf_wipe(&line);
	return code;
}

static enum err_code
start(struct beside *b, struct loop *l, const json_t *request, struct err *e)
{
	const char *const argv[] = { PROCESS_WORD, "beside", b->o.data, NULL };
	int ends[2];
	enum err_code code;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_set(e, ERR_IO, errno, "cannot make a socket pair");
	b->fd = ends[0];
	code = process_start(argv, ends[1], -1, &b->pid, e);
	(void)close(ends[1]);
	if (code != ERR_OK ||
	    (code = request_send(b->fd, request, e)) != ERR_OK)
		return code;
	code = loop_fd_new(l, b->fd, on_answer, b, &b->watch, e);
	return code != ERR_OK ? code : loop_fd_set(b->watch, LOOP_READ, e);
}

enum err_code
beside_start(struct loop *l, const struct beside_options *o,
    const json_t *request, struct beside **out, struct err *e)
{
	struct beside *b = calloc(1, sizeof(*b));
	enum err_code code;

	if (b == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	b->o = *o;
	b->fd = -1;
	buf_init(&b->answer, ADMIN_LINE_MAX);
	code = start(b, l, request, e);
	if (code == ERR_OK)
		*out = b;
	else
		beside_free(b);
	return code;
}

void
beside_free(struct beside *b)
{
	if (b == NULL)
		return;
	loop_fd_free(b->watch);
	if (b->pid != 0)
		(void)kill(b->pid, SIGKILL);
	reap(b);
	if (b->fd >= 0)
		(void)close(b->fd);
	buf_wipe(&b->answer);
	free(b);
}

/* ---- the process ---- */

static enum err_code
request_read(json_t **out, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = ADMIN_LINE_MAX, .tokens_max = 4096, .depth_max = 8
	};
	struct buf text;
	enum err_code code;

	buf_init(&text, ADMIN_LINE_MAX);
	code = file_read_all(PROCESS_FD_CONTROL, &text, e);
	if (code == ERR_OK)
		code = json_parse(text.ptr, text.len, &limits, out, e);
	buf_fini(&text);
	return code;
}

static enum err_code
answer_write(const json_t *answer, struct err *e)
{
	struct buf line;
	enum err_code code;

	buf_init(&line, ADMIN_LINE_MAX);
	code = json_print(answer, &line, e);
	(void)buf_add_char(&line, '\n');
	if (code == ERR_OK)
		code = buf_check(&line, e);
	if (code == ERR_OK)
		code =
		    file_write_all(PROCESS_FD_CONTROL, line.ptr, line.len, e);
	buf_fini(&line);
	return code;
}

static enum err_code
run(const char *data, struct err *e)
{
	struct engine_options options = { .data = data, .look_only = true };
	struct secret_key key = { { 0 } };
	struct engine *g = NULL;
	json_t *request = NULL, *answer = NULL;
	enum err_code code = request_read(&request, e);

	if (code == ERR_OK)
		code = store_key_load(data, &key, e);
	options.key = &key;
	if (code == ERR_OK)
		code = engine_open(&options, &g, e);
	secret_wipe(&key, sizeof(key));
	if (code == ERR_OK)
		code = engine_command(g, request, &answer, e);
	if (code == ERR_OK)
		code = answer_write(answer, e);
	engine_close(g);
	json_decref(request);
	json_decref(answer);
	return code;
}

int
beside_process(const char *data)
{
	struct err e;
	enum err_code code;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	code = run(data, &e);
	if (code != ERR_OK)
		log_err(MODULE, "no answer", &e);
	return cli_status(code);
}
