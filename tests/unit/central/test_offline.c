/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "daemon/central/setup/offline.h"
#include "daemon/central/setup/passphrase.h"
#include "daemon/central/setup/store_key.h"

static const char content[] = "what the root signs with";
static const struct id office = { { 1, 2, 3 } };

static struct crypto_part
first(void)
{
	return crypto_part_str("the first of two administrators");
}

static struct crypto_part
second(void)
{
	return crypto_part_str("the second of two administrators");
}

static void
save(const char *path)
{
	struct offline_lock lock;
	struct err e;

	offline_lock_init(&lock);
	assert_ok(offline_lock_add(&lock, "Ada", first(), &e), &e);
	assert_ok(offline_lock_add(&lock, "Bo", second(), &e), &e);
	assert_ok(offline_save(&lock, path, "root key", office,
	              crypto_part(content, sizeof(content)), &e),
	    &e);
	offline_lock_fini(&lock);
}

static enum err_code
load(const char *path, const char *what, struct id of,
    struct crypto_part passphrase)
{
	struct buf out;
	struct err e;
	enum err_code code;

	buf_init(&out, OFFLINE_CONTENT_MAX);
	code = offline_load(path, what, of, passphrase, &out, &e);
	if (code == ERR_OK) {
		assert_int_equal(out.len, sizeof(content));
		assert_memory_equal(out.ptr, content, sizeof(content));
	} else {
		assert_int_equal(out.len, 0);
	}
	buf_wipe(&out);
	return code;
}

static void
either_administrator_opens_an_offline_key_and_nobody_else(void **state)
{
	const struct id other = { { 9 } };
	struct check_folder folder = check_folder_new();
	char path[FILE_PATH_MAX];

	(void)state;
	assert_true(file_join(path, folder.path, "root.key"));
	save(path);
	assert_int_equal(load(path, "root key", office, first()), ERR_OK);
	assert_int_equal(load(path, "root key", office, second()), ERR_OK);
	assert_int_equal(load(path, "root key", office,
	                     crypto_part_str("somebody else's words")),
	    ERR_AUTH);
	assert_int_equal(
	    load(path, "recovery key", office, first()), ERR_CORRUPT);
	assert_int_equal(load(path, "root key", other, first()), ERR_CORRUPT);
	check_folder_end(&folder);
}

static void
a_damaged_offline_key_gives_nothing(void **state)
{
	struct check_folder folder = check_folder_new();
	struct rng rng = rng_make(check_seed("damaged offline keys"));
	char path[FILE_PATH_MAX], bad[FILE_PATH_MAX];
	struct buf text;
	struct err e;

	(void)state;
	assert_true(file_join(path, folder.path, "root.key"));
	assert_true(file_join(bad, folder.path, "bad.key"));
	save(path);
	for (int i = 0; i < 6; i++) {
		enum err_code code;
		size_t at;

		buf_init(&text, 65536);
		assert_ok(file_load(path, &text, &e), &e);
		at = (size_t)rng_below(&rng, text.len);
		text.ptr[at] = text.ptr[at] == 'a' ? 'b' : 'a';
		assert_ok(file_save(bad, text.ptr, text.len, &e), &e);
		/* A name is told to people and protects nothing. */
		code = load(bad, "root key", office, first());
		assert_true(code == ERR_CORRUPT || code == ERR_AUTH ||
		    code == ERR_INVALID || code == ERR_OK);
		buf_fini(&text);
	}
	check_folder_end(&folder);
}

static void
a_store_key_that_others_may_read_is_refused(void **state)
{
	struct check_folder folder = check_folder_new();
	struct secret_key made, read;
	char path[FILE_PATH_MAX];
	struct err e;

	(void)state;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(store_key_load(folder.path, &read, &e), ERR_NOTFOUND);
	assert_ok(store_key_make(folder.path, &made, &e), &e);
	assert_ok(store_key_load(folder.path, &read, &e), &e);
	assert_memory_equal(made.b, read.b, SECRET_KEY_LEN);
	assert_true(file_join(path, folder.path, "store.key"));
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(store_key_load(folder.path, &read, &e), ERR_AUTH);
	assert_int_equal(chmod(path, 0600), 0);
	assert_ok(file_save(path, "0123", 4, &e), &e);
	assert_int_equal(store_key_load(folder.path, &read, &e), ERR_INVALID);
	check_folder_end(&folder);
}

static void
a_credential_of_the_service_manager_goes_before_the_file(void **state)
{
	struct check_folder data = check_folder_new();
	struct check_folder credentials = check_folder_new();
	struct secret_key read;
	char path[FILE_PATH_MAX];
	struct err e;
	static const char text[] = "000102030405060708090a0b0c0d0e0f"
	                           "101112131415161718191a1b1c1d1e1f\n";

	(void)state;
	assert_true(file_join(path, credentials.path, STORE_KEY_CREDENTIAL));
	assert_ok(file_save(path, text, sizeof(text) - 1, &e), &e);
	assert_int_equal(
	    setenv("CREDENTIALS_DIRECTORY", credentials.path, 1), 0);
	assert_ok(store_key_make(data.path, &read, &e), &e);
	assert_int_equal(read.b[31], 31);
	assert_true(file_join(path, data.path, "store.key"));
	assert_false(file_exists(path));
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	check_folder_end(&data);
	check_folder_end(&credentials);
}

static void
a_kept_verifier_knows_its_passphrase(void **state)
{
	struct check_folder folder = check_folder_new();
	struct secret_key key = { { 5 } };
	struct office_store *s;
	struct err e;

	(void)state;
	assert_ok(office_store_open(folder.path, &key, true, &s, &e), &e);
	assert_ok(store_begin(s, &e), &e);
	assert_int_equal(
	    passphrase_check(s, office, first(), &e), ERR_NOTFOUND);
	assert_ok(passphrase_put(s, office, first(), &e), &e);
	assert_ok(passphrase_check(s, office, first(), &e), &e);
	assert_int_equal(passphrase_check(s, office, second(), &e), ERR_AUTH);
	assert_ok(store_commit(s, &e), &e);
	assert_int_equal(
	    passphrase_sound(crypto_part_str("too short"), &e), ERR_INVALID);
	assert_int_equal(
	    passphrase_sound(crypto_part_str("two\nlines here"), &e),
	    ERR_INVALID);
	office_store_close(s);
	check_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    either_administrator_opens_an_offline_key_and_nobody_else),
		cmocka_unit_test(a_damaged_offline_key_gives_nothing),
		cmocka_unit_test(a_store_key_that_others_may_read_is_refused),
		cmocka_unit_test(
		    a_credential_of_the_service_manager_goes_before_the_file),
		cmocka_unit_test(a_kept_verifier_knows_its_passphrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
