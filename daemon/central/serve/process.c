/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/serve/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors are moved above this before they get their numbers. */
#define ABOVE 16

void
process_keep_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void
process_open_many(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

enum err_code
process_become(uid_t uid, gid_t gid, struct err *e)
{
	if (geteuid() != 0 || uid == 0)
		return ERR_OK;
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return err_set(e, ERR_IO, errno, "cannot leave root's rights");
	/* It must not be possible to go back. */
	if (setuid(0) == 0 || getuid() != uid || geteuid() != uid)
		return err_set(e, ERR_IO, 0, "root's rights were not left");
	return ERR_OK;
}

/* In the child: give the descriptors their numbers, close all others and
 * become the program anew.  Only calls that are safe after fork. */
static _Noreturn void
become_program(char *const argv[], int exe, int control_fd, int listen_fd)
{
	const int control = fcntl(control_fd, F_DUPFD, ABOVE);
	const int listener =
	    listen_fd < 0 ? -1 : fcntl(listen_fd, F_DUPFD, ABOVE);
	const int program = fcntl(exe, F_DUPFD, ABOVE);
	const int nothing = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (control < 0 || program < 0 || nothing < 0 ||
	    dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0 ||
	    dup2(control, PROCESS_FD_CONTROL) < 0)
		_exit(127);
	if (listener >= 0 && dup2(listener, PROCESS_FD_LISTEN) < 0)
		_exit(127);
	if (listener < 0)
		(void)close(PROCESS_FD_LISTEN);
	if (dup2(program, PROCESS_FD_LISTEN + 1) < 0 ||
	    fcntl(PROCESS_FD_LISTEN + 1, F_SETFD, FD_CLOEXEC) < 0)
		_exit(127);
	(void)close_range(PROCESS_FD_LISTEN + 2, ~0U, 0);
	(void)fexecve(PROCESS_FD_LISTEN + 1, argv, environ);
	_exit(127);
}

enum err_code
process_start(const char *const argv[], int control_fd, int listen_fd,
    pid_t *pid_out, struct err *e)
{
	static char name[] = "visitbook-central";
	char *all[PROCESS_ARGS_MAX + 2] = { name };
	const int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (exe < 0)
		return err_set(e, ERR_IO, errno, "cannot open the program");
	for (int i = 0; i < PROCESS_ARGS_MAX && argv[i] != NULL; i++)
		all[i + 1] = (char *)(uintptr_t)argv[i];
	pid = fork();
	if (pid == 0)
		become_program(all, exe, control_fd, listen_fd);
	(void)close(exe);
	if (pid < 0)
		return err_set(e, ERR_IO, errno, "cannot start a process");
	*pid_out = pid;
	return ERR_OK;
}
