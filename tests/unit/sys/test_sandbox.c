/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process in the sandbox can no longer do, and what it still can.
 */
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/sandbox.h"

/* Descriptors and names that were there before. */
struct given {
	struct check_folder folder;
	char store[FILE_PATH_MAX];
	int listener, pair[2];
	struct sockaddr_in address;
};

static struct given g;

static int
set_up(void **state)
{
	socklen_t len = sizeof(g.address);
	struct err e;

	(void)state;
	g.folder = check_folder_new();
	assert_true(file_join(g.store, g.folder.path, "office.db"));
	assert_ok(file_save(g.store, "secret", 6, &e), &e);
	g.address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(g.listener >= 0);
	assert_int_equal(
	    bind(g.listener, (struct sockaddr *)&g.address, len), 0);
	assert_int_equal(listen(g.listener, 8), 0);
	assert_int_equal(
	    getsockname(g.listener, (struct sockaddr *)&g.address, &len), 0);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, g.pair), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)close(g.listener);
	(void)close(g.pair[0]);
	(void)close(g.pair[1]);
	check_folder_end(&g.folder);
	return 0;
}

/* Run it in the sandbox, in a process of its own: its exit status, or the
 * negative signal that ended it.  Skips where there is no such wall. */
static int
inside(int (*what)(void), bool needs_seccomp)
{
	const struct sandbox_walls here = sandbox_available();
	struct sandbox_walls walls;
	int status;
	pid_t pid;

	if (needs_seccomp ? !here.seccomp
	                  : (!here.seccomp && here.landlock == 0))
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter(&walls, NULL) != ERR_OK)
			_exit(100);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- what it cannot do: 0 when refused ---- */

static int
refused(long result)
{
	return result < 0 && (errno == EPERM || errno == EACCES) ? 0 : 1;
}

static int
open_the_store(void)
{
	return refused(open(g.store, O_RDONLY | O_CLOEXEC));
}

static int
make_a_file(void)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, g.folder.path, "new"))
		return 2;
	return refused(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
remove_the_store(void)
{
	return refused(unlink(g.store));
}

static int
make_a_socket(void)
{
	return refused(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
connect_somewhere(void)
{
	return refused(connect(
	    g.pair[0], (struct sockaddr *)&g.address, sizeof(g.address)));
}

static int
run_a_program(void)
{
	char *const argv[] = { (char *)(uintptr_t) "true", NULL };

	(void)execv("/bin/true", argv);
	return 1;
}

static int
make_a_process(void)
{
	return refused(fork());
}

static int
signal_the_parent(void)
{
	return refused(kill(getppid(), 0));
}

static int
map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static void
it_opens_makes_and_removes_no_file(void **state)
{
	(void)state;
	assert_int_equal(inside(open_the_store, false), 0);
	assert_int_equal(inside(make_a_file, false), 0);
	assert_int_equal(inside(remove_the_store, false), 0);
	assert_true(file_exists(g.store));
}

static void
it_makes_no_socket_and_connects_to_nothing(void **state)
{
	(void)state;
	assert_int_equal(inside(make_a_socket, true), 0);
	assert_int_equal(inside(connect_somewhere, true), 0);
}

static void
it_becomes_no_other_program(void **state)
{
	(void)state;
	assert_int_equal(inside(run_a_program, true), -SIGSYS);
	assert_int_equal(inside(make_a_process, true), 0);
}

static void
it_touches_no_other_process_and_brings_in_no_code(void **state)
{
	(void)state;
	assert_int_equal(inside(signal_the_parent, true), 0);
	assert_int_equal(inside(map_code, true), 0);
}

/* ---- what it can do: 0 when it works ---- */

static int
talk_over_what_it_holds(void)
{
	char back[4] = "";

	if (write(g.pair[0], "abc", 3) != 3 || read(g.pair[1], back, 3) != 3)
		return 1;
	return strcmp(back, "abc") == 0 ? 0 : 2;
}

static int
accept_who_comes(void)
{
	const int fd = accept4(g.listener, NULL, NULL, SOCK_CLOEXEC);
	char byte = 0;

	return fd >= 0 && recv(fd, &byte, 1, 0) == 1 && byte == 'x' ? 0 : 1;
}

static int
use_memory(void)
{
	char *p = malloc((size_t)64 << 20);
	int sum = 0;

	if (p == NULL)
		return 1;
	for (size_t i = 0; i < (size_t)64 << 20; i += 4096) {
		p[i] = (char)i;
		sum += p[i];
	}
	free(p);
	return sum == 1 ? 2 : 0;
}

static int
end_itself(void)
{
	(void)raise(SIGABRT);
	return 1;
}

static void
it_talks_accepts_and_uses_memory(void **state)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(inside(talk_over_what_it_holds, false), 0);
	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&g.address, sizeof(g.address)), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(inside(accept_who_comes, false), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(inside(use_memory, false), 0);
	assert_int_equal(inside(end_itself, false), -SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_makes_and_removes_no_file),
		cmocka_unit_test(it_makes_no_socket_and_connects_to_nothing),
		cmocka_unit_test(it_becomes_no_other_program),
		cmocka_unit_test(
		    it_touches_no_other_process_and_brings_in_no_code),
		cmocka_unit_test(it_talks_accepts_and_uses_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
