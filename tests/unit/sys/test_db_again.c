/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database whose calls or allocations failed goes on in the same process, as
 * soon as they succeed again: nobody has to open it again.
 */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/sys/db.h"
#include "tests/fault/alloc.h"
#include "tests/fault/calls.h"
#include "tests/support/db_fixture.h"

#define ROWS 60

static struct db *db;
static unsigned reads_failed;

static enum err_code
add(bool unsynced, struct err *e)
{
	static int n;
	char v[20];
	enum err_code code =
	    unsynced ? db_begin_unsynced(db, e) : db_begin(db, e);

	(void)snprintf(v, sizeof(v), "new %d", n++);
	if (code == ERR_OK)
		code = db_exec(db, e, "INSERT INTO t (v) VALUES (?)", "s", v);
	if (code == ERR_OK)
		code = db_commit(db, e);
	db_rollback(db);
	return code;
}

/* What a program does with its store again and again; the cache holds a few
 * pages, so the file is read each time. */
static enum err_code
work(struct err *e)
{
	int64_t n;
	enum err_code code = db_get_int(
	    db, &n, e, "SELECT sum(length(v)) FROM t NOT INDEXED", "");

	if (code == ERR_OK)
		code = add(false, e);
	if (code == ERR_OK)
		code = add(true, e);
	return code;
}

/* All that was told to be kept, and nothing twice. */
static void
check_whole(const char *place)
{
	int64_t before, after;
	struct err e;

	if (db_get_int(db, &before, &e, "SELECT count(*) FROM t", "") !=
	        ERR_OK ||
	    work(&e) != ERR_OK) {
		print_error("%s: afterwards: %s\n", place, e.msg);
		fail();
	}
	assert_ok(db_get_int(db, &after, &e, "SELECT count(*) FROM t", ""), &e);
	assert_int_equal(after, before + 2);
}

static void
fill(struct db_fixture *f)
{
	struct err e;

	f->opt.cache_kib = 16;
	f->opt.busy_timeout_ms = 20;
	db = db_fixture_open(f);
	for (int i = 0; i < ROWS; i++)
		assert_ok(db_fixture_add_long(db, i, 599, &e), &e);
}

static void
whatever_call_fails_the_same_database_works_afterwards(void **state)
{
	struct db_fixture *f = *state;
	char path[320];
	long places, refused = 0;
	struct err e;

	fill(f);
	(void)snprintf(path, sizeof(path), "%s.calls", f->path);
	fault_calls_share(path);
	fault_calls_arm(-1);
	fault_calls_on(true);
	assert_ok(work(&e), &e);
	fault_calls_on(false);
	places = fault_calls_places();
	assert_true(places > 100);
	for (long i = 0; i < places; i++) {
		fault_calls_arm(i);
		fault_calls_on(true);
		refused += work(&e) != ERR_OK;
		fault_calls_on(false);
		fault_calls_arm(-2);
		check_whole(fault_calls_name(i));
	}
	assert_true(refused > 50);
	db_close(db);
}

/* Two rows or none, by somebody who takes a read that failed for one that found
 * nothing. */
static enum err_code
add_two(struct err *e)
{
	static int serial;
	enum err_code code = db_begin(db, e);
	int64_t n;
	char v[20];

	for (int i = 0; i < 2 && code == ERR_OK; i++) {
		(void)snprintf(v, sizeof(v), "two %d", serial++);
		if (db_get_int(db, &n, NULL,
		        "SELECT sum(length(v)) FROM t NOT INDEXED",
		        "") != ERR_OK)
			reads_failed++;
		code = db_exec(db, e, "INSERT INTO t (v) VALUES (?)", "s", v);
	}
	if (code == ERR_OK)
		code = db_commit(db, e);
	db_rollback(db);
	return code;
}

/* Where the disk or memory fails a read SQLite may give the transaction up:
 * nothing is then written as if there had never been one. */
static void
what_follows_a_transaction_that_was_given_up_fails(void **state)
{
	struct db_fixture *f = *state;
	int64_t before, after;
	char path[320];
	struct err e;

	fill(f);
	(void)snprintf(path, sizeof(path), "%s.calls", f->path);
	fault_calls_share(path);
	fault_calls_arm(-1);
	fault_calls_on(true);
	assert_ok(add_two(&e), &e);
	fault_calls_on(false);
	for (long i = 0; i < fault_calls_places(); i++) {
		enum err_code code;

		assert_ok(
		    db_get_int(db, &before, &e, "SELECT count(*) FROM t", ""),
		    &e);
		/* Opened again it would write its log again first. */
		assert_ok(db_sync(db, &e), &e);
		fault_calls_arm(i);
		fault_calls_on(true);
		code = add_two(&e);
		fault_calls_on(false);
		fault_calls_arm(-2);
		assert_ok(
		    db_get_int(db, &after, &e, "SELECT count(*) FROM t", ""),
		    &e);
		if (after - before != 0 && after - before != 2)
			fail_msg("%s: one row of two", fault_calls_name(i));
		if (code == ERR_OK)
			assert_int_equal(after - before, 2);
	}
	assert_true(reads_failed > 50);
	db_close(db);
}

