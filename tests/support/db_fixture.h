/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_DB_FIXTURE_H
#define SUPPORT_DB_FIXTURE_H

/*
 * db_fixture -- a folder and the options of a database in it, for each test
 * of common/sys/db; and the few things that all of them do with its table t.
 */
#include "common/sys/db.h"
#include "tests/support/check.h"

#define DB_FIXTURE_APP 0x56425431
#define DB_FIXTURE_MARKER "a-marker-that-must-never-be-readable"

extern const struct secret_key db_fixture_key;
extern const struct secret_key db_fixture_other_key;

struct db_fixture {
	struct check_folder folder;
	char path[300];
	struct db_options opt; /* create is on */
};

/* For cmocka_unit_test_setup_teardown; *state is the struct db_fixture. */
int db_fixture_setup(void **state);
int db_fixture_teardown(void **state);

/* Open, with the table t (id, v unique, b, i). */
struct db *db_fixture_open(struct db_fixture *f);
int64_t db_fixture_count(struct db *db);
enum err_code db_fixture_add(
    struct db *db, const char *v, struct err *e) ERR_CHECKED;
/* A text of len bytes (8 to 2,000) that begins with the number. */
enum err_code db_fixture_add_long(
    struct db *db, int number, size_t len, struct err *e) ERR_CHECKED;

/* Whether a file, which is not empty, holds these bytes. */
bool db_fixture_file_holds(const char *path, const char *needle);

#endif
