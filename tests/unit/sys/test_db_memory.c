/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of a database's life fails once, alone and with all that
 * follow.
 */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/sys/db.h"
#include "tests/fault/alloc.h"

static const struct secret_key key = { { 1 } };
static char path[300], copy_path[320];

static enum err_code
write_row(struct db *db, bool *told_out, struct err *e)
{
	enum err_code code = db_begin(db, e);

	if (code == ERR_OK)
		code = db_exec(
		    db, e, "INSERT INTO t (v) VALUES (?)", "s", "hello");
	if (code == ERR_OK)
		code = db_savepoint(db, "index", e);
	if (code == ERR_OK)
		code = db_exec(
		    db, e, "INSERT INTO s VALUES (?)", "s", "hello world");
	if (code == ERR_OK)
		code = db_release(db, "index", e);
	if (code == ERR_OK)
		code = db_commit(db, e);
	*told_out = code == ERR_OK;
	db_rollback(db);
	return code;
}

static enum err_code
read_rows(struct db *db, struct err *e)
{
	struct db_stmt *s = NULL;
	bool row = true;
	enum err_code code = db_query(
	    db, &s, e, "SELECT v FROM t WHERE v > ? ORDER BY v DESC", "s", "");

	while (code == ERR_OK && row) {
		code = db_step(s, &row, e);
		if (code == ERR_OK && row)
			assert_non_null(db_col_text(s, 0, NULL));
	}
	db_done(s);
	return code;
}

static enum err_code
live(bool *told_out, struct err *e)
{
	static const struct db_migration steps[] = {
		{ .sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) "
		         "STRICT; CREATE VIRTUAL TABLE s USING fts5(x)" },
		{ .sql = "INSERT INTO t (v) VALUES ('first')" },
	};
	const struct db_options opt = {
		.path = path, .key = &key, .application_id = 1, .create = true
	};
	struct db *db = NULL;
	enum err_code code = db_open(&opt, &db, e);

	*told_out = false;
	if (code != ERR_OK)
		return code;
	code = db_migrate(db, steps, 2, e);
	if (code == ERR_OK)
		code = write_row(db, told_out, e);
	if (code == ERR_OK)
		code = read_rows(db, e);
	if (code == ERR_OK)
		code = db_backup(db, copy_path, &key, e);
	db_close(db);
	return code;
}

/* What a process that has memory again finds. */
static void
check_rows(bool told)
{
	const struct db_options opt = {
		.path = path, .key = &key, .application_id = 1, .create = true
	};
	struct db *db = NULL;
	struct err e;
	int64_t n = 0;

	assert_ok(db_open(&opt, &db, &e), &e);
	if (db_get_int(db, &n, &e, "SELECT count(*) FROM t", "") != ERR_OK)
		n = 0; /* the table was not made either */
	if (told)
		assert_int_equal(n, 2);
	else
		assert_in_range(n, 0, 1);
	db_close(db);
}

static void
no_failed_allocation_loses_or_invents_a_commit(void **state)
{
	struct check_folder f = check_folder_new();
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char old[320];
	struct err e;
	bool told;
	long n, nomem = 0, wrong = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/d", f.path);
	(void)snprintf(copy_path, sizeof(copy_path), "%s/copy", f.path);
	for (int mode = 0; mode < 2; mode++) {
		bool failed = true;

		for (n = 0; failed; n++) {
			enum err_code code;

			for (size_t i = 0; i < 3; i++) {
				(void)snprintf(old, sizeof(old), "%s%s", path,
				    suffixes[i]);
				(void)unlink(old);
			}
			alloc_fail(n, mode == 1);
			alloc_switch(true);
			code = live(&told, &e);
			alloc_switch(false);
			failed = alloc_has_failed();
			/* SQLite can do without some of them; for some the
			 * cipher gives the wrong reason, as db.h says. */
			if (code != ERR_OK &&
			    !(failed &&
			        (code == ERR_NOMEM || code == ERR_AUTH ||
			            code == ERR_CORRUPT)))
				fail_msg("allocation %ld: code %d, sys %d: %s",
				    n, (int)code, e.sys, e.msg);
			nomem += code == ERR_NOMEM;
			wrong += code == ERR_AUTH || code == ERR_CORRUPT;
			check_rows(told);
		}
		assert_true(n > 300);
	}
	assert_true(nomem > wrong);
	print_message("told as such %ld, otherwise %ld\n", nomem, wrong);
	check_folder_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    no_failed_allocation_loses_or_invents_a_commit),
	};

	/* Thousands of commits: in memory, where there is such a folder. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
