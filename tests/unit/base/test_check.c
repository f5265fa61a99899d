/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every test program is judged by: its exit status.
 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENT "VISITBOOK_CHECK_SILENT"

/* How this program ends that is told to leave so early. */
static int
status_of(const char *when)
{
	int status;
	const pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)close(STDERR_FILENO);
		(void)close(STDOUT_FILENO);
		(void)setenv(SILENT, when, 1);
		(void)execl("/proc/self/exe", "test_check", (char *)NULL);
		_exit(EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_program_that_runs_no_test_fails(void **state)
{
	(void)state;
	assert_int_not_equal(status_of("before"), 0);
}

static void
a_program_that_ends_within_a_test_fails(void **state)
{
	const char *when = getenv(SILENT);

	(void)state;
	if (when != NULL && strcmp(when, "within") == 0)
		exit(EXIT_SUCCESS); /* NOLINT(concurrency-mt-unsafe) */
	assert_int_not_equal(status_of("within"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_ends_within_a_test_fails),
		cmocka_unit_test(a_program_that_runs_no_test_fails),
	};
	const char *when = getenv(SILENT);

	if (when != NULL && strcmp(when, "before") == 0)
		return EXIT_SUCCESS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
