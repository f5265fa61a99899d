/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables become records.
 */
#include "tests/support/import_table.h"

#include <stdio.h>
#include <string.h>

static struct world w;

static void
assert_why(const json_t *answer, size_t i, int line, const char *column,
    const char *why)
{
	const json_t *one =
	    json_array_get(json_object_get(answer, "refusals"), i);

	if (one == NULL || import_count(one, "line") != line ||
	    strcmp(json_string_value(json_object_get(one, "column")), column) !=
	        0 ||
	    strstr(json_string_value(json_object_get(one, "why")), why) == NULL)
		fail_msg("%s", json_dumps(answer, 0));
}

static void
lines_become_records_of_every_kind_of_value(void **state)
{
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	a = world_done(
	    &w, import_request("person", import_people, "Our reference", NULL));
	import_assert_counts(a, 2, 0, 0, 0);
	assert_true(json_is_string(json_object_get(a, "import")));
	json_decref(a);
	doc = import_doc(&w, "person", "local_ref", "P-1");
	import_assert_has(doc,
	    "{\"preferred_name\": \"Betty Hughes\","
	    " \"date_of_birth\": \"1941-02-03\", \"interpreter_needed\": true,"
	    " \"client_group\": [\"dementia\", \"older_person\"],"
	    " \"location\": {\"room\": \"12\"}}");
	assert_int_equal(json_object_size(json_object_get(doc, "phones")), 2);
	json_decref(doc);
	doc = import_doc(&w, "person", "local_ref", "P-2");
	import_assert_has(doc,
	    "{\"preferred_name\": \"Ann, n\\u00e9e Lee\","
	    " \"date_of_birth\": \"1950-12-31\","
	    " \"interpreter_needed\": false}");
	json_decref(doc);
	world_end(&w);
}

static void
the_same_table_twice_makes_nothing_twice(void **state)
{
	json_t *a;

	(void)state;
	world_start(&w);
	json_decref(world_done(
	    &w, import_request("person", import_people, "local_ref", NULL)));
	a = world_done(
	    &w, import_request("person", import_people, "local_ref", NULL));
	import_assert_counts(a, 0, 0, 2, 0);
	assert_true(json_is_null(json_object_get(a, "import")));
	json_decref(a);
	a = world_done(&w,
	    import_request("person",
	        "Our reference,Full name\nP-2,Ann Lee\nP-3,Con\n", "local_ref",
	        NULL));
	import_assert_counts(a, 1, 1, 0, 0);
	json_decref(a);
	world_end(&w);
}

static void
a_line_that_cannot_be_is_refused_with_its_record_and_the_rest_goes(void **state)
{
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	a = world_done(&w,
	    import_request("person",
	        "local_ref,date_of_birth,client_group/dementia,email\n"
	        "A,31/02/1940,,\n"
	        "A,,,a@b\n"
	        "B,01/02/40,,\n"
	        "C,1940-01-02,perhaps,\n"
	        ",1940-01-02,,\n"
	        "D,1940-01-02,yes\n"
	        "E,1940-01-02,yes,x\n"
	        "E,1940-01-03,yes,x\n"
	        "F,1940-01-02,yes,\n",
	        "local_ref", NULL));
	import_assert_counts(a, 1, 0, 0, 8);
	assert_why(a, 0, 2, "date_of_birth", "");
	assert_why(a, 1, 4, "date_of_birth", "a date is written");
	assert_why(a, 2, 5, "client_group/dementia", "yes or no");
	assert_why(a, 3, 6, "local_ref", "the key is empty");
	assert_why(a, 4, 7, "", "3 cells, and the header has 4");
	assert_why(a, 5, 9, "date_of_birth", "something else");
	assert_why(a, 6, 3, "", "another line of the same record");
	assert_why(a, 7, 8, "", "another line of the same record");
	json_decref(a);
	assert_null(import_doc(&w, "person", "local_ref", "E"));
	doc = import_doc(&w, "person", "local_ref", "F");
	import_assert_has(doc, "{\"client_group\": [\"dementia\"]}");
	json_decref(doc);
	world_end(&w);
}

