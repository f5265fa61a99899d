/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/support/device.h"
#include "tests/support/small_office.h"

static void
a_save_is_there_after_opening_again(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id id;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty Hughes");
	device_edit_text(&d, id, "full_name", "Betty Ann Hughes");
	device_store_close(d.store);
	assert_ok(device_store_open(d.folder.path, &d.key, &d.store, &e), &e);
	assert_device_shows(&d, id, "full_name", "Betty Ann Hughes");
	assert_int_equal(device_transport_of(&d, id), TRANSPORT_DEVICE);
	assert_device_verifies(&d, 2);
	device_end(&d);
	small_office_free(o);
}

static void
a_save_that_changes_nothing_cuts_no_change(void **state)
{
	struct small_office *o = small_office_new();
	struct save_result r;
	struct device d;
	struct id id;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	r = device_save_text(&d, &id, "person", "full_name", "Betty");
	assert_int_equal(r.counter, 0);
	save_result_fini(&r);
	assert_device_verifies(&d, 1);
	device_end(&d);
	small_office_free(o);
}

static void
bad_values_are_refused_and_nothing_is_kept(void **state)
{
	struct small_office *o = small_office_new();
	json_t *value = json_string("2026-02-30");
	struct edit edit = { .path = "date_of_birth", .now = value };
	struct save_result r;
	struct device d;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	assert_int_equal(
	    device_store_save(d.store, NULL, "person", &edit, 1, NULL, &r, &e),
	    ERR_INVALID);
	assert_int_equal(
	    device_store_save(d.store, NULL, "no_such", &edit, 1, NULL, &r, &e),
	    ERR_INVALID);
	edit.path = "no_such_field/x/y/z";
	assert_int_equal(
	    device_store_save(d.store, NULL, "person", &edit, 1, NULL, &r, &e),
	    ERR_INVALID);
	json_decref(value);
	assert_device_verifies(&d, 0);
	device_end(&d);
	small_office_free(o);
}

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

static bool
count_hits(void *arg, const struct search_hit *hit)
{
	(void)hit;
	(*(size_t *)arg)++;
	return true;
}

static size_t
hits(struct device *d, const char *query)
{
	size_t n = 0;
	struct err e;

	assert_ok(
	    device_store_search(d->store, query, 0, 100, count_hits, &n, &e),
	    &e);
	return n;
}

static void
search_folds_accents_and_takes_any_text(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id id;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Siân Llŷr Griffiths");
	(void)device_new_person(&d, "Betty Hughes");
	assert_int_equal(hits(&d, "sian"), 1);
	assert_int_equal(hits(&d, "LLYR griff"), 1);
	assert_int_equal(hits(&d, "\"griffiths sian\""), 0);
	assert_int_equal(hits(&d, "\"llyr griffiths\""), 1);
	assert_int_equal(hits(&d, "NEAR(x AND * ^ betty: -"), 0);
	assert_int_equal(hits(&d, "hughes\""), 1);
	device_edit_text(&d, id, "full_name", "Someone Else");
	assert_int_equal(hits(&d, "sian"), 0);
	device_end(&d);
	small_office_free(o);
}

static void
a_title_names_other_records_in_words(void **state)
{
	struct small_office *o = small_office_new();
	struct save_result r;
	struct device d;
	struct buf title;
	struct id person;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	person = device_new_person(&d, "Betty Hughes");
	r = device_save_text(&d, NULL, "case", "person", id_print(person).s);
	buf_init(&title, 1000);
	assert_ok(device_store_title(d.store, r.id, &title, &e), &e);
	assert_non_null(strstr(title.ptr, "Betty Hughes"));
	device_edit_text(&d, person, "full_name", "Elizabeth Hughes");
	buf_reset(&title);
	assert_ok(device_store_title(d.store, r.id, &title, &e), &e);
	assert_non_null(strstr(title.ptr, "Elizabeth Hughes"));
	assert_int_equal(
	    device_store_title(d.store, d.identity.office, &title, &e),
	    ERR_NOTFOUND);
	buf_fini(&title);
	save_result_fini(&r);
	device_end(&d);
	small_office_free(o);
}

static void
two_processes_save_at_once(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct store_status st;
	struct err e;
	int status;
	pid_t child;

	(void)state;
	device_start(o, "Nia", &d);
	device_store_close(d.store);
	d.store = NULL;
	child = check_fork();
	if (child == 0) {
		if (device_store_open(d.folder.path, &d.key, &d.store, &e) !=
		    ERR_OK)
			_exit(1);
		for (int i = 0; i < 40; i++)
			(void)device_new_person(&d, "child");
		device_store_close(d.store);
		_exit(0);
	}
	assert_ok(device_store_open(d.folder.path, &d.key, &d.store, &e), &e);
	for (int i = 0; i < 40; i++)
		(void)device_new_person(&d, "parent");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_ok(device_store_status(d.store, &st, &e), &e);
	assert_int_equal(st.written, 80);
	assert_device_verifies(&d, 80);
	device_end(&d);
	small_office_free(o);
}

/* Kill a saving process again and again; every save that it reported through
 * the pipe is there afterwards, and nothing is out of order. */
static void
killed_at_any_moment_nothing_reported_is_lost(void **state)
{
	struct small_office *o = small_office_new();
	struct rng rng = rng_make(check_seed("killed"));
	struct device d;
	struct err e;
	uint64_t acknowledged = 0;

	(void)state;
	device_start(o, "Nia", &d);
	device_store_close(d.store);
	for (int round = 0; round < 12; round++) {
		struct store_status st;
		uint64_t n, seen = 0, want = 1 + rng_below(&rng, 12);
		int fds[2], status;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = check_fork();
		if (child == 0) {
			if (device_store_open(
			        d.folder.path, &d.key, &d.store, &e) != ERR_OK)
				_exit(1);
			for (;;) {
				struct save_result r = device_save_text(
				    &d, NULL, "person", "full_name", "x");

				if (write(fds[1], &r.counter,
				        sizeof(r.counter)) < 0)
					_exit(2);
				save_result_fini(&r);
			}
		}
		(void)close(fds[1]);
		while (seen < want &&
		    read(fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n)) {
			assert_int_equal(n, acknowledged + 1);
			acknowledged = n;
			seen++;
		}
		assert_int_equal(kill(child, SIGKILL), 0);
		while (read(fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
			acknowledged = n;
		(void)close(fds[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_ok(
		    device_store_open(d.folder.path, &d.key, &d.store, &e), &e);
		assert_ok(device_store_status(d.store, &st, &e), &e);
		assert_true(st.written >= acknowledged);
		assert_true(st.written <= acknowledged + 1);
		assert_device_verifies(&d, st.written);
		acknowledged = st.written;
		device_store_close(d.store);
	}
	assert_ok(device_store_open(d.folder.path, &d.key, &d.store, &e), &e);
	small_office_sync(o, d.store);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_save_is_there_after_opening_again),
		cmocka_unit_test(a_save_that_changes_nothing_cuts_no_change),
		cmocka_unit_test(bad_values_are_refused_and_nothing_is_kept),
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
		cmocka_unit_test(search_folds_accents_and_takes_any_text),
		cmocka_unit_test(a_title_names_other_records_in_words),
		cmocka_unit_test(two_processes_save_at_once),
		cmocka_unit_test(killed_at_any_moment_nothing_reported_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
