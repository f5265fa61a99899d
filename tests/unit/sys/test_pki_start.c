/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that was wanting once: a program that stays goes on afterwards.  What
 * the library sets up when it is first needed, it does not try again.
 */
#include "tests/support/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/sys/pki.h"
#include "tests/fault/alloc.h"

enum answer { GOES_ON, IS_OVER, STAYS_BROKEN };

/* A key is made while the n-th allocation is refused, and then another. */
static enum answer
make_twice(long n)
{
	struct buf first, second;
	struct err e;
	bool was_refused;
	enum err_code code;

	buf_init(&first, PKI_INPUT_MAX);
	buf_init(&second, PKI_INPUT_MAX);
	alloc_fail(n, false);
	alloc_switch(true);
	code = pki_key_make(&first, &e);
	alloc_switch(false);
	was_refused = alloc_has_failed();
	alloc_fail(-1, false);
	if (code != ERR_OK && code != ERR_NOMEM)
		return STAYS_BROKEN;
	code = pki_key_make(&second, &e);
	buf_wipe(&first);
	buf_wipe(&second);
	if (code != ERR_OK)
		return STAYS_BROKEN;
	return was_refused ? GOES_ON : IS_OVER;
}

/* In a process of its own, which has this test's start behind it. */
static enum answer
in_a_process(long n)
{
	int status = -1;
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(make_twice(n));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum answer)WEXITSTATUS(status);
}

static void
after_memory_was_wanting_once_a_key_is_made(void **state)
{
	enum answer answer = GOES_ON;
	struct err e;

	(void)state;
	assert_ok(pki_start(&e), &e);
	for (long n = 0; answer == GOES_ON; n++) {
		answer = in_a_process(n);
		if (answer == STAYS_BROKEN)
			fail_msg("allocation %ld was refused once, and no key "
			         "is made any more",
			    n);
	}
	assert_int_equal(answer, IS_OVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_memory_was_wanting_once_a_key_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
