/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was signed, and by which change.
 */
#include "tests/support/check.h"
#include "tests/support/check_apply.h"

#include "common/core/signed.h"

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;
static const struct schema_type *note;

static int
set_up(void **state)
{
	struct change c;

	*state = &d;
	check_desk_init(&d, "note");
	note = schema_type(d.schema, "note");
	c = check_change(&d, ANN);
	check_op(&c, "summary", 0, 0, NULL, "'as Ann saw it'");
	check_op(&c, "activities/listened", 0, 0, NULL, "true");
	check_op(&c, "statements/r1/text", 0, 0, NULL, "'home'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	return 0;
}

static struct change
signature(unsigned n)
{
	struct change c = check_change(&d, n);

	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "summary", 1, 0, "'as Ann saw it'", "'as Ann saw it'");
	check_op(&c, "activities/listened", 1, 0, "true", "true");
	check_op(&c, "statements/r1/text", 1, 0, "'home'", "'home'");
	check_op(&c, "signed_at", 0, 0, NULL, "'2026-11-21T18:05:09.000Z'");
	return c;
}

/* Of what stands, as hex. */
static struct hash32
stands(void)
{
	struct hash32 hash;
	struct err e;

	assert_ok(signed_hash(note, d.record.doc, &hash, &e), &e);
	return hash;
}

static void
what_the_change_signed_is_what_stands(void **state)
{
	struct change c = signature(ANN);
	struct hash32 said;
	const struct setter *by = NULL;
	struct err e;

	(void)state;
	assert_false(signed_by(note, &d.record, &by));
	assert_ok(signed_hash_of_change(note, &c, &said, &e), &e);
	check_send(&d, &c);
	assert_true(hash32_equal(said, stands()));
	assert_true(signed_by(note, &d.record, &by));
	assert_true(id_equal(by->device, check_device(ANN)));
	assert_int_equal(by->counter, 2);
}

static void
what_comes_after_the_signature_leaves_the_hash(void **state)
{
	struct change c = signature(ANN);
	struct hash32 before;
	const struct setter *by = NULL;

	(void)state;
	check_send(&d, &c);
	before = stands();
	check_edit(&d, BOB, "summary", 1, 0, "'as Ann saw it'", "'late'");
	check_edit(&d, ANN, "content", 2, 2, "'signed'", "'addended'");
	/* A second signature is none. */
	c = signature(CAT);
	check_send(&d, &c);
	assert_true(hash32_equal(before, stands()));
	assert_true(signed_by(note, &d.record, &by));
	assert_true(id_equal(by->device, check_device(ANN)));
}

static void
every_word_counts(void **state)
{
	struct change c = signature(ANN);
	struct hash32 before = stands();
	struct hash32 said;
	struct err e;

	(void)state;
	check_edit(&d, ANN, "statements/r1/text", 1, 1, "'home'", "'hom'");
	assert_false(hash32_equal(before, stands()));
	assert_ok(signed_hash_of_change(note, &c, &said, &e), &e);
	assert_false(hash32_equal(said, stands()));
	change_fini(&c);
}

/* Of the desk's record, and of none other. */
static enum err_code
look_up(void *arg, struct id id, struct record *out, struct err *e)
{
	(void)arg;
	if (!id_equal(id, d.record.id))
		return err_set(e, ERR_NOTFOUND, 0, "not here");
	return record_copy(&d.record, out, e);
}

static enum err_code
look_up_in_vain(void *arg, struct id id, struct record *out, struct err *e)
{
	(void)arg;
	(void)id;
	(void)out;
	return err_set(e, ERR_IO, 0, "the disk does not read");
}

static void
a_file_stays_with_what_is_signed(void **state)
{
	struct change c = signature(ANN);
	struct record file;
	struct err e;
	bool kept = true;

	(void)state;
	assert_ok(record_init(&file, check_device(BOB), "attachment",
	              check_device(BOB), &e),
	    &e);
	assert_ok(signed_keeps(d.schema, &file, look_up, NULL, &kept, &e), &e);
	assert_false(kept);
	/* Of what is not here nothing is known. */
	json_object_set_new(
	    file.doc, "visit", json_string(id_print(check_device(CAT)).s));
	json_object_set_new(
	    file.doc, "note", json_string(id_print(d.record.id).s));
	assert_ok(signed_keeps(d.schema, &file, look_up, NULL, &kept, &e), &e);
	assert_false(kept);
	check_send(&d, &c);
	assert_ok(signed_keeps(d.schema, &file, look_up, NULL, &kept, &e), &e);
	assert_true(kept);
	kept = false;
	assert_int_equal(
	    signed_keeps(d.schema, &file, look_up_in_vain, NULL, &kept, &e),
	    ERR_IO);
	assert_false(kept);
	record_fini(&file);
}

static void
a_change_that_does_not_sign_has_no_signed_version(void **state)
{
	struct change c = check_change(&d, ANN);
	struct hash32 said;
	struct err e;

	(void)state;
	check_op(&c, "summary", 1, 1, "'as Ann saw it'", "'x'");
	assert_int_equal(
	    signed_hash_of_change(note, &c, &said, &e), ERR_INVALID);
	change_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_change_signed_is_what_stands),
		TEST(what_comes_after_the_signature_leaves_the_hash),
		TEST(every_word_counts),
		TEST(a_file_stays_with_what_is_signed),
		TEST(a_change_that_does_not_sign_has_no_signed_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
