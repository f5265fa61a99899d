/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said after a sign-off, or was unseen by who signed, becomes an
 * addendum: in whose words, and how it is told.
 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "tests/support/check_sign.h"

static struct check_desk d;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_draft(&d);
	return 0;
}

static void
what_the_signer_had_not_seen_leaves_the_path_and_becomes_an_addendum(
    void **state)
{
	(void)state;
	check_edit(
	    &d, BOB, "summary", 1, 0, "'as Ann saw it'", "'as Bob saw it'");
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(check_addenda(&d), 1);
	assert_string_equal(check_addendum(&d, "summary", "text"),
	    "Summary in two sentences: \xe2\x80\x9c"
	    "as Ann saw it\xe2\x80\x9d \xe2\x86\x92 \xe2\x80\x9c"
	    "as Bob saw it\xe2\x80\x9d");
	assert_string_equal(
	    check_addendum(&d, "summary", "kind"), "conflict_remainder");
	/* It says whose words they are. */
	assert_string_equal(check_addendum(&d, "summary", "author"),
	    id_print(check_author(BOB)).s);
	assert_string_equal(check_addendum(&d, "summary", "made_at"),
	    clock_print(1795000000000 + 60000).s);
	/* Nothing is open: there is nothing to decide in a signed note. */
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
rows_members_and_fields_that_the_signer_did_not_name_leave_too(void **state)
{
	struct change c = check_change(&d, BOB);

	(void)state;
	check_op(&c, "statements/r2/kind", 0, 0, NULL, "'seen'");
	check_op(&c, "statements/r2/text", 0, 0, NULL, "'bruise'");
	check_op(&c, "statements/r1/speaker", 0, 0, NULL, "'Betty'");
	check_op(&c, "activities/explained", 0, 0, NULL, "true");
	check_op(&c, "interpreter", 0, 0, NULL, "'Makaton'");
	check_op(&c, "debrief_wanted", 0, 0, NULL, "true");
	check_op(&c, "unheard_of", 0, 0, NULL, "'kept'");
	check_send(&d, &c);
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	check_value(&d, "activities", "['listened']");
	check_value(&d, "interpreter", NULL);
	/* What does not lock stays. */
	check_value(&d, "debrief_wanted", "true");
	check_value(&d, "unheard_of", "'kept'");
	assert_int_equal(check_addenda(&d), 4);
	/* One addendum for a row, its words in it. */
	assert_non_null(
	    strstr(check_addendum(&d, "statements/r2", "text"), "bruise"));
	assert_non_null(strstr(
	    check_addendum(&d, "statements/r1/speaker", "text"), "Betty"));
	assert_non_null(strstr(
	    check_addendum(&d, "activities/explained", "text"), "(added)"));
	assert_non_null(
	    strstr(check_addendum(&d, "interpreter", "text"), "Makaton"));
	assert_true(record_path(&d.record, "statements/r2")->is_removed);
}

static void
a_row_that_was_removed_unseen_is_back_and_the_removal_an_addendum(void **state)
{
	(void)state;
	check_edit(&d, BOB, "statements/r1", 1, 0,
	    "{'kind':'said','text':'home'}", NULL);
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	assert_int_equal(check_addenda(&d), 1);
	assert_non_null(
	    strstr(check_addendum(&d, "statements/r1", "text"), "nothing"));
	assert_string_equal(check_addendum(&d, "statements/r1", "author"),
	    id_print(check_author(BOB)).s);
}

static void
sides_of_conflicts_that_are_open_at_sign_off_become_addenda(void **state)
{
	(void)state;
	check_edit(&d, BOB, "mode", 0, 0, NULL, "'instructed'");
	check_edit(&d, CAT, "mode", 0, 0, NULL, "'non_instructed'");
	assert_int_equal(check_open(&d, "mode"), 1);
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	/* Ann had seen neither. */
	check_value(&d, "mode", NULL);
	assert_int_equal(check_open(&d, "mode"), 0);
	assert_int_equal(check_addenda(&d), 2);
	check_side(&d, "mode", 0, "'non_instructed'", CAT, false);
}

static void
a_later_op_on_a_locked_path_becomes_an_addendum(void **state)
{
	(void)state;
	check_sign(&d, ANN);
	/* Seen or not. */
	assert_int_equal(
	    check_edit(&d, ANN, "summary", 2, 2, "'as Ann saw it'", "'better'"),
	    OUTCOME_ADDENDUM);
	assert_string_equal(
	    check_addendum(&d, "summary", "kind"), "correction");
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r1/text", 1, 0, "'home'", NULL),
	    OUTCOME_ADDENDUM);
	assert_string_equal(check_addendum(&d, "statements/r1/text", "kind"),
	    "conflict_remainder");
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r9/text", 0, 0, NULL, "'late'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, BOB, "activities/listened", 1, 0, "true", NULL),
	    OUTCOME_ADDENDUM);
	assert_non_null(strstr(
	    check_addendum(&d, "activities/listened", "text"), "(taken out)"));
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r1/newer", 0, 0, NULL, "7"),
	    OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	check_value(&d, "activities", "['listened']");
	assert_int_equal(check_addenda(&d), 5);
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
saying_again_what_is_signed_is_no_addendum(void **state)
{
	(void)state;
	check_sign(&d, ANN);
	assert_int_equal(
	    check_edit(&d, BOB, "summary", 1, 0, "'x'", "'as Ann saw it'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, BOB, "views_not_found", 0, 0, "'x'", NULL),
	    OUTCOME_APPLIED);
	assert_int_equal(check_addenda(&d), 0);
}

static void
an_addendum_says_in_words_what_differs(void **state)
{
	static const struct {
		const char *path, *now, *words;
	} cases[] = {
		{ "safeguarding", "'concern'", "afeguarding" },
		{ "seen_in_private", "true",
		    "Seen in private: nothing \xe2\x86"
		    "\x92 Yes" },
		{ "activities", "['explained','listened']", "What you did: " },
		{ "statements", "{'r2':{'kind':'seen','text':'x','new':1}}",
		    "Words: \xe2\x80\x9cx\xe2\x80\x9d" },
		{ "statements/r1/at", "'2026-11-21T18:05:09.000Z'",
		    "What was said, shown and seen, When: nothing \xe2\x86\x92 "
		    "2026-11-21T18:05:09.000Z" },
		{ "statements/r1/newer", "7",
		    "statements/r1/newer: nothing \xe2\x86\x92 7" },
		{ "statements/r1", "{'text':'y'}", "Words: \xe2\x80\x9cy" },
		{ "template_version", "3", "Template version: nothing" },
	};

	(void)state;
	check_sign(&d, ANN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(check_edit(&d, BOB, cases[i].path, 2, 0, NULL,
		                     cases[i].now),
		    OUTCOME_ADDENDUM);
		if (strstr(check_addendum(&d, cases[i].path, "text"),
		        cases[i].words) == NULL)
			fail_msg(
			    "%s", check_addendum(&d, cases[i].path, "text"));
	}
}

static void
a_record_that_was_removed_unseen_is_signed_and_the_removal_told(void **state)
{
	char *was = json_dumps(d.record.doc, JSON_COMPACT);

	(void)state;
	for (char *p = was; *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	assert_int_equal(
	    check_edit(&d, BOB, "", 1, 0, was, NULL), OUTCOME_APPLIED);
	free(was);
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(check_addenda(&d), 1);
	assert_string_equal(check_addendum_of_all(&d),
	    "Note: asked for all of it to be removed");
}

static void
a_whole_record_written_after_the_signature_is_told_by_what_differs(void **state)
{
	(void)state;
	check_sign(&d, ANN);
	assert_int_equal(check_edit(&d, BOB, "", 2, 0, NULL,
	                     "{'activities':['listened'],'newer':7,"
	                     "'summary':'z'}"),
	    OUTCOME_ADDENDUM);
	assert_non_null(strstr(check_addendum_of_all(&d),
	    "; Summary in two sentences: \xe2\x80\x9cz\xe2\x80\x9d"));
	assert_non_null(strstr(check_addendum_of_all(&d), "; newer: 7"));
	assert_null(strstr(check_addendum_of_all(&d), "What you did"));
	assert_null(strstr(check_addendum_of_all(&d), "{"));
}

static void
an_addendum_has_the_same_id_wherever_the_change_is_applied(void **state)
{
	struct record copy;
	struct change c;
	struct apply_context ctx = { .schema = d.schema, .version = { 1, 9 } };
	struct apply_result result;
	struct err e = { 0 };
	void *here, *there;

	(void)state;
	check_sign(&d, ANN);
	assert_ok(record_copy(&d.record, &copy, &e), &e);
	check_edit(&d, CAT, "debrief_wanted", 0, 0, NULL, "true");
	c = check_change(&d, BOB);
	check_op(&c, "summary", 1, 0, "'x'", "'late'");
	assert_ok(apply_change(&copy, &c, &ctx, &result, &e), &e);
	check_send(&d, &c);
	here = json_object_iter(json_object_get(d.record.doc, "addenda"));
	there = json_object_iter(json_object_get(copy.doc, "addenda"));
	assert_string_equal(
	    json_object_iter_key(here), json_object_iter_key(there));
	record_fini(&copy);
}

/* A visit is signed as a note is, and added to as a note is. */
static void
a_signed_visit_is_added_to(void **state)
{
	const json_t *addenda;
	struct change c;

	(void)state;
	check_desk_again(&d, "visit");
	check_edit(&d, ANN, "purpose", 0, 0, NULL, "'tea'");
	check_edit(&d, BOB, "purpose", 1, 0, "'tea'", "'talk'");
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "purpose", 1, 1, "'tea'", "'tea'");
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, CAT, "purpose", 3, 0, "'tea'", "'coffee'"),
	    OUTCOME_ADDENDUM);
	check_value(&d, "purpose", "'tea'");
	assert_int_equal(check_open(&d, "purpose"), 0);
	addenda = json_object_get(d.record.doc, "addenda");
	assert_int_equal(json_object_size(addenda), 2);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    what_the_signer_had_not_seen_leaves_the_path_and_becomes_an_addendum),
		TEST(
		    rows_members_and_fields_that_the_signer_did_not_name_leave_too),
		TEST(
		    a_row_that_was_removed_unseen_is_back_and_the_removal_an_addendum),
		TEST(
		    sides_of_conflicts_that_are_open_at_sign_off_become_addenda),
		TEST(a_later_op_on_a_locked_path_becomes_an_addendum),
		TEST(saying_again_what_is_signed_is_no_addendum),
		TEST(an_addendum_says_in_words_what_differs),
		TEST(
		    a_record_that_was_removed_unseen_is_signed_and_the_removal_told),
		TEST(
		    a_whole_record_written_after_the_signature_is_told_by_what_differs),
		TEST(
		    an_addendum_has_the_same_id_wherever_the_change_is_applied),
		TEST(a_signed_visit_is_added_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
