/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/buf.h"
#include "common/core/limits.h"
#include "common/core/merge.h"
#include "common/core/path.h"
#include "tests/support/check_schema.h"

/* A value written in JSON with ' for "; NULL is absent. */
static json_t *
value_of(const char *text)
{
	return text == NULL ? NULL : check_json(text);
}

/* Merge at a path of a type and hold the result to kind and value. */
static void
check(const char *type_path, const char *was, const char *current,
    const char *now, enum merge_kind kind, const char *want)
{
	char type[32];
	const char *path = strchr(type_path, '.') + 1;
	json_t *w = value_of(was), *c = value_of(current), *n = value_of(now);
	json_t *v = value_of(want);
	struct merge_result r;
	struct err e = { 0 };

	(void)snprintf(
	    type, sizeof(type), "%.*s", (int)(path - 1 - type_path), type_path);
	assert_ok(
	    merge_value(schema_find_field(check_type(the_schema, type), path),
	        w, c, n, false, &r, &e),
	    &e);
	assert_int_equal(r.kind, kind);
	assert_true(path_equal(r.value, v));
	assert_true(r.value == NULL || !path_is_absent(r.value));
	json_decref(r.value);
	json_decref(w);
	json_decref(c);
	json_decref(n);
	json_decref(v);
}

static void
equal_results_are_clean_whatever_the_policy(void **state)
{
	(void)state;
	check("note.summary", "'a'", "'b'", "'b'", MERGE_CLEAN, "'b'");
	check("note.mode", "'a'", "'b'", "'b'", MERGE_CLEAN, "'b'");
	check("note.template", "'a'", "'b'", "'b'", MERGE_CLEAN, "'b'");
	check("note.unheard_of", "'a'", "'b'", "'b'", MERGE_CLEAN, "'b'");
	check("note.mode", "'a'", NULL, NULL, MERGE_CLEAN, NULL);
	check("note.mode", "'a'", NULL, "''", MERGE_CLEAN, NULL);
}

static void
policy_fixed_is_set_once_and_a_different_later_value_is_held(void **state)
{
	(void)state;
	check("note.template", NULL, NULL, "'b'", MERGE_CLEAN, "'b'");
	check("note.template", NULL, "'a'", "'b'", MERGE_HELD, NULL);
	check("note.template", "'a'", "'a'", NULL, MERGE_HELD, NULL);
}

static void
policy_latest_lets_the_later_accepted_value_stand(void **state)
{
	(void)state;
	check("note.interpreter", "'a'", "'b'", "'c'", MERGE_BESIDE, "'c'");
	check("note.interpreter", "'a'", "'b'", NULL, MERGE_BESIDE, NULL);
}

static void
policy_set_lets_adding_win_over_a_concurrent_removal(void **state)
{
	(void)state;
	check("note.activities/x", "true", "true", NULL, MERGE_CLEAN, "true");
	check("note.activities/x", "true", NULL, "true", MERGE_CLEAN, "true");
	check("note.activities/x", NULL, NULL, NULL, MERGE_CLEAN, NULL);
}

static void
whole_sets_keep_what_either_added_and_lose_what_either_took(void **state)
{
	(void)state;
	check("note.activities", "['a','b']", "['a','b','d']", "['b','c']",
	    MERGE_CLEAN, "['b','c','d']");
	check("note.activities", NULL, "['a']", "['b']", MERGE_CLEAN,
	    "['a','b']");
	check("note.activities", "['a']", NULL, "['a','z']", MERGE_CLEAN,
	    "['z']");
	check("note.activities", "['a','b']", "['a']", "['b']", MERGE_CLEAN,
	    NULL);
	/* Rows have paths of their own. */
	check("note.statements", NULL, "{'r':{'text':'a'}}",
	    "{'s':{'text':'a'}}", MERGE_CONFLICT, NULL);
}

static void
policy_text_merges_edits_that_do_not_touch_and_asks_about_the_rest(void **state)
{
	(void)state;
	check("note.summary", "'one two three four five'",
	    "'ONE two three four five'", "'one two three four FIVE'",
	    MERGE_CLEAN, "'ONE two three four FIVE'");
	check(
	    "note.summary", "'one'", "'two'", "'three'", MERGE_CONFLICT, NULL);
	check("note.summary", NULL, "'two'", "'three'", MERGE_CONFLICT, NULL);
	check("note.summary", "'one'", NULL, "'one'", MERGE_CLEAN, NULL);
	check("note.summary", "'one'", "7", "'one'", MERGE_CONFLICT, NULL);
}

/* `before` times x, four words, `after` times y. */
static json_t *
long_text(size_t before, size_t after)
{
	struct buf text;
	json_t *value;

	buf_init(&text, LIMIT_TEXT_BYTES);
	while (before-- > 0)
		buf_add_char(&text, 'x');
	buf_add_str(&text, " one two three four ");
	while (after-- > 0)
		buf_add_char(&text, 'y');
	value = json_stringn(text.ptr, text.len);
	buf_fini(&text);
	return value;
}

