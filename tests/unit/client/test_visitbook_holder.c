/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that cannot reach the process that holds the key.
 */
#include "tests/support/check.h"

#include <sys/stat.h>

#include "tests/support/client_world.h"

/* It may be that the notes are unlocked: nobody could be asked. */
static void
notes_are_not_called_locked_when_nobody_could_be_asked(void **state)
{
	struct client_world w;
	char runtime[FILE_PATH_MAX];

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "unlock|--for|1m", NULL));
	w.asks = false;
	json_decref(client_get(&w, "person|list", NULL));
	assert_true(file_join(runtime, w.folder.path, "visitbook"));
	assert_int_equal(chmod(runtime, 0755), 0);
	client_refused(&w, "person|list", NULL, 5, "auth");
	assert_int_equal(chmod(runtime, 0700), 0);
	json_decref(client_get(&w, "person|list", NULL));
	json_decref(client_get(&w, "lock", NULL));
	client_refused(&w, "person|list", NULL, 5, "locked");
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    notes_are_not_called_locked_when_nobody_could_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
