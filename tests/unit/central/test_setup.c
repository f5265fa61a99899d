/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new office, and the commands that its operator begins with.
 */
#include "tests/support/check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/setup/setup.h"
#include "tests/support/check_json.h"

struct world {
	struct check_folder folder;
	char data[FILE_PATH_MAX];
	struct setup_result office;
};

static enum err_code
set_up(const char *data, struct setup_result *out, struct err *e)
{
	const struct setup_options o = {
		.data = data,
		.name = "Advocacy Office",
		.admins = { { "Ada",
		                crypto_part_str("the first of two admins") },
		    { "Bo", crypto_part_str("the second of two admins") } },
	};

	return setup_office(&o, out, e);
}

static int
world_start(void **state)
{
	static struct world w;
	struct err e;

	w.folder = check_folder_new();
	assert_true(file_join(w.data, w.folder.path, "office"));
	assert_ok(set_up(w.data, &w.office, &e), &e);
	*state = &w;
	return 0;
}

static int
world_end(void **state)
{
	struct world *w = *state;

	check_folder_end(&w->folder);
	return 0;
}

/* Ask as the program does, with nobody serving. */
static json_t *
ask(const struct world *w, json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(admin_ask(w->data, request, &answer, &e), &e);
	json_decref(request);
	return answer;
}

/* The answer is an error with this word. */
static void
asks_in_vain(const struct world *w, json_t *request, const char *word)
{
	json_t *answer = ask(w, request);
	const json_t *error = json_object_get(answer, "error");

	assert_non_null(error);
	assert_string_equal(text_of(error, "word"), word);
	assert_true(strlen(text_of(error, "text")) > 0);
	assert_true(strlen(text_of(error, "next")) > 0);
	json_decref(answer);
}

static void
a_second_set_up_is_refused_and_changes_nothing(void **state)
{
	const struct world *w = *state;
	char path[FILE_PATH_MAX];
	struct setup_result again;
	struct stat before, after;
	struct err e;

	assert_true(file_join(path, w->data, "office.db"));
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(set_up(w->data, &again, &e), ERR_CONFLICT);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
what_an_interrupted_set_up_left_is_no_office_and_in_nobodys_way(void **state)
{
	struct check_folder folder = check_folder_new();
	char data[FILE_PATH_MAX], left[FILE_PATH_MAX], file[FILE_PATH_MAX];
	struct setup_result result;
	struct err e;

	(void)state;
	assert_true(file_join(data, folder.path, "office"));
	assert_true(file_join(left, folder.path, "office.new"));
	assert_ok(file_make_folder(left, &e), &e);
	assert_true(file_join(file, left, "store.key"));
	assert_ok(file_save(file, "half", 4, &e), &e);
	assert_ok(set_up(data, &result, &e), &e);
	assert_false(file_exists(left));
	check_folder_end(&folder);
}

static void
a_short_passphrase_makes_no_office(void **state)
{
	struct check_folder folder = check_folder_new();
	const struct setup_options o = {
		.name = "Office",
		.admins = { { "Ada", crypto_part_str("long enough to be one") },
		    { "Bo", crypto_part_str("short") } },
	};
	struct setup_options with = o;
	char data[FILE_PATH_MAX];
	struct setup_result result;
	struct err e;

	(void)state;
	assert_true(file_join(data, folder.path, "office"));
	with.data = data;
	assert_int_equal(setup_office(&with, &result, &e), ERR_INVALID);
	assert_false(file_exists(data));
	check_folder_end(&folder);
}

static void
keys_are_for_their_owner_alone(void **state)
{
	static const char *const names[] = { "store.key", "office.db",
		"tls/server.key", "offline/root.key", "offline/recovery.key" };
	const struct world *w = *state;
	char path[FILE_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(file_join(path, w->data, names[i]));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void
two_administrators_are_there_from_the_start(void **state)
{
	const struct world *w = *state;
	json_t *answer = ask(w, json_pack("{s:s}", "do", "user list"));
	const json_t *users = json_object_get(answer, "users");

	assert_true(json_array_size(users) >= 2);
	assert_string_equal(text_of(json_array_get(users, 0), "role"), "RES");
	assert_string_equal(text_of(json_array_get(users, 1), "role"), "RES");
	json_decref(answer);
}

static void
a_code_for_a_colleague_names_the_office_by_its_root(void **state)
{
	const struct world *w = *state;
	struct enrol_code code;
	json_t *answer;

	json_decref(ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", "Amina",
	        "role", "advocate")));
	answer = ask(
	    w, json_pack("{s:s, s:s}", "do", "device code", "user", "Amina"));
	assert_true(enrol_code_parse(text_of(answer, "code"), &code));
	assert_memory_equal(code.pin, w->office.root_sha256.b, ENROL_PIN_LEN);
	json_decref(answer);
}

static void
mistakes_are_told_with_what_to_do_next(void **state)
{
	const struct world *w = *state;

	asks_in_vain(w, json_pack("{s:s}", "do", "nonsense"), "invalid");
	asks_in_vain(w, json_object(), "invalid");
	asks_in_vain(w, json_pack("{s:s}", "do", "user add"), "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", "Cy", "role",
	        "king"),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "user add", "name", "Cy",
	        "role", "ADV", "passphrase", "short"),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s}", "do", "device code", "user", "Nobody"),
	    "not_found");
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant add", "user", "Ada",
	        "scope", "case:01940000-0000-7000-8000-000000000000"),
	    "not_found");
	asks_in_vain(w,
	    json_pack("{s:s, s:s}", "do", "held show", "change", "x/1"),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:[{s:s, s:s, s:b}]}", "do", "record new",
	        "type", "case", "set", "path", "nothing/like/it", "value", "x",
	        "inline", 1),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s}", "do", "user list", "as", "Nobody"),
	    "not_found");
}

