/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that asks the office, and an office that ends in the midst of it.
 */
#include "tests/support/check.h"

#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    whoever_gets_no_answer_is_told_that_it_may_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
