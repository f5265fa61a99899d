/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group is one value, and its members are set one by one at the console.
 */
#include "tests/support/world_command.h"

#include <stdlib.h>
#include <time.h>

#include <string.h>

#include "common/sys/json.h"

static struct world w;

/* Make (id NULL) or edit a record; two values, the second may be NULL. */
static json_t *
set(const char *type, const char *id, const char *a, const char *b)
{
	json_t *sets = json_array(),
	       *request = json_pack("{s:s, s:s, s:o}", "do",
	           id == NULL ? "record new" : "record edit", "type", type,
	           "set", sets);
	const char *const both[] = { a, b };

	if (id != NULL)
		json_object_set_new(request, "id", json_string(id));
	for (size_t i = 0; i < 2 && both[i] != NULL; i++) {
		const char *equals = strchr(both[i], '=');

		json_array_append_new(sets,
		    json_pack("{s:s#, s:s, s:b}", "path", both[i],
		        (size_t)(equals - both[i]), "value", equals + 1,
		        "inline", 1));
	}
	return world_command(&w, request);
}

static void
assert_doc(const char *type, const char *id, const char *doc)
{
	json_t *shown = world_command(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record show", "type", type,
	        "id", id));
	json_t *want = json_loads(doc, 0, NULL);

	assert_non_null(want);
	if (!json_equal(json_object_get(shown, "doc"), want))
		fail_msg("%s",
		    json_dumps(json_object_get(shown, "doc"), JSON_SORT_KEYS));
	json_decref(want);
	json_decref(shown);
}

static void
members_are_merged_into_the_whole_group(void **state)
{
	json_t *made;
	char id[ID_TEXT_LEN + 1];

	(void)state;
	world_start(&w);
	made = set("site", NULL, "name=Limes", "address/postcode=LL1 1AA");
	assert_null(json_object_get(made, "error"));
	(void)snprintf(id, sizeof(id), "%s",
	    json_string_value(json_object_get(made, "id")));
	assert_string_equal(json_string_value(json_array_get(
	                        json_object_get(made, "changed"), 1)),
	    "address");
	json_decref(made);
	json_decref(set("site", id, "address/town=Wrexham",
	    "address/line_1=1 High Street"));
	assert_doc("site", id,
	    "{\"name\": \"Limes\", \"address\": {\"postcode\": \"LL1 1AA\","
	    " \"town\": \"Wrexham\", \"line_1\": \"1 High Street\"}}");
	json_decref(set("site", id, "address/postcode=", NULL));
	json_decref(set("site", id, "address/town=", NULL));
	assert_doc("site", id,
	    "{\"name\": \"Limes\","
	    " \"address\": {\"line_1\": \"1 High Street\"}}");
	/* Whole, and then a member of it. */
	json_decref(set(
	    "site", id, "address={\"town\":\"Mold\"}", "address/county=Flint"));
	assert_doc("site", id,
	    "{\"name\": \"Limes\", \"address\": {\"town\": \"Mold\","
	    " \"county\": \"Flint\"}}");
	/* The last member goes, and the group with it. */
	json_decref(set("site", id, "address/town=", "address/county="));
	assert_doc("site", id, "{\"name\": \"Limes\"}");
	world_end(&w);
}

static void
a_group_of_a_row_has_members_too(void **state)
{
	json_t *made;
	char id[ID_TEXT_LEN + 1];

	(void)state;
	world_start(&w);
	made = set("person", NULL, "addresses/home/address/postcode=LL1 1AA",
	    "addresses/home/kind=home");
	assert_null(json_object_get(made, "error"));
	(void)snprintf(id, sizeof(id), "%s",
	    json_string_value(json_object_get(made, "id")));
	json_decref(made);
	json_decref(
	    set("person", id, "addresses/home/address/town=Mold", NULL));
	assert_doc("person", id,
	    "{\"addresses\": {\"home\": {\"kind\": \"home\", \"address\":"
	    " {\"postcode\": \"LL1 1AA\", \"town\": \"Mold\"}}}}");
	world_end(&w);
}

static void
times_are_checked_and_words_do_not_go_on_the_command_line(void **state)
{
	static const char *const bad[] = { "actual/start=noon",
		"actual/began=2026-11-21T18:05:09.123Z",
		"actual/changed_because=she was asleep" };
	json_t *answer;
	char id[ID_TEXT_LEN + 1];

	(void)state;
	world_start(&w);
	answer = set("visit", NULL, "actual/start=2026-11-21T18:05:09.123Z",
	    "actual/end=2026-11-21T19:00:00.000Z");
	assert_null(json_object_get(answer, "error"));
	(void)snprintf(id, sizeof(id), "%s",
	    json_string_value(json_object_get(answer, "id")));
	json_decref(answer);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer = set("visit", id, bad[i], NULL);
		if (json_object_get(answer, "error") == NULL)
			fail_msg("%s", bad[i]);
		json_decref(answer);
	}
	assert_doc("visit", id,
	    "{\"actual\": {\"start\": \"2026-11-21T18:05:09.123Z\","
	    " \"end\": \"2026-11-21T19:00:00.000Z\"}}");
	/* And as people write them, where this machine is. */
	assert_int_equal(setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1), 0);
	tzset();
	json_decref(set("visit", id, "actual/start=2026-07-21 18:05",
	    "actual/end=2026-07-21T18:30Z"));
	assert_doc("visit", id,
	    "{\"actual\": {\"start\": \"2026-07-21T17:05:00.000Z\","
	    " \"end\": \"2026-07-21T18:30:00.000Z\"}}");
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
	world_end(&w);
}

static void
a_code_that_is_in_no_list_is_refused(void **state)
{
	static const char *const bad[] = { "result=seen_alon",
		"themes=[\"abuse\",\"no such\"]" };
	static const char *const types[] = { "visit", "group_session" };
	json_t *answer;

	(void)state;
	world_start(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer = set(types[i], NULL, bad[i], NULL);
		assert_non_null(json_object_get(answer, "error"));
		json_decref(answer);
	}
	answer = set("person", NULL, "client_group/dementias=yes", NULL);
	assert_non_null(json_object_get(answer, "error"));
	json_decref(answer);
	answer = set("visit", NULL, "result=Seen alone", NULL);
	assert_null(json_object_get(answer, "error"));
	json_decref(answer);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_merged_into_the_whole_group),
		cmocka_unit_test(a_group_of_a_row_has_members_too),
		cmocka_unit_test(
		    times_are_checked_and_words_do_not_go_on_the_command_line),
		cmocka_unit_test(a_code_that_is_in_no_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