/* One value of a record, as the command line gives it. */
static json_t *
set_of(const char *path, const char *value)
{
	return json_pack(
	    "{s:s, s:s, s:b}", "path", path, "value", value, "inline", 1);
}

static void
a_case_is_made_shown_given_and_taken(void **state)
{
	const struct world *w = *state;
	json_t *made, *shown, *granted;
	const char *id;

	made = ask(w,
	    json_pack("{s:s, s:s, s:[o, o]}", "do", "record new", "type",
	        "case", "set", set_of("case_ref", "A-17"),
	        set_of("assignments/+/advocate", "Ada")));
	id = text_of(made, "id");
	assert_int_equal(json_array_size(json_object_get(made, "changed")), 2);
	shown = ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "record show", "type", "case",
	        "id", id));
	assert_string_equal(
	    text_of(json_object_get(shown, "doc"), "case_ref"), "A-17");
	granted = ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant add", "user", "Bo",
	        "scope", id));
	assert_string_equal(text_of(granted, "id"), id);
	json_decref(granted);
	json_decref(ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant end", "user", "Bo",
	        "scope", id)));
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant end", "user", "Bo",
	        "scope", id),
	    "not_found");
	/* Free text is never taken from the command line. */
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:s, s:[o]}", "do", "record edit", "type",
	        "case", "id", id, "set",
	        set_of("assignments/+/handover", "he said")),
	    "invalid");
	json_decref(made);
	json_decref(shown);
}

static void
values_are_understood_as_people_write_them(void **state)
{
	const struct world *w = *state;
	json_t *made, *shown;
	const json_t *doc;

	made = ask(w,
	    json_pack("{s:s, s:s, s:[o, o, o, o]}", "do", "record new", "type",
	        "case", "set", set_of("opened_on", "today"),
	        set_of("status", "open"),
	        set_of("handling",
	            "[\"restricted\",\"legal_hold\",\"restricted\"]"),
	        set_of("assignments/+/advocate", "Bo")));
	assert_null(json_object_get(made, "error"));
	shown = ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "record show", "type", "case",
	        "id", text_of(made, "id")));
	doc = json_object_get(shown, "doc");
	assert_int_equal(strlen(text_of(doc, "opened_on")), 10);
	assert_int_equal(json_array_size(json_object_get(doc, "handling")), 2);
	json_decref(made);
	json_decref(shown);
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:[o]}", "do", "record new", "type", "case",
	        "set", set_of("opened_on", "yesterday")),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s, s:[o]}", "do", "record new", "type", "case",
	        "set", set_of("handling", "[7]")),
	    "invalid");
}

static void
a_colleague_who_leaves_can_do_nothing_more(void **state)
{
	const struct world *w = *state;
	json_t *answer;

	json_decref(
	    ask(w, json_pack("{s:s, s:s}", "do", "user add", "name", "Dora")));
	answer =
	    ask(w, json_pack("{s:s, s:s}", "do", "user end", "user", "Dora"));
	assert_true(json_has(answer, "user"));
	json_decref(answer);
	asks_in_vain(w,
	    json_pack("{s:s, s:s}", "do", "device code", "user", "Dora"),
	    "invalid");
	asks_in_vain(w,
	    json_pack("{s:s, s:s}", "do", "user list", "as", "Dora"),
	    "invalid");
}

static void
while_another_program_has_the_office_open_a_command_waits_and_says_so(
    void **state)
{
	const struct world *w = *state;
	int lock, second;
	struct err e;

	assert_ok(engine_lock(w->data, 0, &lock, &e), &e);
	assert_int_equal(engine_lock(w->data, 50, &second, &e), ERR_BUSY);
	assert_int_equal(close(lock), 0);
	assert_ok(engine_lock(w->data, 0, &second, &e), &e);
	assert_int_equal(close(second), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_second_set_up_is_refused_and_changes_nothing),
		cmocka_unit_test(
		    what_an_interrupted_set_up_left_is_no_office_and_in_nobodys_way),
		cmocka_unit_test(a_short_passphrase_makes_no_office),
		cmocka_unit_test(keys_are_for_their_owner_alone),
		cmocka_unit_test(two_administrators_are_there_from_the_start),
		cmocka_unit_test(
		    a_code_for_a_colleague_names_the_office_by_its_root),
		cmocka_unit_test(mistakes_are_told_with_what_to_do_next),
		cmocka_unit_test(a_case_is_made_shown_given_and_taken),
		cmocka_unit_test(values_are_understood_as_people_write_them),
		cmocka_unit_test(a_colleague_who_leaves_can_do_nothing_more),
		cmocka_unit_test(
		    while_another_program_has_the_office_open_a_command_waits_and_says_so),
	};

	return cmocka_run_group_tests(tests, world_start, world_end);
}
