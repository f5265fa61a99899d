/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/sys/db.h"

#define APP 0x56425431
#define MARKER "a-marker-that-must-never-be-readable"

static const struct secret_key key = { { 1, 2, 3, 0xff } };
static const struct secret_key other_key = { { 1, 2, 3, 0xfe } };

struct fixture {
	struct check_folder folder;
	char path[300];
	struct db_options opt;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = check_folder_new();
	(void)snprintf(f->path, sizeof(f->path), "%s/notes.db", f->folder.path);
	f->opt = (struct db_options){ .path = f->path,
		.key = &key,
		.application_id = APP,
		.create = true };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	check_folder_end(&f->folder);
	free(f);
	return 0;
}

static struct db *
open_with_table(struct fixture *f)
{
	struct db *db = NULL;
	struct err e;

	assert_ok(db_open(&f->opt, &db, &e), &e);
	assert_ok(db_run(db,
	              "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY,"
	              " v TEXT NOT NULL UNIQUE, b BLOB, i INTEGER) STRICT",
	              &e),
	    &e);
	return db;
}

static int64_t
count(struct db *db)
{
	struct err e;
	int64_t n = -1;

	assert_ok(db_get_int(db, &n, &e, "SELECT count(*) FROM t", ""), &e);
	return n;
}

static enum err_code
add(struct db *db, const char *v, struct err *e)
{
	return db_exec(db, e, "INSERT INTO t (v) VALUES (?)", "s", v);
}

/* Run work in a child; its result is the child's exit status. */
static pid_t
in_child(int (*work)(struct fixture *, int), struct fixture *f, int arg)
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

