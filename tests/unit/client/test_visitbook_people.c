/* SPDX-License-Identifier: Apache-2.0 */
/* What people read: whom and when in words, and never a form for programs. */
#include "tests/support/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/save.h"
#include "common/store/holder.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/support/client_world.h"

#define OFFICE_AUTHOR "00000000-0000-0000-0000-000000000000"

/* What a person reads; the command must succeed. */
static struct client_said
read_words(struct client_world *w, const char *line)
{
	struct client_said said = client_say(w, line, NULL);

	if (said.status != 0)
		fail_msg("%s: status %d: %s", line, said.status, said.err);
	return said;
}

static void
assert_told(struct client_world *w, const char *line, const char *what)
{
	struct client_said said = read_words(w, line);

	if (strstr(said.out, what) == NULL)
		fail_msg("%s: no \"%s\" in:\n%s", line, what, said.out);
	client_said_fini(&said);
}

static void
assert_not_told(struct client_world *w, const char *line, const char *what)
{
	struct client_said said = read_words(w, line);

	if (strstr(said.out, what) != NULL)
		fail_msg("%s: \"%s\" in:\n%s", line, what, said.out);
	client_said_fini(&said);
}

static void
help_is_one_object_where_json_is_asked_for(void **state)
{
	static const char *const lines[] = { "help", "--help", "help|note|new",
		"note|new|--help", "help|note", "help|conflict" };
	struct client_world w;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		json_t *got = client_get(&w, lines[i], NULL);
		const char *help =
		    json_string_value(json_object_get(got, "help"));

		assert_non_null(help);
		assert_non_null(strstr(help, "--json"));
		json_decref(got);
	}
	assert_told(&w, "help|note", "note sign");
	assert_not_told(&w, "help|note", "person");
	client_world_end(&w);
}

struct visited {
	struct client_made person, site, kase, visit, note;
};

static struct visited
a_visit(struct client_world *w)
{
	struct visited v;

	v.person =
	    client_make(w, "person|new|--set|preferred_name=Betty", NULL);
	v.site = client_make(w, "site|new|--set|name=Oak House", NULL);
	v.kase = client_make(w,
	    client_words("case|new|--set|person=%s|--set|legal_basis=RPR_PAID",
	        v.person.id),
	    NULL);
	v.visit = client_make(w,
	    client_words("visit|new|--set|cases/%s=yes|--set|site=%s|--set|"
	                 "actual/start=2026-07-20T09:05:00.000Z",
	        v.kase.id, v.site.id),
	    NULL);
	v.note = client_make(w,
	    client_words("note|new|--set|visit=%s|--set|case=%s|--file|-",
	        v.visit.id, v.kase.id),
	    "She slept.");
	return v;
}

static void
a_title_names_the_person_and_the_day(void **state)
{
	struct client_said said;
	struct client_world w;
	struct visited v;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	v = a_visit(&w);
	/* 09:05 in universal time is 10:05 in a British summer. */
	assert_told(&w, "visit|list", "20 July 2026, 10:05, Oak House");
	assert_told(&w, "note|list", "20 July 2026, 10:05, Oak House, Betty");
	assert_not_told(&w, "note|list", "2026-07-20T");
	assert_not_told(&w, "note|list", "RPR_PAID");
	assert_not_told(
	    &w, client_words("note|show|%s", v.note.id), "2026-07-20T");
	assert_told(
	    &w, client_words("note|show|%s", v.note.id), "Visit:\n  20 July");
	assert_told(&w, "search|slept", "20 July 2026, 10:05, Oak House");
	assert_not_told(&w, "search|slept", client_words("    %s", v.visit.id));
	/* A call that belongs to no visit was still on some day. */
	v.note = client_make(&w,
	    client_words("note|new|--set|case=%s|--file|-", v.kase.id),
	    "She rang.");
	said = read_words(&w, client_words("note|show|%s", v.note.id));
	assert_int_equal(strncmp(said.out, "Note: ", 6), 0);
	assert_true(said.out[6] >= '1' && said.out[6] <= '9');
	client_said_fini(&said);
	client_world_end(&w);
}

