/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/cut_world.h"

#include "common/base/clock.h"
#include "common/store/keyslot.h"
#include "common/store/store_int.h"
#include "daemon/sync/access.h"
#include "tests/prove/cut_kinds.h"

void
cut_device_open(struct cut_world *w)
{
	struct cut_device *d = &w->device;
	struct err e = { 0 };

	assert_ok(device_store_open(d->home, &d->page_key, &d->store, &e), &e);
	cut_device_redial(w);
}

void
cut_device_redial(struct cut_world *w)
{
	struct err e = { 0 };

	office_close(w->device.line);
	w->device.line = NULL;
	assert_ok(
	    access_full(w->loop, w->device.store, &w->device.line, &e), &e);
}

void
cut_device_close(struct cut_world *w)
{
	office_close(w->device.line);
	device_store_close(w->device.store);
	w->device.line = NULL;
	w->device.store = NULL;
}

struct id
cut_device_save(struct cut_world *w, const struct id *record, const char *type,
    const char *path, const char *text)
{
	json_t *value = json_string(text);
	const struct edit edit = { .path = path, .now = value };
	struct save_result saved;
	struct err e = { 0 };

	assert_ok(device_store_save(w->device.store, record, type, &edit, 1,
	              NULL, &saved, &e),
	    &e);
	json_decref(value);
	save_result_fini(&saved);
	return saved.id;
}

void
cut_device_sync(struct cut_world *w)
{
	cut_net_calm(w->net);
	if (!cut_try_sync(w))
		fail_msg("%s", "a sync that nothing cuts did not go through");
}

const char *
cut_device_verify(struct cut_world *w)
{
	static struct verify_result v;
	struct err e = { 0 };

	if (device_store_verify(w->device.store, &v, &e) != ERR_OK)
		return "it cannot be verified";
	return v.ok ? NULL : v.first_bad;
}

int64_t
cut_device_number(struct cut_world *w, const char *sql)
{
	int64_t n = 0;
	struct err e = { 0 };

	assert_ok(db_get_int(w->device.store->db, &n, &e, sql, ""), &e);
	return n;
}

/* The folder, as enrolling makes it. */
void
cut_device_make(struct cut_world *w)
{
	struct cut_device *d = &w->device;
	const struct enrolment *en = &w->enrolment;
	struct keyslot_new make = { .pass = { .text = crypto_part_str(
		                                  "four words nobody guesses"),
		                        .params = KDF_FLOOR,
		                        .created_ms = clock_unix_ms() } };
	struct secret_key dbkey;
	char slots[FILE_PATH_MAX];
	struct err e = { 0 };

	assert_true(file_join(d->home, w->folder.path, "device"));
	assert_true(file_join(slots, d->home, "slots"));
	cut_net_calm(w->net);
	cut_prepare_enrol(w);
	if (!cut_try_enrol(w))
		fail_msg("%s", "the device does not enrol");
	make.device = d->id = en->identity.device;
	make.user = en->identity.user;
	make.recovery = &en->identity.recovery_pub;
	assert_ok(file_make_folder(d->home, &e), &e);
	assert_ok(keyslot_create(slots, &make, &dbkey, &e), &e);
	keyslot_page_key(&dbkey, &d->page_key);
	assert_ok(device_store_create(d->home, &d->page_key, &en->identity,
	              en->answer.schema, &e),
	    &e);
	cut_device_open(w);
}
