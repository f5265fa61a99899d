/* SPDX-License-Identifier: Apache-2.0 */
/* The program as scripts and people run it, on a device without a network. */
#include "tests/support/check.h"

#include <string.h>

#include "tests/support/check_json.h"
#include "tests/support/client_world.h"

#define NOBODY "01a20035-6411-799e-9075-4c39eacf4dad"

/* "note|show|ID" with words around an id. */
static const char *
with(const char *before, struct client_made m, const char *behind)
{
	static char words[512];

	(void)snprintf(words, sizeof(words), "%s|%s%s", before, m.id, behind);
	return words;
}

static void
the_shapes_are_the_agreed_ones(void **state)
{
	static const struct {
		const char *words, *keys;
	} shapes[] = {
		{ "status",
		    "locked daemon outcome unsent held conflicts "
		    "last_contact cursor epoch digest" },
		{ "verify",
		    "ok written receipted outcomes held head "
		    "first_bad" },
		{ "note|list", "notes next" },
		{ "person|list", "persons next" },
		{ "conflict|list", "conflicts" },
		{ "review|list", "reviews" },
		{ "search|nothing", "hits next" },
		{ "draft|list", "drafts" },
		{ "lock", "locked" },
	};
	struct client_world w;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		json_t *got = client_get(&w, shapes[i].words, NULL);
		char keys[200], *at = NULL;

		(void)snprintf(keys, sizeof(keys), "%s", shapes[i].keys);
		for (char *k = strtok_r(keys, " ", &at); k != NULL;
		     k = strtok_r(NULL, " ", &at))
			if (json_object_get(got, k) == NULL)
				fail_msg("%s has no %s", shapes[i].words, k);
		json_decref(got);
	}
	client_world_end(&w);
}

static void
a_note_is_written_read_changed_and_found(void **state)
{
	static const char *const keys[] = { "id", "content", "transport", "seq",
		"receipt", "outcome", "doc", "conflicts", "review" };
	struct client_world w;
	struct client_made note;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w, "note|new", "Betty wants to go home.\n");
	got = client_get(&w, with("note|show", note, ""), NULL);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(json_object_get(got, keys[i]));
	assert_string_equal(text_of(got, "content"), "draft");
	assert_string_equal(text_of(got, "transport"), "device");
	assert_true(json_is_null(json_object_get(got, "receipt")));
	assert_string_equal(text_of(json_object_get(got, "doc"), "summary"),
	    "Betty wants to go home.");
	/* The author is whoever's device it is. */
	assert_string_equal(text_of(json_object_get(got, "doc"), "author"),
	    id_print(w.identity.user).s);
	json_decref(got);

	got = client_get(&w, with("note|edit", note, "|--set|summary=-"),
	    "Betty wants to go home soon.");
	assert_int_equal(
	    json_integer_value(json_object_get(got, "counter")), 2);
	assert_string_equal(json_string_value(json_array_get(
	                        json_object_get(got, "changed"), 0)),
	    "summary");
	json_decref(got);
	/* The same again changes nothing and cuts no change. */
	got = client_get(&w, with("note|edit", note, "|--set|summary=-"),
	    "Betty wants to go home soon.");
	assert_int_equal(
	    json_integer_value(json_object_get(got, "counter")), 0);
	json_decref(got);

	got = client_get(&w, "search|HOME|soon", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "hits")), 1);
	json_decref(got);
	got = client_get(&w, "search|-", "home");
	assert_int_equal(json_array_size(json_object_get(got, "hits")), 1);
	json_decref(got);
	got = client_get(&w, "verify", NULL);
	assert_true(json_is_true(json_object_get(got, "ok")));
	assert_int_equal(
	    json_integer_value(json_object_get(got, "written")), 2);
	json_decref(got);
	client_world_end(&w);
}

