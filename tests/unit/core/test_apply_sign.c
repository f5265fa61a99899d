/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-off: what the signer saw is the signed version.
 */
#include "tests/support/check.h"

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
what_the_signer_saw_is_signed_as_it_stands(void **state)
{
	(void)state;
	assert_int_equal(check_sign(&d, ANN), OUTCOME_APPLIED);
	check_value(&d, "content", "'signed'");
	assert_int_equal(check_addenda(&d), 0);
	assert_int_equal(record_path_version(&d.record, "summary").seq, 2);
}

static void
what_does_not_lock_goes_on_as_before(void **state)
{
	(void)state;
	check_sign(&d, ANN);
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
a_late_draft_does_not_undo_the_signature(void **state)
{
	(void)state;
	check_sign(&d, ANN);
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
	check_sign(&d, ANN);
	c = check_signature(&d, BOB);
	json_decref(c.ops[1].was);
	json_decref(c.ops[1].now);
	c.ops[1].was = json_string("as Bob saw it");
	c.ops[1].now = json_string("as Bob saw it");
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	check_value(&d, "signed_at", "'2026-11-21T18:05:09.000Z'");
	assert_int_equal(check_addenda(&d), 2);
	assert_string_equal(
	    check_addendum(&d, "summary", "kind"), "conflict_remainder");
	assert_non_null(
	    strstr(check_addendum(&d, "signed_at", "text"), "2026-11-22"));
}

/* She wrote other words on another device, and signed those there. */
static void
words_that_one_signs_again_are_one_addendum(void **state)
{
	struct change c;

	(void)state;
	check_sign(&d, ANN);
	c = check_change(&d, BOB);
	c.author = check_author(ANN);
	check_op(&c, "summary", 1, 0, "'as Ann saw it'", "'as she left it'");
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	for (unsigned times = 0; times < 2; times++) {
		c = check_change(&d, BOB);
		c.author = check_author(ANN);
		check_op(&c, "content", 1, 0, "'draft'", "'signed'");
		check_op(&c, "summary", 1, c.counter - 1, "'as she left it'",
		    "'as she left it'");
		assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
		assert_int_equal(check_addenda(&d), 1);
	}
	assert_non_null(
	    strstr(check_addendum(&d, "summary", "text"), "as she left it"));
	/* Another signs them too; and she writes them once more. */
	assert_int_equal(check_edit(&d, CAT, "summary", 1, 0,
	                     "'as she left it'", "'as she left it'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 2);
	assert_int_equal(check_edit(&d, ANN, "summary", 2, 2, "'as Ann saw it'",
	                     "'as she left it'"),
	    OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 3);
}

/* They had come before the signature that had not seen them. */
static void
words_that_left_a_path_are_not_told_again_when_their_author_signs(void **state)
{
	struct change c;

	(void)state;
	check_edit(
	    &d, BOB, "summary", 1, 0, "'as Ann saw it'", "'as Bob saw it'");
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	c = check_change(&d, BOB);
	check_op(&c, "content", 1, 0, "'draft'", "'signed'");
	check_op(&c, "summary", 1, 1, "'as Bob saw it'", "'as Bob saw it'");
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	assert_int_equal(check_addenda(&d), 1);
}

static void
what_stands_beside_is_settled_by_a_signer_who_saw_it(void **state)
{
	struct change c;

	(void)state;
	check_edit(&d, BOB, "interpreter", 0, 0, NULL, "'b'");
	check_edit(&d, CAT, "interpreter", 0, 0, NULL, "'c'");
	assert_int_equal(check_open(&d, "interpreter"), 1);
	c = check_signature(&d, ANN);
	check_op(&c, "interpreter", 3, 0, "'c'", "'c'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, "interpreter"), 0);
	assert_int_equal(check_addenda(&d), 0);
}

static void
what_a_human_is_told_stays_told_after_sign_off(void **state)
{
	(void)state;
	check_edit(&d, BOB, "safeguarding", 1, 0, "'no_concern'", "'concern'");
	check_edit(&d, CAT, "safeguarding", 1, 0, "'no_concern'", "'unsure'");
	assert_int_equal(check_sign(&d, ANN), OUTCOME_ADDENDUM);
	check_value(&d, "safeguarding", "'no_concern'");
	/* Bob's concern is beside the signed words, Cat's is told. */
	assert_non_null(
	    strstr(check_addendum(&d, "safeguarding", "text"), "oncern"));
	assert_int_equal(check_open(&d, "safeguarding"), 1);
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
	check_sign(&d, ANN);
	doc = json_deep_copy(d.record.doc);
	c = check_change(&d, BOB);
	assert_ok(change_add_op(&c, "", &base, doc, NULL, salt, &e), &e);
	json_decref(doc);
	assert_int_equal(check_send(&d, &c), OUTCOME_ADDENDUM);
	check_value(&d, "summary", "'as Ann saw it'");
	assert_int_equal(check_addenda(&d), 1);
	assert_string_equal(check_addendum_of_all(&d),
	    "Note: asked for all of it to be removed");
}

static void
a_record_made_and_signed_in_one_change_is_signed(void **state)
{
	struct change c;

	(void)state;
	check_desk_again(&d, "note");
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
		c = check_signature(&d, ANN);
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
	c = check_signature(&d, BOB);
	name_author(&c, "author", ANN);
	name_author(&c, "signed_by", BOB);
	assert_int_not_equal(check_send(&d, &c), OUTCOME_HELD);
	check_value(&d, "content", "'signed'");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_signer_saw_is_signed_as_it_stands),
		TEST(what_does_not_lock_goes_on_as_before),
		TEST(a_late_draft_does_not_undo_the_signature),
		TEST(of_two_sign_offs_the_first_stands),
		TEST(words_that_one_signs_again_are_one_addendum),
		TEST(
		    words_that_left_a_path_are_not_told_again_when_their_author_signs),
		TEST(what_stands_beside_is_settled_by_a_signer_who_saw_it),
		TEST(what_a_human_is_told_stays_told_after_sign_off),
		TEST(the_locked_paths_of_a_document_are_told_one_by_one),
		TEST(removing_a_signed_record_is_a_proposal),
		TEST(a_record_made_and_signed_in_one_change_is_signed),
		TEST(a_fixed_value_is_not_changed_by_the_change_that_signs),
		TEST(nobody_signs_or_begins_a_record_in_another_s_name),
		TEST(without_addenda_later_words_are_proposals_at_their_path),
		TEST(
		    a_signed_record_that_is_to_go_keeps_what_it_was_in_the_proposal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
