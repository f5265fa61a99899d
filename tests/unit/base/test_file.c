/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read is all of it: a signal that comes between two parts is not the
 * end of the file.
 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/file.h"

#define SIGNALS 40

static volatile sig_atomic_t signals;

static void
count(int number)
{
	(void)number;
	signals = signals + 1;
}

static void
wait_a_little(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* Says the half, disturbs who reads, and says the rest. */
_Noreturn static void
write_and_disturb(int fd, pid_t reader)
{
	struct err e;

	if (file_write_all(fd, "She is well", 11, &e) != ERR_OK)
		_exit(1);
	for (int i = 0; i < SIGNALS; i++) {
		wait_a_little();
		(void)kill(reader, SIGUSR1);
	}
	wait_a_little();
	_exit(file_write_all(fd, ", he is not.", 12, &e) == ERR_OK ? 0 : 1);
}

static void
who_is_interrupted_reads_on_to_the_end(void **state)
{
	/* Without SA_RESTART: read is told. */
	const struct sigaction action = { .sa_handler = count };
	struct sigaction before;
	struct buf text;
	struct err e;
	int fd[2], status;
	pid_t child;

	(void)state;
	buf_init(&text, 100);
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_and_disturb(fd[1], getppid());
	(void)close(fd[1]);
	assert_ok(file_read_all(fd[0], &text, &e), &e);
	(void)close(fd[0]);
	while (waitpid(child, &status, 0) != child)
		;
	assert_int_equal(status, 0);
	assert_true(signals > 0);
	assert_int_equal(text.len, 23);
	assert_memory_equal(text.ptr, "She is well, he is not.", 23);
	buf_fini(&text);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_interrupted_reads_on_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
