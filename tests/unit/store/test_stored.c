/* SPDX-License-Identifier: Apache-2.0 */
#include "common/store/stored.h"
#include "tests/support/db_fixture.h"
#include "tests/support/journal.h"

static struct db *
open_with(struct db_fixture *f, const char *tables)
{
	struct db *db;
	struct err e;

	assert_ok(db_open(&f->opt, &db, &e), &e);
	assert_ok(db_run(db, tables, &e), &e);
	return db;
}

static void
a_receipt_reads_as_it_was_signed_and_damage_is_corruption(void **state)
{
	struct db *db = open_with(*state, "CREATE TABLE r (signed, sig)");
	struct journal j = journal_make(check_seed(__func__));
	struct receipt r, back;
	struct db_stmt *q;
	struct err e;

	receipt_init(&r);
	r.office = j.office;
	r.device = j.device;
	r.counter = 7;
	assert_ok(receipt_sign(&r, &j.key, &e), &e);
	for (int damage = 0; damage < 4; damage++) {
		size_t len = r.signed_bytes.len, sig_len = sizeof(r.sig.b);

		if (damage == 1)
			len--;
		if (damage == 2)
			sig_len--;
		if (damage == 3)
			r.signed_bytes.ptr[0] ^= 1;
		assert_ok(db_exec(db, &e, "DELETE FROM r", ""), &e);
		assert_ok(db_exec(db, &e, "INSERT INTO r VALUES (?, ?)", "bb",
		              r.signed_bytes.ptr, len, r.sig.b, sig_len),
		    &e);
		assert_ok(db_query_one(db, &q, &e, "gone",
		              "SELECT signed, sig FROM r", ""),
		    &e);
		if (damage == 0) {
			assert_ok(stored_receipt(q, &back, &e), &e);
			assert_int_equal(back.counter, 7);
			receipt_fini(&back);
		} else
			assert_int_equal(
			    stored_receipt(q, &back, &e), ERR_CORRUPT);
		db_done(q);
	}
	receipt_fini(&r);
	db_close(db);
}

static void
an_outcome_of_no_kind_is_corruption(void **state)
{
	static const int kinds[] = { -1, OUTCOME_N, 1000 };
	struct db *db = open_with(*state,
	    "CREATE TABLE outcome (no, counter, kind, v_epoch, v_seq, reason,"
	    " path); INSERT INTO outcome VALUES (3, 4, 4, 0, 0, 'fixed', 'a')");
	struct outcome o;
	struct db_stmt *q;
	struct err e;

	assert_ok(db_query_one(db, &q, &e, "gone",
	              "SELECT " STORED_OUTCOME_COLUMNS " FROM outcome", ""),
	    &e);
	assert_ok(stored_outcome(q, &o, &e), &e);
	db_done(q);
	assert_int_equal(o.no, 3);
	assert_int_equal(o.counter, 4);
	assert_int_equal(o.kind, OUTCOME_HELD);
	assert_string_equal(o.reason, "fixed");
	assert_string_equal(o.path, "a");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_ok(db_exec(db, &e, "UPDATE outcome SET kind = ?", "i",
		              (int64_t)kinds[i]),
		    &e);
		assert_ok(
		    db_query_one(db, &q, &e, "gone",
		        "SELECT " STORED_OUTCOME_COLUMNS " FROM outcome", ""),
		    &e);
		assert_int_equal(stored_outcome(q, &o, &e), ERR_CORRUPT);
		db_done(q);
	}
	db_close(db);
}

static void
a_share_moves_into_a_sum_and_out_of_it(void **state)
{
	struct db *db = open_with(*state,
	    "CREATE TABLE scope_digest (scope TEXT PRIMARY KEY, sum BLOB)");
	const struct hash32 one = { .b = { [HASH32_LEN - 1] = 200 } },
	                    two = { .b = { [HASH32_LEN - 1] = 100 } };
	struct digest d = { .sum = one };
	struct err e;

	assert_ok(stored_sum_get(db, "a", &d, &e), &e);
	assert_true(hash32_equal(d.sum, (struct hash32){ 0 }));
	assert_ok(stored_sum_move(db, "a", NULL, &one, &e), &e);
	assert_ok(stored_sum_move(db, "a", &one, &two, &e), &e);
	assert_ok(stored_sum_move(db, "b", NULL, &one, &e), &e);
	assert_ok(stored_sum_get(db, "a", &d, &e), &e);
	assert_true(hash32_equal(d.sum, two));
	assert_ok(stored_sum_move(db, "a", &two, NULL, &e), &e);
	assert_ok(stored_sum_get(db, "a", &d, &e), &e);
	assert_true(hash32_equal(d.sum, (struct hash32){ 0 }));
	assert_ok(db_run(db, "UPDATE scope_digest SET sum = x'00'", &e), &e);
	assert_int_equal(stored_sum_get(db, "a", &d, &e), ERR_CORRUPT);
	db_close(db);
}

static void
what_does_not_read_is_corruption_never_a_peers_mistake(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{\"id\":1}" };
	json_t *json = NULL;
	struct change c;
	struct record r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t len = strlen(bad[i]);

		assert_int_equal(
		    stored_change(bad[i], len, &c, &e), ERR_CORRUPT);
		assert_int_equal(
		    stored_record(bad[i], len, &r, &e), ERR_CORRUPT);
	}
	assert_int_equal(stored_json("{", 1, &json, &e), ERR_CORRUPT);
	assert_ok(stored_json("7", 1, &json, &e), &e);
	assert_int_equal(json_integer_value(json), 7);
	json_decref(json);
}

static void
a_named_value_is_written_over_and_a_missing_one_is_named(void **state)
{
	struct db *db = open_with(
	    *state, "CREATE TABLE meta (name TEXT PRIMARY KEY, value)");
	struct buf value;
	struct err e;

	buf_init(&value, 4);
	assert_int_equal(stored_meta_get(db, "a", &value, &e), ERR_NOTFOUND);
	assert_string_equal(e.msg, "no value named a");
	assert_ok(stored_meta_put(db, "a", "one", 3, &e), &e);
	assert_ok(stored_meta_put(db, "a", "two", 3, &e), &e);
	assert_ok(stored_meta_get(db, "a", &value, &e), &e);
	assert_string_equal(value.ptr, "two");
	assert_ok(stored_meta_put(db, "a", "three", 5, &e), &e);
	buf_reset(&value);
	assert_int_equal(stored_meta_get(db, "a", &value, &e), ERR_INVALID);
	buf_fini(&value);
	db_close(db);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    f, db_fixture_setup, db_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_receipt_reads_as_it_was_signed_and_damage_is_corruption),
		TEST(an_outcome_of_no_kind_is_corruption),
		TEST(a_share_moves_into_a_sum_and_out_of_it),
		TEST(what_does_not_read_is_corruption_never_a_peers_mistake),
		TEST(a_named_value_is_written_over_and_a_missing_one_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
