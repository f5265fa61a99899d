/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and enrolment codes that were changed behind the engine's back are
 * found.
 */
#include "tests/support/served_office.h"

#include <string.h>

#include "common/sys/db.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/setup/store_key.h"

/* An office that nobody serves. */
struct place {
	struct check_folder folder;
	char data[FILE_PATH_MAX];
	struct secret_key key;
};

static void
place_start(struct place *p)
{
	struct setup_options options = { .name = "Office",
		.admins = {
		    { "Ada", crypto_part_str("the first of two admins") },
		    { "Bo", crypto_part_str("the second of two admins") } } };
	struct setup_result made;
	struct err e;

	*p = (struct place){ .folder = check_folder_new() };
	assert_true(file_join(p->data, p->folder.path, "office"));
	options.data = p->data;
	assert_ok(setup_office(&options, &made, &e), &e);
	assert_ok(store_key_load(p->data, &p->key, &e), &e);
}

static json_t *
run(struct place *p, json_t *request)
{
	const struct engine_options o = { .data = p->data, .key = &p->key };
	struct engine *g;
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(engine_open(&o, &g, &e), &e);
	assert_ok(engine_command(g, request, &answer, &e), &e);
	engine_close(g);
	json_decref(request);
	assert_null(json_object_get(answer, "error"));
	return answer;
}

static void
fill(struct place *p)
{
	json_decref(
	    run(p, json_pack("{s:s, s:s}", "do", "user add", "name", "Amina")));
	json_decref(run(
	    p, json_pack("{s:s, s:s}", "do", "user add", "name", "Bethan")));
	json_decref(run(
	    p, json_pack("{s:s, s:s}", "do", "user end", "user", "Bethan")));
	for (int i = 0; i < 2; i++)
		json_decref(run(p,
		    json_pack("{s:s, s:s, s:s}", "do", "device code", "user",
		        "Amina", "label", "laptop")));
}

static void
meddle(struct place *p, const char *sql)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	struct db_options o = {
		.path = path, .key = &p->key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, p->data, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	assert_ok(db_run(db, sql, &e), &e);
	db_close(db);
}

static void
assert_found(struct place *p, const char *named)
{
	json_t *answer = run(p, json_pack("{s:s}", "do", "verify"));
	const char *bad =
	    json_string_value(json_object_get(answer, "first_bad"));

	if (named == NULL && bad != NULL)
		fail_msg("%s", bad);
	if (named != NULL && (bad == NULL || strstr(bad, named) == NULL))
		fail_msg("%s: found %s", named, bad == NULL ? "nothing" : bad);
	json_decref(answer);
}

static void
what_the_office_did_itself_adds_up(void **state)
{
	struct place p;

	(void)state;
	place_start(&p);
	assert_found(&p, NULL);
	fill(&p);
	assert_found(&p, NULL);
	check_folder_end(&p.folder);
}

static void
a_row_that_was_changed_behind_its_back_is_found(void **state)
{
	static const struct {
		const char *sql, *named;
	} cases[] = {
		{ "UPDATE user SET role = 'RES' WHERE name = 'Amina'", "user" },
		{ "UPDATE user SET name = 'Eve' WHERE name = 'Amina'", "user" },
		{ "UPDATE user SET is_active = 1 WHERE name = 'Bethan'",
		    "user" },
		{ "DELETE FROM user WHERE name = 'Bethan'", "users: 4" },
		{ "INSERT INTO user SELECT"
		  " '01a20035-5d9b-7a73-914f-0f7565d4d0d3', 'Eve', 'RES', 1",
		    "user 01a20035" },
		{ "UPDATE enrol_code SET user = (SELECT id FROM user WHERE"
		  " name = 'Ada')",
		    "code" },
		{ "UPDATE enrol_code SET key = zeroblob(32)", "code" },
		{ "UPDATE enrol_code SET label = 'other'", "code" },
		{ "UPDATE enrol_code SET needs_approval = 1", "code" },
		{ "UPDATE enrol_code SET expires = expires + 86400000",
		    "code" },
		{ "UPDATE enrol_code SET is_used = 1", "code" },
		{ "UPDATE enrol_code SET tries = 5", "code" },
		{ "DELETE FROM enrol_code WHERE id = (SELECT min(id) FROM"
		  " enrol_code)",
		    "codes: 2" },
		{ "INSERT INTO enrol_code SELECT 'ZZZZ', user, key, label, 0,"
		  " expires, 0, 0, request, answer FROM enrol_code LIMIT 1",
		    "code ZZZZ" },
	};
	struct place p;

	(void)state;
	place_start(&p);
	fill(&p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[FILE_PATH_MAX], kept[FILE_PATH_MAX];
		struct err e;

		assert_true(file_join(path, p.data, "office.db"));
		assert_true(file_join(kept, p.data, "kept.db"));
		if (i == 0) {
			json_decref(run(&p,
			    json_pack(
			        "{s:s, s:s}", "do", "backup", "file", kept)));
		} else {
			struct buf bytes;

			buf_init(&bytes, (size_t)64 << 20);
			assert_ok(file_load(kept, &bytes, &e), &e);
			assert_ok(
			    file_save(path, bytes.ptr, bytes.len, &e), &e);
			buf_fini(&bytes);
		}
		meddle(&p, cases[i].sql);
		assert_found(&p, cases[i].named);
	}
	check_folder_end(&p.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_office_did_itself_adds_up),
		cmocka_unit_test(
		    a_row_that_was_changed_behind_its_back_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
