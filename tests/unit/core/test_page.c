/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages: which records a section shows, in which order, and what of them.
 */
#include "tests/support/check.h"
#include "tests/support/check_schema.h"

#include <string.h>

#include "common/core/page.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"

static const struct schema_section *
section(const struct schema *s, const char *name)
{
	const struct schema_page *page = schema_page(s, "before_visit");

	assert_non_null(page);
	for (size_t i = 0; i < page->sections_n; i++)
		if (strcmp(page->sections[i].name, name) == 0)
			return &page->sections[i];
	fail_msg("no section %s", name);
	return NULL;
}

/* A record with this document and an id that counts up. */
static struct record
record(const char *type, unsigned number, const char *doc)
{
	struct record r;
	struct id id = { { 0 } };
	struct err e;

	((uint8_t *)&id)[15] = (uint8_t)number;
	assert_ok(record_init(&r, id, type, id, &e), &e);
	json_decref(r.doc);
	r.doc = check_json(doc);
	return r;
}

static bool
shows(const char *name, const char *type, const char *doc)
{
	struct record r = record(type, 1, doc);
	bool is = page_shows(section(the_schema, name), &r, "2026-11-22");

	record_fini(&r);
	return is;
}

static void
what_is_done_or_replaced_is_left_out(void **state)
{
	(void)state;
	assert_true(shows("tasks", "task", "{'what': 'Ring the GP'}"));
	assert_true(shows("tasks", "task", "{'done': false}"));
	assert_false(shows("tasks", "task", "{'done': true}"));
	assert_false(shows("issues", "issue", "{'status': 'finished'}"));
	assert_true(shows("issues", "issue", "{'status': 'waiting'}"));
	assert_false(shows("decisions", "decision",
	    "{'question': 'Where to live', 'made_on': '2026-11-01'}"));
	assert_false(shows("notes", "note", "{'content': 'error'}"));
	assert_true(shows("notes", "note", "{'content': 'signed'}"));
	assert_false(shows("notes", "task", "{'what': 'Ring the GP'}"));
}

static void
the_first_to_be_due_comes_first_and_no_date_last(void **state)
{
	const struct schema_section *tasks = section(the_schema, "tasks");
	struct record r[] = {
		record("task", 1, "{'what': 'some day'}"),
		record("task", 2, "{'due': '2026-12-24'}"),
		record("task", 3, "{'due': '2026-11-24'}"),
	};
	const struct record *list[] = { &r[0], &r[1], &r[2] };

	(void)state;
	assert_int_equal(page_order(tasks, list, 3), 3);
	assert_ptr_equal(list[0], &r[2]);
	assert_ptr_equal(list[1], &r[1]);
	assert_ptr_equal(list[2], &r[0]);
	for (size_t i = 0; i < 3; i++)
		record_fini(&r[i]);
}

static void
the_last_answer_stands_and_a_withdrawal_wins_a_tie(void **state)
{
	const struct schema_section *s = section(the_schema, "agreements");
	struct record r[] = {
		record("consent", 1,
		    "{'what': 'advocacy', 'on': '2026-11-20',"
		    " 'answer': 'withdrawn'}"),
		record("consent", 2,
		    "{'what': 'advocacy', 'on': '2026-11-20',"
		    " 'answer': 'given'}"),
		record("consent", 3,
		    "{'what': 'advocacy', 'on': '2026-10-01',"
		    " 'answer': 'given'}"),
		record("consent", 4,
		    "{'what': 'see_records', 'on': '2026-01-01',"
		    " 'answer': 'given'}"),
		record("consent", 5, "{'what': 'advocacy', 'answer': 'given'}"),
	};
	const struct record *list[] = { &r[4], &r[3], &r[2], &r[1], &r[0] };

	(void)state;
	assert_int_equal(page_order(s, list, 5), 3);
	assert_ptr_equal(list[0], &r[0]);
	assert_ptr_equal(list[1], &r[3]);
	/* Nobody knows whether it was said before or after. */
	assert_ptr_equal(list[2], &r[4]);
	for (size_t i = 0; i < 5; i++)
		record_fini(&r[i]);
}

/* What a page has of a person's communication. */
static json_t *
entry_of(const struct schema *s, const char *doc)
{
	static const struct page_since since = { .is_known = false };
	struct record r = record("person", 1, doc);
	json_t *out = NULL;
	struct err e;

	assert_ok(
	    page_entry(section(s, "communication"), &r, &since, &out, &e), &e);
	record_fini(&r);
	return out;
}

static void
a_section_has_its_own_fields_and_no_others(void **state)
{
	json_t *got = entry_of(the_schema,
	    "{'communication_flag': 'Speak to the left ear',"
	    " 'full_name': 'Betty Hughes'}");
	json_t *want =
	    check_json("{'communication_flag': 'Speak to the left ear'}");

	(void)state;
	assert_true(json_equal(json_object_get(got, "doc"), want));
	json_decref(got);
	json_decref(want);
	assert_null(entry_of(the_schema, "{'full_name': 'Betty Hughes'}"));
}

