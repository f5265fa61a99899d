/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/folder.h"

#include <stdio.h>

#include "common/core/path.h"
#include "common/store/keyslot.h"
#include "common/store/outside.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/support/keyslot_world.h"

static const struct json_limits bundle_limits = {
	.bytes_max = (size_t)4 * 1024 * 1024,
	.tokens_max = 1000000,
	.depth_max = 32,
};

void
folder_open(struct folder *f)
{
	struct err e;

	assert_ok(
	    device_store_open(f->home.path, &f->page_key, &f->store, &e), &e);
}

void
folder_close(struct folder *f)
{
	device_store_close(f->store);
	f->store = NULL;
}

static struct id
new_person(struct device_store *store, const char *name)
{
	json_t *value = json_string(name);
	const struct edit edit = { .path = "full_name", .now = value };
	struct save_result saved;
	struct id id;
	struct err e;

	assert_ok(device_store_save(
	              store, NULL, "person", &edit, 1, NULL, &saved, &e),
	    &e);
	id = saved.id;
	save_result_fini(&saved);
	json_decref(value);
	return id;
}

void
folder_enrol(struct folder *f)
{
	const struct seal_pub recovery = seal_pub_of(&f->recovery);
	const struct keyslot_new make = { .device = f->identity.device,
		.user = f->identity.user,
		.pass = floor_pass(FOLDER_OLD_WORDS),
		.recovery = &recovery };
	char path[FILE_PATH_MAX];
	json_t *bundle = NULL;
	struct err e;

	assert_true(file_join(path, f->home.path, "slots"));
	assert_ok(keyslot_create(path, &make, &f->dbkey, &e), &e);
	keyslot_page_key(&f->dbkey, &f->page_key);
	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &bundle_limits, &bundle, &e),
	    &e);
	assert_ok(device_store_create(
	              f->home.path, &f->page_key, &f->identity, bundle, &e),
	    &e);
	json_decref(bundle);
}

void
folder_make(struct folder *f)
{
	char name[64];

	folder_enrol(f);
	folder_open(f);
	for (size_t i = 0; i < FOLDER_SAVES; i++) {
		(void)snprintf(name, sizeof(name), FOLDER_MARKER " %zu", i);
		f->people[i] = new_person(f->store, name);
	}
	folder_close(f);
}

const char *
folder_sealed_whole(const char *home, uint64_t receipted, uint64_t written)
{
	struct outside *outside;
	struct envelope *list = NULL;
	size_t n = 0;
	uint64_t found = 0;
	struct err e;

	if (outside_open(home, &outside, &e) != ERR_OK)
		return "the folder is no longer enrolled";
	if (outside_envelopes(outside, receipted, 64, &list, &n, &e) == ERR_OK)
		found = n;
	outside_envelopes_free(list, n);
	outside_close(outside);
	return found + receipted >= written
	    ? NULL
	    : "a saved change is not sealed for the office";
}

static const char *
people_missing(const struct folder *f, struct device_store *store)
{
	char name[64];

	for (size_t i = 0; i < FOLDER_SAVES; i++) {
		struct record_view v;
		const json_t *value;
		bool is_same;
		struct err e;

		if (device_store_get(store, f->people[i], &v, &e) != ERR_OK)
			return "a saved person is gone";
		(void)snprintf(name, sizeof(name), FOLDER_MARKER " %zu", i);
		value = path_get(v.record.doc, "full_name");
		is_same = value != NULL &&
		    strcmp(json_string_value(value), name) == 0;
		record_view_fini(&v);
		if (!is_same)
			return "saved words are not shown";
	}
	return NULL;
}

const char *
folder_notes_whole(struct folder *f, const char *home)
{
	struct device_store *store = NULL;
	struct verify_result v;
	const char *bad = NULL;
	struct err e;

	if (device_store_open(home, &f->page_key, &store, &e) != ERR_OK)
		return "the notes do not open";
	if (device_store_verify(store, &v, &e) != ERR_OK)
		bad = "they cannot be verified";
	else if (!v.ok)
		bad = "they do not add up";
	if (bad == NULL)
		bad = people_missing(f, store);
	if (bad == NULL)
		bad = folder_sealed_whole(home, v.receipted, v.written);
	if (bad == NULL)
		(void)new_person(store, "After the crash");
	device_store_close(store);
	return bad;
}

bool
folder_opens(const struct folder *f, const char *home, const char *passphrase)
{
	char path[FILE_PATH_MAX];
	struct secret_key key;
	struct err e;

	return file_join(path, home, "slots") &&
	    keyslot_open(path, crypto_part_str(passphrase), &key, NULL, &e) ==
	    ERR_OK &&
	    memcmp(&key, &f->dbkey, sizeof(key)) == 0;
}