static void
a_mistake_names_the_field_once(void **state)
{
	struct client_world w;
	struct client_said said;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	said = client_say(&w, "note|new|--json-doc|-", "{\"visit\":\"abc\"}");
	assert_int_equal(said.status, 4);
	assert_non_null(strstr(said.err, "\"Visit\" (visit) must be"));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
a_number_that_does_not_add_up_is_saved_and_told(void **state)
{
	struct client_world w;
	struct client_said said;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	said = client_say(&w, "person|new|--set|nhs_number=9434765910", NULL);
	assert_int_equal(said.status, 0);
	assert_non_null(strstr(said.err, "does not add up"));
	client_said_fini(&said);
	said = client_say(&w, "person|new|--set|nhs_number=9434765919", NULL);
	assert_int_equal(said.status, 0);
	assert_string_equal(said.err, "");
	client_said_fini(&said);
	client_world_end(&w);
}

static void
input_that_is_no_text_is_told_in_words(void **state)
{
	struct client_world w;
	struct client_said said;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	said = client_say(
	    &w, client_words("note|new|--file|%s", w.folder.path), NULL);
	assert_int_equal(said.status, 4);
	assert_non_null(strstr(said.err, "is a folder, not a text"));
	client_said_fini(&said);
	said = client_say(&w, "note|new|--file|" CLIENT_PROGRAM, NULL);
	assert_int_equal(said.status, 4);
	client_said_fini(&said);
	client_refused(&w, "export|--to=", NULL, 2, "usage");
	client_refused(&w,
	    "enrol|--office|nowhere|--code|5Y9A-NDBE-Q0PF-D5Q4-MEQ1-VJH3-F3XB-"
	    "QMYY-VZPB",
	    NULL, 2, "usage");
	client_refused(&w, "note|new|--file|/dev/zero", NULL, 4, "invalid");
	w.passphrase = "";
	client_refused(&w, "note|list", NULL, 5, "auth");
	client_world_end(&w);
}

static void
what_the_office_added_is_the_offices(void **state)
{
	struct client c = { .store = NULL };
	char title[TITLE_MAX];
	struct err e;

	(void)state;
	assert_ok(schema_parse(
	              schema_bundle_bytes, schema_bundle_len, &c.built_in, &e),
	    &e);
	c.schema = c.built_in;
	record_title(&c, OFFICE_AUTHOR, title);
	assert_string_equal(title, "the office");
	record_title(&c, "01a20035-6411-799e-9075-4c39eacf4dad", title);
	assert_string_equal(title, "01a20035-6411-799e-9075-4c39eacf4dad");
	schema_free(c.built_in);
}

static void
more_commands_than_can_be_served_are_told_so(void **state)
{
	struct holder_lease *leases[HOLDER_CONNS_MAX];
	struct client_world w;
	struct secret_key got;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "unlock", NULL));
	w.asks = false;
	assert_int_equal(setenv("XDG_RUNTIME_DIR", w.folder.path, 1), 0);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		assert_ok(holder_lease_open(w.home, &got, &leases[i], &e), &e);
	client_refused(&w, "note|list", NULL, 1, "busy");
	client_refused(&w, "sync", NULL, 1, "busy");
	client_refused(&w, "status", NULL, 1, "busy");
	w.asks = true; /* the passphrase needs nobody */
	json_decref(client_get(&w, "note|list", NULL));
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		holder_lease_close(leases[i]);
	w.asks = false;
	json_decref(client_get(&w, "lock", NULL));
	client_world_end(&w);
}

static void
a_removed_record_says_so_and_by_whom(void **state)
{
	struct client_world w;
	struct visited v;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	v = a_visit(&w);
	assert_told(&w, "note|list", v.note.id);
	assert_told(&w, client_words("note|remove|%s", v.note.id), "Removed. ");
	assert_told(&w, client_words("note|show|%s", v.note.id), "Removed by ");
	assert_not_told(&w, client_words("note|show|%s", v.note.id), "Draft");
	assert_not_told(&w, "note|list", v.note.id);

	/* The device may write it, for the office to look at; but a removal
	 * would only look as if it were done. */
	json_decref(client_get(&w,
	    client_words("person|edit|%s|--set|local_ref=P-7", v.person.id),
	    NULL));
	client_refused(&w, client_words("person|remove|%s", v.person.id), NULL,
	    7, "office_only");

	got = client_get(&w, client_words("note|show|%s", v.note.id), NULL);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(got, "removed"), "by")),
	    id_print(w.identity.user).s);
	assert_true(json_is_null(json_object_get(got, "content")));
	json_decref(got);
	got = client_get(&w, "note|list", NULL);
	assert_true(json_is_true(json_object_get(
	    json_array_get(json_object_get(got, "notes"), 0), "removed")));
	json_decref(got);
	client_world_end(&w);
}

/* What a note lacks beside visit, case and summary. */
static const char the_rest[] =
    "{\"mode\":\"instructed\",\"seen_in_private\":true,"
    "\"views_not_found\":\"She slept.\",\"activities\":[\"listened\"],"
    "\"safeguarding\":\"no_concern\",\"consent_change\":\"none\","
    "\"told_person\":true,\"copy_offered\":true}";

static bool
is_signed(struct client_world *w, const char *type, struct client_made m)
{
	json_t *got =
	    client_get(w, client_words("%s|show|%s", type, m.id), NULL);
	bool is = strcmp(json_string_value(json_object_get(got, "content")),
	              "signed") == 0;

	json_decref(got);
	return is;
}

