/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/tamper.h"

#include <stdlib.h>

#include "common/store/store_int.h"
#include "tests/sim/invariants.h"
#include "tests/sim/trace.h"

/* One of the tables that are made from what is signed, or signed itself, and
 * what somebody does to its last row. */
static const struct tampering {
	const char *table, *set, *where;
} tamperings[] = {
	{ "journal", "sig = zeroblob(64)", "1" },
	{ "journal", "link = zeroblob(32)", "1" },
	{ "journal",
	    "body = CAST(replace(CAST(body AS TEXT), '\"made_at\":1',"
	    " '\"made_at\":2') AS BLOB)",
	    "NOT erased AND instr(CAST(body AS TEXT), '\"made_at\":1') > 0" },
	{ "receipt", "sig = zeroblob(64)", "1" },
	{ "receipt", "intake = intake + 1", "1" },
	{ "scope_digest", "sum = zeroblob(32)", "sum <> zeroblob(32)" },
	{ "confirmed", "digest = zeroblob(32)", "1" },
	{ "view",
	    "body = CAST(replace(CAST(body AS TEXT), '\"doc\":{',"
	    " '\"doc\":{\"a\":\"b\",') AS BLOB)",
	    "1" },
};
#define TAMPERINGS (sizeof(tamperings) / sizeof(tamperings[0]))

static void
run(struct sim_device *d, const char *sql)
{
	struct err e = { 0 };

	if (db_run(d->store->db, sql, &e) != ERR_OK)
		abort();
}

/* Change the last row; how many were changed. */
static int64_t
tamper(struct sim_device *d, const struct tampering *t)
{
	char sql[400];
	int64_t n = 0;
	struct err e = { 0 };

	(void)snprintf(sql, sizeof(sql),
	    "UPDATE %s SET %s WHERE rowid = (SELECT max(rowid) FROM %s"
	    " WHERE %s)",
	    t->table, t->set, t->table, t->where);
	run(d, sql);
	if (db_get_int(d->store->db, &n, &e, "SELECT changes()", "") != ERR_OK)
		abort();
	return n;
}

void
tamper_check(struct sim_device *d)
{
	const struct tampering *t =
	    &tamperings[(d->world->seed + d->slot) % TAMPERINGS];
	struct verify_result v = { .ok = true };
	char sql[200];
	struct err e = { 0 };

	(void)snprintf(sql, sizeof(sql),
	    "CREATE TEMP TABLE kept AS SELECT * FROM %s", t->table);
	run(d, sql);
	if (tamper(d, t) > 0 &&
	    device_store_verify(d->store, &v, &e) == ERR_OK && v.ok)
		violation(d->world, "I15",
		    "device %u: verify does not find that somebody wrote %s"
		    " into %s",
		    d->slot, t->set, t->table);
	(void)snprintf(sql, sizeof(sql),
	    "DELETE FROM %s; INSERT INTO %s SELECT * FROM kept;"
	    " DROP TABLE kept",
	    t->table, t->table);
	run(d, sql);
}
