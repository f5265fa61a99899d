/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_raw.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct raw {
	sqlite3 *db;
	sqlite3_stmt *put;
};

static void
must(const struct raw *r, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE)
		return;
	(void)fprintf(stderr, "bare database: %s\n", sqlite3_errmsg(r->db));
	exit(1);
}

static void
run(struct raw *r, const char *sql)
{
	must(r, sqlite3_exec(r->db, sql, NULL, NULL, NULL));
}

struct raw *
raw_open(const char *folder, const char *name, bool encrypted)
{
	struct raw *r = calloc(1, sizeof(*r));
	char path[1200];

	if (r == NULL)
		abort();
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	must(r, sqlite3_open(path, &r->db));
	if (encrypted)
		run(r,
		    "PRAGMA key = \"x'00112233445566778899aabbccddeeff"
		    "00112233445566778899aabbccddeeff'\"");
	run(r,
	    "PRAGMA cache_size = -4096; PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = FULL;"
	    "CREATE TABLE row (k INTEGER PRIMARY KEY, body BLOB NOT NULL)");
	must(r,
	    sqlite3_prepare_v2(
	        r->db, "INSERT INTO row (body) VALUES (?)", -1, &r->put, NULL));
	return r;
}

void
raw_put(struct raw *r, const void *bytes, size_t len)
{
	must(r, sqlite3_bind_blob64(r->put, 1, bytes, len, SQLITE_STATIC));
	must(r, sqlite3_step(r->put));
	must(r, sqlite3_reset(r->put));
}

void
raw_begin(struct raw *r)
{
	run(r, "BEGIN IMMEDIATE");
}

void
raw_commit(struct raw *r)
{
	run(r, "COMMIT");
}

void
raw_close(struct raw *r)
{
	(void)sqlite3_finalize(r->put);
	must(r, sqlite3_close(r->db));
	free(r);
}
