/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sync makes of a device's store: what arrives, merges, clashes, and
 * goes.
 */
#include "tests/support/check.h"

#include <sys/wait.h>

#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "tests/support/device.h"
#include "tests/support/small_office.h"

static void
a_receipt_makes_it_with_the_office(void **state)
{
	struct small_office *o = small_office_new();
	struct record_view v;
	struct device d;
	struct id id;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	assert_int_equal(device_transport_of(&d, id), TRANSPORT_DEVICE);
	small_office_sync(o, d.store);
	assert_int_equal(device_transport_of(&d, id), TRANSPORT_OFFICE);
	assert_ok(device_store_get(d.store, id, &v, &e), &e);
	assert_true(v.has_receipt);
	assert_int_equal(v.receipt.counter, 1);
	assert_true(v.has_outcome);
	assert_int_equal(v.outcome.kind, OUTCOME_APPLIED);
	record_view_fini(&v);
	assert_device_verifies(&d, 1);
	device_end(&d);
	small_office_free(o);
}

static void
a_quiet_sync_takes_one_round_trip(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;

	(void)state;
	device_start(o, "Nia", &d);
	(void)device_new_person(&d, "Betty");
	small_office_sync(o, d.store);
	assert_int_equal(small_office_sync(o, d.store), 1);
	device_end(&d);
	small_office_free(o);
}

static void
another_device_sees_it_and_edits_merge(void **state)
{
	struct small_office *o = small_office_new();
	struct device a, b;
	struct id id;

	(void)state;
	device_start(o, "Nia", &a);
	device_start(o, "Tomasz", &b);
	id = device_new_person(&a, "Betty");
	small_office_sync(o, a.store);
	small_office_sync(o, b.store);
	assert_device_shows(&b, id, "full_name", "Betty");
	device_edit_text(&a, id, "preferred_name", "Bet");
	device_edit_text(&b, id, "date_of_birth", "1948-03-09");
	small_office_sync(o, a.store);
	small_office_sync(o, b.store);
	small_office_sync(o, a.store);
	assert_device_shows(&a, id, "date_of_birth", "1948-03-09");
	assert_device_shows(&b, id, "preferred_name", "Bet");
	assert_device_verifies(&a, 2);
	assert_device_verifies(&b, 1);
	device_end(&a);
	device_end(&b);
	small_office_free(o);
}

static size_t
open_conflicts(struct device *d)
{
	struct store_status st;
	struct err e;

	assert_ok(device_store_status(d->store, &st, &e), &e);
	return st.conflicts;
}

static void
clashing_edits_are_a_conflict_on_both_devices(void **state)
{
	struct small_office *o = small_office_new();
	struct device a, b;
	struct id id;

	(void)state;
	device_start(o, "Nia", &a);
	device_start(o, "Tomasz", &b);
	id = device_new_person(&a, "Betty");
	small_office_sync(o, a.store);
	small_office_sync(o, b.store);
	device_edit_text(&a, id, "full_name", "Betty Hughes");
	device_edit_text(&b, id, "full_name", "Elizabeth Hughes");
	small_office_sync(o, a.store);
	small_office_sync(o, b.store);
	small_office_sync(o, a.store);
	assert_int_equal(open_conflicts(&a), 1);
	assert_int_equal(open_conflicts(&b), 1);
	assert_device_shows(&a, id, "full_name", "Betty Hughes");
	assert_int_equal(device_transport_of(&b, id), TRANSPORT_ANSWER);
	assert_device_verifies(&a, 2);
	assert_device_verifies(&b, 1);
	device_end(&a);
	device_end(&b);
	small_office_free(o);
}

static void
offline_edits_of_one_author_chain_without_conflict(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id id;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "B");
	for (const char *p = "abcdefghijklmnopqrstuvwxyz"; *p != '\0'; p++) {
		char text[2] = { *p, '\0' };

		device_edit_text(&d, id, "full_name", text);
	}
	small_office_sync(o, d.store);
	assert_device_shows(&d, id, "full_name", "z");
	assert_int_equal(open_conflicts(&d), 0);
	assert_device_verifies(&d, 27);
	device_end(&d);
	small_office_free(o);
}

