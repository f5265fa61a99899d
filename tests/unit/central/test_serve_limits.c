/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the office's processes do when the machine refuses them something.
 */
#include "tests/support/served_office.h"

#include <string.h>
#include <sys/resource.h>

#include "common/sys/json.h"

static void
limit_files(pid_t pid, rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &limit, NULL), 0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_file_that_may_not_grow_is_a_full_disk_and_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