static void
what_is_meant_is_found_by_name_reference_or_id(void **state)
{
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	json_decref(world_done(&w,
	    import_request("site",
	        "Name,Kind of place,Postcode\nLimes,Hospice,LL1 1AA\nOaks,,\n",
	        "Name", NULL)));
	json_decref(world_done(
	    &w, import_request("person", import_people, "local_ref", NULL)));
	a = world_done(&w,
	    import_request("person",
	        "local_ref,Place now,Skip me\nP-1,limes,a\nP-2,Elms,b\n", NULL,
	        "{\"key\": \"local_ref\", \"columns\":"
	        " {\"Place now\": \"location/site\", \"Skip me\": null}}"));
	import_assert_counts(a, 0, 1, 0, 1);
	assert_why(a, 0, 3, "Place now", "no site here is called that");
	json_decref(a);
	doc = import_doc(&w, "person", "local_ref", "P-1");
	assert_non_null(
	    json_object_get(json_object_get(doc, "location"), "site"));
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(doc, "location"), "room")),
	    "12");
	json_decref(doc);
	a = world_done(&w,
	    import_request("case",
	        "Person,opened_on,status\nP-1,1/3/2026,Open\n"
	        "Betty Hughes,2026-03-02,open\n",
	        "opened_on", NULL));
	import_assert_counts(a, 2, 0, 0, 0);
	json_decref(a);
	world_end(&w);
}

static void
a_table_that_nobody_can_read_for_certain_is_refused_whole(void **state)
{
	(void)state;
	world_start(&w);
	import_assert_error(
	    world_command(
	        &w, import_request("person", import_people, NULL, NULL)),
	    "nothing says which column");
	import_assert_error(
	    world_command(&w,
	        import_request(
	            "person", "local_ref,Colour\nA,b\n", "local_ref", NULL)),
	    "\"Colour\" is no field of person");
	import_assert_error(world_command(&w,
	                        import_request("person", "local_ref,\nP-1,x\n",
	                            "local_ref", NULL)),
	    "column 2 has no heading");
	import_assert_error(world_command(&w,
	                        import_request("person",
	                            "local_ref,Number\nA,b\n", "Number", NULL)),
	    "cannot tell records apart");
	import_assert_error(
	    world_command(&w,
	        import_request("person", "local_ref,Our reference\nA,b\n",
	            "local_ref", NULL)),
	    "set the same");
	import_assert_error(
	    world_command(&w, import_request("note", "id,state\n", NULL, NULL)),
	    "is part of signing");
	import_assert_error(
	    world_command(&w, import_request("user", "name\n", "name", NULL)),
	    "a colleague");
	import_assert_error(
	    world_command(&w, import_request("person", "", "local_ref", NULL)),
	    "is empty");
	import_assert_error(world_command(&w,
	                        import_request("person", "local_ref\n\"A\n",
	                            "local_ref", NULL)),
	    "line 2: a quote");
	world_end(&w);
}

static void
a_try_says_all_and_saves_nothing(void **state)
{
	json_t *r, *a;
	uint64_t head;

	(void)state;
	world_start(&w);
	head = world_head(&w);
	r = import_request("person", import_people, "local_ref", NULL);
	json_object_set_new(r, "dry_run", json_true());
	a = world_done(&w, r);
	import_assert_counts(a, 2, 0, 0, 0);
	assert_int_equal(json_array_size(json_object_get(a, "rows")), 3);
	json_decref(a);
	assert_int_equal(world_head(&w), head);
	assert_null(import_doc(&w, "person", "local_ref", "P-1"));
	world_end(&w);
}

