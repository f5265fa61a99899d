/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/device.h"

#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"

static const struct json_limits bundle_limits = {
	.bytes_max = (size_t)4 * 1024 * 1024,
	.tokens_max = 1000000,
	.depth_max = 32,
};

void
device_start(struct small_office *o, const char *name, struct device *d)
{
	json_t *bundle = NULL;
	struct err e;

	d->folder = check_folder_new();
	small_office_device(o, name, &d->identity);
	rng_fill(&d->key, sizeof(d->key));
	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &bundle_limits, &bundle, &e),
	    &e);
	assert_ok(device_store_create(
	              d->folder.path, &d->key, &d->identity, bundle, &e),
	    &e);
	json_decref(bundle);
	assert_ok(
	    device_store_open(d->folder.path, &d->key, &d->store, &e), &e);
}

void
device_end(struct device *d)
{
	device_store_close(d->store);
	device_identity_fini(&d->identity);
	check_folder_end(&d->folder);
}

struct save_result
device_save_text(struct device *d, const struct id *record, const char *type,
    const char *path, const char *text)
{
	json_t *value = text == NULL ? NULL : json_string(text);
	struct edit edit = { .path = path, .now = value };
	struct save_result result;
	struct err e;

	assert_ok(device_store_save(
	              d->store, record, type, &edit, 1, NULL, &result, &e),
	    &e);
	json_decref(value);
	return result;
}

struct id
device_new_person(struct device *d, const char *name)
{
	struct save_result r =
	    device_save_text(d, NULL, "person", "full_name", name);
	struct id id = r.id;

	save_result_fini(&r);
	return id;
}

void
device_edit_text(
    struct device *d, struct id id, const char *path, const char *text)
{
	struct save_result r = device_save_text(d, &id, "person", path, text);

	save_result_fini(&r);
}

void
assert_device_shows(
    struct device *d, struct id id, const char *path, const char *text)
{
	struct record_view v;
	const json_t *value;
	struct err e;

	assert_ok(device_store_get(d->store, id, &v, &e), &e);
	value = path_get(v.record.doc, path);
	if (text == NULL)
		assert_null(value);
	else
		assert_string_equal(json_string_value(value), text);
	record_view_fini(&v);
}

enum transport
device_transport_of(struct device *d, struct id id)
{
	struct record_view v;
	enum transport t;
	struct err e;

	assert_ok(device_store_get(d->store, id, &v, &e), &e);
	t = v.transport;
	record_view_fini(&v);
	return t;
}

void
assert_device_verifies(struct device *d, uint64_t written)
{
	struct verify_result v;
	struct err e;

	assert_ok(device_store_verify(d->store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	assert_true(v.ok);
	assert_int_equal(v.written, written);
}
