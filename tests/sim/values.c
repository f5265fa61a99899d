/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/values.h"

#include <stdio.h>

struct look {
	struct db *db;
	values_each *each;
	void *arg;
};

static void
of_column(const struct look *l, const char *table, const char *column)
{
	char sql[200];
	struct db_stmt *q;
	struct err e = { 0 };
	bool row;

	(void)snprintf(
	    sql, sizeof(sql), "SELECT \"%s\" FROM \"%s\"", column, table);
	if (db_query(l->db, &q, &e, sql, "") != ERR_OK)
		return;
	while (db_step(q, &row, &e) == ERR_OK && row) {
		size_t len = 0;
		const void *bytes = db_col_blob(q, 0, &len);

		l->each(l->arg, table, bytes, len);
	}
	db_done(q);
}

void
values_of(struct db *db, values_each *each, void *arg)
{
	const struct look l = { db, each, arg };
	struct db_stmt *q;
	struct err e = { 0 };
	bool row;

	if (db_query(db, &q, &e,
	        "SELECT t.name, c.name FROM sqlite_schema t,"
	        " pragma_table_xinfo(t.name) c WHERE t.type = 'table'",
	        "") != ERR_OK)
		return;
	while (db_step(q, &row, &e) == ERR_OK && row)
		of_column(&l, db_col_text(q, 0, NULL), db_col_text(q, 1, NULL));
	db_done(q);
}
