/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_scene.h"

#include <string.h>

#include "common/base/file.h"
#include "common/core/path.h"

static void
test_an_office_that_nobody_touched_adds_up(void **state)
{
	struct scene s;
	json_t *result = NULL;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	assert_ok(engine_verify(s.w.g, &result, &e), &e);
	if (!json_is_true(json_object_get(result, "ok")))
		fail_msg("%s",
		    json_string_value(json_object_get(result, "first_bad")));
	assert_true(json_is_null(json_object_get(result, "first_bad")));
	assert_int_equal(json_integer_value(json_object_get(result, "seq")),
	    (int64_t)world_head(&s.w));
	assert_int_equal(
	    json_array_size(json_object_get(result, "devices")), 4);
	json_decref(result);
	scene_end(&s);
}

/* What verify says of a copy of the office that was changed behind its back;
 * "" when it sees nothing.  NULL: the engine does not even open. */
static const char *
said_of(struct scene *s, const char *sql)
{
	static char said[256];
	struct check_folder folder = check_folder_new();
	struct world copy = { .folder = folder, .key = s->w.key };
	struct engine_options o = { .data = folder.path, .key = &copy.key };
	char path[FILE_PATH_MAX];
	json_t *result = NULL;
	struct err e = { 0 };
	bool opened;

	assert_true(file_join(path, folder.path, "office.db"));
	assert_ok(office_store_backup(engine_store(s->w.g), path, &e), &e);
	world_sql(&copy, "PRAGMA foreign_keys = OFF");
	world_lay_open(&copy);
	world_sql(&copy, sql);
	opened = engine_open(&o, &copy.g, &e) == ERR_OK;
	if (opened) {
		assert_ok(engine_verify(copy.g, &result, &e), &e);
		(void)snprintf(said, sizeof(said), "%s",
		    json_is_true(json_object_get(result, "ok"))
		        ? ""
		        : json_string_value(
		              json_object_get(result, "first_bad")));
		json_decref(result);
		engine_close(copy.g);
	}
	check_folder_end(&folder);
	return opened ? said : NULL;
}

static void
test_a_change_in_any_table_is_found_and_named(void **state)
{
	static const struct {
		const char *sql, *named;
	} cases[] = {
		{ "UPDATE change SET link = randomblob(32) WHERE counter = 2"
		  " AND reason = ''",
		    "journal" },
		{ "UPDATE change SET body = CAST(replace(CAST(body AS TEXT),"
		  " 'Betty', 'Bettx') AS BLOB)",
		    "journal" },
		{ "UPDATE change SET body = x'7b'", "journal" },
		{ "UPDATE change SET sig = randomblob(64)"
		  " WHERE sig IS NOT NULL AND counter = 3",
		    "signed" },
		{ "UPDATE change SET sig = NULL", "not signed" },
		{ "UPDATE change SET state = 3 WHERE state = 2", "told" },
		{ "UPDATE change SET state = 2, v_seq = 1, v_epoch = 1"
		  " WHERE state = 3",
		    "journal" },
		{ "UPDATE change SET state = 3 WHERE state = 4", "told" },
		{ "UPDATE change SET v_seq = v_seq + 1 WHERE v_seq = 1",
		    "not in the log" },
		{ "UPDATE change SET v_epoch = 2 WHERE v_seq = 1",
		    "told otherwise" },
		{ "DELETE FROM change WHERE counter = 2", "held" },
		{ "UPDATE device SET counter = counter + 1 WHERE counter > 0",
		    "held" },
		{ "UPDATE device SET link = randomblob(32)", "elsewhere" },
		{ "UPDATE device SET sign_pub = randomblob(32) WHERE state <> "
		  "4",
		    "signed" },
		{ "UPDATE device SET outcome_no = outcome_no + 1", "outcome" },
		{ "DELETE FROM receipt", "was not received then" },
		{ "UPDATE receipt SET sig = randomblob(64)", "receipt" },
		{ "UPDATE receipt SET signed = x'00'", "receipt" },
		{ "UPDATE receipt SET intake = intake + 1",
		    "was not received then" },
		{ "UPDATE receipt SET counter = counter + 7",
		    "was not received then" },
		{ "UPDATE outcome SET kind = 1 WHERE v_seq = 1", "outcome" },
		{ "UPDATE outcome SET kind = 77 WHERE v_seq = 1", "outcome" },
		{ "UPDATE outcome SET reason = 'x' WHERE v_seq = 1", "told" },
		{ "UPDATE outcome SET path = 'x' WHERE v_seq = 1", "outcome" },
		{ "DELETE FROM outcome WHERE no = 1", "outcome" },
		{ "UPDATE log SET epoch = 2 WHERE seq = 2", "log 2" },
		{ "UPDATE log SET kind = 'other' WHERE seq = 2", "log 2" },
		{ "UPDATE log SET change_link = randomblob(32) WHERE seq = 2",
		    "log 2" },
		{ "UPDATE log SET outcome = randomblob(32) WHERE seq = 2",
		    "log 2" },
		{ "UPDATE log SET state = randomblob(32) WHERE seq = 2",
		    "log 2" },
		{ "UPDATE log SET merge_version = 1 WHERE seq = 2", "log 2" },
		{ "UPDATE log SET time = time + 1 WHERE seq = 2", "log 2" },
		{ "UPDATE log SET link = randomblob(32) WHERE seq = 2",
		    "log 2" },
		{ "DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)",
		    "not in the log" },
		{ "UPDATE record SET body = CAST(replace(CAST(body AS TEXT),"
		  " 'Betty', 'Bettx') AS BLOB)",
		    "table record" },
		{ "UPDATE record SET digest = randomblob(32)", "table record" },
		{ "UPDATE record SET v_seq = v_seq + 1", "table record" },
		{ "UPDATE record SET created = created + 1", "table record" },
		{ "UPDATE record SET type = 'site' WHERE type = 'note'",
		    "table record" },
		{ "DELETE FROM record WHERE type = 'note'", "table record" },
		{ "UPDATE record_scope SET since = since + 1",
		    "table record_scope" },
		{ "UPDATE record_scope SET until = 3 WHERE until IS NULL",
		    "table record_scope" },
		{ "UPDATE record_scope SET scope = 'all'",
		    "table record_scope" },
		{ "UPDATE record_ref SET field = 'x'", "table record_ref" },
		{ "DELETE FROM record_ref", "table record_ref" },
		{ "UPDATE merged_value SET value = x'2278'",
		    "table merged_value" },
		{ "DELETE FROM merged_value", "table merged_value" },
		{ "UPDATE scope_digest SET sum = randomblob(32)",
		    "table scope_digest" },
		{ "UPDATE scope_grant SET since = since - 1",
		    "table scope_grant" },
		{ "UPDATE scope_grant SET until = NULL", "table scope_grant" },
		{ "DELETE FROM scope_grant", "table scope_grant" },
		{ "INSERT INTO scope_grant SELECT 'x', user, scope, 1, NULL"
		  " FROM scope_grant LIMIT 1",
		    "table scope_grant" },
		{ "UPDATE meta SET value = randomblob(32)"
		  " WHERE name = 'receipt_key'",
		    "keys" },
		{ "UPDATE meta SET value = randomblob(32)"
		  " WHERE name = 'sealing_key'",
		    "keys" },
		{ "UPDATE meta SET value = x'7b7d' WHERE name = 'statement'",
		    "keys" },
	};
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_string_equal(said_of(&s, ""), "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *said = said_of(&s, cases[i].sql);

		if (said == NULL || strstr(said, cases[i].named) == NULL)
			fail_msg("%s: said \"%s\", not \"%s\"", cases[i].sql,
			    said == NULL ? "nothing, not opened" : said,
			    cases[i].named);
	}
	scene_end(&s);
}