static void
lists_go_on_where_they_ended(void **state)
{
	struct client_world w;
	size_t seen = 0;
	char words[100] = "site|list|--limit|2";

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	for (int i = 0; i < 5; i++)
		(void)client_make(&w, "site|new|--set|name=Oak House", NULL);
	for (;;) {
		json_t *got = client_get(&w, words, NULL);
		const char *next =
		    json_string_value(json_object_get(got, "next"));

		seen += json_array_size(json_object_get(got, "sites"));
		(void)snprintf(words, sizeof(words),
		    "site|list|--limit|2|--after|%s", next != NULL ? next : "");
		json_decref(got);
		if (next == NULL)
			break;
	}
	assert_int_equal(seen, 5);
	client_world_end(&w);
}

static void
every_mistake_has_its_status_and_says_what_to_do(void **state)
{
	static const struct {
		const char *words;
		int status;
		const char *word;
	} cases[] = {
		{ "nonsense", 2, "usage" },
		{ "note", 2, "usage" },
		{ "note|show", 2, "usage" },
		{ "note|show|" NOBODY "|--bogus", 2, "usage" },
		{ "note|show|12", 4, "invalid" },
		{ "note|show|" NOBODY, 3, "not_found" },
		{ "note|edit|" NOBODY "|--set|mode=instructed", 3,
		    "not_found" },
		{ "note|new|--set|summary", 2, "usage" },
		{ "note|new|--set|summary=words", 4, "invalid" },
		{ "note|new|--file|/nonexistent", 3, "not_found" },
		{ "note|new", 4, "invalid" },
		{ "note|new|--file|/dev/null", 4, "invalid" },
		{ "note|new|--set|content=signed", 4, "invalid" },
		{ "note|new|--set|signed_at=now", 4, "invalid" },
		{ "note|new|--set|signed_by=" NOBODY, 4, "invalid" },
		{ "visit|new|--set|content=signed", 4, "invalid" },
		{ "person|new", 4, "invalid" },
		{ "person|new|--file|-", 4, "invalid" },
		{ "person|new|--set|date_of_birth=2026-02-30", 4, "invalid" },
		{ "person|new|--set|safe_to_contact=sometimes", 4, "invalid" },
		{ "person|new|--json-doc|-", 4, "invalid" },
		{ "conflict|show|" NOBODY, 3, "not_found" },
		{ "conflict|decide|" NOBODY, 2, "usage" },
		{ "conflict|decide|" NOBODY "|--ask|--take|current", 2,
		    "usage" },
		{ "review|seen|" NOBODY, 3, "not_found" },
		{ "draft|show|" NOBODY, 3, "not_found" },
		{ "unlock|--for|99x", 4, "invalid" },
		{ "help|nothing", 2, "usage" },
		{ "enrol|--office|127.0.0.1:1|--code|ABC", 4, "invalid" },
	};
	struct client_world w;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		client_refused(
		    &w, cases[i].words, "", cases[i].status, cases[i].word);
	client_world_end(&w);
}

static void
a_record_of_another_type_is_not_shown_as_this_one(void **state)
{
	struct client_world w;
	struct client_made site;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	site = client_make(&w, "site|new|--set|name=Oak House", NULL);
	client_refused(&w, with("note|show", site, ""), NULL, 3, "not_found");
	client_world_end(&w);
}

