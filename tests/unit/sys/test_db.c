/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/support/db_fixture.h"

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
	struct db *db = db_fixture_open(*state);
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
	struct db *db = db_fixture_open(*state);
	struct db_stmt *outer = NULL, *inner = NULL;
	char sql[64];
	bool row;
	int64_t n;
	struct err e;

	assert_ok(db_fixture_add(db, "one", &e), &e);
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
	assert_int_equal(db_query(db, &outer, &e, "SELECT x", ""), ERR_INVALID);
	db_close(db);
}

static void
a_refused_row_names_the_column_and_not_the_value(void **state)
{
	struct db *db = db_fixture_open(*state);
	struct err e;

	assert_ok(db_fixture_add(db, DB_FIXTURE_MARKER, &e), &e);
	assert_int_equal(
	    db_fixture_add(db, DB_FIXTURE_MARKER, &e), ERR_INVALID);
	assert_string_equal(e.msg, "UNIQUE constraint failed: t.v");
	assert_int_equal(db_fixture_add(db, NULL, &e), ERR_INVALID);
	assert_int_equal(db_fixture_count(db), 1);
	db_close(db);
}

static void
only_the_right_key_and_kind_open_a_file(void **state)
{
	struct db_fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = NULL;
	struct err e;

	opt.create = false;
	assert_int_equal(db_open(&opt, &db, &e), ERR_NOTFOUND);
	db = db_fixture_open(f);
	db_close(db);
	db = NULL;
	opt.key = &db_fixture_other_key;
	assert_int_equal(db_open(&opt, &db, &e), ERR_AUTH);
	assert_null(db);
	opt = f->opt;
	opt.application_id = DB_FIXTURE_APP + 1;
	assert_int_equal(db_open(&opt, &db, &e), ERR_CORRUPT);
	assert_null(db);
	opt = f->opt;
	opt.create = false;
	assert_ok(db_open(&opt, &db, &e), &e);
	assert_int_equal(db_fixture_count(db), 0);
	db_close(db);
}

static void
a_file_that_is_not_encrypted_or_cut_is_refused(void **state)
{
	struct db_fixture *f = *state;
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
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f);
	struct err e;
	int64_t n;

	for (int i = 0; i < 100; i++)
		assert_ok(db_fixture_add_long(db, i, 599, &e), &e);
	db_close(db);
	change_byte(f->path, 9 * 4096 + 1000);
	db = db_fixture_open(f);
	assert_int_equal(db_get_int(db, &n, &e,
	                     "SELECT sum(length(v)) FROM t NOT INDEXED", ""),
	    ERR_CORRUPT);
	db_close(db);
	change_byte(f->path, 2000);
	assert_int_equal(db_open(&f->opt, &db, &e), ERR_AUTH);
}

