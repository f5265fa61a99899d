/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that asks the office, and an office that ends in the midst of it.
 */
#include "tests/support/check.h"

#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/sys/loop.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/admin_int.h"

/* Reads nothing of the command, which the other end learns as a reset. */
static void
end_unread(int listener)
{
	const int fd = accept(listener, NULL, NULL);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)poll(&p, 1, -1);
	_exit(0);
}

static void
whoever_gets_no_answer_is_told_that_it_may_be_done(void **state)
{
	struct check_folder f = check_folder_new();
	json_t *request = json_pack("{s:s}", "do", "status"), *answer = NULL;
	const json_t *error;
	struct sockaddr_un address;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e;
	int folder;

	(void)state;
	assert_ok(admin_address(f.path, &address, &folder, &e), &e);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	if (check_fork() == 0)
		end_unread(fd);
	assert_ok(admin_ask(f.path, request, &answer, &e), &e);
	error = json_object_get(answer, "error");
	assert_string_equal(
	    json_string_value(json_object_get(error, "word")), "io");
	assert_non_null(
	    strstr(json_string_value(json_object_get(error, "text")),
	        "may have done it or not"));
	assert_true(wait(NULL) > 0);
	(void)close(folder);
	(void)close(fd);
	json_decref(answer);
	json_decref(request);
	check_folder_end(&f);
}

/* Nobody accepts what has connected; then somebody takes it, and is slow. */
static void
a_command_that_nobody_takes_is_not_waited_for_without_end(void **state)
{
	struct check_folder f = check_folder_new();
	struct sockaddr_un address;
	const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	          fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[8];
	struct err e;
	int folder, taken[2];

	(void)state;
	assert_int_equal(pipe(taken), 0);
	assert_ok(admin_address(f.path, &address, &folder, &e), &e);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, "line\n", 5, MSG_NOSIGNAL), 5);
	assert_false(admin_wait(fd, 300));
	if (check_fork() == 0) {
		const int conn = accept(listener, NULL, NULL);

		(void)!read(conn, line, sizeof(line));
		(void)!write(taken[1], "t", 1);
		(void)usleep(800000);
		_exit(write(conn, "done\n", 5) == 5 ? 0 : 1);
	}
	assert_int_equal(read(taken[0], line, 1), 1);
	assert_true(admin_wait(fd, 100));
	assert_int_equal(read(fd, line, sizeof(line)), 5);
	assert_true(wait(NULL) > 0);
	(void)close(taken[0]);
	(void)close(taken[1]);
	(void)close(folder);
	(void)close(fd);
	(void)close(listener);
	check_folder_end(&f);
}

/* The lowest number that a new descriptor would get is more than may be. */
static void
descriptors_end(bool end)
{
	static struct rlimit before;
	struct rlimit now;
	int lowest;

	if (!end) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		return;
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	lowest = dup(0);
	assert_true(lowest >= 0);
	assert_int_equal(close(lowest), 0);
	now = before;
	now.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

static void
after(void *arg)
{
	(void)arg;
}

static void
run_for(struct loop *l, uint32_t ms)
{
	struct loop_timer *t;
	struct err e;

	assert_ok(loop_timer_new(l, stop, l, &t, &e), &e);
	assert_ok(loop_timer_start(t, ms, &e), &e);
	assert_ok(loop_run(l, &e), &e);
	loop_timer_free(t);
}

static void
without_a_descriptor_a_command_waits_and_nothing_spins(void **state)
{
	struct check_folder f = check_folder_new();
	const struct admin_options o = { .data = f.path, .after = after };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	struct admin_server *s;
	struct sockaddr_un address;
	struct loop *l;
	struct err e;
	clock_t began;
	int folder;

	(void)state;
	assert_ok(loop_new(&l, &e), &e);
	assert_ok(admin_server_new(l, &o, &s, &e), &e);
	assert_ok(admin_address(f.path, &address, &folder, &e), &e);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, "line\n", 5, MSG_NOSIGNAL), 5);
	descriptors_end(true);
	began = clock();
	run_for(l, 600);
	descriptors_end(false);
	assert_in_range(clock() - began, 0, CLOCKS_PER_SEC / 10);
	assert_int_equal(poll(&answer, 1, 0), 0);
	run_for(l, 600);
	assert_int_equal(poll(&answer, 1, 0), 1);
	admin_server_free(s);
	loop_free(l);
	(void)close(folder);
	(void)close(fd);
	check_folder_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    whoever_gets_no_answer_is_told_that_it_may_be_done),
		cmocka_unit_test(
		    a_command_that_nobody_takes_is_not_waited_for_without_end),
		cmocka_unit_test(
		    without_a_descriptor_a_command_waits_and_nothing_spins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
