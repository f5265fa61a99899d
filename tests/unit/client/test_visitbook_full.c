/* SPDX-License-Identifier: Apache-2.0 */
/* On a disk without room what was written is read, and what could not be
 * written was not acknowledged. */
#include "tests/support/check.h"

#include <string.h>
#include <sys/resource.h>

#include "common/sys/json.h"
#include "tests/support/client_world.h"

/* No file of a program that is started now grows past this: less than the
 * database has already, and less than the index of its log needs. */
#define ROOM_BYTES 4096

static struct rlimit
fill_disk(void)
{
	struct rlimit before, small;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = ROOM_BYTES;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	return before;
}

static void
what_is_there_is_read_and_nothing_else_is_acknowledged(void **state)
{
	static const char *const reads[] = { "note|list", "draft|list",
		"conflict|list", "status", "verify" };
	struct client_world w;
	struct client_said said;
	struct rlimit before;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "note|new", "She said it once."));
	before = fill_disk();
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		said = client_say(&w, reads[i], NULL);
		if (said.status != 0)
			fail_msg("%s: %s", reads[i], said.err);
		client_said_fini(&said);
	}
	client_refused(&w, "note|new", "She said it twice.", 1, "io");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

	got = client_get(&w, "note|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "notes")), 1);
	json_decref(got);
	got = client_get(&w, "verify", NULL);
	assert_int_equal(
	    json_integer_value(json_object_get(got, "written")), 1);
	json_decref(got);
	json_decref(client_get(&w, "note|new", "She said it twice."));
	client_world_end(&w);
}

/* Unlocked, the process that holds the key has nothing open. */
static void
commands_of_an_unlocked_folder_read_too(void **state)
{
	struct client_world w;
	struct rlimit before;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "note|new", "She said it once."));
	json_decref(client_get(&w, "unlock", NULL));
	w.asks = false;
	before = fill_disk();
	got = client_get(&w, "note|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "notes")), 1);
	json_decref(got);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	json_decref(client_get(&w, "lock", NULL));
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_there_is_read_and_nothing_else_is_acknowledged),
		cmocka_unit_test(commands_of_an_unlocked_folder_read_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
