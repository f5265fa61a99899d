/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that cannot reach the process that holds the key.
 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/store/holder.h"
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

/* Remove the socket of whoever holds the key. */
static void
remove_socket(const struct client_world *w)
{
	char path[FILE_PATH_MAX];
	struct err e;

	assert_int_equal(setenv("XDG_RUNTIME_DIR", w->folder.path, 1), 0);
	assert_ok(holder_path(w->home, path, &e), &e);
	assert_int_equal(unlink(path), 0);
}

static void
a_holder_that_cannot_be_reached_is_not_called_locked_and_locks(void **state)
{
	const struct timespec pause = { .tv_nsec = 200000000L };
	struct client_world w;
	struct client_said s = { .status = -1 };

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "unlock|--for|5m", NULL));
	w.asks = false;
	remove_socket(&w);
	client_refused(&w, "lock", NULL, 1, "io");
	client_refused(&w, "person|list", NULL, 1, "io");
	/* As soon as it has locked it ends. */
	for (int i = 0; i < 50 && s.status != 0; i++) {
		client_said_fini(&s);
		s = client_ask(&w, "lock", NULL);
		(void)nanosleep(&pause, NULL);
	}
	assert_int_equal(s.status, 0);
	client_said_fini(&s);
	client_refused(&w, "person|list", NULL, 5, "locked");
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    notes_are_not_called_locked_when_nobody_could_be_asked),
		cmocka_unit_test(
		    a_holder_that_cannot_be_reached_is_not_called_locked_and_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