/* In a sanitized build only the program's own calls can be refused, and not
 * those of the libraries. */
#ifdef __SANITIZE_ADDRESS__
#define REFUSED_FEWEST 0
#else
#define REFUSED_FEWEST 20
#endif

static void
whatever_memory_is_refused_the_same_database_works_afterwards(void **state)
{
	bool failed = true;
	long refused = 0;
	struct err e;

	fill(*state);
	for (long n = 0; failed; n++) {
		char place[40];

		(void)snprintf(place, sizeof(place), "allocation %ld", n / 2);
		alloc_fail(n / 2, n % 2 == 1);
		alloc_switch(true);
		refused += work(&e) != ERR_OK;
		alloc_switch(false);
		failed = alloc_has_failed();
		alloc_fail(-1, false);
		check_whole(place);
	}
	assert_true(refused > REFUSED_FEWEST);
	db_close(db);
}

/* An error is told as what failed first, not as damage that is not there. */
static void
a_disk_that_fails_is_not_called_a_damaged_database(void **state)
{
	struct db_fixture *f = *state;
	char path[320];
	struct err e;
	int64_t n;
	long places;

	fill(f);
	(void)snprintf(path, sizeof(path), "%s.calls", f->path);
	fault_calls_share(path);
	fault_calls_arm(-1);
	fault_calls_on(true);
	assert_ok(work(&e), &e);
	fault_calls_on(false);
	places = fault_calls_places();
	for (long i = 0; i < places; i++) {
		enum err_code code;

		fault_calls_arm(i);
		fault_calls_on(true);
		code = db_begin(db, &e);
		for (int k = 0; code == ERR_OK && k < 3; k++)
			code = db_get_int(db, &n, &e,
			    "SELECT sum(length(v)) FROM t NOT INDEXED", "");
		if (code == ERR_CORRUPT || code == ERR_AUTH)
			fail_msg("%s: %s", fault_calls_name(i), e.msg);
		if (code != ERR_OK && db_in_transaction(db)) {
			code = db_get_int(db, &n, &e,
			    "SELECT count(*) FROM t NOT INDEXED", "");
			if (code == ERR_CORRUPT || code == ERR_AUTH)
				fail_msg("%s: after it: %s",
				    fault_calls_name(i), e.msg);
		}
		fault_calls_on(false);
		db_rollback(db);
	}
	db_close(db);
}

/* Read the long value; the caller has begun. */
static void
read_long(void)
{
	struct db_stmt *s = NULL;
	bool row = false;
	struct err e;

	if (db_query(db, &s, &e, "SELECT v FROM t WHERE id = ?", "i",
	        (int64_t)ROWS + 1) == ERR_OK &&
	    db_step(s, &row, &e) == ERR_OK && row)
		(void)db_col_text(s, 0, NULL);
	db_done(s);
}

/* A page of a long value that the cipher found no memory for reads as zeros,
 * and SQLite hears of it with the next page only. */
static void
what_was_refused_unseen_fails_no_later_transaction(void **state)
{
	static enum err_code (*const begins[])(struct db *,
	    struct err *) = { db_begin_read, db_begin, db_begin_unsynced };
	struct db_fixture *f = *state;
	char v[9000];
	struct err e;
	bool has_failed = true;
	long n;

	fill(f);
	memset(v, 'y', sizeof(v));
	v[sizeof(v) - 1] = '\0';
	assert_ok(db_fixture_add(db, v, &e), &e);
	for (n = 0; has_failed; n++) {
		/* Of what it held of the long value the cache keeps nothing. */
		assert_ok(work(&e), &e);
		assert_ok(db_begin_read(db, &e), &e);
		alloc_fail(n, true);
		alloc_switch(true);
		read_long();
		alloc_switch(false);
		has_failed = alloc_has_failed();
		alloc_fail(-1, false);
		db_rollback(db);
		for (size_t i = 0; i < 3; i++) {
			assert_ok(begins[((size_t)n + i) % 3](db, &e), &e);
			db_rollback(db);
		}
	}
	assert_true(n > 10);
	db_close(db);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, db_fixture_setup, db_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whatever_call_fails_the_same_database_works_afterwards),
		TEST(
		    whatever_memory_is_refused_the_same_database_works_afterwards),
		TEST(what_was_refused_unseen_fails_no_later_transaction),
		TEST(what_follows_a_transaction_that_was_given_up_fails),
		TEST(a_disk_that_fails_is_not_called_a_damaged_database),
	};

	/* Thousands of commits: in memory, where there is such a folder. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