static void
assert_head_says(struct scene *s, const struct head *h, const char *said)
{
	json_t *result = NULL;
	const char *bad;
	struct err e = { 0 };

	assert_ok(engine_verify_head(s->w.g, h, &result, &e), &e);
	bad = json_string_value(json_object_get(result, "first_bad"));
	assert_int_equal(
	    json_is_true(json_object_get(result, "ok")), said[0] == '\0');
	assert_string_equal(bad == NULL ? "" : bad, said);
	json_decref(result);
}

static void
test_the_log_is_the_one_whose_head_was_written_down(void **state)
{
	struct scene s;
	struct head h = { .n = 3 };
	char text[100];
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	assert_ok(store_begin_read(engine_store(s.w.g), &e), &e);
	assert_ok(store_log_link_at(engine_store(s.w.g), 3, &h.link, &e), &e);
	store_rollback(engine_store(s.w.g));
	assert_head_says(&s, &h, "");
	h.n = 4;
	assert_head_says(&s, &h,
	    "head 4: the log has another link there than the one that was"
	    " written down");
	h.n = world_head(&s.w) + 1;
	(void)snprintf(text, sizeof(text),
	    "head %llu: the log ends before it, at %llu",
	    (unsigned long long)h.n, (unsigned long long)h.n - 1);
	assert_head_says(&s, &h, text);
	scene_end(&s);
}

static void
test_what_is_no_head_is_refused(void **state)
{
	static const char *const wrong[] = { "", "5", "5:", ":", "0:", "5:zz",
		"-1:", "5:00", "1234567890123456789:" };
	struct head h;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(head_parse(wrong[i], &h, NULL), ERR_INVALID);
	assert_int_equal(head_parse("7:00112233445566778899aabbccddeeff"
	                            "00112233445566778899aabbccddeeff",
	                     &h, NULL),
	    ERR_OK);
	assert_int_equal(h.n, 7);
	assert_int_equal(h.link.b[31], 0xff);
}

static void
test_a_walk_leaves_no_file_behind_and_clears_an_earlier_ones(void **state)
{
	struct scene s;
	char path[FILE_PATH_MAX];
	json_t *result = NULL;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	assert_true(file_join(path, s.w.folder.path, "office.db.verify"));
	assert_ok(file_save(path, "left", 4, &e), &e);
	assert_ok(engine_verify(s.w.g, &result, &e), &e);
	assert_true(json_is_true(json_object_get(result, "ok")));
	assert_false(file_exists(path));
	assert_true(file_join(path, s.w.folder.path, "office.db.verify-wal"));
	assert_false(file_exists(path));
	json_decref(result);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_office_that_nobody_touched_adds_up),
		cmocka_unit_test(test_a_change_in_any_table_is_found_and_named),
		cmocka_unit_test(
		    test_the_log_is_the_one_whose_head_was_written_down),
		cmocka_unit_test(test_what_is_no_head_is_refused),
		cmocka_unit_test(
		    test_a_walk_leaves_no_file_behind_and_clears_an_earlier_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
