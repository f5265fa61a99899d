/* SPDX-License-Identifier: Apache-2.0 */
/* The page to read at the door, as people run it, without a network. */
#include "tests/support/check.h"

#include <string.h>

#include "tests/support/client_world.h"

static struct client_made
make_doc(struct client_world *w, const char *type, const char *doc)
{
	char line[80];

	(void)snprintf(line, sizeof(line), "%s|new|--json-doc|-", type);
	return client_make(w, line, doc);
}

/* A section of the page; borrowed. */
static const json_t *
records(const json_t *page, const char *name)
{
	const json_t *list = json_object_get(page, "sections");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(one, "section")),
		        name) == 0)
			return json_object_get(one, "records");
	}
	fail_msg("no section %s", name);
	return NULL;
}

static size_t
count(const json_t *page, const char *name)
{
	return json_array_size(records(page, name));
}

/* Betty, with a case, four notes and a task that is done and one that is not.
 */
static struct client_made
a_person(struct client_world *w)
{
	struct client_made place =
	    make_doc(w, "site", "{\"name\":\"Oak House\",\"phone\":\"0123\"}");
	struct client_made person, kase;

	person = make_doc(w, "person",
	    client_words("{\"preferred_name\":\"Betty\","
	                 "\"communication_flag\":\"Speak to the left ear\","
	                 "\"do_not_raise\":\"Her brother\","
	                 "\"location\":{\"site\":\"%s\",\"room\":\"12\"}}",
	        place.id));
	kase =
	    make_doc(w, "case", client_words("{\"person\":\"%s\"}", person.id));
	for (int i = 0; i < 4; i++)
		(void)make_doc(w, "note",
		    client_words("{\"case\":\"%s\",\"summary\":\"Visit %d.\"}",
		        kase.id, i));
	(void)make_doc(w, "task",
	    client_words("{\"case\":\"%s\",\"what\":\"Ring the GP\","
	                 "\"done\":true}",
	        kase.id));
	(void)make_doc(w, "task",
	    client_words(
	        "{\"case\":\"%s\",\"what\":\"Ask about the bath\"}", kase.id));
	/* Somebody else's. */
	place = make_doc(w, "person", "{\"preferred_name\":\"Olive\"}");
	kase =
	    make_doc(w, "case", client_words("{\"person\":\"%s\"}", place.id));
	(void)make_doc(w, "note",
	    client_words(
	        "{\"case\":\"%s\",\"summary\":\"Not hers.\"}", kase.id));
	return person;
}

static void
the_page_has_what_is_needed_at_the_door(void **state)
{
	struct client_world w;
	struct client_made person;
	json_t *page;
	const json_t *list;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	person = a_person(&w);
	page = client_get(&w, client_words("before-visit|%s", person.id), NULL);
	assert_string_equal(
	    json_string_value(json_object_get(page, "title")), "Betty");
	assert_true(json_is_null(json_object_get(page, "read_before")));
	assert_int_equal(count(page, "communication"), 1);
	assert_int_equal(count(page, "place"), 1);
	assert_int_equal(count(page, "tasks"), 1);
	assert_int_equal(count(page, "risks"), 0);
	list = records(page, "notes");
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++) {
		char want[24];

		(void)snprintf(want, sizeof(want), "Visit %zu.", 3 - i);
		assert_string_equal(
		    json_string_value(json_object_get(
		        json_object_get(json_array_get(list, i), "doc"),
		        "summary")),
		    want);
	}
	json_decref(page);
	client_world_end(&w);
}

static void
people_read_it_in_their_order(void **state)
{
	static const char *const order[] = { "Before you visit: Betty",
		"How to communicate", "Speak to the left ear",
		"Risks for visitors", "does not mean that there is none",
		"Please do not bring up", "Her brother", "Room number",
		"- Oak House", "The last three notes", "Visit 3.",
		"There are more", "- Ask about the bath" };
	struct client_world w;
	struct client_said said;
	struct client_made person;
	const char *at;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	person = a_person(&w);
	said = client_say(&w, client_words("before-visit|%s", person.id), NULL);
	assert_int_equal(said.status, 0);
	at = said.out;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *next = strstr(at, order[i]);

		if (next == NULL)
			fail_msg("no \"%s\" behind the others in:\n%s",
			    order[i], said.out);
		else
			at = next;
	}
	assert_null(strstr(said.out, "Not hers"));
	assert_null(strstr(said.out, "Ring the GP"));
	client_said_fini(&said);
	client_refused(&w, "before-visit|01900000-0000-7000-8000-000000000000",
	    NULL, 3, "not_found");
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_has_what_is_needed_at_the_door),
		cmocka_unit_test(people_read_it_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
