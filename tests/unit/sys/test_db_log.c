/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sync of the log that fails has dropped what it should have written, as on
 * Linux: it is seen by everybody until the power goes.  What is acknowledged
 * later is there all the same.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/db.h"
#include "tests/support/db_fixture.h"

#define LOG_MAX ((size_t)1024 * 1024)

/* The log as the disk has it, and what it was given since the last sync. */
static struct {
	uint8_t sure[LOG_MAX], seen[LOG_MAX];
	size_t sure_len, seen_len;
	bool is_new[LOG_MAX]; /* bytes of seen */
	bool fails;           /* the next sync */
} disk;

static bool
is_log(int fd)
{
	char link[40], name[FILE_PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name));
	return n > 4 && memcmp(name + n - 4, "-wal", 4) == 0;
}

static ssize_t
write_seen(int fd, const void *data, size_t len, off_t at)
{
	if (is_log(fd)) {
		assert_true((size_t)at + len <= LOG_MAX);
		memcpy(disk.seen + at, data, len);
		memset(disk.is_new + at, true, len);
		if ((size_t)at + len > disk.seen_len)
			disk.seen_len = (size_t)at + len;
	}
	return syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return write_seen(fd, data, len, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return write_seen(fd, data, len, at);
}

static int
sync_seen(int fd)
{
	const bool fails = disk.fails;

	if (!is_log(fd))
		return 0;
	for (size_t i = 0; i < disk.seen_len && !fails; i++)
		if (disk.is_new[i])
			disk.sure[i] = disk.seen[i];
	memset(disk.is_new, false, sizeof(disk.is_new));
	disk.fails = false;
	if (!fails)
		disk.sure_len = disk.seen_len;
	errno = EIO;
	return fails ? -1 : 0;
}

int
fsync(int fd)
{
	return sync_seen(fd);
}

int
fdatasync(int fd)
{
	return sync_seen(fd);
}

/* The file, which nothing was written into, beside a log of these bytes. */
static struct db *
open_copy(
    const struct db_fixture *f, const char *name, const void *log, size_t len)
{
	struct db_options opt = f->opt;
	char path[FILE_PATH_MAX], beside[FILE_PATH_MAX + 8];
	struct buf file;
	struct db *db = NULL;
	struct err e;

	assert_true(file_join(path, f->folder.path, name));
	(void)snprintf(beside, sizeof(beside), "%s-wal", path);
	buf_init(&file, LOG_MAX);
	assert_ok(file_load(f->path, &file, &e), &e);
	assert_ok(file_save(path, file.ptr, file.len, &e), &e);
	assert_ok(file_save(beside, log, len, &e), &e);
	buf_fini(&file);
	opt.path = path;
	assert_ok(db_open(&opt, &db, &e), &e);
	return db;
}

static int64_t
after_a_power_cut(const struct db_fixture *f)
{
	struct db *db = open_copy(f, "cut.db", disk.sure, disk.sure_len);
	const int64_t n = db_fixture_count(db);

	db_close(db);
	return n;
}

static void
add(struct db *db, bool unsynced, const char *v)
{
	struct err e;

	assert_ok(unsynced ? db_begin_unsynced(db, &e) : db_begin(db, &e), &e);
	assert_ok(db_fixture_add(db, v, &e), &e);
	assert_ok(db_commit(db, &e), &e);
}

static struct db *
begin(struct db_fixture *f)
{
	memset(&disk, 0, sizeof(disk));
	return db_fixture_open(f);
}

static void
what_a_failed_sync_dropped_is_written_again(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = begin(f);
	struct err e;

	add(db, true, "a");
	disk.fails = true;
	assert_int_equal(db_sync(db, &e), ERR_IO);
	add(db, false, "b");
	assert_int_equal(after_a_power_cut(f), 2);
	db_close(db);
}

static void
a_sync_that_succeeds_afterwards_has_written_it(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = begin(f);
	struct err e;

	add(db, true, "a");
	disk.fails = true;
	assert_int_equal(db_sync(db, &e), ERR_IO);
	assert_ok(db_sync(db, &e), &e);
	assert_int_equal(after_a_power_cut(f), 1);
	db_close(db);
}

/* The next process finds in the log what was refused, and cannot know that it
 * is not on the disk. */
static void
what_is_found_at_opening_is_written_again(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = begin(f), *next;
	static uint8_t seen[LOG_MAX];
	size_t len;
	struct err e;

	assert_ok(db_begin(db, &e), &e);
	assert_ok(db_fixture_add(db, "refused", &e), &e);
	disk.fails = true;
	assert_int_equal(db_commit(db, &e), ERR_IO);
	db_rollback(db);
	len = disk.seen_len;
	memcpy(seen, disk.seen, len);
	next = open_copy(f, "killed.db", seen, len);
	add(next, false, "b");
	assert_int_equal(db_fixture_count(next), 2);
	assert_int_equal(after_a_power_cut(f), 2);
	db_close(next);
	db_close(db);
}

/* The file is not written from a log that a power cut may cut short. */
static void
a_log_in_doubt_stays_when_it_is_closed(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = begin(f);
	char log[FILE_PATH_MAX];
	struct err e;

	(void)snprintf(log, sizeof(log), "%s-wal", f->path);
	add(db, true, "a");
	disk.fails = true;
	assert_int_equal(db_sync(db, &e), ERR_IO);
	db_close(db);
	assert_true(file_exists(log));
	assert_ok(db_open(&f->opt, &db, &e), &e);
	assert_int_equal(db_fixture_count(db), 1);
	assert_ok(db_forget(db, &e), &e);
	db_close(db);
	assert_false(file_exists(log));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, db_fixture_setup, db_fixture_teardown)
		T(what_a_failed_sync_dropped_is_written_again),
		T(a_sync_that_succeeds_afterwards_has_written_it),
		T(what_is_found_at_opening_is_written_again),
		T(a_log_in_doubt_stays_when_it_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
