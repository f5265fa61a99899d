/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports are listed, shown, and taken back, as far as nobody touched what came
 * of them.
 */
#include "tests/support/import_table.h"

static struct world w;

static json_t *
undo(const char *import)
{
	return world_done(
	    &w, json_pack("{s:s, s:s}", "do", "import undo", "import", import));
}

static void
an_import_that_nobody_touched_is_gone_when_it_is_undone(void **state)
{
	char first[40], second[40];
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	a = world_done(
	    &w, import_request("person", import_people, "local_ref", NULL));
	import_keep(a, "import", first);
	json_decref(a);
	a = world_done(&w,
	    import_request("person",
	        "local_ref,email,phones/+/number,location/room,client_group\n"
	        "P-1,b@c,3,14,autism\nP-9,,,,\n",
	        "local_ref", NULL));
	import_assert_counts(a, 1, 1, 0, 0);
	import_keep(a, "import", second);
	json_decref(a);

	a = undo(second);
	assert_int_equal(import_count(a, "removed"), 1);
	assert_int_equal(import_count(a, "taken_back"), 1);
	assert_int_equal(json_array_size(json_object_get(a, "left")), 0);
	json_decref(a);
	doc = import_doc(&w, "person", "local_ref", "P-1");
	import_assert_has(doc,
	    "{\"location\": {\"room\": \"12\"},"
	    " \"client_group\": [\"dementia\", \"older_person\"]}");
	assert_int_equal(json_object_size(json_object_get(doc, "phones")), 2);
	assert_null(json_object_get(doc, "email"));
	json_decref(doc);
	import_assert_error(
	    world_command(&w,
	        json_pack("{s:s, s:s}", "do", "import undo", "import", second)),
	    "undone before");
	/* Two hands were at P-1 since: the second import and its undoing. */
	a = undo(first);
	assert_int_equal(import_count(a, "removed"), 1);
	assert_int_equal(json_array_size(json_object_get(a, "left")), 1);
	json_decref(a);
	world_end(&w);
}

static void
what_was_touched_since_or_is_pointed_to_is_left_and_told(void **state)
{
	char import[40], id[40];
	json_t *a, *doc;

	(void)state;
	world_start(&w);
	a = world_done(&w,
	    import_request(
	        "person", "local_ref\nA\nB\nC\n", "local_ref", NULL));
	import_keep(a, "import", import);
	json_decref(a);
	json_decref(world_done(&w,
	    import_request(
	        "person", "local_ref,email\nA,a@b\n", "local_ref", NULL)));
	json_decref(world_done(&w,
	    import_request("case", "opened_on,person\n2026-03-02,B\n",
	        "opened_on", NULL)));
	a = undo(import);
	assert_int_equal(import_count(a, "removed"), 1);
	assert_int_equal(json_array_size(json_object_get(a, "left")), 2);
	json_decref(a);
	assert_null(import_doc(&w, "person", "local_ref", "C"));

	/* One value of a record is touched, and the other goes back. */
	a = world_done(&w,
	    import_request("person", "local_ref,email,Full name\nA,c@d,X\n",
	        "local_ref", NULL));
	import_keep(a, "import", import);
	import_keep(json_array_get(json_object_get(a, "rows"), 0), "id", id);
	json_decref(a);
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id, "set", "path", "full_name", "value",
	        "Y")));
	a = undo(import);
	assert_int_equal(import_count(a, "taken_back"), 1);
	assert_int_equal(json_array_size(json_object_get(a, "left")), 1);
	json_decref(a);
	doc = import_doc(&w, "person", "local_ref", "A");
	import_assert_has(doc, "{\"email\": \"a@b\", \"full_name\": \"Y\"}");
	json_decref(doc);
	world_end(&w);
}

static void
imports_are_listed_and_shown(void **state)
{
	char import[40];
	json_t *a;
	const json_t *one;

	(void)state;
	world_start(&w);
	a = world_done(
	    &w, import_request("person", import_people, "local_ref", NULL));
	import_keep(a, "import", import);
	json_decref(a);
	json_decref(world_done(
	    &w, import_request("site", "Name\nLimes\n", "Name", NULL)));
	json_decref(undo(import));
	a = world_done(&w, json_pack("{s:s}", "do", "import list"));
	assert_int_equal(json_array_size(json_object_get(a, "imports")), 2);
	one = json_array_get(json_object_get(a, "imports"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(one, "import")), import);
	assert_true(json_is_true(json_object_get(one, "undone")));
	assert_int_equal(import_count(one, "made"), 2);
	json_decref(a);
	a = world_done(
	    &w, json_pack("{s:s, s:s}", "do", "import show", "import", import));
	assert_int_equal(json_array_size(json_object_get(a, "records")), 2);
	assert_string_equal(
	    json_string_value(json_object_get(a, "file")), "table.csv");
	json_decref(a);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_import_that_nobody_touched_is_gone_when_it_is_undone),
		cmocka_unit_test(
		    what_was_touched_since_or_is_pointed_to_is_left_and_told),
		cmocka_unit_test(imports_are_listed_and_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
