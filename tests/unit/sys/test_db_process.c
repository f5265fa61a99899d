/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several processes, SIGKILL, a full disk and a limit on pinned memory
 * do to a database.
 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/support/db_fixture.h"

/* Run work in a child; its result is the child's exit status. */
static pid_t
in_child(int (*work)(struct db_fixture *, int), struct db_fixture *f, int arg)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(work(f, arg));
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
write_fifty(struct db_fixture *f, int who)
{
	struct db *db = NULL;
	char v[32];

	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 1;
	if (db_run(db,
	        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v TEXT)",
	        NULL) != ERR_OK)
		return 2;
	for (int i = 0; i < 50; i++) {
		(void)snprintf(v, sizeof(v), "%d-%d", who, i);
		if (db_begin(db, NULL) != ERR_OK ||
		    db_fixture_add(db, v, NULL) != ERR_OK ||
		    db_commit(db, NULL) != ERR_OK)
			return 3;
	}
	db_close(db);
	return 0;
}

static void
two_processes_that_create_and_write_at_once_both_succeed(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = NULL;
	struct err e;

	for (int round = 0; round < 5; round++) {
		pid_t a = in_child(write_fifty, f, 1);
		pid_t b = in_child(write_fifty, f, 2);

		assert_int_equal(wait_for(a), 0);
		assert_int_equal(wait_for(b), 0);
		assert_ok(db_open(&f->opt, &db, &e), &e);
		assert_int_equal(db_fixture_count(db), 100);
		db_close(db);
		assert_ok(file_remove(f->path, &e), &e);
	}
}

/* Insert pairs in transactions and tell each commit to the pipe. */
static int
write_until_killed(struct db_fixture *f, int pipe_fd)
{
	struct db *db = NULL;
	char v[32];

	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 1;
	for (int i = 0;; i++) {
		if (db_begin(db, NULL) != ERR_OK)
			return 2;
		for (int half = 0; half < 2; half++) {
			(void)snprintf(
			    v, sizeof(v), "%ld-%d-%d", (long)getpid(), i, half);
			if (db_fixture_add(db, v, NULL) != ERR_OK)
				return 3;
		}
		if (db_commit(db, NULL) != ERR_OK)
			return 4;
		if (write(pipe_fd, "c", 1) != 1)
			return 5;
	}
}

static void
a_killed_writer_loses_no_commit_and_leaves_no_half(void **state)
{
	struct db_fixture *f = *state;
	int64_t told = 0, at_most = 0;

	db_close(db_fixture_open(f));
	for (int round = 0; round < 20; round++) {
		struct db *db;
		int fds[2];
		char c;
		pid_t pid;
		int64_t n;

		assert_int_equal(pipe(fds), 0);
		pid = in_child(write_until_killed, f, fds[1]);
		assert_int_equal(close(fds[1]), 0);
		assert_int_equal(read(fds[0], &c, 1), 1);
		told++;
		(void)usleep((useconds_t)(round * 700));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(wait_for(pid), -SIGKILL);
		while (read(fds[0], &c, 1) == 1)
			told++;
		assert_int_equal(close(fds[0]), 0);
		at_most++; /* committed, but killed before it could say so */
		db = db_fixture_open(f);
		n = db_fixture_count(db);
		assert_int_equal(n % 2, 0);
		assert_in_range(n / 2, told, told + at_most);
		db_close(db);
	}
}

/* A file may not grow beyond the limit: as a full disk. */
static int
fill_the_disk(struct db_fixture *f, int limit)
{
	struct rlimit lim = { (rlim_t)limit, (rlim_t)limit };
	struct db *db = NULL;
	struct err e = { .code = ERR_OK };
	int64_t n;
	int i;

	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 1;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
		return 2;
	for (i = 0; i < 1000; i++) {
		if (db_fixture_add_long(db, i, 1999, &e) != ERR_OK)
			break;
	}
	if (e.code != ERR_IO)
		return 3;
	if (db_in_transaction(db))
		return 4;
	/* What was acknowledged is still there to read. */
	if (db_get_int(db, &n, NULL, "SELECT count(*) FROM t", "") != ERR_OK ||
	    n != i)
		return 5;
	_exit(0); /* no close: the disk is still full */
}

