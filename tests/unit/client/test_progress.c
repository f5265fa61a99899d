/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that long work shows on a terminal, and nowhere else.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/progress.h"

#define WAIT_MS 10000

/* Standard error in place of which something else stands for a while. */
struct stand_in {
	int kept, read_fd;
};

static struct stand_in
stand_in_terminal(void)
{
	struct stand_in s = { .kept = dup(STDERR_FILENO) };
	int slave;

	s.read_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(s.kept >= 0 && s.read_fd >= 0);
	assert_int_equal(grantpt(s.read_fd), 0);
	assert_int_equal(unlockpt(s.read_fd), 0);
	slave = open(ptsname(s.read_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_true(dup2(slave, STDERR_FILENO) >= 0);
	(void)close(slave);
	return s;
}

static void
stand_in_end(struct stand_in *s)
{
	(void)dup2(s->kept, STDERR_FILENO);
	(void)close(s->kept);
	(void)close(s->read_fd);
}

/* Read until what came holds this text. */
static void
wait_for(struct stand_in *s, const char *text)
{
	char came[1024] = "";
	size_t n = 0;

	while (strstr(came, text) == NULL && n + 1 < sizeof(came)) {
		struct pollfd p = { .fd = s->read_fd, .events = POLLIN };
		int ready;
		ssize_t got;

		do
			ready = poll(&p, 1, WAIT_MS);
		while (ready < 0); /* the signal that is being tested */
		if (ready == 0)
			fail_msg("never came: %s", text);
		got = read(s->read_fd, came + n, sizeof(came) - n - 1);
		if (got > 0)
			n += (size_t)got;
		came[n] = '\0';
	}
}

static void
long_work_says_what_it_does_and_how_long(void **state)
{
	struct stand_in s = stand_in_terminal();

	(void)state;
	progress_begin("Checking everything");
	wait_for(&s, "Checking everything ... 1 s");
	wait_for(&s, "Checking everything ... 2 s");
	progress_end();
	wait_for(&s, "\r\x1b[K");
	stand_in_end(&s);
}

static void
a_question_is_asked_on_a_clean_line(void **state)
{
	struct stand_in s = stand_in_terminal();

	(void)state;
	progress_begin("Opening your notes");
	wait_for(&s, "1 s");
	progress_pause();
	wait_for(&s, "\r\x1b[K");
	progress_resume();
	wait_for(&s, "Opening your notes ... 2 s");
	progress_end();
	stand_in_end(&s);
}

static void
nothing_is_shown_where_no_terminal_is(void **state)
{
	struct stand_in s = { .kept = dup(STDERR_FILENO) };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	s.read_fd = ends[0];
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	(void)close(ends[1]);
	progress_begin("Checking everything");
	/* No timer was set: there is none left to cancel. */
	assert_int_equal(alarm(0), 0);
	progress_end();
	stand_in_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_work_says_what_it_does_and_how_long),
		cmocka_unit_test(a_question_is_asked_on_a_clean_line),
		cmocka_unit_test(nothing_is_shown_where_no_terminal_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