/* Save one field of a record, as the office does. */
static void
office_set(const char *id, const char *path, const char *value)
{
	struct id record;
	json_t *now = json_string(value);
	const struct office_edit edit = { path, now };
	const struct office_save save = { .author = world_add_user(&w, "Ruth"),
		.record = &record,
		.type = "person",
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	struct err e = { 0 };

	assert_true(id_parse(id, &record));
	assert_ok(engine_save(w.g, &save, &saved, &e), &e);
	json_decref(now);
}

static void
the_key_of_one_that_is_stood_for_finds_the_one_that_stands(void **state)
{
	char keep[40], other[40];
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	a = world_done(&w,
	    import_request("person", "Our reference,email\nP-1,a@b\nP-2,c@d\n",
	        "local_ref", NULL));
	import_keep(json_array_get(json_object_get(a, "rows"), 0), "id", keep);
	import_keep(json_array_get(json_object_get(a, "rows"), 1), "id", other);
	json_decref(a);
	office_set(other, "same_as", keep);
	a = world_done(&w,
	    import_request(
	        "person", "local_ref,email\nP-2,e@f\n", "local_ref", NULL));
	import_assert_counts(a, 0, 1, 0, 0);
	json_decref(a);
	doc = import_doc(&w, "person", "local_ref", "P-1");
	import_assert_has(doc, "{\"email\": \"e@f\"}");
	json_decref(doc);
	a = world_command(&w,
	    import_request(
	        "person", "local_ref,same_as\nP-3,P-1\n", "local_ref", NULL));
	assert_non_null(strstr(json_string_value(json_object_get(
	                           json_object_get(a, "error"), "text")),
	    "two people"));
	json_decref(a);
	world_end(&w);
}

static void
who_declared_a_conflict_is_given_no_work_by_a_table(void **state)
{
	static const char head[] =
	    "opened_on,conflicts_of_interest/+/who,"
	    "conflicts_of_interest/+/result,assignments/+/advocate,"
	    "assignments/+/from\n";
	char table[800], ruth[ID_TEXT_LEN + 1];
	const json_t *one;
	json_t *a;

	(void)state;
	world_start(&w);
	(void)snprintf(
	    ruth, sizeof(ruth), "%s", id_print(world_add_user(&w, "Ruth")).s);
	(void)snprintf(table, sizeof(table),
	    "%s2026-03-01,%s,declared,%s,2026-03-02\n"
	    "2026-03-03,,,%s,2026-03-04\n2026-03-05,%s,none,%s,2026-03-06\n",
	    head, ruth, ruth, ruth, ruth, ruth);
	a = world_done(&w, import_request("case", table, "opened_on", NULL));
	import_assert_counts(a, 2, 0, 0, 1);
	assert_why(a, 0, 2, "", "conflict of interest");
	assert_int_equal(json_array_size(json_object_get(a, "warnings")), 1);
	one = json_array_get(json_object_get(a, "warnings"), 0);
	assert_int_equal(import_count(one, "line"), 3);
	assert_string_equal(
	    json_string_value(json_object_get(one, "who")), "Ruth");
	json_decref(a);
	world_end(&w);
}

/* What the answer warns of is one NHS number; its warning. */
static const json_t *
odd_number(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "warnings");
	const json_t *one = json_array_get(list, 0);

	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(
	    json_string_value(json_object_get(one, "word")), "check_digit");
	assert_string_equal(
	    json_string_value(json_object_get(one, "what")), "NHS number");
	return one;
}

static void
an_nhs_number_that_does_not_add_up_is_saved_and_told(void **state)
{
	const char *id;
	json_t *a, *new;

	(void)state;
	world_start(&w);
	a = world_done(&w,
	    import_request("person",
	        "full_name,nhs_number\nAnn Ash,943 476 5919\n"
	        "Ben Birch,943 476 5918\nCat Cole,\n",
	        "full_name", NULL));
	import_assert_counts(a, 3, 0, 0, 0);
	assert_int_equal(import_count(odd_number(a), "line"), 3);
	json_decref(a);
	/* The same where somebody types it, and changes it. */
	new = world_done(&w,
	    json_pack("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "do",
	        "record new", "type", "person", "set", "path", "full_name",
	        "value", "Dan Dee", "path", "nhs_number", "value",
	        "9434765918"));
	(void)odd_number(new);
	id = json_string_value(json_object_get(new, "id"));
	a = world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id, "set", "path", "nhs_number",
	        "value", "943-476-5917"));
	(void)odd_number(a);
	json_decref(a);
	a = world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id, "set", "path", "nhs_number",
	        "value", "943-476-5919"));
	assert_null(json_object_get(a, "warnings"));
	json_decref(a);
	json_decref(new);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_nhs_number_that_does_not_add_up_is_saved_and_told),
		cmocka_unit_test(lines_become_records_of_every_kind_of_value),
		cmocka_unit_test(the_same_table_twice_makes_nothing_twice),
		cmocka_unit_test(
		    a_line_that_cannot_be_is_refused_with_its_record_and_the_rest_goes),
		cmocka_unit_test(
		    what_is_meant_is_found_by_name_reference_or_id),
		cmocka_unit_test(
		    a_table_that_nobody_can_read_for_certain_is_refused_whole),
		cmocka_unit_test(a_try_says_all_and_saves_nothing),
		cmocka_unit_test(
		    the_key_of_one_that_is_stood_for_finds_the_one_that_stands),
		cmocka_unit_test(
		    who_declared_a_conflict_is_given_no_work_by_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
