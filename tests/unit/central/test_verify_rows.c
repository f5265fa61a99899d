/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bit turned, one row gone or two rows exchanged in any table of the
 * office's is found and named; or it is in the list of what is not, which says
 * why.  The cases come from the database: a new table is covered by existing.
 */
#include "tests/support/engine_scene.h"

#include <string.h>

#include "common/base/file.h"
#include "tests/support/row_flips.h"

static const struct row_exempt exempt[] = {
	{ "change", "epoch", NULL,
	    "of one that no receipt names: that it does not fall is checked" },
	{ "change", "tries", NULL,
	    "counts crashes; decides only whether it is held unread" },
	{ "command", "done", NULL, "the device's word that it obeyed" },
	{ "device", "label", "#0", "of the engine itself: no entry names it" },
	{ "device", "tls_sha256", "#0", "the engine has no certificate" },
	{ "device", "courier_sha256", "#0", "the engine has no certificate" },
	{ "device", "enrolled_at", "#0", "of the engine itself" },
	{ "device", "not_after", "#0", "the engine has no certificate" },
	{ "device", "last_seen", NULL, "told to people, decides nothing" },
	{ "device", "backed_up", "#0", "of the engine itself: it is not told" },
	{ "device", "backing_up", "#0",
	    "of the engine itself: it is not told" },
	{ "enrol_code", "tries", NULL,
	    "wrong tries are entered when they end the code" },
	{ "enrol_code", "request", NULL,
	    "for asking again; what was certified is in the device's row" },
	{ "enrol_code", "answer", NULL,
	    "for asking again; what was certified is in the device's row" },
	{ "meta", NULL, "grants_day",
	    "a day that is done again gives the same grants" },
	{ "meta", NULL, "office_name", "a name on screens" },
	{ "meta", NULL, "schema",
	    "one that does not read is not used; the built-in one is" },
	{ "scope_digest", NULL, NULL, "the sum over no records is no row's" },
};
#define EXEMPT_N (sizeof(exempt) / sizeof(exempt[0]))

static struct db *
open_copy(const struct world *w)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	struct db_options o = {
		.path = path, .key = &w->key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, w->folder.path, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	return db;
}

/* What verify says of a copy of the office with this damage; "" when it sees
 * nothing.  False: there is no such damage. */
static bool
said_of(void *scene, const struct row_flip *f, char said[static ROW_SAID_MAX])
{
	const struct scene *s = scene;
	struct check_folder folder = check_folder_new();
	struct world copy = { .folder = folder, .key = s->w.key };
	struct engine_options o = {
		.data = folder.path, .key = &copy.key, .look_only = true
	};
	char path[FILE_PATH_MAX];
	json_t *result = NULL;
	struct db *db;
	struct err e = { 0 };
	bool done;

	assert_true(file_join(path, folder.path, "office.db"));
	assert_ok(office_store_backup(engine_store(s->w.g), path, &e), &e);
	db = open_copy(&copy);
	done = row_flip_do(db, f);
	db_close(db);
	said[0] = '\0';
	if (done && engine_open(&o, &copy.g, &e) != ERR_OK) {
		(void)snprintf(said, ROW_SAID_MAX, "not opened: %s", e.msg);
	} else if (done) {
		if (engine_verify(copy.g, &result, &e) != ERR_OK)
			fail_msg("%s: verify failed: %s", f->said, e.msg);
		if (!json_is_true(json_object_get(result, "ok")))
			(void)snprintf(said, ROW_SAID_MAX, "%s",
			    json_string_value(
			        json_object_get(result, "first_bad")));
		json_decref(result);
		engine_close(copy.g);
	}
	check_folder_end(&folder);
	return done;
}

static void
any_small_damage_of_any_table_is_named(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	row_flips_check(open_copy(&s.w), said_of, &s, exempt, EXEMPT_N);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_small_damage_of_any_table_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