static void
no_file_holds_readable_text_or_is_open_to_others(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f);
	char path[320];
	struct stat st;
	struct err e;

	assert_ok(db_run(db, "CREATE VIRTUAL TABLE s USING fts5(x)", &e), &e);
	for (int i = 0; i < 200; i++) {
		char v[100];

		(void)snprintf(v, sizeof(v), DB_FIXTURE_MARKER "-%d", i);
		assert_ok(db_fixture_add(db, v, &e), &e);
		assert_ok(
		    db_exec(db, &e, "INSERT INTO s VALUES (?)", "s", v), &e);
	}
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", f->path, suffixes[i]);
		assert_false(db_fixture_file_holds(path, "marker"));
		assert_false(db_fixture_file_holds(path, "SQLite format"));
		assert_false(db_fixture_file_holds(path, "CREATE"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	/* Not even through SQL. */
	assert_int_not_equal(
	    db_run(db, "ATTACH 'plain.db' AS p KEY ''", &e), ERR_OK);
	db_close(db);
	assert_false(db_fixture_file_holds(f->path, "marker"));
}

static void
nothing_is_written_to_standard_error(void **state)
{
	struct db_fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = db_fixture_open(f);
	char path[320];
	int kept = dup(2), fd;
	struct stat st;
	struct err e;

	db_close(db);
	(void)snprintf(path, sizeof(path), "%s/stderr", f->folder.path);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	assert_int_equal(dup2(fd, 2), 2);
	opt.key = &db_fixture_other_key;
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
	struct db *db = db_fixture_open(*state);
	struct err e;

	db_rollback(db);
	assert_ok(db_begin(db, &e), &e);
	assert_true(db_in_transaction(db));
	assert_ok(db_fixture_add(db, "one", &e), &e);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(db_fixture_count(db), 0);
	assert_ok(db_begin(db, &e), &e);
	assert_ok(db_fixture_add(db, "two", &e), &e);
	assert_ok(db_commit(db, &e), &e);
	db_rollback(db);
	assert_int_equal(db_fixture_count(db), 1);
	/* A transaction still open at the close is undone. */
	assert_ok(db_begin(db, &e), &e);
	assert_ok(db_fixture_add(db, "three", &e), &e);
	db_close(db);
	db = db_fixture_open(*state);
	assert_int_equal(db_fixture_count(db), 1);
	db_close(db);
}

static void
a_savepoint_undoes_only_what_came_after_it(void **state)
{
	struct db *db = db_fixture_open(*state);
	struct err e;

	assert_ok(db_begin(db, &e), &e);
	assert_ok(db_fixture_add(db, "kept", &e), &e);
	assert_ok(db_savepoint(db, "batch", &e), &e);
	assert_ok(db_fixture_add(db, "gone", &e), &e);
	assert_ok(db_rollback_to(db, "batch", &e), &e);
	assert_ok(db_savepoint(db, "batch", &e), &e);
	assert_ok(db_fixture_add(db, "kept too", &e), &e);
	assert_ok(db_release(db, "batch", &e), &e);
	assert_ok(db_commit(db, &e), &e);
	assert_int_equal(db_fixture_count(db), 2);
	db_close(db);
}

/* PRAGMA synchronous: 1 is NORMAL, a commit does not wait; 2 is FULL. */
static int64_t
synchronous(struct db *db)
{
	int64_t n;
	struct err e;

	assert_ok(db_get_int(db, &n, &e, "PRAGMA synchronous", ""), &e);
	return n;
}

static void
only_the_transaction_that_says_so_does_not_wait_for_the_disk(void **state)
{
	struct db_fixture *f = *state;
	struct db *db = db_fixture_open(f), *second = db_fixture_open(f);
	struct err e;

	assert_int_equal(synchronous(db), 2);
	for (int i = 0; i < 3; i++) {
		assert_ok(db_begin_unsynced(db, &e), &e);
		assert_int_equal(synchronous(db), 1);
		assert_ok(db_fixture_add(db, i == 0 ? "a" : "b", &e), &e);
		if (i == 1)
			db_rollback(db);
		else
			assert_ok(db_commit(db, &e), &e);
		if (i < 2) /* and once right after another */
			assert_int_equal(synchronous(db), 2);
		assert_int_equal(db_fixture_count(second), i == 2 ? 2 : 1);
	}
	assert_ok(db_sync(db, &e), &e);
	assert_ok(db_sync(second, &e), &e);
	assert_ok(db_begin(db, &e), &e);
	assert_int_equal(synchronous(db), 2);
	db_rollback(db);
	/* One that could not begin leaves nothing behind. */
	assert_ok(db_begin(second, &e), &e);
	assert_int_equal(db_begin_unsynced(db, &e), ERR_BUSY);
	assert_int_equal(synchronous(db), 2);
	db_rollback(second);
	db_close(second);
	db_close(db);
}

static void
a_reading_transaction_sees_one_moment(void **state)
{
	struct db_fixture *f = *state;
	struct db *reader = db_fixture_open(f), *writer = db_fixture_open(f);
	struct err e;

	assert_ok(db_begin_read(reader, &e), &e);
	assert_ok(db_fixture_add(writer, "later", &e), &e);
	assert_int_equal(db_fixture_count(reader), 0);
	assert_ok(db_commit(reader, &e), &e);
	assert_int_equal(db_fixture_count(reader), 1);
	db_close(reader);
	db_close(writer);
}

static void
a_second_writer_is_told_to_come_back(void **state)
{
	struct db_fixture *f = *state;
	struct db *first = db_fixture_open(f), *second = NULL;
	struct db_options opt = f->opt;
	struct err e;

	opt.busy_timeout_ms = 20;
	assert_ok(db_open(&opt, &second, &e), &e);
	assert_ok(db_begin(first, &e), &e);
	assert_int_equal(db_begin(second, &e), ERR_BUSY);
	assert_int_equal(db_fixture_add(second, "x", &e), ERR_BUSY);
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
	struct db_fixture *f = *state;
	struct db_options opt = f->opt;
	struct db *db = db_fixture_open(f), *reader = NULL;
	struct err e;

	opt.create = false;
	opt.read_only = true;
	assert_ok(db_fixture_add(db, "x", &e), &e);
	assert_ok(db_open(&opt, &reader, &e), &e);
	assert_int_equal(db_fixture_count(reader), 1);
	assert_int_equal(db_fixture_add(reader, "y", &e), ERR_IO);
	db_close(reader);
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
	struct db_fixture *f = *state;
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

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, db_fixture_setup, db_fixture_teardown)

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
		T(only_the_transaction_that_says_so_does_not_wait_for_the_disk),
		T(a_reading_transaction_sees_one_moment),
		T(a_second_writer_is_told_to_come_back),
		T(a_read_only_database_takes_no_write),
		T(migrations_run_once_and_a_newer_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