static void
change_byte(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

static void
what_is_bound_comes_back(void **state)
{
	struct db *db = open_with_table(*state);
	const struct id id = { { 7, 7, 7, 7, 7, 7, 0x77, 7, 0x87 } };
	const char *text;
	const void *blob;
	struct db_stmt *s = NULL;
	struct id back;
	size_t len;
	char exact[3];
	bool row;
	struct err e;

	assert_ok(
	    db_exec(db, &e, "INSERT INTO t (id, v, b, i) VALUES (?, ?, ?, ?)",
	        "idbi", (int64_t)1, id, "a\0b", (size_t)3, INT64_MIN),
	    &e);
	assert_int_equal(db_last_rowid(db), 1);
	assert_int_equal(db_changes(db), 1);
	assert_ok(db_exec(db, &e, "INSERT INTO t (v, b, i) VALUES (?, ?, ?)",
	              "tbn", "caf\xc3\xa9!", (size_t)5, NULL, (size_t)0),
	    &e);
	assert_ok(
	    db_query(db, &s, &e, "SELECT v, b, i FROM t ORDER BY id", ""), &e);
	assert_ok(db_step(s, &row, &e), &e);
	assert_true(row);
	assert_ok(db_col_id(s, 0, &back, &e), &e);
	assert_true(id_equal(id, back));
	blob = db_col_blob(s, 1, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(blob, "a\0b", 3);
	assert_ok(db_col_bytes(s, 1, exact, 3, &e), &e);
	assert_int_equal(db_col_bytes(s, 1, exact, 2, &e), ERR_CORRUPT);
	assert_true(db_col_int(s, 2) == INT64_MIN);
	assert_ok(db_step(s, &row, &e), &e);
	assert_true(row);
	text = db_col_text(s, 0, &len);
	assert_int_equal(len, 5);
	assert_string_equal(text, "caf\xc3\xa9");
	assert_int_equal(db_col_id(s, 0, &back, &e), ERR_CORRUPT);
	assert_non_null(db_col_blob(s, 1, &len));
	assert_int_equal(len, 0);
	assert_false(db_col_is_null(s, 1));
	assert_true(db_col_is_null(s, 2));
	assert_null(db_col_text(s, 2, NULL));
	assert_ok(db_step(s, &row, &e), &e);
	assert_false(row);
	db_done(s);
	db_close(db);
}

static void
statements_may_nest_and_outnumber_the_cache(void **state)
{
	struct db *db = open_with_table(*state);
	struct db_stmt *outer = NULL, *inner = NULL;
	char sql[64];
	bool row;
	int64_t n;
	struct err e;

	assert_ok(add(db, "one", &e), &e);
	assert_ok(db_query(db, &outer, &e, "SELECT v FROM t", ""), &e);
	assert_ok(db_query(db, &inner, &e, "SELECT v FROM t", ""), &e);
	assert_ok(db_step(outer, &row, &e), &e);
	assert_ok(db_step(inner, &row, &e), &e);
	assert_string_equal(db_col_text(inner, 0, NULL), "one");
	db_done(inner);
	assert_string_equal(db_col_text(outer, 0, NULL), "one");
	db_done(outer);
	db_done(NULL);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT %d", i);
		assert_ok(db_get_int(db, &n, &e, sql, ""), &e);
		assert_int_equal(n, i);
	}
	assert_ok(db_get_int(db, &n, &e, "SELECT 7", ""), &e);
	assert_int_equal(
	    db_get_int(db, &n, &e, "SELECT 1 WHERE 0", ""), ERR_NOTFOUND);
	assert_int_equal(db_run(db, "SELEKT", &e), ERR_INVALID);
	assert_int_equal(db_prepare(db, "SELECT x", &outer, &e), ERR_INVALID);
	db_close(db);
}

static void
a_refused_row_names_the_column_and_not_the_value(void **state)
{
	struct db *db = open_with_table(*state);
	struct err e;

	assert_ok(add(db, MARKER, &e), &e);
	assert_int_equal(add(db, MARKER, &e), ERR_INVALID);
	assert_string_equal(e.msg, "UNIQUE constraint failed: t.v");
	assert_int_equal(add(db, NULL, &e), ERR_INVALID);
	assert_int_equal(count(db), 1);
	db_close(db);
}

static void
only_the_right_key_and_kind_open_a_file(void **state)
{
	struct fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = NULL;
	struct err e;

	opt.create = false;
	assert_int_equal(db_open(&opt, &db, &e), ERR_NOTFOUND);
	db = open_with_table(f);
	db_close(db);
	db = NULL;
	opt.key = &other_key;
	assert_int_equal(db_open(&opt, &db, &e), ERR_AUTH);
	assert_null(db);
	opt = f->opt;
	opt.application_id = APP + 1;
	assert_int_equal(db_open(&opt, &db, &e), ERR_CORRUPT);
	assert_null(db);
	opt = f->opt;
	opt.create = false;
	assert_ok(db_open(&opt, &db, &e), &e);
	assert_int_equal(count(db), 0);
	db_close(db);
}

static void
a_file_that_is_not_encrypted_or_cut_is_refused(void **state)
{
	struct fixture *f = *state;
	struct db_options opt = f->opt;
	char page[4096] = "SQLite format 3";
	struct db *db = NULL;
	struct err e;

	assert_ok(file_save(f->path, page, sizeof(page), &e), &e);
	assert_int_equal(db_open(&opt, &db, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.msg, "not encrypted"));
	assert_ok(file_save(f->path, page, 10, &e), &e);
	assert_int_equal(db_open(&opt, &db, &e), ERR_CORRUPT);
	assert_ok(file_save(f->path, page, 0, &e), &e);
	opt.create = false;
	assert_int_equal(db_open(&opt, &db, &e), ERR_CORRUPT);
	assert_null(db);
}

static void
a_changed_byte_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_with_table(f);
	struct err e;
	int64_t n;
	char v[600];

	memset(v, 'x', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	for (int i = 0; i < 100; i++) {
		(void)snprintf(v, 8, "%07d", i);
		v[7] = 'x';
		assert_ok(add(db, v, &e), &e);
	}
	db_close(db);
	change_byte(f->path, 9 * 4096 + 1000);
	db = open_with_table(f);
	assert_int_equal(db_get_int(db, &n, &e,
	                     "SELECT sum(length(v)) FROM t NOT INDEXED", ""),
	    ERR_CORRUPT);
	db_close(db);
	change_byte(f->path, 2000);
	assert_int_equal(db_open(&f->opt, &db, &e), ERR_AUTH);
}

static bool
holds(const char *path, const char *needle)
{
	struct buf b;
	struct err e;
	bool found;

	buf_init(&b, 1U << 26);
	assert_ok(file_load(path, &b, &e), &e);
	assert_true(b.len > 0);
	found = memmem(b.ptr, b.len, needle, strlen(needle)) != NULL;
	buf_fini(&b);
	return found;
}

static void
no_file_holds_readable_text_or_is_open_to_others(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	struct db *db = open_with_table(f);
	char path[320];
	struct stat st;
	struct err e;

	assert_ok(db_run(db, "CREATE VIRTUAL TABLE s USING fts5(x)", &e), &e);
	for (int i = 0; i < 200; i++) {
		char v[100];

		(void)snprintf(v, sizeof(v), MARKER "-%d", i);
		assert_ok(add(db, v, &e), &e);
		assert_ok(
		    db_exec(db, &e, "INSERT INTO s VALUES (?)", "s", v), &e);
	}
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", f->path, suffixes[i]);
		assert_false(holds(path, "marker"));
		assert_false(holds(path, "SQLite format"));
		assert_false(holds(path, "CREATE"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	/* Not even through SQL. */
	assert_int_not_equal(
	    db_run(db, "ATTACH 'plain.db' AS p KEY ''", &e), ERR_OK);
	db_close(db);
	assert_false(holds(f->path, "marker"));
}

static void
nothing_is_written_to_standard_error(void **state)
{
	struct fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = open_with_table(f);
	char path[320];
	int kept = dup(2), fd;
	struct stat st;
	struct err e;

	db_close(db);
	(void)snprintf(path, sizeof(path), "%s/stderr", f->folder.path);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	assert_int_equal(dup2(fd, 2), 2);
	opt.key = &other_key;
	assert_int_equal(db_open(&opt, &db, &e), ERR_AUTH);
	assert_int_equal(dup2(kept, 2), 2);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(kept), 0);
}

static void
rollback_undoes_and_is_nothing_otherwise(void **state)
{
	struct db *db = open_with_table(*state);
	struct err e;

	db_rollback(db);
	assert_ok(db_begin(db, &e), &e);
	assert_true(db_in_transaction(db));
	assert_ok(add(db, "one", &e), &e);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(count(db), 0);
	assert_ok(db_begin(db, &e), &e);
	assert_ok(add(db, "two", &e), &e);
	assert_ok(db_commit(db, &e), &e);
	db_rollback(db);
	assert_int_equal(count(db), 1);
	/* A transaction still open at the close is undone. */
	assert_ok(db_begin(db, &e), &e);
	assert_ok(add(db, "three", &e), &e);
	db_close(db);
	db = open_with_table(*state);
	assert_int_equal(count(db), 1);
	db_close(db);
}

static void
a_savepoint_undoes_only_what_came_after_it(void **state)
{
	struct db *db = open_with_table(*state);
	struct err e;

	assert_ok(db_begin(db, &e), &e);
	assert_ok(add(db, "kept", &e), &e);
	assert_ok(db_savepoint(db, "batch", &e), &e);
	assert_ok(add(db, "gone", &e), &e);
	assert_ok(db_rollback_to(db, "batch", &e), &e);
	assert_ok(db_savepoint(db, "batch", &e), &e);
	assert_ok(add(db, "kept too", &e), &e);
	assert_ok(db_release(db, "batch", &e), &e);
	assert_ok(db_commit(db, &e), &e);
	assert_int_equal(count(db), 2);
	db_close(db);
}

static void
a_reading_transaction_sees_one_moment(void **state)
{
	struct fixture *f = *state;
	struct db *reader = open_with_table(f), *writer = open_with_table(f);
	struct err e;

	assert_ok(db_begin_read(reader, &e), &e);
	assert_ok(add(writer, "later", &e), &e);
	assert_int_equal(count(reader), 0);
	assert_ok(db_commit(reader, &e), &e);
	assert_int_equal(count(reader), 1);
	db_close(reader);
	db_close(writer);
}

static void
a_second_writer_is_told_to_come_back(void **state)
{
	struct fixture *f = *state;
	struct db *first = open_with_table(f), *second = NULL;
	struct db_options opt = f->opt;
	struct err e;

	opt.busy_timeout_ms = 20;
	assert_ok(db_open(&opt, &second, &e), &e);
	assert_ok(db_begin(first, &e), &e);
	assert_int_equal(db_begin(second, &e), ERR_BUSY);
	assert_int_equal(add(second, "x", &e), ERR_BUSY);
	assert_false(db_in_transaction(second));
	assert_ok(db_commit(first, &e), &e);
	assert_ok(db_begin(second, &e), &e);
	db_rollback(second);
	db_close(first);
	db_close(second);
}

static void
a_read_only_database_takes_no_write(void **state)
{
	struct fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = open_with_table(f), *reader = NULL;
	struct err e;

	opt.create = false;
	opt.read_only = true;
	assert_ok(add(db, "x", &e), &e);
	assert_ok(db_open(&opt, &reader, &e), &e);
	assert_int_equal(count(reader), 1);
	assert_int_equal(add(reader, "y", &e), ERR_IO);
	db_close(reader);
	db_close(db);
}

static int
write_fifty(struct fixture *f, int who)
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
		    add(db, v, NULL) != ERR_OK || db_commit(db, NULL) != ERR_OK)
			return 3;
	}
	db_close(db);
	return 0;
}

