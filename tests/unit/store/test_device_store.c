/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
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
		cmocka_unit_test(search_folds_accents_and_takes_any_text),
		cmocka_unit_test(a_title_names_other_records_in_words),
		cmocka_unit_test(two_processes_save_at_once),
		cmocka_unit_test(killed_at_any_moment_nothing_reported_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
