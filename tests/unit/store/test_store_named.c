/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names a record is found by it, and verify holds that against the views.
 */
#include "tests/support/device.h"

#include "common/base/clock.h"

/* Ids are in the order of their milliseconds: of one they have none. */
static void
wait_for_a_later_id(struct id id)
{
	while (clock_unix_ms() <= id_time_ms(id))
		;
}

static struct id
new_named(struct device *d, const char *type, const char *path, struct id of)
{
	struct save_result saved =
	    device_save_text(d, NULL, type, path, id_print(of).s);
	struct id id = saved.id;

	save_result_fini(&saved);
	return id;
}

struct found {
	struct id ids[8];
	size_t n;
};

static bool
take(void *arg, struct id id)
{
	struct found *f = arg;

	assert_true(f->n < 8);
	f->ids[f->n++] = id;
	return true;
}

static struct found
find(struct device *d, struct id target, const char *type, const char *field)
{
	const struct naming_query q = {
		.target = target, .type = type, .field = field
	};
	struct found f = { .n = 0 };
	struct err e;

	assert_ok(device_store_naming(d->store, &q, take, &f, &e), &e);
	return f;
}

static void
what_names_a_record_is_found_newest_first(void **state)
{
	struct small_office *o = small_office_new();
	struct id person, other, first, second;
	struct save_result moved;
	struct found f;
	struct device d;

	(void)state;
	device_start(o, "Nia", &d);
	person = device_new_person(&d, "Betty");
	other = device_new_person(&d, "Betty");
	first = new_named(&d, "concern", "person", person);
	wait_for_a_later_id(first);
	second = new_named(&d, "concern", "person", person);
	f = find(&d, person, "concern", "person");
	assert_int_equal(f.n, 2);
	assert_true(id_equal(f.ids[0], second));
	assert_true(id_equal(f.ids[1], first));
	assert_int_equal(find(&d, person, "case", "person").n, 0);
	/* It names another now, and the first one no more. */
	moved = device_save_text(
	    &d, &first, "concern", "person", id_print(other).s);
	save_result_fini(&moved);
	f = find(&d, person, "concern", "person");
	assert_int_equal(f.n, 1);
	assert_true(id_equal(f.ids[0], second));
	assert_int_equal(find(&d, other, "concern", "person").n, 1);
	assert_device_verifies(&d, 5);
	device_end(&d);
	small_office_free(o);
}

static void
a_page_was_read_when_it_says(void **state)
{
	struct small_office *o = small_office_new();
	const struct page_read put = { .at = 2000,
		.heard = { 1, 7 },
		.before_at = 1000,
		.before = { 1, 3 } };
	struct page_read got;
	struct id person;
	struct device d;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	person = device_new_person(&d, "Betty");
	assert_ok(
	    device_store_page_read(d.store, "before_visit", person, &got, &e),
	    &e);
	assert_int_equal(got.at, 0);
	assert_ok(device_store_page_read_put(
	              d.store, "before_visit", person, &put, &e),
	    &e);
	assert_ok(
	    device_store_page_read(d.store, "before_visit", person, &got, &e),
	    &e);
	assert_int_equal(got.at, 2000);
	assert_int_equal(got.before_at, 1000);
	assert_int_equal(version_compare(got.heard, put.heard), 0);
	assert_int_equal(version_compare(got.before, put.before), 0);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_names_a_record_is_found_newest_first),
		cmocka_unit_test(a_page_was_read_when_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