static void
what_is_signed_is_not_removed_and_an_edit_is_told_as_an_addendum(void **state)
{
	struct client_world w;
	struct visited v;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	v = a_visit(&w);
	json_decref(client_get(&w,
	    client_words("note|edit|%s|--json-doc|-", v.note.id), the_rest));
	got = client_get(
	    &w, client_words("note|edit|%s|--set|mode=mixed", v.note.id), NULL);
	assert_null(json_object_get(got, "proposed"));
	json_decref(got);
	json_decref(
	    client_get(&w, client_words("note|sign|%s", v.note.id), NULL));
	client_refused(
	    &w, client_words("note|remove|%s", v.note.id), NULL, 7, "signed");
	assert_true(is_signed(&w, "note", v.note));
	assert_told(&w,
	    client_words("note|edit|%s|--set|mode=instructed", v.note.id),
	    "proposed as an addendum");
	client_world_end(&w);
}

static void
a_visit_is_signed_with_its_note_when_it_is_whole(void **state)
{
	struct client_world w;
	struct visited v;
	json_t *got, *with;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	v = a_visit(&w);
	json_decref(client_get(&w,
	    client_words("note|edit|%s|--json-doc|-", v.note.id), the_rest));
	/* The visit's end is missing: the note is signed all the same. */
	got = client_get(&w, client_words("note|sign|%s", v.note.id), NULL);
	with = json_object_get(got, "with");
	assert_true(json_is_false(json_object_get(with, "signed")));
	assert_true(json_array_size(json_object_get(with, "gaps")) > 0);
	json_decref(got);
	assert_true(is_signed(&w, "note", v.note));
	assert_false(is_signed(&w, "visit", v.visit));

	json_decref(client_get(&w,
	    client_words(
	        "visit|edit|%s|--set|actual/end=2026-07-20T10:05:00.000Z|"
	        "--set|method=visit|--set|result=seen_alone|--set|"
	        "direct_minutes=60",
	        v.visit.id),
	    NULL));
	v.note = client_make(&w,
	    client_words("note|new|--set|visit=%s|--set|case=%s|--file|-",
	        v.visit.id, v.kase.id),
	    "The other case.");
	json_decref(client_get(&w,
	    client_words("note|edit|%s|--json-doc|-", v.note.id), the_rest));
	assert_told(&w, client_words("note|sign|%s", v.note.id),
	    "The visit is signed with it.");
	assert_true(is_signed(&w, "note", v.note));
	assert_true(is_signed(&w, "visit", v.visit));
	client_refused(
	    &w, client_words("visit|sign|%s", v.visit.id), NULL, 7, "signed");
	client_world_end(&w);
}

/* The one file of a folder, read whole; its permissions are the user's. */
static char *
only_text(const char *folder, const char *name)
{
	char in[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent *entry;
	struct stat st;
	struct buf text;
	struct err e;
	size_t len, n = 0;
	DIR *dir;

	assert_true(file_join(in, folder, name));
	dir = opendir(in);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			n++;
			assert_true(file_join(path, in, entry->d_name));
		}
	assert_int_equal(closedir(dir), 0);
	assert_int_equal(n, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_init(&text, 1 << 20);
	assert_ok(file_load(path, &text, &e), &e);
	return buf_take(&text, &len);
}

static void
an_export_can_be_read_without_any_program(void **state)
{
	struct client_world w;
	char to[FILE_PATH_MAX], line[FILE_PATH_MAX + 16], *text;
	struct stat st;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	(void)a_visit(&w);
	assert_true(file_join(to, w.folder.path, "out"));
	(void)snprintf(line, sizeof(line), "export|--to|%s", to);
	got = client_get(&w, line, NULL);
	assert_int_equal(json_integer_value(json_object_get(got, "texts")), 5);
	json_decref(got);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);

	text = only_text(to, "Visits");
	assert_non_null(strstr(text, "Visit: 20 July 2026, 10:05, Oak House"));
	/* Its note stands behind it. */
	assert_non_null(strstr(text, "\nNote: "));
	assert_non_null(strstr(text, "She slept."));
	free(text);
	text = only_text(to, "People");
	assert_non_null(strstr(text, "Person: Betty\n"));
	free(text);
	client_refused(&w, line, NULL, 4, "invalid");
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_is_one_object_where_json_is_asked_for),
		cmocka_unit_test(a_title_names_the_person_and_the_day),
		cmocka_unit_test(a_mistake_names_the_field_once),
		cmocka_unit_test(
		    a_number_that_does_not_add_up_is_saved_and_told),
		cmocka_unit_test(input_that_is_no_text_is_told_in_words),
		cmocka_unit_test(what_the_office_added_is_the_offices),
		cmocka_unit_test(more_commands_than_can_be_served_are_told_so),
		cmocka_unit_test(a_removed_record_says_so_and_by_whom),
		cmocka_unit_test(
		    what_is_signed_is_not_removed_and_an_edit_is_told_as_an_addendum),
		cmocka_unit_test(
		    a_visit_is_signed_with_its_note_when_it_is_whole),
		cmocka_unit_test(an_export_can_be_read_without_any_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
