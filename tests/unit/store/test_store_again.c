/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that is enrolled again: nothing that was written is lost, nothing
 * that the office has is said twice, and both journals still add up.
 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/core/path.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "tests/support/device.h"
#include "tests/support/small_office.h"

struct scene {
	struct small_office *office;
	struct device d;
	struct device_identity fresh;
	struct id betty, idris; /* with the office; written since */
};

static void
reopen(struct device *d)
{
	struct err e;

	device_store_close(d->store);
	assert_ok(
	    device_store_open(d->folder.path, &d->key, &d->store, &e), &e);
}

/* Two changes that the office has, and three that it has not. */
static void
scene_start(struct scene *s)
{
	s->office = small_office_new();
	device_start(s->office, "Nia", &s->d);
	s->betty = device_new_person(&s->d, "Betty Hughes");
	device_edit_text(&s->d, s->betty, "full_name", "Betty Ann Hughes");
	small_office_sync(s->office, s->d.store);
	device_edit_text(&s->d, s->betty, "full_name", "Beti Ann Hughes");
	s->idris = device_new_person(&s->d, "Idris");
	device_edit_text(&s->d, s->idris, "full_name", "Idris Roberts");
	small_office_device(s->office, "Nia", &s->fresh);
	s->fresh.user = s->d.identity.user;
}

static void
scene_end(struct scene *s)
{
	device_identity_fini(&s->fresh);
	device_end(&s->d);
	small_office_free(s->office);
}

static void
enrol_again(struct scene *s, uint64_t recut)
{
	uint64_t n = 0;
	struct err e;

	device_store_close(s->d.store);
	s->d.store = NULL;
	assert_ok(
	    device_store_again(s->d.folder.path, &s->d.key, &s->fresh, &n, &e),
	    &e);
	assert_int_equal(n, recut);
	reopen(&s->d);
	assert_true(id_equal(
	    device_store_identity(s->d.store)->device, s->fresh.device));
}

static void
office_says(struct scene *s, struct id id, const char *name)
{
	const struct record *r = small_office_record(s->office, id);

	assert_non_null(r);
	assert_string_equal(
	    json_string_value(path_get(r->doc, "full_name")), name);
	assert_int_equal(r->n_conflicts, 0);
}

static void
unsent_changes_are_cut_again_and_the_rest_stays(void **state)
{
	struct scene s;
	struct store_status status;
	struct err e;

	(void)state;
	scene_start(&s);
	enrol_again(&s, 3);
	assert_device_shows(&s.d, s.betty, "full_name", "Beti Ann Hughes");
	assert_device_shows(&s.d, s.idris, "full_name", "Idris Roberts");
	assert_int_equal(device_transport_of(&s.d, s.betty), TRANSPORT_DEVICE);
	assert_device_verifies(&s.d, 3);
	small_office_sync(s.office, s.d.store);
	office_says(&s, s.betty, "Beti Ann Hughes");
	office_says(&s, s.idris, "Idris Roberts");
	assert_device_shows(&s.d, s.betty, "full_name", "Beti Ann Hughes");
	assert_device_shows(&s.d, s.idris, "full_name", "Idris Roberts");
	assert_ok(device_store_status(s.d.store, &status, &e), &e);
	assert_int_equal(status.unsent, 0);
	assert_int_equal(status.conflicts, 0);
	assert_device_verifies(&s.d, 3);
	/* Work goes on under the new id. */
	device_edit_text(&s.d, s.betty, "full_name", "Beti A. Hughes");
	small_office_sync(s.office, s.d.store);
	office_says(&s, s.betty, "Beti A. Hughes");
	assert_device_verifies(&s.d, 4);
	scene_end(&s);
}

static void
what_a_receipt_covers_and_no_page_brought_stays_in_view(void **state)
{
	struct sync_progress p;
	struct sync_request r;
	struct sync_answer a;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	sync_request_init(&r);
	assert_ok(device_store_sync_request(s.d.store, false, &r, &e), &e);
	r.pull = false;
	small_office_answer(s.office, s.d.identity.device, &r, 0, &a);
	/* The page is cut off. */
	a.has_cursor = a.is_last = false;
	while (a.n_page > 0)
		page_entry_fini(&a.page[--a.n_page]);
	assert_ok(device_store_sync_answer(s.d.store, &a, 0, 0, &p, &e), &e);
	assert_int_equal(p.receipts, 1);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	enrol_again(&s, 0);
	assert_device_shows(&s.d, s.betty, "full_name", "Beti Ann Hughes");
	assert_device_shows(&s.d, s.idris, "full_name", "Idris Roberts");
	assert_device_verifies(&s.d, 0);
	small_office_sync(s.office, s.d.store);
	assert_device_shows(&s.d, s.betty, "full_name", "Beti Ann Hughes");
	assert_device_shows(&s.d, s.idris, "full_name", "Idris Roberts");
	assert_device_verifies(&s.d, 0);
	scene_end(&s);
}

