/* SPDX-License-Identifier: Apache-2.0 */
/* Notes that begin with a template, and what is asked of them. */
#include "tests/support/check.h"

#include <string.h>

#include "common/sys/json.h"
#include "tests/support/check_json.h"
#include "tests/support/client_world.h"

static json_t *
doc_of(struct client_world *w, struct client_made m)
{
	json_t *got = client_get(w, client_words("note|show|%s", m.id), NULL);
	json_t *doc = json_incref(json_object_get(got, "doc"));

	json_decref(got);
	return doc;
}

static bool
lists(const json_t *labels, const char *label)
{
	for (size_t i = 0; i < json_array_size(labels); i++)
		if (strcmp(json_string_value(json_array_get(labels, i)),
		        label) == 0)
			return true;
	return false;
}

static bool
warns(const json_t *warnings, const char *item)
{
	for (size_t i = 0; i < json_array_size(warnings); i++)
		if (strcmp(text_of(json_array_get(warnings, i), "item"),
		        item) == 0)
			return true;
	return false;
}

static void
templates_are_listed_and_shown(void **state)
{
	struct client_world w;
	struct client_said said;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	got = client_get(&w, "template|list", NULL);
	assert_int_equal(json_array_size(json_object_get(got, "templates")), 9);
	json_decref(got);
	got = client_get(&w, "template|show|rpr_visit|--version|1", NULL);
	assert_string_equal(text_of(got, "type"), "note");
	assert_true(json_array_size(json_object_get(got, "fields")) > 5);
	json_decref(got);
	client_refused(&w, "template|show|nothing", NULL, 3, "not_found");
	client_refused(
	    &w, "template|show|rpr_visit|--version|99", NULL, 3, "not_found");
	client_refused(
	    &w, "note|new|--template|nothing", "Words.", 4, "invalid");
	client_refused(&w, "site|new|--template|rpr_visit", NULL, 2, "usage");
	said = client_say(&w, "template|show|rpr_visit", NULL);
	assert_int_equal(said.status, 0);
	assert_non_null(strstr(said.out, "asked before signing"));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
a_note_begins_with_what_its_template_sets(void **state)
{
	struct client_world w;
	const char *id, *before = "";
	struct client_made note;
	json_t *doc, *row;
	size_t n = 0;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w,
	    "note|new|--template|non_instructed_observation|--set|"
	    "answers/+1/kind=OBSERVED",
	    "Calm.");
	doc = doc_of(&w, note);
	assert_string_equal(
	    text_of(doc, "template"), "non_instructed_observation");
	assert_int_equal(
	    json_integer_value(json_object_get(doc, "template_version")), 1);
	assert_string_equal(text_of(doc, "mode"), "non_instructed");
	assert_int_equal(json_object_size(json_object_get(doc, "answers")), 8);
	/* In the order of the template, by their ids; what was given for the
	 * first stands beside its question. */
	json_object_foreach(json_object_get(doc, "answers"), id, row)
	{
		if (strcmp(id, before) > 0)
			n++;
		before = id;
		if (strcmp(text_of(row, "question"),
		        "What is life like for the person?") == 0)
			assert_string_equal(text_of(row, "kind"), "OBSERVED");
	}
	assert_int_equal(n, 8);
	json_decref(doc);
	/* What the person gives stands. */
	note = client_make(&w,
	    "note|new|--template|non_instructed_observation|--set|mode=mixed",
	    "Calm.");
	doc = doc_of(&w, note);
	assert_string_equal(text_of(doc, "mode"), "mixed");
	json_decref(doc);
	client_world_end(&w);
}

