/* SPDX-License-Identifier: Apache-2.0 */
/* What holders of a slot file rely on; damage is in test_keyslot_damage.c. */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/base/file.h"
#include "common/store/keyslot_int.h"
#include "common/sys/crypto.h"
#include "tests/support/keyslot_world.h"

static void
the_passphrase_opens_and_others_do_not(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	struct secret_key dbkey = { { 7 } }, before = dbkey;
	char too_long[KDF_PASS_MAX + 2];
	struct keyslot_info info;
	struct err e;

	(void)state;
	assert_ok(keyslot_open(
	              w.path, crypto_part_str("old words"), &dbkey, &info, &e),
	    &e);
	assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));
	assert_true(id_equal(info.device, w.device));
	assert_true(id_equal(info.user, w.user));
	assert_int_equal(info.generation, 1);
	assert_false(info.has_damage);
	assert_int_equal(info.slots[0].kind, KEYSLOT_PASSPHRASE);
	assert_int_equal(info.slots[0].created_ms, FLOOR_PASS_CREATED_MS);
	assert_int_equal(info.slots[1].kind, KEYSLOT_RECOVERY);
	assert_int_equal(info.slots[2].kind, KEYSLOT_EMPTY);

	dbkey = before;
	assert_int_equal(keyslot_open(w.path, crypto_part_str("old wordz"),
	                     &dbkey, NULL, &e),
	    ERR_AUTH);
	assert_string_equal(e.msg, "the passphrase is not right");
	assert_int_equal(
	    keyslot_open(w.path, crypto_part_str(""), &dbkey, NULL, &e),
	    ERR_AUTH);
	memset(too_long, 'x', sizeof(too_long));
	assert_int_equal(
	    keyslot_open(w.path, crypto_part(too_long, sizeof(too_long)),
	        &dbkey, NULL, &e),
	    ERR_AUTH);
	assert_memory_equal(&dbkey, &before, sizeof(dbkey));
	keyslot_world_end(&w);
}

static void
a_file_is_never_made_over_another(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	const struct keyslot_new make = {
		.device = w.device, .user = w.user, .pass = floor_pass("x")
	};
	struct keyslot_new bad = make;
	uint8_t before[KEYSLOT_FILE_LEN], after[KEYSLOT_FILE_LEN];
	char other[FILE_PATH_MAX];
	struct secret_key dbkey;
	struct err e;

	(void)state;
	keyslot_world_load(&w, before);
	assert_int_equal(
	    keyslot_create(w.path, &make, &dbkey, &e), ERR_CONFLICT);
	keyslot_world_load(&w, after);
	assert_memory_equal(before, after, sizeof(before));

	assert_true(file_join(other, w.folder.path, "other"));
	bad.pass = floor_pass("");
	assert_int_equal(keyslot_create(other, &bad, &dbkey, &e), ERR_INVALID);
	bad.pass = floor_pass("x");
	bad.pass.params.memory_kib--;
	assert_int_equal(keyslot_create(other, &bad, &dbkey, &e), ERR_INVALID);
	assert_false(file_exists(other));
	assert_int_equal(keyslot_open(other, make.pass.text, &dbkey, NULL, &e),
	    ERR_NOTFOUND);
	keyslot_world_end(&w);
}

static void
the_office_can_recover(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	struct seal_key other;
	struct seal_pub pub;
	const struct keyslot_pass anew = floor_pass("new words");
	struct keyslot_info info;
	struct secret_key dbkey;
	struct err e;

	(void)state;
	seal_key_make(&other);
	pub = seal_pub_of(&other);
	assert_int_equal(
	    keyslot_recover(w.path, &other, &dbkey, &e), ERR_NOTFOUND);
	assert_ok(keyslot_recover(w.path, &w.recovery, &dbkey, &e), &e);
	assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));
	assert_ok(keyslot_set_passphrase(w.path, &dbkey, &anew, &e), &e);
	assert_ok(keyslot_open(w.path, anew.text, &dbkey, NULL, &e), &e);
	assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));

	/* The office's key is replaced; the old one has no say any more. */
	assert_ok(keyslot_set_recovery(
	              w.path, &dbkey, &pub, FLOOR_PASS_CREATED_MS, &e),
	    &e);
	assert_int_equal(
	    keyslot_recover(w.path, &w.recovery, &dbkey, &e), ERR_NOTFOUND);
	assert_ok(keyslot_recover(w.path, &other, &dbkey, &e), &e);
	assert_ok(keyslot_set_recovery(w.path, &dbkey, NULL, 0, &e), &e);
	assert_int_equal(
	    keyslot_recover(w.path, &other, &dbkey, &e), ERR_NOTFOUND);
	assert_ok(keyslot_list(w.path, &info, &e), &e);
	assert_int_equal(info.generation, 4);

	/* Who has another key changes nothing. */
	dbkey.b[0] ^= 1;
	assert_int_equal(
	    keyslot_set_passphrase(w.path, &dbkey, &anew, &e), ERR_AUTH);
	assert_int_equal(
	    keyslot_set_recovery(w.path, &dbkey, &pub, 0, &e), ERR_AUTH);
	memset(&pub, 0, sizeof(pub));
	dbkey.b[0] ^= 1;
	assert_int_equal(
	    keyslot_set_recovery(w.path, &dbkey, &pub, 0, &e), ERR_INVALID);
	keyslot_world_end(&w);
}

