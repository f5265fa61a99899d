/* SPDX-License-Identifier: Apache-2.0 */
/* A safeguarding concern in a hurry, as people run it, without a network. */
#include "tests/support/check.h"

#include <string.h>

#include "tests/support/client_world.h"

/* The number at a place of the list; NULL: none is kept. */
static const char *
number_at(const json_t *calls, size_t i)
{
	const json_t *numbers =
	    json_object_get(json_array_get(calls, i), "numbers");

	return json_string_value(
	    json_object_get(json_array_get(numbers, 0), "number"));
}

static void
assert_doc(struct client_world *w, const struct client_made *m,
    const char *field, const char *want)
{
	json_t *shown =
	    client_get(w, client_words("concern|show|%s", m->id), NULL);
	const json_t *value =
	    json_object_get(json_object_get(shown, "doc"), field);

	if (want == NULL)
		assert_true(json_is_string(value));
	else
		assert_string_equal(json_string_value(value), want);
	json_decref(shown);
}

static void
a_concern_is_linked_and_says_whom_to_phone(void **state)
{
	struct client_world w;
	struct client_made person, kase, visit, concern;
	const json_t *calls;
	json_t *got;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	person = client_make(&w, "person|new|--set|preferred_name=Betty", NULL);
	kase = client_make(
	    &w, client_words("case|new|--set|person=%s", person.id), NULL);
	visit = client_make(
	    &w, client_words("visit|new|--set|cases/%s=yes", kase.id), NULL);
	(void)client_make(&w, "service|new|--json-doc|-",
	    "{\"concern_phones\":{\"+\":{\"for\":\"safeguarding_lead\","
	    "\"name\":\"Mair\",\"number\":\"0123 456\"},"
	    "\"+2\":{\"for\":\"council_children\",\"number\":\"0999\"}}}");
	got = client_get(&w,
	    client_words("concern|--set|visit=%s|--set|danger_now=yes|--set|"
	                 "about=adult|--set|said_and_seen=-",
	        visit.id),
	    "A bruise on her arm.");
	calls = json_object_get(got, "calls");
	assert_string_equal(number_at(calls, 0), "999");
	assert_string_equal(number_at(calls, 1), "0123 456");
	/* What is not kept here is said, and never left out. */
	assert_int_equal(json_array_size(calls), 4);
	assert_null(number_at(calls, 2));
	assert_true(json_is_string(
	    json_object_get(json_array_get(calls, 2), "missing")));
	(void)snprintf(concern.id, sizeof(concern.id), "%s",
	    json_string_value(json_object_get(got, "id")));
	json_decref(got);
	assert_doc(&w, &concern, "visit", visit.id);
	assert_doc(&w, &concern, "case", kase.id);
	assert_doc(&w, &concern, "person", person.id);
	assert_doc(&w, &concern, "status", "noted");
	assert_doc(&w, &concern, "said_and_seen", "A bruise on her arm.");
	assert_doc(&w, &concern, "noticed_at", NULL);
	assert_doc(&w, &concern, "numbers_shown_at", NULL);
	client_world_end(&w);
}

