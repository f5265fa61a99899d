/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the office's processes do when the machine refuses them something.
 */
#include "tests/support/served_office.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/sys/json.h"
#include "common/sys/sandbox.h"
#include "common/sys/tcp.h"

static void
limit_files(pid_t pid, rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static void
limit_descriptors(pid_t pid, rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = n;
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* A machine out of descriptors, or of processes, is so for a moment. */
static void
an_engine_that_cannot_be_started_again_is_started_later(void **state)
{
	struct served o;
	pid_t engine;

	(void)state;
	served_open(&o, CENTRAL_PROGRAM);
	engine = served_child(&o, "engine");
	limit_descriptors(o.pid, 1);
	assert_int_equal(kill(engine, SIGKILL), 0);
	for (int i = 0; i < 100 && served_child(&o, "engine") == engine; i++)
		served_pause(10);
	/* It is tried after a tenth of a second. */
	served_pause(600);
	assert_int_equal(served_child(&o, "engine"), 0);
	limit_descriptors(o.pid, 1024);
	for (int i = 0; i < 500 && served_child(&o, "engine") == 0; i++)
		served_pause(10);
	assert_int_not_equal(served_child(&o, "engine"), 0);
	served_close(&o);
}

static void
a_file_that_may_not_grow_is_a_full_disk_and_nothing_is_lost(void **state)
{
	struct served o;
	json_t *answer;
	const json_t *error;
	pid_t engine;

	(void)state;
	served_open(&o, CENTRAL_PROGRAM);
	json_decref(served_ask(
	    &o, json_pack("{s:s, s:s}", "do", "user add", "name", "Amina")));
	engine = served_child(&o, "engine");
	limit_files(engine, 4096);
	answer = served_try(
	    &o, json_pack("{s:s, s:s}", "do", "user add", "name", "Bethan"));
	error = json_object_get(answer, "error");
	assert_non_null(error);
	assert_string_equal(
	    json_string_value(json_object_get(error, "word")), "io");
	assert_non_null(
	    strstr(json_string_value(json_object_get(error, "text")),
	        "the disk is full"));
	json_decref(answer);
	assert_int_equal(served_child(&o, "engine"), engine);
	limit_files(engine, RLIM_INFINITY);
	json_decref(served_ask(
	    &o, json_pack("{s:s, s:s}", "do", "user add", "name", "Carys")));
	answer = served_ask(&o, json_pack("{s:s}", "do", "user list"));
	assert_int_equal(json_array_size(json_object_get(answer, "users")), 4);
	json_decref(answer);
	answer = served_ask(&o, json_pack("{s:s}", "do", "verify"));
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	served_close(&o);
}

/* True if the status of the process has this line. */
static bool
status_has(pid_t pid, const char *line)
{
	char path[64];
	struct buf text;
	struct err e;
	bool found;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	buf_init(&text, 65536);
	assert_ok(file_load(path, &text, &e), &e);
	found = strstr(text.ptr, line) != NULL;
	buf_fini(&text);
	return found;
}

static void
the_fronts_are_in_the_sandbox_and_the_engine_is_not(void **state)
{
	static const char *const fronts[] = { "devices", "people" };
	struct served o;

	(void)state;
	if (!sandbox_available().seccomp)
		skip();
	served_open(&o, CENTRAL_PROGRAM);
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    status_has(served_child(&o, fronts[i]), "Seccomp:\t2\n"));
	assert_true(status_has(served_child(&o, "engine"), "Seccomp:\t0\n"));
	served_close(&o);
}

static void
sockets_of_the_service_manager_are_used(void **state)
{
	struct tcp_address bound[2];
	struct served o;
	struct err e;

	(void)state;
	served_open(&o, CENTRAL_PROGRAM);
	assert_int_equal(served_end(&o), 0);
	for (int i = 0; i < 2; i++)
		assert_ok(
		    tcp_listen("127.0.0.1:0", &o.given[i], &bound[i], &e), &e);
	o.is_given = true;
	served_start(&o);
	assert_string_equal(o.devices, bound[0].s);
	assert_string_equal(o.console, bound[1].s);
	json_decref(served_ask(&o, json_pack("{s:s}", "do", "user list")));
	assert_int_equal(served_end(&o), 0);
	/* They stay the manager's, who starts the office again over them. */
	served_start(&o);
	assert_string_equal(o.devices, bound[0].s);
	served_close(&o);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(o.given[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_engine_that_cannot_be_started_again_is_started_later),
		cmocka_unit_test(
		    a_file_that_may_not_grow_is_a_full_disk_and_nothing_is_lost),
		cmocka_unit_test(
		    the_fronts_are_in_the_sandbox_and_the_engine_is_not),
		cmocka_unit_test(sockets_of_the_service_manager_are_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
