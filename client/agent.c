/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent starts with nothing: no key, no terminal, no open file.  The key
 * comes over the holder's socket, as it does for visitbookd.
 */
#include "client/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commands.h"
#include "common/base/clock.h"
#include "common/sys/loop.h"

/* A machine under load may need a while to start a program. */
#define START_MS 20000
/* How long it waits for its first key, and stays after the last. */
#define IDLE_MS 30000U
#define LINGER_MS 300U
#define READY_FD 3

/* In the child: leave the terminal and start anew, so that nothing of the
 * command's memory goes along. */
static void
become_agent(const char *home, int ready_fd)
{
	char fd_text[16];
	int null = open("/dev/null", O_RDWR);

	if (setsid() < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    (ready_fd != READY_FD && dup2(ready_fd, READY_FD) < 0))
		_exit(1);
	(void)close_range(READY_FD + 1, ~0U, 0);
	if (fcntl(READY_FD, F_SETFD, 0) < 0 || chdir("/") != 0)
		_exit(1);
	(void)snprintf(fd_text, sizeof(fd_text), "%d", READY_FD);
	(void)execl("/proc/self/exe", "visitbook", "agent", "--home", home,
	    "--ready-fd", fd_text, (char *)NULL);
	_exit(1);
}

/* True when the agent wrote its line. */
static bool
wait_ready(int fd)
{
	const uint64_t end_ms = clock_mono_ms() + START_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;
	int n;

	do {
		const uint64_t now = clock_mono_ms();

		n = poll(&p, 1, end_ms > now ? (int)(end_ms - now) : 0);
	} while (n < 0 && errno == EINTR);
	return n == 1 && read(fd, &byte, 1) == 1;
}

enum err_code
agent_start(const char *home, struct err *e)
{
	char path[PATH_MAX];
	int pipe_fds[2], status;
	pid_t pid;
	bool ready;

	if (realpath(home, path) == NULL)
		return err_set(
		    e, ERR_IO, errno, "%.150s cannot be found", home);
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return err_set(e, ERR_IO, errno, "no pipe for the agent");
	pid = fork();
	if (pid == 0) {
		/* Twice, so that nobody has to wait for the agent. */
		pid = fork();
		if (pid == 0)
			become_agent(path, pipe_fds[1]);
		_exit(pid > 0 ? 0 : 1);
	}
	(void)close(pipe_fds[1]);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	ready = pid > 0 && wait_ready(pipe_fds[0]);
	(void)close(pipe_fds[0]);
	if (!ready)
		return err_set(e, ERR_IO, 0,
		    "the process that keeps the notes unlocked did not start");
	return ERR_OK;
}

struct agent {
	struct loop *loop;
	struct loop_timer *end;
};

static void
end_in(struct agent *a, uint32_t ms)
{
	if (loop_timer_start(a->end, ms, NULL) != ERR_OK)
		loop_stop(a->loop);
}

static void
on_unlock(void *arg, const struct secret_key *key)
{
	struct agent *a = arg;

	(void)key; /* the holder keeps it */
	loop_timer_stop(a->end);
}

/* The answer to who asked for it goes out first. */
static void
on_lock(void *arg)
{
	end_in(arg, LINGER_MS);
}

static void
on_end(void *arg)
{
	struct agent *a = arg;

	loop_stop(a->loop);
}

static void
on_signal(int signo, void *arg)
{
	(void)signo;
	on_end(arg);
}

enum err_code
agent_run(struct client *c, json_t *result, struct err *e)
{
	struct agent a = { .loop = NULL };
	const struct holder_events events = {
		.on_unlock = on_unlock, .on_lock = on_lock, .arg = &a
	};
	struct loop_signal *term = NULL;
	struct holder *holder = NULL;
	int64_t ready_fd = -1;
	enum err_code code;

	(void)result;
	if ((code = args_get_int(
	         c->args, "ready-fd", 0, 1000000, &ready_fd, e)) != ERR_OK ||
	    (code = client_check_enrolled(c, e)) != ERR_OK ||
	    (code = loop_new(&a.loop, e)) != ERR_OK ||
	    (code = loop_timer_new(a.loop, on_end, &a, &a.end, e)) != ERR_OK ||
	    (code = loop_signal_new(
	         a.loop, SIGTERM, on_signal, &a, &term, e)) != ERR_OK ||
	    (code = holder_open(a.loop, c->home, &events, &holder, e)) !=
	        ERR_OK)
		goto out;
	end_in(&a, IDLE_MS);
	code = file_write_all((int)ready_fd, "{\"ready\":true}\n", 15, e);
	(void)close((int)ready_fd);
	if (code == ERR_OK)
		code = loop_run(a.loop, e);
out:
	if (holder != NULL)
		holder_close(holder);
	if (term != NULL)
		loop_signal_free(term);
	if (a.end != NULL)
		loop_timer_free(a.end);
	if (a.loop != NULL)
		loop_free(a.loop);
	return code;
}