static void
people_read_the_numbers_in_order(void **state)
{
	struct client_world w;
	struct client_said said;
	const char *lead, *council;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	said = client_say(
	    &w, "concern|--set|about=child|--set|danger_now=no", NULL);
	assert_int_equal(said.status, 0);
	assert_null(strstr(said.out, "999"));
	client_said_fini(&said);
	/* Nobody said that there is no danger. */
	said = client_say(&w, "concern|--set|about=child", NULL);
	assert_int_equal(said.status, 0);
	lead = strstr(said.out, "1. If someone is in danger now");
	assert_non_null(lead);
	assert_non_null(strstr(lead, "999"));
	lead = strstr(lead, "2. Our safeguarding lead");
	assert_non_null(lead);
	council = strstr(lead, "3. The council: children");
	assert_non_null(council);
	assert_null(strstr(said.out, "adults at risk"));
	assert_non_null(strstr(council, "101"));
	assert_non_null(strstr(council, "told_manager_at=now"));
	client_said_fini(&said);
	/* The commands of the type are there as before. */
	said = client_say(&w, "concern|list", NULL);
	assert_int_equal(said.status, 0);
	client_said_fini(&said);
	client_refused(&w, "concern|nothing", NULL, 2, "usage");
	said = client_say(&w, "help|concern", NULL);
	assert_non_null(strstr(said.out, "--set"));
	assert_non_null(strstr(said.out, "concern new"));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
the_numbers_are_told_even_if_nothing_can_be_saved(void **state)
{
	struct client_world w;
	struct client_said said;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	said = client_say(
	    &w, "concern|--set|danger_now=yes|--set|noticed_at=teatime", NULL);
	assert_int_not_equal(said.status, 0);
	assert_non_null(strstr(said.out, "999"));
	client_said_fini(&said);
	client_world_end(&w);
}

static void
words_that_are_piped_in_are_what_was_said_and_seen(void **state)
{
	struct client_world w;
	struct client_made concern;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	concern = client_make(&w, "concern", "A bruise on her arm.");
	assert_doc(&w, &concern, "said_and_seen", "A bruise on her arm.");
	/* Words that are for another field are not taken twice. */
	concern = client_make(
	    &w, "concern|--set|persons_wishes=-", "She wants it told.");
	assert_doc(&w, &concern, "persons_wishes", "She wants it told.");
	client_world_end(&w);
}

static void
while_the_notes_are_locked_the_emergency_numbers_are_told(void **state)
{
	struct client_world w;
	struct client_said said;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	w.asks = false;
	json_decref(client_get(&w, "lock", NULL));
	said = client_say(&w, "concern", NULL);
	assert_int_equal(said.status, 5);
	assert_non_null(strstr(said.err, "locked"));
	assert_non_null(strstr(said.out, "999"));
	client_said_fini(&said);
	client_refused(&w, "concern", NULL, 5, "locked");
	client_world_end(&w);
}

static void
two_people_of_one_name_are_told_apart(void **state)
{
	struct client_world w;
	struct client_made first, second, other;
	struct client_said said;
	char want[200];
	json_t *all, *shown;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	first = client_make(&w,
	    "person|new|--set|preferred_name=Betty|--set|"
	    "date_of_birth=1940-05-06",
	    NULL);
	second = client_make(&w, "person|new|--set|preferred_name=Betty", NULL);
	other =
	    client_make(&w, "person|new|--set|preferred_name=Betty Ann", NULL);
	said = client_type(&w, "concern", "n\nBetty\n2\n\n\n\n\n\n\n");
	assert_int_equal(said.status, 0);
	(void)snprintf(want, sizeof(want),
	    "  Betty, Date of birth: 1940-05-06 (%s)\n", first.id);
	assert_non_null(strstr(said.out, want));
	(void)snprintf(want, sizeof(want), "  Betty (%s)\n", second.id);
	assert_non_null(strstr(said.out, want));
	/* A name of its own is enough. */
	assert_non_null(strstr(said.out, "  Betty Ann\n"));
	assert_null(strstr(said.out, other.id));
	client_said_fini(&said);
	/* The one whose number was typed. */
	all = client_get(&w, "concern|list", NULL);
	shown = client_get(&w,
	    client_words("concern|show|%s",
	        json_string_value(json_object_get(
	            json_array_get(json_object_get(all, "concerns"), 0),
	            "id"))),
	    NULL);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(shown, "doc"), "person")),
	    second.id);
	json_decref(shown);
	json_decref(all);
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_concern_is_linked_and_says_whom_to_phone),
		cmocka_unit_test(people_read_the_numbers_in_order),
		cmocka_unit_test(two_people_of_one_name_are_told_apart),
		cmocka_unit_test(
		    the_numbers_are_told_even_if_nothing_can_be_saved),
		cmocka_unit_test(
		    words_that_are_piped_in_are_what_was_said_and_seen),
		cmocka_unit_test(
		    while_the_notes_are_locked_the_emergency_numbers_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