static void
a_text_that_would_grow_past_its_limit_is_a_conflict(void **state)
{
	json_t *was = long_text(0, 0), *current = long_text(60000, 0);
	json_t *now = long_text(0, 60000);
	struct merge_result r;
	struct err e = { 0 };

	(void)state;
	assert_ok(merge_value(schema_find_field(
	                          check_type(the_schema, "note"), "summary"),
	              was, current, now, false, &r, &e),
	    &e);
	assert_int_equal(r.kind, MERGE_CONFLICT);
	json_decref(was);
	json_decref(current);
	json_decref(now);
}

static void
a_text_merge_near_a_word_of_weight_is_marked_for_review(void **state)
{
	json_t *was = json_string("he may go home to her today");
	json_t *current = json_string("he may not go home to her today");
	json_t *now = json_string("he may go home to her tonight");
	struct merge_result r;
	struct err e = { 0 };

	(void)state;
	assert_ok(merge_value(schema_find_field(
	                          check_type(the_schema, "note"), "summary"),
	              was, current, now, false, &r, &e),
	    &e);
	assert_int_equal(r.kind, MERGE_CLEAN);
	assert_true(r.review);
	json_decref(r.value);
	json_decref(was);
	json_decref(current);
	json_decref(now);
}

static void
policy_rank_lets_the_more_protective_value_stand(void **state)
{
	(void)state;
	check("note.safeguarding", "'no_concern'", "'concern'", "'unsure'",
	    MERGE_RANKED, "'concern'");
	check("note.safeguarding", "'no_concern'", "'unsure'", "'concern'",
	    MERGE_RANKED, "'concern'");
	check("note.safeguarding", "'no_concern'", "'unsure'", NULL,
	    MERGE_RANKED, "'unsure'");
	check(
	    "note.debrief_wanted", NULL, "false", "true", MERGE_RANKED, "true");
	/* A code that the order does not have: a person must say. */
	check("note.safeguarding", "'no_concern'", "'unsure'", "'new_code'",
	    MERGE_CONFLICT, NULL);
}

static void
policy_ask_is_a_conflict_even_when_one_side_left_the_value_as_it_was(
    void **state)
{
	(void)state;
	check("note.mode", "'a'", "'b'", "'c'", MERGE_CONFLICT, NULL);
	check("note.mode", "'a'", "'b'", "'a'", MERGE_CONFLICT, NULL);
	check("note.mode", "'a'", "'a'", "'b'", MERGE_CONFLICT, NULL);
}

static void
policy_office_holds_what_a_device_sends_and_passes_the_offices_own(void **state)
{
	const struct schema_field *status =
	    schema_find_field(check_type(the_schema, "case"), "status");
	json_t *a = json_string("a"), *b = json_string("b");
	struct merge_result r;
	struct err e = { 0 };

	(void)state;
	check("case.status", "'a'", "'a'", "'b'", MERGE_HELD, NULL);
	check("case.status", "'a'", "'a'", "'a'", MERGE_HELD, NULL);
	assert_ok(merge_value(status, a, b, b, true, &r, &e), &e);
	assert_int_equal(r.kind, MERGE_CLEAN);
	json_decref(r.value);
	assert_ok(merge_value(status, a, b, a, true, &r, &e), &e);
	assert_int_equal(r.kind, MERGE_CONFLICT);
	json_decref(a);
	json_decref(b);
}

static void
a_path_that_the_schema_does_not_know_is_a_conflict(void **state)
{
	(void)state;
	check("note.unheard_of", "'a'", "'b'", "'c'", MERGE_CONFLICT, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_results_are_clean_whatever_the_policy),
		cmocka_unit_test(
		    policy_fixed_is_set_once_and_a_different_later_value_is_held),
		cmocka_unit_test(
		    policy_latest_lets_the_later_accepted_value_stand),
		cmocka_unit_test(
		    policy_set_lets_adding_win_over_a_concurrent_removal),
		cmocka_unit_test(
		    whole_sets_keep_what_either_added_and_lose_what_either_took),
		cmocka_unit_test(
		    policy_text_merges_edits_that_do_not_touch_and_asks_about_the_rest),
		cmocka_unit_test(
		    a_text_that_would_grow_past_its_limit_is_a_conflict),
		cmocka_unit_test(
		    a_text_merge_near_a_word_of_weight_is_marked_for_review),
		cmocka_unit_test(
		    policy_rank_lets_the_more_protective_value_stand),
		cmocka_unit_test(
		    policy_ask_is_a_conflict_even_when_one_side_left_the_value_as_it_was),
		cmocka_unit_test(
		    policy_office_holds_what_a_device_sends_and_passes_the_offices_own),
		cmocka_unit_test(
		    a_path_that_the_schema_does_not_know_is_a_conflict),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