/* The bundle with another value at a key of its page, and what comes of it. */
static json_t *
bundle_new(void)
{
	struct json_limits limits = { .bytes_max = (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32 };
	json_t *bundle = NULL;
	struct err e;

	assert_ok(json_parse(schema_bundle_bytes, schema_bundle_len, &limits,
	              &bundle, &e),
	    &e);
	return bundle;
}

static json_t *
first_section(json_t *bundle)
{
	return json_array_get(
	    json_object_get(json_object_get(json_object_get(bundle, "pages"),
	                        "before_visit"),
	        "sections"),
	    0);
}

static void
a_new_field_appears_by_data_alone(void **state)
{
	json_t *bundle = bundle_new(), *fields, *got, *want;
	struct schema *s = NULL;
	struct err e;

	(void)state;
	fields = json_object_get(
	    json_object_get(json_object_get(bundle, "records"), "person"),
	    "fields");
	assert_int_equal(json_object_set_new(fields, "hearing_aid",
	                     check_json("{'kind': 'line', 'policy': 'latest',"
	                                " 'label': 'Hearing aid'}")),
	    0);
	assert_int_equal(json_array_append_new(
	                     json_object_get(first_section(bundle), "fields"),
	                     json_string("hearing_aid")),
	    0);
	assert_ok(schema_load(bundle, &s, &e), &e);
	got = entry_of(s, "{'hearing_aid': 'Left ear'}");
	want = check_json("{'hearing_aid': 'Left ear'}");
	assert_true(json_equal(json_object_get(got, "doc"), want));
	json_decref(got);
	json_decref(want);
	schema_free(s);
	json_decref(bundle);
}

static void
a_bad_page_is_named(void **state)
{
	static const struct {
		const char *key, *value, *message;
	} cases[] = {
		{ "fields", "['no_such']", "fields names no field" },
		{ "fields", "[]", "list of 1 to" },
		{ "type", "'ward'", "no record type" },
		{ "type", "'person'", "type goes with" },
		{ "link", "['addresses']", "wrong kind" },
		{ "from", "'location/room'", "wrong kind" },
		{ "order", "'full_name'", "wrong kind" },
		{ "unless", "[{'field': 'safe_to_contact', 'in': ['x']}]",
		    "safe_to_contact cannot have" },
		{ "limit", "-1", "limit" },
		{ "colour", "'red'", "colour" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *bundle = bundle_new();
		struct schema *s = NULL;
		struct err e = { 0 };

		assert_int_equal(json_object_set_new(first_section(bundle),
		                     cases[i].key, check_json(cases[i].value)),
		    0);
		if (schema_load(bundle, &s, &e) != ERR_INVALID)
			fail_msg(
			    "%s %s is taken", cases[i].key, cases[i].value);
		if (strstr(e.msg, "pages/before_visit.json") == NULL ||
		    strstr(e.msg, cases[i].message) == NULL)
			fail_msg("%s: \"%s\"", cases[i].key, e.msg);
		json_decref(bundle);
	}
}

static void
a_bad_guide_is_named(void **state)
{
	static const struct {
		const char *key, *value, *message;
	} cases[] = {
		{ "of", "'ward'", "of a record type" },
		{ "shown", "'status'", "wrong kind" },
		{ "set", "{'status': 'no_such'}", "set: status" },
		{ "set", "{'noticed_at': 'today'}", "set: noticed_at" },
		{ "ask", "['no_such']", "ask names no field" },
		{ "fill", "[{'field': 'case', 'from': ['visit', 'site']}]",
		    "from: case names a site" },
		{ "calls", "[]", "must be lists" },
		{ "calls", "[{'label': 'x', 'number': '1', 'type': 'site'}]",
		    "not both" },
		{ "calls", "[{'label': 'x'}]", "type is missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *bundle = bundle_new();
		struct schema *s = NULL;
		struct err e = { 0 };

		assert_int_equal(
		    json_object_set_new(
		        json_object_get(
		            json_object_get(bundle, "guides"), "concern"),
		        cases[i].key, check_json(cases[i].value)),
		    0);
		if (schema_load(bundle, &s, &e) != ERR_INVALID)
			fail_msg(
			    "%s %s is taken", cases[i].key, cases[i].value);
		if (strstr(e.msg, "guides/concern.json") == NULL ||
		    strstr(e.msg, cases[i].message) == NULL)
			fail_msg("%s: \"%s\"", cases[i].key, e.msg);
		json_decref(bundle);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_done_or_replaced_is_left_out),
		cmocka_unit_test(
		    the_first_to_be_due_comes_first_and_no_date_last),
		cmocka_unit_test(
		    the_last_answer_stands_and_a_withdrawal_wins_a_tie),
		cmocka_unit_test(a_section_has_its_own_fields_and_no_others),
		cmocka_unit_test(a_new_field_appears_by_data_alone),
		cmocka_unit_test(a_bad_page_is_named),
		cmocka_unit_test(a_bad_guide_is_named),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