static void
pages_are_shown_together(void **state)
{
	struct small_office *o = small_office_new();
	struct device a, b;
	struct sync_progress p = { .more = true };
	struct id first, last;
	struct err e;
	unsigned trips = 0;

	(void)state;
	device_start(o, "Nia", &a);
	device_start(o, "Tomasz", &b);
	first = device_new_person(&a, "first");
	for (int i = 0; i < 5; i++)
		(void)device_new_person(&a, "middle");
	last = device_new_person(&a, "last");
	small_office_sync(o, a.store);
	while (p.more) {
		struct sync_request r;
		struct sync_answer answer;
		struct record_view v;

		sync_request_init(&r);
		assert_ok(
		    device_store_sync_request(b.store, false, &r, &e), &e);
		small_office_answer(o, b.identity.device, &r, 2, &answer);
		if (!answer.is_last) {
			assert_int_equal(
			    device_store_get(b.store, first, &v, &e),
			    ERR_NOTFOUND);
			trips++;
		}
		assert_ok(
		    device_store_sync_answer(b.store, &answer, 0, 0, &p, &e),
		    &e);
		sync_answer_fini(&answer);
		sync_request_fini(&r);
	}
	assert_true(trips >= 3);
	assert_device_shows(&b, first, "full_name", "first");
	assert_device_shows(&b, last, "full_name", "last");
	device_end(&a);
	device_end(&b);
	small_office_free(o);
}

static void
a_digest_that_differs_is_repaired(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id id;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	(void)device_new_person(&d, "Other");
	small_office_sync(o, d.store);
	small_office_tamper(o, id, "full_name", "Betsy");
	small_office_sync(o, d.store);
	assert_device_shows(&d, id, "full_name", "Betsy");
	assert_int_equal(small_office_sync(o, d.store), 1);
	device_end(&d);
	small_office_free(o);
}

static bool
count_change_lines(void *arg, const char *line, size_t len)
{
	if (memmem(line, len, "Betty", 5) != NULL)
		(*(size_t *)arg)++;
	return true;
}

static void
a_dropped_record_leaves_no_readable_word(void **state)
{
	struct small_office *o = small_office_new();
	struct record_view v;
	struct device d;
	struct id id;
	size_t n = 0;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	small_office_sync(o, d.store);
	device_edit_text(&d, id, "full_name", "Betty Ann");
	small_office_drop(o, id);
	small_office_sync(o, d.store);
	assert_int_equal(device_store_get(d.store, id, &v, &e), ERR_NOTFOUND);
	small_office_sync(o, d.store);
	assert_ok(device_store_export(d.store, count_change_lines, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_device_verifies(&d, 2);
	device_end(&d);
	small_office_free(o);
}

/* How many records left the device and were not told yet; those of all times
 * in *all. */
static uint64_t
taken(struct device *d, uint64_t *all)
{
	uint64_t untold;
	json_t *log, *one;
	size_t i;
	struct err e;

	assert_ok(device_store_taken(d->store, &untold, &log, &e), &e);
	*all = 0;
	json_array_foreach(log, i, one)
	{
		assert_true(json_integer_value(json_object_get(one, "at")) > 0);
		*all += (uint64_t)json_integer_value(json_object_get(one, "n"));
	}
	json_decref(log);
	return untold;
}

static void
what_leaves_the_device_is_counted_and_told_once(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id betty, carl;
	uint64_t all;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	betty = device_new_person(&d, "Betty");
	carl = device_new_person(&d, "Carl");
	small_office_sync(o, d.store);
	assert_int_equal(taken(&d, &all), 0);
	assert_int_equal(all, 0);
	small_office_drop(o, betty);
	small_office_sync(o, d.store);
	assert_int_equal(taken(&d, &all), 1);
	small_office_sync(o, d.store);
	small_office_drop(o, carl);
	small_office_sync(o, d.store);
	assert_int_equal(taken(&d, &all), 2);
	assert_device_verifies(&d, 2);
	assert_ok(device_store_taken_told(d.store, 2, &e), &e);
	assert_int_equal(taken(&d, &all), 0);
	assert_int_equal(all, 2);
	/* What its user was told is nothing that the office tells. */
	assert_device_verifies(&d, 2);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_makes_it_with_the_office),
		cmocka_unit_test(a_quiet_sync_takes_one_round_trip),
		cmocka_unit_test(another_device_sees_it_and_edits_merge),
		cmocka_unit_test(clashing_edits_are_a_conflict_on_both_devices),
		cmocka_unit_test(
		    offline_edits_of_one_author_chain_without_conflict),
		cmocka_unit_test(pages_are_shown_together),
		cmocka_unit_test(a_digest_that_differs_is_repaired),
		cmocka_unit_test(a_dropped_record_leaves_no_readable_word),
		cmocka_unit_test(
		    what_leaves_the_device_is_counted_and_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
