/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/sys/notify.h"

/* A service manager: a socket at path ('@': without a file), and the variable
 * that names it. */
static int
manager_new(const char *path)
{
	const struct timeval limit = { .tv_sec = 10 };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0 && len < sizeof(at.sun_path));
	memcpy(at.sun_path, path, len);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&at,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

static void
expect(int fd, const char *text)
{
	char got[512];
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, text);
}

static void
expect_nothing(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

static void
the_manager_hears_of_each_step(void **state)
{
	struct check_folder folder = check_folder_new();
	char path[300], name[64];
	const char *paths[2] = { path, name };

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/s", folder.path);
	(void)snprintf(
	    name, sizeof(name), "@visitbook-notify-%d", (int)getpid());
	for (int i = 0; i < 2; i++) {
		int fd = manager_new(paths[i]);
		struct notify *n = NULL;
		struct err e;

		assert_ok(notify_open(&n, &e), &e);
		assert_null(getenv("NOTIFY_SOCKET"));
		notify_ready(n, "nothing to send");
		expect(fd, "READY=1\nSTATUS=nothing to send");
		notify_status(n, "2 changes wait\nMAINPID=1");
		expect(fd, "STATUS=2 changes wait MAINPID=1");
		notify_alive(n);
		expect(fd, "WATCHDOG=1");
		notify_stopping(n);
		expect(fd, "STOPPING=1");
		expect_nothing(fd);
		notify_close(n);
		(void)close(fd);
	}
	check_folder_end(&folder);
}

static void
a_long_status_is_cut(void **state)
{
	struct check_folder folder = check_folder_new();
	char path[300], status[1000], want[512];
	struct notify *n = NULL;
	struct err e;
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/s", folder.path);
	fd = manager_new(path);
	memset(status, 'x', sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	(void)snprintf(want, sizeof(want), "READY=1\nSTATUS=%.*s",
	    NOTIFY_STATUS_MAX, status);
	assert_ok(notify_open(&n, &e), &e);
	notify_ready(n, status);
	expect(fd, want);
	/* A manager that has gone harms nobody. */
	(void)close(fd);
	notify_status(n, "alone");
	notify_close(n);
	check_folder_end(&folder);
}

static void
without_a_manager_nothing_happens(void **state)
{
	struct notify *n = NULL;
	struct err e;

	(void)state;
	(void)unsetenv("NOTIFY_SOCKET");
	assert_ok(notify_open(&n, &e), &e);
	notify_ready(n, "ready");
	notify_status(n, "status");
	notify_alive(n);
	assert_int_equal(notify_alive_ms(n), 0);
	notify_stopping(n);
	notify_close(n);
	notify_ready(NULL, "ready");
	notify_alive(NULL);
	notify_stopping(NULL);
	assert_int_equal(notify_alive_ms(NULL), 0);
	notify_close(NULL);
}

static void
a_wrong_address_is_an_error(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
	} cases[] = {
		{ "", ERR_INVALID },
		{ "/", ERR_INVALID },
		{ "relative", ERR_INVALID },
		{ "vsock:2:1", ERR_INVALID },
		{ "/nonexistent/visitbook", ERR_IO },
	};
	struct notify *n = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", cases[i].path, 1), 0);
		assert_int_equal(notify_open(&n, &e), cases[i].code);
		assert_null(n);
		assert_null(getenv("NOTIFY_SOCKET"));
	}
}

static void
a_watchdog_is_told_twice_as_often_as_it_asks(void **state)
{
	struct check_folder folder = check_folder_new();
	static const struct {
		const char *us;
		bool is_ours;
		uint32_t alive_ms;
	} cases[] = {
		{ "30000000", true, 15000 },
		{ "30000000", false, 0 },
		{ "3x", true, 0 },
		{ "-1", true, 0 },
		{ "99999999999999999999", true, 0 },
	};
	char path[300], pid[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notify *n = NULL;
		struct err e;
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%zu", folder.path, i);
		(void)snprintf(pid, sizeof(pid), "%d",
		    (int)getpid() + (cases[i].is_ours ? 0 : 1));
		fd = manager_new(path);
		assert_int_equal(setenv("WATCHDOG_USEC", cases[i].us, 1), 0);
		assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
		assert_ok(notify_open(&n, &e), &e);
		assert_int_equal(notify_alive_ms(n), cases[i].alive_ms);
		assert_null(getenv("WATCHDOG_USEC"));
		notify_close(n);
		(void)close(fd);
	}
	check_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manager_hears_of_each_step),
		cmocka_unit_test(a_long_status_is_cut),
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(a_wrong_address_is_an_error),
		cmocka_unit_test(a_watchdog_is_told_twice_as_often_as_it_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
