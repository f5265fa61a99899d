/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits is found without reading what does not.
 */
#include "tests/support/conflict_scene.h"

#include <string.h>

#include "common/base/file.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/support/world_command.h"

static void
test_records_without_conflicts_are_not_read(void **state)
{
	struct conflict_scene s;
	json_t *shown;

	(void)state;
	conflict_scene_start(&s);
	/* Whoever reads one of these fails. */
	world_sql(
	    &s.w, "UPDATE record SET body = x'00' WHERE type <> 'person'");
	assert_int_equal(conflict_scene_waiting(&s), 1);
	assert_string_equal(conflict_scene_owner(&s), "author");
	assert_string_equal(conflict_scene_decide(&s, "Amina", false), "");
	assert_int_equal(conflict_scene_waiting(&s), 0);
	/* A decided one is still found by its id. */
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(text_of(shown, "state"), "decided");
	json_decref(shown);
	conflict_scene_end(&s);
}

/* What the migrations that bring the table do with records that are there. */
static void
migrate(struct conflict_scene *s)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	struct db_options o = {
		.path = path, .key = &s->w.key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, s->w.folder.path, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	assert_ok(db_begin(db, &e), &e);
	assert_ok(sqlite_conflicts_fill(db, &e), &e);
	assert_ok(db_commit(db, &e), &e);
	db_close(db);
}

static void
test_a_store_from_before_the_table_is_given_it(void **state)
{
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	world_sql(&s.w, "DELETE FROM conflict");
	assert_int_equal(conflict_scene_waiting(&s), 0);
	migrate(&s);
	assert_int_equal(conflict_scene_waiting(&s), 1);
	s.w.is_unchecked = false; /* and it adds up */
	conflict_scene_end(&s);
}

static void
test_a_table_that_did_not_follow_is_mended(void **state)
{
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	world_sql(&s.w, "UPDATE conflict SET opened_at = 1");
	migrate(&s);
	s.w.is_unchecked = false; /* it adds up */
	conflict_scene_end(&s);
}

static void
test_verify_finds_a_conflict_that_was_hidden(void **state)
{
	struct conflict_scene s;
	json_t *found;

	(void)state;
	conflict_scene_start(&s);
	world_sql(&s.w, "UPDATE conflict SET is_open = 0");
	assert_int_equal(conflict_scene_waiting(&s), 0);
	found = world_command(&s.w, json_pack("{s:s}", "do", "verify"));
	assert_true(json_is_false(json_object_get(found, "ok")));
	assert_non_null(strstr(text_of(found, "first_bad"), "table conflict"));
	json_decref(found);
	conflict_scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_without_conflicts_are_not_read),
		cmocka_unit_test(
		    test_a_store_from_before_the_table_is_given_it),
		cmocka_unit_test(test_a_table_that_did_not_follow_is_mended),
		cmocka_unit_test(test_verify_finds_a_conflict_that_was_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
