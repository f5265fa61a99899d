/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of notes as the program meets it: enrolled once, opened by whoever
 * has the passphrase, by a program that is as new, until it is locked.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/sys/db.h"
#include "tests/support/client_world.h"

/* Of a place and of a note. */
static void
says_what_waits(struct client_world *w)
{
	struct client_said said = client_say(w, "status", NULL);
	json_t *got = client_get(w, "status", NULL);
	const json_t *types = json_object_get(got, "unsent_types");

	assert_int_equal(json_object_size(types), 2);
	assert_int_equal(json_integer_value(json_object_get(types, "note")), 1);
	assert_int_equal(json_integer_value(json_object_get(types, "site")), 1);
	assert_non_null(strstr(said.out,
	    "2 changes are waiting to be sent.\n    Notes: 1, Places: 1\n"));
	client_said_fini(&said);
	json_decref(got);
}

static void
unlocking_serves_commands_until_the_lock(void **state)
{
	struct client_world w;
	struct client_said said;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	got = client_get(&w, "unlock", NULL);
	assert_true(json_is_false(json_object_get(got, "locked")));
	assert_true(json_integer_value(json_object_get(got, "until")) > 0);
	json_decref(got);
	w.asks = false;
	(void)client_make(&w, "site|new|--set|name=Oak House", NULL);
	got = client_get(&w, "status", NULL);
	assert_true(json_is_false(json_object_get(got, "locked")));
	assert_int_equal(json_integer_value(json_object_get(got, "unsent")), 1);
	json_decref(got);
	(void)client_make(&w, "note|new", "Asleep.");
	says_what_waits(&w);

	got = client_get(&w, "lock", NULL);
	assert_true(json_is_true(json_object_get(got, "locked")));
	json_decref(got);
	client_refused(&w, "site|list", NULL, 5, "locked");
	/* Locked, the count is that of the sealed envelopes. */
	got = client_get(&w, "status", NULL);
	assert_true(json_is_true(json_object_get(got, "locked")));
	assert_int_equal(json_integer_value(json_object_get(got, "unsent")), 2);
	assert_true(json_is_null(json_object_get(got, "digest")));
	assert_true(json_is_null(json_object_get(got, "unsent_types")));
	json_decref(got);
	said = client_say(&w, "lock", NULL);
	assert_int_equal(said.status, 0);
	/* Without visitbookd nothing goes by itself, and it must not say so. */
	assert_null(strstr(said.out, "Waiting notes are still sent"));
	assert_non_null(strstr(said.out, "visitbook sync"));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
a_wrong_passphrase_opens_nothing(void **state)
{
	struct client_world w;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	w.passphrase = "four words nobody has";
	client_refused(&w, "note|list", NULL, 5, "auth");
	client_refused(&w, "unlock", NULL, 5, "auth");
	client_refused(&w, "export|--to|/nonexistent/x", NULL, 5, "auth");
	client_world_end(&w);
}

static void
notes_with_an_older_bundle_are_opened_by_a_newer_program(void **state)
{
	char path[FILE_PATH_MAX];
	struct db_options options = { .path = path,
		.application_id = 0x56426476 };
	struct client_world w;
	struct db *db = NULL;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "note|new", "Before."));
	assert_true(file_join(path, w.home, "notes.db"));
	options.key = &w.page_key;
	assert_ok(db_open(&options, &db, &e), &e);
	/* What this program's rules refuse. */
	assert_ok(db_exec(db, &e,
	              "UPDATE meta SET value = CAST('{}' AS BLOB)"
	              " WHERE name = 'schema'",
	              ""),
	    &e);
	assert_int_equal(db_changes(db), 1);
	db_close(db);
	json_decref(client_get(&w, "note|list", NULL));
	json_decref(client_get(&w, "note|new", "After."));
	client_world_end(&w);
}

static void
notes_of_a_newer_version_are_left_alone(void **state)
{
	char path[FILE_PATH_MAX];
	struct db_options options = { .path = path,
		.application_id = 0x56426476 };
	struct client_world w;
	struct db *db = NULL;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	assert_true(file_join(path, w.home, "notes.db"));
	options.key = &w.page_key;
	assert_ok(db_open(&options, &db, &e), &e);
	assert_ok(db_exec(db, &e, "PRAGMA user_version = 9999", ""), &e);
	db_close(db);
	client_refused(&w, "note|list", NULL, 10, "newer");
	client_refused(&w, "note|new", "Words.", 10, "newer");
	client_world_end(&w);
}

static void
a_folder_is_enrolled_once_and_only_where_it_can_be(void **state)
{
	static const char code[] =
	    "5Y9A-NDBE-Q0PF-D5Q4-MEQ1-VJH3-F3XB-QMYY-VZPB";
	char words[200];
	struct client_world w;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	(void)snprintf(
	    words, sizeof(words), "enrol|--office|127.0.0.1:1|--code|%s", code);
	client_refused(&w, words, NULL, 7, "enrolled");
	(void)snprintf(w.home, sizeof(w.home), "/proc/nowhere");
	client_refused(&w, words, NULL, 1, "io");
	(void)snprintf(w.home, sizeof(w.home), "%.200s/fresh", w.folder.path);
	client_refused(&w, words, NULL, 6, "office_down");
	w.passphrase = "short";
	client_refused(&w, words, NULL, 4, "invalid");
	client_world_end(&w);
}

static void
the_passphrase_can_be_changed(void **state)
{
	struct client_world w;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	/* One descriptor may hold both lines; here the second is missing. */
	client_refused(&w, "passphrase|change", NULL, 2, "usage");
	w.passphrase = CLIENT_PASSPHRASE "\nfive other words than before";
	got = client_get(&w, "passphrase|change|--passphrase-fd|9", NULL);
	json_decref(got);
	w.passphrase = CLIENT_PASSPHRASE;
	client_refused(&w, "note|list", NULL, 5, "auth");
	w.passphrase = "five other words than before";
	json_decref(client_get(&w, "note|list", NULL));
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unlocking_serves_commands_until_the_lock),
		cmocka_unit_test(a_wrong_passphrase_opens_nothing),
		cmocka_unit_test(
		    notes_with_an_older_bundle_are_opened_by_a_newer_program),
		cmocka_unit_test(notes_of_a_newer_version_are_left_alone),
		cmocka_unit_test(
		    a_folder_is_enrolled_once_and_only_where_it_can_be),
		cmocka_unit_test(the_passphrase_can_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
