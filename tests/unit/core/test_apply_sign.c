/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-off: what the signer saw is the signed version, and the rest stands
 * beside it.
 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/core/path.h"
#include "tests/support/check_apply.h"

static struct check_desk d;

/* A draft of Ann's: version 1. */
static int
set_up(void **state)
{
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'draft'");
	check_op(&c, "summary", 0, 0, NULL, "'as Ann saw it'");
	check_op(&c, "safeguarding", 0, 0, NULL, "'no_concern'");
	check_op(&c, "activities/listened", 0, 0, NULL, "true");
	check_op(&c, "statements/r1/kind", 0, 0, NULL, "'said'");
	check_op(&c, "statements/r1/text", 0, 0, NULL, "'home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	check_desk_fini(&d);
	return 0;
}

/* Ann's draft of version 1 signed by someone who saw just that. */
static struct change
signature(unsigned n)
{
	struct change c = check_change(&d, n);

	check_op(&c, "content", 1, 0, "'draft'", "'signed'");
	check_op(&c, "summary", 1, 0, "'as Ann saw it'", "'as Ann saw it'");
	check_op(&c, "safeguarding", 1, 0, "'no_concern'", "'no_concern'");
	check_op(&c, "activities/listened", 1, 0, "true", "true");
	check_op(&c, "statements/r1/kind", 1, 0, "'said'", "'said'");
	check_op(&c, "statements/r1/text", 1, 0, "'home'", "'home'");
	check_op(&c, "signed_at", 0, 0, NULL,
	    n == ANN ? "'2026-11-21T18:05:09.000Z'"
	             : "'2026-11-22T18:05:09.000Z'");
	return c;
}

static enum outcome_kind
sign(unsigned n)
{
	struct change c = signature(n);

	return check_send(&d, &c);
}

static size_t
addenda(void)
{
	return json_object_size(path_get(d.record.doc, "addenda"));
}

/* The addendum that refers to the path; there is one. */
static const json_t *
addendum(const char *path)
{
	json_t *rows = json_object_get(d.record.doc, "addenda"), *row;
	const json_t *found = NULL;
	const char *id;

	json_object_foreach(rows, id, row)
	{
		const char *to =
		    json_string_value(json_object_get(row, "refers_to"));

		if (to == NULL || strcmp(to, path) != 0)
			continue;
		assert_null(found);
		found = row;
	}
	if (found == NULL)
		fail_msg("no addendum refers to %s", path);
	return found;
}

static const char *
column(const char *path, const char *name)
{
	return json_string_value(json_object_get(addendum(path), name));
}

/* The words of the one addendum, which is about the record as a whole. */
static const char *
words_of_all(void)
{
	json_t *rows = json_object_get(d.record.doc, "addenda");
	const json_t *row = json_object_iter_value(json_object_iter(rows));

	assert_int_equal(json_object_size(rows), 1);
	assert_null(json_object_get(row, "refers_to"));
	return json_string_value(json_object_get(row, "text"));
}

static void
what_the_signer_saw_is_signed_as_it_stands(void **state)
{
	(void)state;
	assert_int_equal(sign(ANN), OUTCOME_APPLIED);
	check_value(&d, "content", "'signed'");
	assert_int_equal(addenda(), 0);
	assert_int_equal(record_path_version(&d.record, "summary").seq, 2);
}

static void
what_the_signer_had_not_seen_leaves_the_path_and_becomes_an_addendum(
    void **state)
{
	(void)state;
	check_edit(
	    &d, BOB, "summary", 1, 0, "'as Ann saw it'", "'as Bob saw it'");
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(addenda(), 1);
	assert_string_equal(column("summary", "text"),
	    "Summary in two sentences: \xe2\x80\x9c"
	    "as Ann saw it\xe2\x80\x9d \xe2\x86\x92 \xe2\x80\x9c"
	    "as Bob saw it\xe2\x80\x9d");
	assert_string_equal(column("summary", "kind"), "conflict_remainder");
	/* It says whose words they are. */
	assert_string_equal(
	    column("summary", "author"), id_print(check_author(BOB)).s);
	assert_string_equal(
	    column("summary", "made_at"), clock_print(1795000000000 + 60000).s);
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
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	check_value(&d, "activities", "['listened']");
	check_value(&d, "interpreter", NULL);
	/* What does not lock stays. */
	check_value(&d, "debrief_wanted", "true");
	check_value(&d, "unheard_of", "'kept'");
	assert_int_equal(addenda(), 4);
	/* One addendum for a row, its words in it. */
	assert_non_null(strstr(column("statements/r2", "text"), "bruise"));
	assert_non_null(
	    strstr(column("statements/r1/speaker", "text"), "Betty"));
	assert_non_null(
	    strstr(column("activities/explained", "text"), "(added)"));
	assert_non_null(strstr(column("interpreter", "text"), "Makaton"));
	assert_true(record_path(&d.record, "statements/r2")->is_removed);
}

static void
a_row_that_was_removed_unseen_is_back_and_the_removal_an_addendum(void **state)
{
	(void)state;
	check_edit(&d, BOB, "statements/r1", 1, 0,
	    "{'kind':'said','text':'home'}", NULL);
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	assert_int_equal(addenda(), 1);
	assert_non_null(strstr(column("statements/r1", "text"), "nothing"));
	assert_string_equal(
	    column("statements/r1", "author"), id_print(check_author(BOB)).s);
}

static void
sides_of_conflicts_that_are_open_at_sign_off_become_addenda(void **state)
{
	(void)state;
	check_edit(&d, BOB, "mode", 0, 0, NULL, "'instructed'");
	check_edit(&d, CAT, "mode", 0, 0, NULL, "'non_instructed'");
	assert_int_equal(check_open(&d, "mode"), 1);
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	/* Ann had seen neither. */
	check_value(&d, "mode", NULL);
	assert_int_equal(check_open(&d, "mode"), 0);
	assert_int_equal(addenda(), 2);
	check_side(&d, "mode", 0, "'non_instructed'", CAT, false);
}

static void
a_later_op_on_a_locked_path_becomes_an_addendum(void **state)
{
	(void)state;
	sign(ANN);
	/* Seen or not. */
	assert_int_equal(
	    check_edit(&d, ANN, "summary", 2, 2, "'as Ann saw it'", "'better'"),
	    OUTCOME_ADDENDUM);
	assert_string_equal(column("summary", "kind"), "correction");
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r1/text", 1, 0, "'home'", NULL),
	    OUTCOME_ADDENDUM);
	assert_string_equal(
	    column("statements/r1/text", "kind"), "conflict_remainder");
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r9/text", 0, 0, NULL, "'late'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(
	    check_edit(&d, BOB, "activities/listened", 1, 0, "true", NULL),
	    OUTCOME_ADDENDUM);
	assert_non_null(
	    strstr(column("activities/listened", "text"), "(taken out)"));
	assert_int_equal(
	    check_edit(&d, BOB, "statements/r1/newer", 0, 0, NULL, "7"),
	    OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	check_value(&d, "statements", "{'r1':{'kind':'said','text':'home'}}");
	check_value(&d, "activities", "['listened']");
	assert_int_equal(addenda(), 5);
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
what_does_not_lock_goes_on_as_before(void **state)
{
	(void)state;
	sign(ANN);
	assert_int_equal(
	    check_edit(&d, ANN, "debrief_wanted", 0, 0, NULL, "true"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, ANN, "addenda/a1/text", 0, 0, NULL, "'more'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, ANN, "content", 2, 2, "'signed'", "'addended'"),
	    OUTCOME_APPLIED);
}

static void
saying_again_what_is_signed_is_no_addendum(void **state)
{
	(void)state;
	sign(ANN);
	assert_int_equal(
	    check_edit(&d, BOB, "summary", 1, 0, "'x'", "'as Ann saw it'"),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    check_edit(&d, BOB, "views_not_found", 0, 0, "'x'", NULL),
	    OUTCOME_APPLIED);
	assert_int_equal(addenda(), 0);
}

static void
a_late_draft_does_not_undo_the_signature(void **state)
{
	(void)state;
	sign(ANN);
	assert_int_equal(
	    check_edit(&d, BOB, "content", 1, 0, "'draft'", "'draft'"),
	    OUTCOME_MERGED);
	check_value(&d, "content", "'signed'");
	assert_int_equal(d.record.n_conflicts, 0);
}

static void
of_two_sign_offs_the_first_stands(void **state)
{
	struct change c;

	(void)state;
	sign(ANN);
	c = signature(BOB);
	json_decref(c.ops[1].was);
	json_decref(c.ops[1].now);
	c.ops[1].was = json_string("as Bob saw it");
	c.ops[1].now = json_string("as Bob saw it");
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	check_value(&d, "signed_at", "'2026-11-21T18:05:09.000Z'");
	assert_int_equal(addenda(), 2);
	assert_string_equal(column("summary", "kind"), "conflict_remainder");
	assert_non_null(strstr(column("signed_at", "text"), "2026-11-22"));
}

static void
what_stands_beside_is_settled_by_a_signer_who_saw_it(void **state)
{
	struct change c;

	(void)state;
	check_edit(&d, BOB, "interpreter", 0, 0, NULL, "'b'");
	check_edit(&d, CAT, "interpreter", 0, 0, NULL, "'c'");
	assert_int_equal(check_open(&d, "interpreter"), 1);
	c = signature(ANN);
	check_op(&c, "interpreter", 3, 0, "'c'", "'c'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, "interpreter"), 0);
	assert_int_equal(addenda(), 0);
}

static void
what_a_human_is_told_stays_told_after_sign_off(void **state)
{
	(void)state;
	check_edit(&d, BOB, "safeguarding", 1, 0, "'no_concern'", "'concern'");
	check_edit(&d, CAT, "safeguarding", 1, 0, "'no_concern'", "'unsure'");
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	check_value(&d, "safeguarding", "'no_concern'");
	/* Bob's concern is beside the signed words, Cat's is told. */
	assert_non_null(strstr(column("safeguarding", "text"), "oncern"));
	assert_int_equal(check_open(&d, "safeguarding"), 1);
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
	sign(ANN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(check_edit(&d, BOB, cases[i].path, 2, 0, NULL,
		                     cases[i].now),
		    OUTCOME_ADDENDUM);
		if (strstr(column(cases[i].path, "text"), cases[i].words) ==
		    NULL)
			fail_msg("%s", column(cases[i].path, "text"));
	}
}

/* Collect paths, one a line. */
static enum err_code
collect(void *arg, const char *path, struct err *e)
{
	struct buf *out = arg;

	buf_printf(out, "%s\n", path);
	return buf_check(out, e);
}

static void
the_locked_paths_of_a_document_are_told_one_by_one(void **state)
{
	const struct schema_type *note = schema_type(d.schema, "note");
	struct buf paths;
	struct err e = { 0 };

	(void)state;
	check_edit(&d, ANN, "actions/k1/text", 0, 0, NULL, "'call'");
	check_edit(&d, ANN, "actions/k1/done", 0, 0, NULL, "true");
	check_edit(&d, ANN, "actions/k1/newer", 0, 0, NULL, "true");
	check_edit(&d, ANN, "debrief_wanted", 0, 0, NULL, "true");
	buf_init(&paths, 1000);
	assert_ok(
	    apply_locked_paths(note, d.record.doc, collect, &paths, &e), &e);
	assert_string_equal(paths.ptr,
	    "actions/k1/newer\n"
	    "actions/k1/text\n"
	    "activities/listened\n"
	    "safeguarding\n"
	    "statements/r1/kind\n"
	    "statements/r1/text\n"
	    "summary\n");
	buf_fini(&paths);
	buf_init(&paths, 3);
	assert_int_equal(
	    apply_locked_paths(note, d.record.doc, collect, &paths, &e),
	    ERR_INVALID);
	buf_fini(&paths);
}

static void
removing_a_signed_record_is_a_proposal(void **state)
{
	json_t *doc;
	struct change c;
	static const uint8_t salt[CHANGE_SALT_LEN];
	struct change_base base = { .seen = { 1, 2 } };
	struct err e = { 0 };

	(void)state;
	sign(ANN);
	doc = json_deep_copy(d.record.doc);
	c = check_change(&d, BOB);
	assert_ok(change_add_op(&c, "", &base, doc, NULL, salt, &e), &e);
	json_decref(doc);
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(addenda(), 1);
	assert_string_equal(
	    words_of_all(), "Note: asked for all of it to be removed");
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
	assert_int_equal(sign(ANN), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(addenda(), 1);
	assert_string_equal(
	    words_of_all(), "Note: asked for all of it to be removed");
}

static void
a_whole_record_written_after_the_signature_is_told_by_what_differs(void **state)
{
	(void)state;
	sign(ANN);
	assert_int_equal(check_edit(&d, BOB, "", 2, 0, NULL,
	                     "{'activities':['listened'],'newer':7,"
	                     "'summary':'z'}"),
	    OUTCOME_ADDENDUM);
	assert_non_null(strstr(words_of_all(),
	    "; Summary in two sentences: \xe2\x80\x9cz\xe2\x80\x9d"));
	assert_non_null(strstr(words_of_all(), "; newer: 7"));
	assert_null(strstr(words_of_all(), "What you did"));
	assert_null(strstr(words_of_all(), "{"));
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
	sign(ANN);
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

static void
a_record_made_and_signed_in_one_change_is_signed(void **state)
{
	struct change c;

	(void)state;
	check_desk_fini(&d);
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	check_op(&c, "summary", 0, 0, NULL, "'at once'");
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, "summary", "'at once'");
	assert_int_equal(
	    check_edit(&d, ANN, "summary", 1, 1, "'at once'", "'later'"),
	    OUTCOME_ADDENDUM);
}

static void
a_fixed_value_is_not_changed_by_the_change_that_signs(void **state)
{
	struct change c = check_change(&d, ANN);

	(void)state;
	check_edit(&d, ANN, "template", 0, 0, NULL, "'t1'");
	check_op(&c, "content", 1, 1, "'draft'", "'signed'");
	check_op(&c, "template", 2, 3, "'t1'", "'t2'");
	assert_int_equal(check_send(&d, &c), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "fixed");
	check_value(&d, "content", "'draft'");
}

/* ---- a type without addenda ---- */

static void
without_addenda_later_words_are_proposals_at_their_path(void **state)
{
	struct change c;

	(void)state;
	check_desk_fini(&d);
	check_desk_init_without_addenda(&d);
	check_edit(&d, ANN, "purpose", 0, 0, NULL, "'tea'");
	check_edit(&d, BOB, "purpose", 1, 0, "'tea'", "'talk'");
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "purpose", 1, 1, "'tea'", "'tea'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, "purpose", "'tea'");
	check_side(&d, "purpose", 0, "'talk'", BOB, true);
	assert_int_equal(check_conflict(&d, "purpose")->kind, CONFLICT_ASK);
	assert_int_equal(
	    check_edit(&d, ANN, "purpose", 3, 2, "'tea'", "'coffee'"),
	    OUTCOME_CONFLICT);
	check_value(&d, "purpose", "'tea'");
	/* Only a decision changes what was signed. */
	c = check_change(&d, DEE);
	check_op(&c, "purpose", 3, 0, "'tea'", "'coffee'");
	check_resolve(&d, &c, "purpose", 2, "as they all say");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, "purpose", "'coffee'");
	assert_int_equal(check_open(&d, "purpose"), 0);
}

/* A visit is signed as a note is, and added to as a note is. */
static void
a_signed_visit_is_added_to(void **state)
{
	const json_t *addenda;
	struct change c;

	(void)state;
	check_desk_fini(&d);
	check_desk_init(&d, "visit");
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

/* The document is changed in place, and what a conflict keeps of it is not. */
static void
a_signed_record_that_is_to_go_keeps_what_it_was_in_the_proposal(void **state)
{
	const struct conflict *k;
	struct change c;

	(void)state;
	check_desk_fini(&d);
	check_desk_init_without_addenda(&d);
	check_edit(&d, ANN, "purpose", 0, 0, NULL, "'tea'");
	c = check_change(&d, ANN);
	check_op(&c, "purpose", 1, 1, "'tea'", "'tea'");
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	c = check_change(&d, BOB);
	check_op(&c, "", 2, 0, "{'purpose':'tea','content':'signed'}", NULL);
	check_op(&c, "newer", 0, 0, NULL, "'unlocked'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, "newer", "'unlocked'");
	k = check_conflict(&d, "");
	assert_string_equal(
	    json_string_value(json_object_get(k->ancestor, "purpose")), "tea");
	assert_null(json_object_get(k->ancestor, "newer"));
}

/* An op that puts the id of n's author at a path. */
static void
name_author(struct change *c, const char *path, unsigned n)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "'%s'", id_print(check_author(n)).s);
	check_op(c, path, 0, 0, NULL, text);
}

static void
nobody_signs_or_begins_a_record_in_another_s_name(void **state)
{
	static const char *const paths[] = { "signed_by", "author" };
	struct change c;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		c = signature(ANN);
		name_author(&c, paths[i], BOB);
		assert_int_equal(check_send(&d, &c), OUTCOME_HELD);
		assert_string_equal(d.result.reason, "wrong_author");
		assert_string_equal(d.result.path, paths[i]);
	}
	check_value(&d, "content", "'draft'");
	c = check_change(&d, ANN);
	name_author(&c, "author", ANN);
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	/* Who signs somebody's draft says again who began it. */
	c = signature(BOB);
	name_author(&c, "author", ANN);
	name_author(&c, "signed_by", BOB);
	assert_int_not_equal(check_send(&d, &c), OUTCOME_HELD);
	check_value(&d, "content", "'signed'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_signer_saw_is_signed_as_it_stands),
		TEST(
		    what_the_signer_had_not_seen_leaves_the_path_and_becomes_an_addendum),
		TEST(
		    rows_members_and_fields_that_the_signer_did_not_name_leave_too),
		TEST(
		    a_row_that_was_removed_unseen_is_back_and_the_removal_an_addendum),
		TEST(
		    sides_of_conflicts_that_are_open_at_sign_off_become_addenda),
		TEST(a_later_op_on_a_locked_path_becomes_an_addendum),
		TEST(what_does_not_lock_goes_on_as_before),
		TEST(saying_again_what_is_signed_is_no_addendum),
		TEST(a_late_draft_does_not_undo_the_signature),
		TEST(of_two_sign_offs_the_first_stands),
		TEST(what_stands_beside_is_settled_by_a_signer_who_saw_it),
		TEST(what_a_human_is_told_stays_told_after_sign_off),
		TEST(an_addendum_says_in_words_what_differs),
		TEST(
		    a_record_that_was_removed_unseen_is_signed_and_the_removal_told),
		TEST(
		    a_whole_record_written_after_the_signature_is_told_by_what_differs),
		TEST(the_locked_paths_of_a_document_are_told_one_by_one),
		TEST(removing_a_signed_record_is_a_proposal),
		TEST(
		    an_addendum_has_the_same_id_wherever_the_change_is_applied),
		TEST(a_record_made_and_signed_in_one_change_is_signed),
		TEST(a_fixed_value_is_not_changed_by_the_change_that_signs),
		TEST(nobody_signs_or_begins_a_record_in_another_s_name),
		TEST(without_addenda_later_words_are_proposals_at_their_path),
		TEST(a_signed_visit_is_added_to),
		TEST(
		    a_signed_record_that_is_to_go_keeps_what_it_was_in_the_proposal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