static void
a_visit_under_an_authorisation_lists_its_conditions(void **state)
{
	struct client_world w;
	struct client_made at, note;
	const char *id;
	char text[512];
	json_t *doc, *row;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	at = client_make(&w, "case|new|--set|legal_basis=RPR_PAID", NULL);
	(void)snprintf(text, sizeof(text),
	    "{\"case\":\"%s\",\"conditions\":{"
	    "\"+1\":{\"text\":\"A walk\\nevery day\"},"
	    "\"+2\":{\"text\":\"A phone\",\"ended_on\":\"2026-01-01\"}}}",
	    at.id);
	(void)client_make(&w, "dols|new|--json-doc|-", text);
	note = client_make(&w,
	    client_words("note|new|--template|rpr_visit|--set|case=%s", at.id),
	    "Seen.");
	doc = doc_of(&w, note);
	assert_int_equal(
	    json_object_size(json_object_get(doc, "checklist")), 1);
	json_object_foreach(json_object_get(doc, "checklist"), id, row)
	    assert_string_equal(text_of(row, "item"), "A walk every day");
	json_decref(doc);
	client_world_end(&w);
}

static void
signing_asks_by_the_template_of_the_note(void **state)
{
	static const char doc[] =
	    "{\"mode\":\"instructed\",\"seen_in_private\":true,"
	    "\"views_not_found\":\"She slept.\",\"summary\":\"Asleep.\","
	    "\"activities\":[\"listened\"],\"safeguarding\":\"no_concern\","
	    "\"consent_change\":\"none\",\"told_person\":true,"
	    "\"copy_offered\":true,"
	    "\"visit\":\"01a20035-6411-799e-9075-4c39eacf4dad\","
	    "\"case\":\"01a20035-6411-799e-9075-4c39eacf4dad\"}";
	struct client_world w;
	struct client_said said;
	struct client_made note;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	note = client_make(&w, "note|new|--template|meeting|--json-doc|-", doc);
	got = client_get(&w, client_words("check|%s", note.id), NULL);
	assert_true(lists(json_object_get(got, "gaps"), "Who was there"));
	assert_true(lists(json_object_get(got, "gaps"),
	    "Answers to the template's questions"));
	assert_false(warns(json_object_get(got, "warnings"), "own_words"));
	json_decref(got);
	said = client_ask(&w, client_words("check|%s|--strict", note.id), NULL);
	assert_int_equal(said.status, 8);
	client_said_fini(&said);
	client_refused(
	    &w, client_words("note|sign|%s", note.id), NULL, 8, "gaps");
	/* One whose template is not known here is asked by its type alone. */
	note = client_make(&w,
	    "note|new|--set|template=later|--set|template_version=7|"
	    "--json-doc|-",
	    doc);
	got = client_get(&w, client_words("note|sign|%s", note.id), NULL);
	assert_true(json_is_true(json_object_get(got, "template_newer")));
	json_decref(got);
	client_world_end(&w);
}

static void
a_checklist_warns_and_stops_nobody(void **state)
{
	struct client_world w;
	struct client_said said;
	struct client_made at;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	at = client_make(&w, "case|new|--set|legal_basis=CARE_ACT_S67", NULL);
	got = client_get(&w, client_words("check|%s", at.id), NULL);
	assert_true(
	    warns(json_object_get(got, "warnings"), "substantial_difficulty"));
	json_decref(got);
	(void)client_make(&w,
	    client_words(
	        "referral|new|--set|case=%s|--set|difficulty_weigh=yes", at.id),
	    NULL);
	got = client_get(&w, client_words("check|%s", at.id), NULL);
	assert_false(
	    warns(json_object_get(got, "warnings"), "substantial_difficulty"));
	assert_true(
	    warns(json_object_get(got, "warnings"), "appropriate_individual"));
	json_decref(got);
	said = client_say(&w, client_words("check|%s", at.id), NULL);
	assert_int_equal(said.status, 0);
	assert_non_null(strstr(said.out, "none of it stops you"));
	assert_non_null(strstr(said.out, "Care Act 2014 s67(5)"));
	client_said_fini(&said);
	client_refused(&w, "check|01a20035-6411-799e-9075-4c39eacf4dad", NULL,
	    3, "not_found");
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_listed_and_shown),
		cmocka_unit_test(a_note_begins_with_what_its_template_sets),
		cmocka_unit_test(
		    a_visit_under_an_authorisation_lists_its_conditions),
		cmocka_unit_test(signing_asks_by_the_template_of_the_note),
		cmocka_unit_test(a_checklist_warns_and_stops_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