static void
what_waits_sealed_is_the_new_devices(void **state)
{
	struct envelope *list = NULL;
	struct outside *outside;
	struct scene s;
	size_t n = 0;
	struct err e;

	(void)state;
	scene_start(&s);
	enrol_again(&s, 3);
	assert_ok(outside_open(s.d.folder.path, &outside, &e), &e);
	assert_true(id_equal(outside_get(outside)->device, s.fresh.device));
	assert_ok(outside_envelopes(outside, 0, 10, &list, &n, &e), &e);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].counter, i + 1);
	outside_envelopes_free(list, n);
	outside_close(outside);
	scene_end(&s);
}

/* Read a file of the folder outside/. */
static void
outside_file(struct scene *s, const char *name, struct buf *keep, bool put)
{
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(folder, s->d.folder.path, "outside"));
	assert_true(file_join(path, folder, name));
	if (put)
		assert_ok(file_save(path, keep->ptr, keep->len, &e), &e);
	else
		assert_ok(file_load(path, keep, &e), &e);
}

static void
a_power_cut_before_the_outside_followed_is_mended(void **state)
{
	struct buf office, envelopes;
	struct envelope *list = NULL;
	struct outside *outside;
	struct scene s;
	size_t n = 0;
	struct err e;

	(void)state;
	scene_start(&s);
	buf_init(&office, (size_t)1 << 20);
	buf_init(&envelopes, (size_t)1 << 20);
	outside_file(&s, "office.json", &office, false);
	outside_file(&s, "envelopes", &envelopes, false);
	enrol_again(&s, 3);
	/* The database had been committed, and nothing else. */
	device_store_close(s.d.store);
	s.d.store = NULL;
	outside_file(&s, "office.json", &office, true);
	outside_file(&s, "envelopes", &envelopes, true);
	reopen(&s.d);
	assert_ok(outside_open(s.d.folder.path, &outside, &e), &e);
	assert_true(id_equal(outside_get(outside)->device, s.fresh.device));
	assert_ok(outside_envelopes(outside, 0, 10, &list, &n, &e), &e);
	assert_int_equal(n, 3);
	outside_envelopes_free(list, n);
	outside_close(outside);
	buf_fini(&office);
	buf_fini(&envelopes);
	assert_device_verifies(&s.d, 3);
	scene_end(&s);
}

static void
who_has_the_notes_open_writes_nothing_under_the_old_id(void **state)
{
	json_t *name = json_string("Beti");
	struct edit edit = { .path = "full_name", .now = name };
	struct save_result result;
	struct device_store *open;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_ok(device_store_open(s.d.folder.path, &s.d.key, &open, &e), &e);
	enrol_again(&s, 3);
	assert_int_equal(device_store_save(open, &s.betty, "person", &edit, 1,
	                     NULL, &result, &e),
	    ERR_BUSY);
	device_store_close(open);
	assert_device_verifies(&s.d, 3);
	json_decref(name);
	scene_end(&s);
}

static void
a_folder_can_be_a_copy_twice(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	enrol_again(&s, 3);
	device_identity_fini(&s.fresh);
	small_office_device(s.office, "Nia", &s.fresh);
	s.fresh.user = s.d.identity.user;
	device_edit_text(&s.d, s.idris, "full_name", "Idris P. Roberts");
	enrol_again(&s, 4);
	assert_device_shows(&s.d, s.idris, "full_name", "Idris P. Roberts");
	assert_device_verifies(&s.d, 4);
	small_office_sync(s.office, s.d.store);
	office_says(&s, s.idris, "Idris P. Roberts");
	assert_device_shows(&s.d, s.betty, "full_name", "Beti Ann Hughes");
	assert_device_verifies(&s.d, 4);
	scene_end(&s);
}

static void
anothers_identity_is_refused(void **state)
{
	struct scene s;
	uint64_t n;
	struct err e;

	(void)state;
	scene_start(&s);
	sign_key_make(&s.fresh.sign_key);
	s.fresh.user = s.fresh.device;
	assert_int_equal(
	    device_store_again(s.d.folder.path, &s.d.key, &s.fresh, &n, &e),
	    ERR_INVALID);
	reopen(&s.d);
	assert_device_verifies(&s.d, 5);
	small_office_sync(s.office, s.d.store);
	office_says(&s, s.betty, "Beti Ann Hughes");
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    unsent_changes_are_cut_again_and_the_rest_stays),
		cmocka_unit_test(
		    what_a_receipt_covers_and_no_page_brought_stays_in_view),
		cmocka_unit_test(what_waits_sealed_is_the_new_devices),
		cmocka_unit_test(
		    a_power_cut_before_the_outside_followed_is_mended),
		cmocka_unit_test(
		    who_has_the_notes_open_writes_nothing_under_the_old_id),
		cmocka_unit_test(a_folder_can_be_a_copy_twice),
		cmocka_unit_test(anothers_identity_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