static void
a_full_disk_is_an_io_error_and_loses_nothing(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f);
	struct err e;
	char v[5000];

	db_close(db);
	assert_int_equal(wait_for(in_child(fill_the_disk, f, 1 << 19)), 0);
	db = db_fixture_open(f);
	assert_true(db_fixture_count(db) > 10);
	/* SQLite's own way to say it. */
	assert_ok(db_run(db, "PRAGMA max_page_count = 1", &e), &e);
	memset(v, 'x', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	assert_ok(db_begin(db, &e), &e);
	for (int i = 0; i < 100; i++) {
		v[0] = (char)('0' + i);
		if (db_fixture_add(db, v, &e) != ERR_OK)
			break;
	}
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.msg, "the disk is full");
	db_rollback(db);
	assert_false(db_in_transaction(db));
	db_close(db);
}

static int
back_up_without_room(struct db_fixture *f, int limit)
{
	struct rlimit lim = { (rlim_t)limit, (rlim_t)limit };
	struct db *db = NULL;
	char path[320];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/copy", f->folder.path);
	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 1;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
		return 2;
	return db_backup(db, path, &db_fixture_key, &e) == ERR_IO ? 0 : 3;
}

static void
a_backup_is_whole_encrypted_and_replaces_only_when_complete(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f), *writer = db_fixture_open(f);
	struct db_options opt = f->opt;
	struct db *copy = NULL;
	char path[320];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/copy", f->folder.path);
	opt.path = path;
	opt.create = false;
	assert_ok(db_fixture_add(db, DB_FIXTURE_MARKER, &e), &e);
	for (int i = 1; i <= 2; i++) {
		assert_ok(db_backup(db, path, opt.key, &e), &e);
		assert_ok(
		    db_fixture_add(writer, i == 1 ? "after" : "last", &e), &e);
		assert_false(db_fixture_file_holds(path, "marker"));
		assert_ok(db_open(&opt, &copy, &e), &e);
		assert_int_equal(db_fixture_count(copy), i);
		assert_ok(db_run(copy, "PRAGMA integrity_check", &e), &e);
		db_close(copy);
		/* The key of a copy may be another. */
		opt.key = &db_fixture_other_key;
	}
	/* A copy that does not fit leaves the old one as it is. */
	assert_int_equal(wait_for(in_child(back_up_without_room, f, 8192)), 0);
	assert_ok(db_open(&opt, &copy, &e), &e);
	assert_int_equal(db_fixture_count(copy), 2);
	db_close(copy);
	db_close(db);
	db_close(writer);
}

static int
work_in_pinned_memory(struct db_fixture *f, int limit)
{
	struct rlimit lim = { (rlim_t)limit, (rlim_t)limit };
	struct db *db = NULL;
	char v[32];
	int64_t on;

	f->opt.memory_security = true;
	if (setrlimit(RLIMIT_MEMLOCK, &lim) != 0)
		return 1;
	/* An ordinary user's limit binds only an ordinary user. */
	if (geteuid() == 0 && setuid(65534) != 0)
		return 2;
	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 3;
	if (db_get_int(db, &on, NULL, "PRAGMA cipher_memory_security", "") !=
	        ERR_OK ||
	    on != 1)
		return 4;
	for (int i = 0; i < 500; i++) {
		(void)snprintf(v, sizeof(v), "%d-%d", limit, i);
		if (db_fixture_add(db, v, NULL) != ERR_OK)
			return 5;
	}
	db_close(db);
	return 0;
}

static void
memory_security_works_at_an_ordinary_users_limit(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f);

	db_close(db);
	if (geteuid() == 0) {
		assert_int_equal(chown(f->folder.path, 65534, 65534), 0);
		assert_int_equal(chown(f->path, 65534, 65534), 0);
	}
	assert_int_equal(
	    wait_for(in_child(work_in_pinned_memory, f, 8 << 20)), 0);
	/* More than fits is not pinned, and still works. */
	assert_int_equal(
	    wait_for(in_child(work_in_pinned_memory, f, 1 << 16)), 0);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, db_fixture_setup, db_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_processes_that_create_and_write_at_once_both_succeed),
		T(a_killed_writer_loses_no_commit_and_leaves_no_half),
		T(a_full_disk_is_an_io_error_and_loses_nothing),
		T(a_backup_is_whole_encrypted_and_replaces_only_when_complete),
		T(memory_security_works_at_an_ordinary_users_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