static void
a_refused_text_is_kept_and_can_be_saved_after_all(void **state)
{
	char words[200];
	struct client_world w;
	json_t *got;
	struct client_made note;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	client_refused(&w, "note|new|--set|mode=instrcted",
	    "She said it twice.", 4, "invalid");
	got = client_get(&w, "draft|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "drafts")), 1);
	(void)snprintf(words, sizeof(words), "note|new|--draft|%s",
	    text_of(json_array_get(json_object_get(got, "drafts"), 0), "id"));
	json_decref(got);
	note = client_make(&w, words, NULL);
	got = client_get(&w, with("note|show", note, ""), NULL);
	assert_string_equal(text_of(json_object_get(got, "doc"), "summary"),
	    "She said it twice.");
	json_decref(got);
	got = client_get(&w, "draft|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "drafts")), 0);
	json_decref(got);

	/* What could not even be read is kept too, and not let go. */
	client_refused(&w, "note|new", "\xff\xfe", 4, "invalid");
	got = client_get(&w, "draft|list", NULL);
	(void)snprintf(words, sizeof(words),
	    "note|new|--set|mode=instructed|--draft|%s",
	    text_of(json_array_get(json_object_get(got, "drafts"), 0), "id"));
	json_decref(got);
	(void)client_make(&w, words, "Anew.");
	got = client_get(&w, "draft|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "drafts")), 1);
	json_decref(got);
	client_world_end(&w);
}

static void
signing_waits_for_what_is_missing_and_then_locks(void **state)
{
	static const char doc[] =
	    "{\"mode\":\"instructed\",\"seen_in_private\":true,"
	    "\"views_not_found\":\"She slept.\",\"summary\":\"Asleep.\","
	    "\"activities\":[\"listened\"],\"safeguarding\":\"no_concern\","
	    "\"consent_change\":\"none\",\"told_person\":true,"
	    "\"copy_offered\":true,\"visit\":\"" NOBODY "\",\"case\":\"" NOBODY
	    "\"}";
	struct client_world w;
	struct client_made note;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w, "note|new", "Asleep.");
	client_refused(&w, with("note|sign", note, ""), NULL, 8, "gaps");
	client_refused(&w, with("note|addendum", note, "|--kind|correction"),
	    "More.", 7, "not_signed");
	got = client_get(&w, with("note|edit", note, "|--json-doc|-"), doc);
	json_decref(got);
	got = client_get(&w, with("note|sign", note, ""), NULL);
	assert_true(json_array_size(json_object_get(got, "changed")) > 10);
	json_decref(got);
	got = client_get(&w, with("note|show", note, ""), NULL);
	assert_string_equal(text_of(got, "content"), "signed");
	assert_non_null(
	    json_object_get(json_object_get(got, "doc"), "signed_at"));
	json_decref(got);
	client_refused(&w, with("note|sign", note, ""), NULL, 7, "signed");
	got = client_get(
	    &w, with("note|addendum", note, "|--kind|correction"), "More.");
	json_decref(got);
	got = client_get(&w, with("note|show", note, ""), NULL);
	assert_string_equal(text_of(got, "content"), "addended");
	assert_int_equal(json_object_size(json_object_get(
	                     json_object_get(got, "doc"), "addenda")),
	    1);
	json_decref(got);
	client_world_end(&w);
}

static void
nothing_is_written_on_what_was_removed(void **state)
{
	struct client_world w;
	struct client_made note;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w, "note|new", "Asleep.");
	json_decref(client_get(&w, with("note|remove", note, ""), NULL));
	client_refused(&w, with("note|edit", note, "|--set|mode=instructed"),
	    NULL, 7, "closed");
	client_refused(&w, with("note|sign", note, ""), NULL, 7, "closed");
	client_refused(&w, with("note|addendum", note, "|--kind|correction"),
	    "More.", 7, "closed");
	client_world_end(&w);
}

static void
everything_can_be_written_out_once(void **state)
{
	struct client_world w;
	char words[FILE_PATH_MAX + 20];
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	(void)client_make(&w, "note|new", "A note.");
	(void)snprintf(
	    words, sizeof(words), "export|--to|%s/all.jsonl", w.folder.path);
	got = client_get(&w, words, NULL);
	assert_true(json_integer_value(json_object_get(got, "lines")) > 1);
	json_decref(got);
	client_refused(&w, words, NULL, 4, "invalid");
	client_world_end(&w);
}

static void
people_get_words_and_the_terminal_stays_theirs(void **state)
{
	struct client_world w;
	struct client_said said;
	struct client_made note;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w, "note|new", "Two lines:\n\tone more.");
	said = client_say(&w, with("note|show", note, ""), NULL);
	assert_int_equal(said.status, 0);
	assert_non_null(strstr(said.out, "Draft\n"));
	assert_non_null(strstr(said.out, "On this device only\n"));
	assert_non_null(strstr(said.out, "Summary in two sentences:\n"));
	assert_null(strchr(said.out, '\x1b'));
	client_said_fini(&said);
	said = client_say(&w, "note|list|--quiet", NULL);
	assert_string_equal(said.out, "");
	client_said_fini(&said);
	said = client_say(&w, "help|note|new", NULL);
	assert_int_equal(said.status, 0);
	assert_non_null(strstr(said.out, "--set"));
	client_said_fini(&said);
	said = client_say(&w, "note|shw", NULL);
	assert_int_equal(said.status, 2);
	assert_non_null(strstr(said.err, "did you mean \"note show\""));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
sync_without_a_way_to_the_office_is_told_and_loses_nothing(void **state)
{
	static const char *const keys[] = { "outcome", "round_trips", "sent",
		"receipts", "held", "pulled", "bytes_up", "bytes_down" };
	struct client_world w;
	struct client_said said;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	(void)client_make(&w, "note|new", "A note.");
	said = client_ask(&w, "sync|--wait|--timeout|20", NULL);
	assert_int_equal(said.status, 6);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(json_object_get(said.json, keys[i]));
	client_said_fini(&said);
	got = client_get(&w, "status", NULL);
	assert_int_equal(json_integer_value(json_object_get(got, "unsent")), 1);
	assert_true(json_is_string(json_object_get(got, "outcome")));
	json_decref(got);
	got = client_get(&w, "note|list", NULL);
	assert_string_equal(
	    text_of(
	        json_array_get(json_object_get(got, "notes"), 0), "transport"),
	    "waiting");
	json_decref(got);
	client_world_end(&w);
}

/* Run what stands behind "$ " in the manual's examples, as a shell would run
 * it, but for pipes from echo. */
static void
run_example(struct client_world *w, const char *line)
{
	char words[256], input[256] = "";
	const char *command = strstr(line, "visitbook ");
	struct client_said said;

	assert_non_null(command);
	if (strncmp(line, "echo '", 6) == 0)
		(void)snprintf(input, sizeof(input), "%.*s",
		    (int)strcspn(line + 6, "'"), line + 6);
	(void)snprintf(
	    words, sizeof(words), "%s", command + strlen("visitbook "));
	for (char *c = words; *c != '\0'; c++)
		if (*c == ' ')
			*c = '|';
	said = client_say(w, words, input);
	if (said.status != 0)
		fail_msg("%s: %s", line, said.err);
	client_said_fini(&said);
}

static void
the_manuals_examples_work(void **state)
{
	struct client_world w;
	struct buf page;
	struct err e;
	size_t n = 0;
	char *at = NULL;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	buf_init(&page, 1 << 20);
	assert_ok(
	    file_load(VISITBOOK_SOURCE_DIR "/client/visitbook.1", &page, &e),
	    &e);
	for (char *line = strtok_r(page.ptr, "\n", &at); line != NULL;
	     line = strtok_r(NULL, "\n", &at))
		if (strncmp(line, "$ ", 2) == 0) {
			run_example(&w, line + 2);
			n++;
		}
	assert_true(n >= 9);
	buf_fini(&page);
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shapes_are_the_agreed_ones),
		cmocka_unit_test(a_note_is_written_read_changed_and_found),
		cmocka_unit_test(lists_go_on_where_they_ended),
		cmocka_unit_test(
		    every_mistake_has_its_status_and_says_what_to_do),
		cmocka_unit_test(
		    a_record_of_another_type_is_not_shown_as_this_one),
		cmocka_unit_test(
		    a_refused_text_is_kept_and_can_be_saved_after_all),
		cmocka_unit_test(
		    signing_waits_for_what_is_missing_and_then_locks),
		cmocka_unit_test(nothing_is_written_on_what_was_removed),
		cmocka_unit_test(everything_can_be_written_out_once),
		cmocka_unit_test(
		    people_get_words_and_the_terminal_stays_theirs),
		cmocka_unit_test(
		    sync_without_a_way_to_the_office_is_told_and_loses_nothing),
		cmocka_unit_test(the_manuals_examples_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