static void
a_changed_passphrase_opens_and_the_old_one_no_longer(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	const struct keyslot_pass anew = floor_pass("new words");
	struct secret_key dbkey;
	struct err e;

	(void)state;
	assert_int_equal(
	    keyslot_change_passphrase(w.path, anew.text, &anew, &e), ERR_AUTH);
	assert_ok(keyslot_change_passphrase(
	              w.path, crypto_part_str("old words"), &anew, &e),
	    &e);
	assert_int_equal(keyslot_open(w.path, crypto_part_str("old words"),
	                     &dbkey, NULL, &e),
	    ERR_AUTH);
	assert_ok(keyslot_open(w.path, anew.text, &dbkey, NULL, &e), &e);
	assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));
	assert_ok(keyslot_recover(w.path, &w.recovery, &dbkey, &e), &e);
	keyslot_world_end(&w);
}

/* What file_save leaves when it stops before the rename, at any length. */
static void
a_change_stopped_before_its_rename_leaves_the_old_passphrase(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	char tmp[FILE_PATH_MAX];
	struct keyslot_info info;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	assert_true(file_join(tmp, w.folder.path, "keys.77.tmp"));
	for (size_t len = 0; len <= sizeof(bytes); len += 512) {
		assert_ok(file_save(tmp, bytes, len, &e), &e);
		assert_ok(keyslot_list(w.path, &info, &e), &e);
		assert_int_equal(info.generation, 1);
	}
	assert_ok(keyslot_set_recovery(w.path, &w.dbkey, NULL, 0, &e), &e);
	keyslot_world_end(&w);
}

static void
erasing_leaves_nothing_that_opens(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	char tmp[FILE_PATH_MAX], kept[FILE_PATH_MAX], other[FILE_PATH_MAX];
	struct keyslot_info info;
	struct buf left;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	assert_true(file_join(tmp, w.folder.path, "keys.77.tmp"));
	assert_true(file_join(kept, w.folder.path, "keys-not"));
	/* What was in the file before, as who reads the disk finds it. */
	assert_true(file_join(other, w.folder.path, "same-file"));
	assert_int_equal(link(w.path, other), 0);
	assert_ok(file_save(tmp, bytes, sizeof(bytes), &e), &e);
	assert_ok(file_save(kept, "x", 1, &e), &e);
	assert_ok(keyslot_erase(w.path, &e), &e);
	assert_false(file_exists(w.path));
	assert_false(file_exists(tmp));
	assert_true(file_exists(kept));
	buf_init(&left, sizeof(bytes));
	assert_ok(file_load(other, &left, &e), &e);
	assert_int_equal(left.len, sizeof(bytes));
	for (size_t at = 0; at + 16 <= sizeof(bytes); at += 16)
		assert_memory_not_equal(left.ptr + at, bytes + at, 16);
	buf_fini(&left);
	assert_int_not_equal(keyslot_list(other, &info, &e), ERR_OK);
	assert_ok(keyslot_erase(w.path, &e), &e);
	keyslot_world_end(&w);
}

static void
keys_for_different_uses_differ(void **state)
{
	const struct secret_key dbkey = { { 1, 2, 3 } };
	struct secret_key page, blob, want;

	(void)state;
	keyslot_page_key(&dbkey, &page);
	keyslot_blob_key(&dbkey, &blob);
	kdf_hkdf(crypto_part(NULL, 0), crypto_part(dbkey.b, 32),
	    crypto_part_str("page"), want.b, 32);
	assert_memory_equal(&page, &want, sizeof(page));
	assert_memory_not_equal(&page, &blob, sizeof(page));
	assert_memory_not_equal(&page, &dbkey, sizeof(page));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_passphrase_opens_and_others_do_not),
		cmocka_unit_test(a_file_is_never_made_over_another),
		cmocka_unit_test(the_office_can_recover),
		cmocka_unit_test(
		    a_changed_passphrase_opens_and_the_old_one_no_longer),
		cmocka_unit_test(
		    a_change_stopped_before_its_rename_leaves_the_old_passphrase),
		cmocka_unit_test(erasing_leaves_nothing_that_opens),
		cmocka_unit_test(keys_for_different_uses_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
