/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/db_fixture.h"

#include "common/base/buf.h"
#include "common/base/file.h"

const struct secret_key db_fixture_key = { { 1, 2, 3, 0xff } };
const struct secret_key db_fixture_other_key = { { 1, 2, 3, 0xfe } };

int
db_fixture_setup(void **state)
{
	struct db_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = check_folder_new();
	(void)snprintf(f->path, sizeof(f->path), "%s/notes.db", f->folder.path);
	f->opt = (struct db_options){ .path = f->path,
		.key = &db_fixture_key,
		.application_id = DB_FIXTURE_APP,
		.create = true };
	*state = f;
	return 0;
}

int
db_fixture_teardown(void **state)
{
	struct db_fixture *f = *state;

	check_folder_end(&f->folder);
	free(f);
	return 0;
}

struct db *
db_fixture_open(struct db_fixture *f)
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

int64_t
db_fixture_count(struct db *db)
{
	struct err e;
	int64_t n = -1;

	assert_ok(db_get_int(db, &n, &e, "SELECT count(*) FROM t", ""), &e);
	return n;
}

enum err_code
db_fixture_add(struct db *db, const char *v, struct err *e)
{
	return db_exec(db, e, "INSERT INTO t (v) VALUES (?)", "s", v);
}

enum err_code
db_fixture_add_long(struct db *db, int number, size_t len, struct err *e)
{
	char v[2001];
	const int n = snprintf(v, sizeof(v), "%07d", number);

	assert_true(n > 0 && (size_t)n < len && len < sizeof(v));
	memset(v + n, 'x', len - (size_t)n);
	v[len] = '\0';
	return db_fixture_add(db, v, e);
}

bool
db_fixture_file_holds(const char *path, const char *needle)
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
