/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup, and what comes after it was put back.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/setup/restore.h"
#include "daemon/central/setup/setup.h"
#include "daemon/central/setup/store_key.h"

/* While true, nothing can be written into the copy that is to be the store. */
static bool copy_is_bad;

static ssize_t
write_at(int fd, const void *data, size_t len, off_t at)
{
	static const char copy[] = "/restore.new/office.db";
	char link[40], name[FILE_PATH_MAX] = "";
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (copy_is_bad && n >= (ssize_t)strlen(copy) &&
	    strcmp(name + n - strlen(copy), copy) == 0) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return write_at(fd, data, len, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return write_at(fd, data, len, at);
}

struct office {
	struct check_folder folder;
	char data[FILE_PATH_MAX], backup[FILE_PATH_MAX];
	struct secret_key key;
};

static void
office_start(struct office *o)
{
	struct setup_options options = { .name = "Office",
		.admins = {
		    { "Ada", crypto_part_str("the first of two admins") },
		    { "Bo", crypto_part_str("the second of two admins") } } };
	struct setup_result made;
	struct err e;

	*o = (struct office){ .folder = check_folder_new() };
	assert_true(file_join(o->data, o->folder.path, "office"));
	assert_true(file_join(o->backup, o->folder.path, "backup.db"));
	options.data = o->data;
	assert_ok(setup_office(&options, &made, &e), &e);
	assert_ok(store_key_load(o->data, &o->key, &e), &e);
}

static json_t *
ask(const struct office *o, json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(admin_ask(o->data, request, &answer, &e), &e);
	json_decref(request);
	assert_null(json_object_get(answer, "error"));
	return answer;
}

static void
case_new(const struct office *o, const char *reference)
{
	json_decref(ask(o,
	    json_pack("{s:s, s:s, s:[{s:s, s:s, s:b}]}", "do", "record new",
	        "type", "case", "set", "path", "case_ref", "value", reference,
	        "inline", 1)));
}

static size_t
cases(const struct office *o)
{
	json_t *answer = ask(
	    o, json_pack("{s:s, s:s}", "do", "record list", "type", "case"));
	const size_t n = json_array_size(json_object_get(answer, "cases"));

	json_decref(answer);
	return n;
}

static void
backup(const struct office *o)
{
	json_t *answer =
	    ask(o, json_pack("{s:s, s:s}", "do", "backup", "file", o->backup));

	assert_true(json_has(answer, "seq"));
	json_decref(answer);
}

static void
verifies(const struct office *o)
{
	json_t *answer = ask(o, json_pack("{s:s}", "do", "verify"));

	if (!json_is_true(json_object_get(answer, "ok")))
		fail_msg("%s",
		    json_string_value(json_object_get(answer, "first_bad")));
	json_decref(answer);
}

static void
a_restored_office_is_what_it_was_in_a_new_epoch(void **state)
{
	struct restored r;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	case_new(&o, "A-1");
	backup(&o);
	case_new(&o, "A-2");
	assert_int_equal(cases(&o), 2);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(r.epoch, 2);
	assert_int_equal(cases(&o), 1);
	verifies(&o);
	/* Work goes on, and what it writes adds up with what came before. */
	case_new(&o, "A-3");
	verifies(&o);
	check_folder_end(&o.folder);
}

static void
each_restore_begins_an_epoch_of_its_own(void **state)
{
	struct restored r;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	backup(&o);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(r.epoch, 2);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(r.epoch, 3);
	verifies(&o);
	check_folder_end(&o.folder);
}

/* The store is lost, or was put aside by a restore that was cut; what it had
 * told was of its epoch. */
static void
no_epoch_begins_twice_though_the_store_is_lost(void **state)
{
	char store[FILE_PATH_MAX], reached[FILE_PATH_MAX];
	struct restored r;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	backup(&o);
	assert_true(file_join(store, o.data, "office.db"));
	assert_true(file_join(reached, o.data, "epoch"));
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_ok(file_remove(store, &e), &e);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(r.epoch, 3);
	verifies(&o);
	assert_ok(file_save(reached, "three\n", 6, &e), &e);
	assert_int_equal(
	    restore_backup(o.data, o.backup, &o.key, &r, &e), ERR_CORRUPT);
	verifies(&o);
	check_folder_end(&o.folder);
}

static void
an_office_that_lost_its_store_gets_it_back(void **state)
{
	char store[FILE_PATH_MAX];
	struct restored r;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	case_new(&o, "A-1");
	backup(&o);
	assert_true(file_join(store, o.data, "office.db"));
	assert_ok(file_save(store, "damaged", 7, &e), &e);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(cases(&o), 1);
	assert_ok(file_remove(store, &e), &e);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(cases(&o), 1);
	check_folder_end(&o.folder);
}

static void
what_is_no_backup_of_this_office_changes_nothing(void **state)
{
	struct office o, other;
	char path[FILE_PATH_MAX];
	struct restored r;
	struct err e;

	(void)state;
	office_start(&o);
	office_start(&other);
	case_new(&o, "A-1");
	backup(&other);
	assert_int_equal(
	    restore_backup(o.data, other.backup, &o.key, &r, &e), ERR_AUTH);
	assert_int_equal(
	    restore_backup(o.data, o.backup, &o.key, &r, &e), ERR_NOTFOUND);
	assert_true(file_join(path, o.folder.path, "text"));
	assert_ok(file_save(path, "just a text", 11, &e), &e);
	assert_int_not_equal(
	    restore_backup(o.data, path, &o.key, &r, &e), ERR_OK);
	assert_int_equal(cases(&o), 1);
	verifies(&o);
	check_folder_end(&o.folder);
	check_folder_end(&other.folder);
}

/* Not even at the end, when the new epoch comes out of the log into it. */
static void
a_copy_that_does_not_take_the_new_epoch_replaces_nothing(void **state)
{
	struct restored r;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	backup(&o);
	case_new(&o, "A-1");
	copy_is_bad = true;
	assert_int_equal(
	    restore_backup(o.data, o.backup, &o.key, &r, &e), ERR_IO);
	copy_is_bad = false;
	assert_int_equal(cases(&o), 1);
	assert_ok(restore_backup(o.data, o.backup, &o.key, &r, &e), &e);
	assert_int_equal(r.epoch, 2);
	assert_int_equal(cases(&o), 0);
	verifies(&o);
	check_folder_end(&o.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_restored_office_is_what_it_was_in_a_new_epoch),
		cmocka_unit_test(each_restore_begins_an_epoch_of_its_own),
		cmocka_unit_test(
		    no_epoch_begins_twice_though_the_store_is_lost),
		cmocka_unit_test(an_office_that_lost_its_store_gets_it_back),
		cmocka_unit_test(
		    what_is_no_backup_of_this_office_changes_nothing),
		cmocka_unit_test(
		    a_copy_that_does_not_take_the_new_epoch_replaces_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
