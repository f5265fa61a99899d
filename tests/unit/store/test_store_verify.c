/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify trusts no table: each case changes one thing behind the store's back
 * and must be named.
 */
#include "tests/support/device.h"

#include "common/base/file.h"
#include "common/sys/db.h"

#define DEVICE_APPLICATION_ID 0x56426476

/* Run SQL on the closed store's database. */
static void
meddle(struct device *d, const char *sql)
{
	char path[FILE_PATH_MAX];
	struct db_options options = { .path = path,
		.key = &d->key,
		.application_id = DEVICE_APPLICATION_ID };
	struct db *db;
	struct err e;

	assert_true(file_join(path, d->folder.path, "notes.db"));
	assert_ok(db_open(&options, &db, &e), &e);
	assert_ok(db_run(db, sql, &e), &e);
	db_close(db);
}

/* Three changes, two of them receipted, then the meddling; the first thing
 * that does not add up must contain `named`. */
static void
assert_found(const char *sql, const char *named)
{
	struct small_office *o = small_office_new();
	struct verify_result v;
	struct device d;
	struct id id;
	struct err e;

	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	device_edit_text(&d, id, "full_name", "Betty Hughes");
	(void)small_office_sync(o, d.store);
	device_edit_text(&d, id, "preferred_name", "Bet");
	device_store_close(d.store);
	meddle(&d, sql);
	assert_ok(device_store_open(d.folder.path, &d.key, &d.store, &e), &e);
	assert_ok(device_store_verify(d.store, &v, &e), &e);
	assert_false(v.ok);
	if (strstr(v.first_bad, named) == NULL)
		fail_msg("\"%s\" does not name \"%s\"", v.first_bad, named);
	device_end(&d);
	small_office_free(o);
}

static void
a_changed_word_in_the_journal_is_found(void **state)
{
	(void)state;
	assert_found(
	    "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT),"
	    " 'Betty Hughes', 'Betty Hugues') AS BLOB)"
	    " WHERE counter = 2",
	    "change 2 does not have its link");
}

static void
a_changed_link_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE journal SET link = zeroblob(32)"
	             " WHERE counter = 3",
	    "change 3 does not have its link");
}

static void
a_changed_signature_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE journal SET sig = zeroblob(64) WHERE counter = 3",
	    "change 3 does not have its signature");
}

static void
a_missing_change_is_found(void **state)
{
	(void)state;
	assert_found(
	    "DELETE FROM journal WHERE counter = 1", "change 1 is missing");
}

static void
a_receipt_that_is_not_the_offices_is_found(void **state)
{
	(void)state;
	assert_found(
	    "UPDATE receipt SET sig = zeroblob(64)", "is not the office's");
}

static void
a_receipt_whose_row_says_something_else_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE receipt SET intake = intake + 1",
	    "the receipt for change 2 says something else");
}

static void
a_receipt_for_another_journal_is_found(void **state)
{
	(void)state;
	/* As if the office had signed for change 2 of a journal that parted
	 * from this one there. */
	assert_found("UPDATE receipt SET counter = 1",
	    "the receipt for change 1 says something else");
}

/* Both are the office's, in the epoch that counts. */
static void
receipts_whose_numbers_do_not_rise_are_found(void **state)
{
	struct small_office *o = small_office_new();
	struct verify_result v;
	struct device d;
	struct id id;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	(void)small_office_sync(o, d.store);
	small_office_number_again(o, d.identity.device);
	device_edit_text(&d, id, "full_name", "Betty Hughes");
	(void)small_office_sync(o, d.store);
	assert_ok(device_store_verify(d.store, &v, &e), &e);
	assert_false(v.ok);
	assert_string_equal(
	    v.first_bad, "the receipt for change 2 is out of order");
	device_end(&d);
	small_office_free(o);
}

static void
a_changed_view_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE view SET body = CAST(replace(CAST(body AS TEXT),"
	             " '\"Bet\"', '\"Bert\"') AS BLOB)",
	    "is not shown as it was written");
}

static void
a_changed_confirmed_record_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE confirmed SET body = CAST(replace(CAST(body AS"
	             " TEXT), 'Betty Hughes', 'Betty Hugues') AS BLOB)",
	    "is not what the office told");
}

static void
a_wrong_sum_is_found(void **state)
{
	(void)state;
	assert_found("UPDATE scope_digest SET sum = zeroblob(32)",
	    "the sum of all does not add up");
}

static void
a_link_that_was_written_down_is_known_again(void **state)
{
	struct small_office *o = small_office_new();
	struct verify_result v;
	struct device d;
	struct head h = { .n = 1 };
	bool has = false;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	(void)device_new_person(&d, "Betty");
	assert_ok(device_store_verify(d.store, &v, &e), &e);
	h.link = v.head;
	(void)device_new_person(&d, "Idris");
	assert_ok(device_store_has_link(d.store, &h, &has, &e), &e);
	assert_true(has);
	h.n = 2;
	assert_ok(device_store_has_link(d.store, &h, &has, &e), &e);
	assert_false(has);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_word_in_the_journal_is_found),
		cmocka_unit_test(a_changed_link_is_found),
		cmocka_unit_test(a_changed_signature_is_found),
		cmocka_unit_test(a_missing_change_is_found),
		cmocka_unit_test(a_receipt_that_is_not_the_offices_is_found),
		cmocka_unit_test(
		    a_receipt_whose_row_says_something_else_is_found),
		cmocka_unit_test(a_receipt_for_another_journal_is_found),
		cmocka_unit_test(receipts_whose_numbers_do_not_rise_are_found),
		cmocka_unit_test(a_changed_view_is_found),
		cmocka_unit_test(a_changed_confirmed_record_is_found),
		cmocka_unit_test(a_wrong_sum_is_found),
		cmocka_unit_test(a_link_that_was_written_down_is_known_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
