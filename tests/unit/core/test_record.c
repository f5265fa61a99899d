/* SPDX-License-Identifier: Apache-2.0 */
/* A record's state: who set which path, what was removed, its digest. */
#include "tests/support/check.h"

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/sys/crypto_hash.h"
#include "tests/support/check_record.h"

static void
setters_are_one_for_each_device_ascending_by_version(void **state)
{
	struct record r = check_record_new();
	const struct path_state *ps;

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	check_record_set(&r, "summary", json_string("b"), 2, 2);
	check_record_set(&r, "summary", json_string("c"), 3, 1);
	ps = record_path(&r, "summary");
	assert_int_equal(ps->n_setters, 2);
	assert_int_equal(ps->setters[0].version.seq, 2);
	assert_int_equal(ps->setters[1].version.seq, 3);
	assert_int_equal(ps->setters[1].counter, 3);
	record_fini(&r);
}

static void
a_held_change_that_applies_late_keeps_its_devices_higher_counter(void **state)
{
	struct record r = check_record_new();
	struct setter late = check_setter(9, 1, 5);
	struct path_state *ps;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 6, 1);
	assert_ok(record_path_make(&r, "summary", &ps, &e), &e);
	assert_ok(path_state_put(ps, &late, &e), &e);
	assert_int_equal(ps->n_setters, 1);
	assert_int_equal(ps->setters[0].version.seq, 9);
	assert_int_equal(ps->setters[0].counter, 6);
	record_fini(&r);
}

static void
a_paths_version_is_its_last_setters_and_the_related_one_looks_around(
    void **state)
{
	struct record r = check_record_new();

	(void)state;
	check_record_set(&r, "statements/r1/text", json_string("a"), 1, 1);
	check_record_set(&r, "statements/r1/kind", json_string("said"), 2, 1);
	check_record_set(&r, "statements/r1-b/text", json_string("a"), 8, 1);
	check_record_set(&r, "statements-x", json_string("a"), 9, 1);
	assert_int_equal(record_path_version(&r, "statements/r1/text").seq, 1);
	assert_int_equal(record_path_version(&r, "statements/r1").seq, 0);
	assert_int_equal(record_related_version(&r, "statements/r1").seq, 2);
	assert_int_equal(record_related_version(&r, "statements").seq, 8);
	assert_int_equal(record_related_version(&r, "").seq, 9);
	check_record_remove(&r, "", 10, 2);
	assert_int_equal(
	    record_related_version(&r, "statements/r1/text").seq, 10);
	assert_int_equal(record_related_version(&r, "nothing").seq, 10);
	record_fini(&r);
}

static void
a_removed_row_keeps_its_last_value_its_setters_and_its_version(void **state)
{
	struct record r = check_record_new();
	const struct path_state *ps;

	(void)state;
	check_record_set(&r, "statements/r1/text", json_string("a"), 1, 1);
	check_record_remove(&r, "statements/r1", 2, 2);
	assert_null(path_get(r.doc, "statements/r1"));
	ps = record_path(&r, "statements/r1");
	assert_true(ps->is_removed);
	assert_string_equal(
	    json_string_value(json_object_get(ps->was, "text")), "a");
	check_record_remove(&r, "statements/r1", 3, 1);
	ps = record_path(&r, "statements/r1");
	assert_non_null(ps->was);
	assert_int_equal(ps->n_setters, 2);
	check_record_set(
	    &r, "statements/r1", json_pack("{s:s}", "text", "b"), 4, 1);
	ps = record_path(&r, "statements/r1");
	assert_false(ps->is_removed);
	assert_null(ps->was);
	record_fini(&r);
}

static void
a_removed_record_keeps_its_whole_document(void **state)
{
	struct record r = check_record_new();
	const struct path_state *ps;

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	check_record_remove(&r, "", 2, 1);
	ps = record_path(&r, "");
	assert_int_equal(json_object_size(r.doc), 0);
	assert_string_equal(
	    json_string_value(json_object_get(ps->was, "summary")), "a");
	record_fini(&r);
}

static void
a_copy_is_not_touched_by_what_happens_to_the_original(void **state)
{
	struct record r = check_record_new(), copy, again;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "rows/1/text", json_string("t"), 1, 1);
	check_record_set(&r, "set/x", json_true(), 2, 1);
	(void)check_record_clash(&r, 9, "summary", json_string("other"), 3);
	assert_ok(record_copy(&r, &copy, &e), &e);
	assert_ok(record_copy(&r, &again, &e), &e);
	check_record_set(&r, "rows/1/text", json_string("u"), 4, 1);
	check_record_set(&r, "set/y", json_true(), 5, 2);
	check_record_remove(&r, "rows/1", 6, 2);
	r.conflicts[0].sides[0].is_open = false;
	check_record_same(&copy, &again);
	record_fini(&r);
	record_fini(&copy);
	record_fini(&again);
}

static void
two_open_conflicts_at_one_path_are_refused(void **state)
{
	struct record r = check_record_new();
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	(void)check_record_clash(&r, 3, "summary", json_string("x"), 2);
	(void)check_record_clash(&r, 2, "summary", json_string("y"), 3);
	assert_int_equal(record_check(&r, &e), ERR_MALFORMED);
	r.conflicts[0].sides[0].is_open = false;
	assert_ok(record_check(&r, &e), &e);
	assert_true(id_equal(r.conflicts[0].id, check_id(2)));
	assert_ptr_equal(record_open_conflict(&r, "summary"), &r.conflicts[1]);
	assert_ptr_equal(record_conflict(&r, check_id(2)), &r.conflicts[0]);
	assert_null(record_conflict(&r, check_id(5)));
	record_fini(&r);
}

static void
the_digest_is_over_id_version_and_the_hash_of_the_canonical_form(void **state)
{
	struct record r = check_record_new();
	char *text;
	uint8_t bytes[16 + 16 + 32] = { 0 };
	struct hash32 got, canonical;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 258, 1);
	text = check_text(&r);
	canonical = crypto_sha256(text, strlen(text));
	memcpy(bytes, r.id.b, 16);
	bytes[23] = 1;
	bytes[30] = 1;
	bytes[31] = 2;
	memcpy(bytes + 32, canonical.b, 32);
	assert_ok(record_digest(&r, &got, &e), &e);
	assert_true(hash32_equal(got, crypto_sha256(bytes, sizeof(bytes))));
	free(text);
	record_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    setters_are_one_for_each_device_ascending_by_version),
		cmocka_unit_test(
		    a_held_change_that_applies_late_keeps_its_devices_higher_counter),
		cmocka_unit_test(
		    a_paths_version_is_its_last_setters_and_the_related_one_looks_around),
		cmocka_unit_test(
		    a_removed_row_keeps_its_last_value_its_setters_and_its_version),
		cmocka_unit_test(a_removed_record_keeps_its_whole_document),
		cmocka_unit_test(
		    a_copy_is_not_touched_by_what_happens_to_the_original),
		cmocka_unit_test(two_open_conflicts_at_one_path_are_refused),
		cmocka_unit_test(
		    the_digest_is_over_id_version_and_the_hash_of_the_canonical_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