static void
two_processes_that_create_and_write_at_once_both_succeed(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL;
	struct err e;

	for (int round = 0; round < 5; round++) {
		pid_t a = in_child(write_fifty, f, 1);
		pid_t b = in_child(write_fifty, f, 2);

		assert_int_equal(wait_for(a), 0);
		assert_int_equal(wait_for(b), 0);
		assert_ok(db_open(&f->opt, &db, &e), &e);
		assert_int_equal(count(db), 100);
		db_close(db);
		assert_ok(file_remove(f->path, &e), &e);
	}
}

/* Insert pairs in transactions and tell each commit to the pipe. */
static int
write_until_killed(struct fixture *f, int pipe_fd)
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
			if (add(db, v, NULL) != ERR_OK)
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
	struct fixture *f = *state;
	int64_t told = 0, at_most = 0;

	db_close(open_with_table(f));
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
		db = open_with_table(f);
		n = count(db);
		assert_int_equal(n % 2, 0);
		assert_in_range(n / 2, told, told + at_most);
		db_close(db);
	}
}

/* A file may not grow beyond the limit: as a full disk. */
static int
fill_the_disk(struct fixture *f, int limit)
{
	struct rlimit lim = { (rlim_t)limit, (rlim_t)limit };
	struct db *db = NULL;
	char v[2000];
	struct err e = { .code = ERR_OK };
	int64_t n;
	int i;

	if (db_open(&f->opt, &db, NULL) != ERR_OK)
		return 1;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
		return 2;
	memset(v, 'x', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	for (i = 0; i < 1000; i++) {
		(void)snprintf(v, 8, "%07d", i);
		v[7] = 'x';
		if (add(db, v, &e) != ERR_OK)
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
	struct fixture *f = *state;
	struct db *db = open_with_table(f);
	struct err e;
	char v[5000];

	db_close(db);
	assert_int_equal(wait_for(in_child(fill_the_disk, f, 1 << 19)), 0);
	db = open_with_table(f);
	assert_true(count(db) > 10);
	/* SQLite's own way to say it. */
	assert_ok(db_run(db, "PRAGMA max_page_count = 1", &e), &e);
	memset(v, 'x', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	assert_ok(db_begin(db, &e), &e);
	for (int i = 0; i < 100; i++) {
		v[0] = (char)('0' + i);
		if (add(db, v, &e) != ERR_OK)
			break;
	}
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.msg, "the disk is full");
	db_rollback(db);
	assert_false(db_in_transaction(db));
	db_close(db);
}

static enum err_code
fill_in(struct db *db, struct err *e)
{
	return db_exec(db, e, "INSERT INTO m VALUES (?)", "i", (int64_t)42);
}

static enum err_code
refuse(struct db *db, struct err *e)
{
	if (fill_in(db, e) != ERR_OK)
		return e->code;
	return err_set(e, ERR_NOMEM, 0, "as if out of memory");
}

static void
migrations_run_once_and_a_newer_file_is_refused(void **state)
{
	static const struct db_migration good[] = {
		{ .sql = "CREATE TABLE m (x INTEGER) STRICT" },
		{ .run = fill_in },
		{ .sql = "CREATE TABLE n (x INTEGER); INSERT INTO n "
		         "SELECT x FROM m" },
	};
	static const struct db_migration bad[] = {
		{ .sql = "CREATE TABLE m (x INTEGER) STRICT" },
		{ .sql = "CREATE TABLE half (x INTEGER)", .run = refuse },
	};
	struct db *db = NULL;
	struct fixture *f = *state;
	struct err e;
	int64_t n;

	assert_ok(db_open(&f->opt, &db, &e), &e);
	assert_int_equal(db_migrate(db, bad, 2, &e), ERR_NOMEM);
	assert_ok(db_get_int(db, &n, &e, "PRAGMA user_version", ""), &e);
	assert_int_equal(n, 1);
	assert_ok(
	    db_get_int(db, &n, &e, "SELECT count(*) FROM sqlite_schema", ""),
	    &e);
	assert_int_equal(n, 1);
	for (int i = 0; i < 2; i++)
		assert_ok(db_migrate(db, good, 3, &e), &e);
	assert_ok(db_get_int(db, &n, &e, "SELECT sum(x) FROM n", ""), &e);
	assert_int_equal(n, 42);
	assert_int_equal(db_migrate(db, good, 2, &e), ERR_NEWER);
	assert_non_null(strstr(e.msg, "newer version of Visitbook"));
	db_close(db);
}

static int
back_up_without_room(struct fixture *f, int limit)
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
	return db_backup(db, path, &key, &e) == ERR_IO ? 0 : 3;
}

static void
a_backup_is_whole_encrypted_and_replaces_only_when_complete(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_with_table(f), *writer = open_with_table(f);
	struct db_options opt = f->opt;
	struct db *copy = NULL;
	char path[320];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/copy", f->folder.path);
	opt.path = path;
	opt.create = false;
	assert_ok(add(db, MARKER, &e), &e);
	for (int i = 1; i <= 2; i++) {
		assert_ok(db_backup(db, path, opt.key, &e), &e);
		assert_ok(add(writer, i == 1 ? "after" : "last", &e), &e);
		assert_false(holds(path, "marker"));
		assert_ok(db_open(&opt, &copy, &e), &e);
		assert_int_equal(count(copy), i);
		assert_ok(db_run(copy, "PRAGMA integrity_check", &e), &e);
		db_close(copy);
		/* The key of a copy may be another. */
		opt.key = &other_key;
	}
	/* A copy that does not fit leaves the old one as it is. */
	assert_int_equal(wait_for(in_child(back_up_without_room, f, 8192)), 0);
	assert_ok(db_open(&opt, &copy, &e), &e);
	assert_int_equal(count(copy), 2);
	db_close(copy);
	db_close(db);
	db_close(writer);
}

static int
work_in_pinned_memory(struct fixture *f, int limit)
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
		if (add(db, v, NULL) != ERR_OK)
			return 5;
	}
	db_close(db);
	return 0;
}

static void
memory_security_works_at_an_ordinary_users_limit(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_with_table(f);

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

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_bound_comes_back),
		T(statements_may_nest_and_outnumber_the_cache),
		T(a_refused_row_names_the_column_and_not_the_value),
		T(only_the_right_key_and_kind_open_a_file),
		T(a_file_that_is_not_encrypted_or_cut_is_refused),
		T(a_changed_byte_is_noticed),
		T(no_file_holds_readable_text_or_is_open_to_others),
		T(nothing_is_written_to_standard_error),
		T(rollback_undoes_and_is_nothing_otherwise),
		T(a_savepoint_undoes_only_what_came_after_it),
		T(a_reading_transaction_sees_one_moment),
		T(a_second_writer_is_told_to_come_back),
		T(a_read_only_database_takes_no_write),
		T(two_processes_that_create_and_write_at_once_both_succeed),
		T(a_killed_writer_loses_no_commit_and_leaves_no_half),
		T(a_full_disk_is_an_io_error_and_loses_nothing),
		T(migrations_run_once_and_a_newer_file_is_refused),
		T(a_backup_is_whole_encrypted_and_replaces_only_when_complete),
		T(memory_security_works_at_an_ordinary_users_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
