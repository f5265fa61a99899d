/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/row_flips.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

#define COLUMNS_MAX 32
#define TABLES_MAX 64

/* Append, as snprintf does. */
__attribute__((format(printf, 3, 4))) static void
append(char *to, size_t cap, const char *fmt, ...)
{
	size_t len = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(to + len, cap - len, fmt, ap);
	va_end(ap);
}

struct table {
	char name[48];
	char columns[COLUMNS_MAX][48];
	bool is_key[COLUMNS_MAX];
	size_t n_columns;
	char order[150]; /* the key's columns, with commas between */
	int64_t rows;
};

static void
table_read(struct db *db, struct table *t)
{
	struct db_stmt *q;
	char sql[200];
	bool row;
	struct err e = { 0 };

	(void)snprintf(sql, sizeof(sql),
	    "SELECT name, pk FROM pragma_table_info('%s') ORDER BY cid",
	    t->name);
	assert_ok(db_query(db, &q, &e, sql, ""), &e);
	while (db_step(q, &row, &e) == ERR_OK && row) {
		size_t i = t->n_columns++;

		assert_true(i < COLUMNS_MAX);
		(void)snprintf(t->columns[i], sizeof(t->columns[i]), "%s",
		    db_col_text(q, 0, NULL));
		t->is_key[i] = db_col_int(q, 1) > 0;
		if (!t->is_key[i])
			continue;
		append(t->order, sizeof(t->order), "%s%s",
		    t->order[0] == '\0' ? "" : ", ", t->columns[i]);
	}
	db_done(q);
	if (t->order[0] == '\0')
		(void)snprintf(t->order, sizeof(t->order), "rowid");
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", t->name);
	assert_ok(db_get_int(db, &t->rows, &e, sql, ""), &e);
}

/* ---- making the list ---- */

struct list {
	struct db *db;
	struct row_flip *items;
	size_t n, room;
};

static void
add(struct list *l, const struct table *t, const char *column, int64_t at)
{
	struct row_flip *f;
	struct db_stmt *q;
	char sql[600];
	bool row;
	struct err e = { 0 };

	if (l->n == l->room) {
		l->room = l->room * 2 + 64;
		l->items = realloc(l->items, l->room * sizeof(*l->items));
		assert_non_null(l->items);
	}
	f = &l->items[l->n++];
	*f = (struct row_flip){ .at = at };
	(void)snprintf(f->table, sizeof(f->table), "%s", t->name);
	(void)snprintf(f->column, sizeof(f->column), "%s", column);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET ?", t->order, t->name,
	    t->order);
	assert_ok(db_query(l->db, &q, &e, sql, "i", at), &e);
	assert_ok(db_step(q, &row, &e), &e);
	if (row && db_col_text(q, 0, NULL) != NULL)
		(void)snprintf(
		    f->key, sizeof(f->key), "%s", db_col_text(q, 0, NULL));
	db_done(q);
	(void)snprintf(f->said, sizeof(f->said), "table %s, row %lld (%s): %s",
	    f->table, (long long)at, f->key,
	    column[0] == '\0'      ? "deleted"
	        : column[0] == '*' ? "swapped with the next"
	                           : column);
}

static void
add_table(struct list *l, const struct table *t)
{
	bool every = strcmp(t->name, "meta") == 0;

	for (int64_t at = 0; at < t->rows; at++) {
		if (!every && at != 0 && at != t->rows / 2 && at != t->rows - 1)
			continue;
		for (size_t i = 0; i < t->n_columns; i++)
			add(l, t, t->columns[i], at);
		if (every || at == 0 || at == t->rows - 1)
			add(l, t, "", at);
	}
	if (t->rows > 1)
		add(l, t, "*", 0);
}

/* All of the database, on the heap. */
static struct table *
tables_read(struct db *db, size_t *n_out)
{
	struct table *tables = calloc(TABLES_MAX, sizeof(*tables));
	struct db_stmt *q;
	size_t n = 0;
	bool row;
	struct err e = { 0 };

	assert_non_null(tables);
	/* Of a virtual table its shadow tables are what is on the disk. */
	assert_ok(db_query(db, &q, &e,
	              "SELECT name FROM sqlite_master WHERE type = 'table'"
	              " AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE"
	              " 'CREATE VIRTUAL%' ORDER BY name",
	              ""),
	    &e);
	while (db_step(q, &row, &e) == ERR_OK && row) {
		assert_true(n < TABLES_MAX);
		(void)snprintf(tables[n].name, sizeof(tables[n].name), "%s",
		    db_col_text(q, 0, NULL));
		n++;
	}
	db_done(q);
	for (size_t i = 0; i < n; i++)
		table_read(db, &tables[i]);
	*n_out = n;
	return tables;
}

size_t
row_hunt(struct db *db, const char *text)
{
	size_t n, found = 0;
	struct table *tables = tables_read(db, &n);
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < tables[i].n_columns; k++) {
			char sql[300];
			int64_t here = 0;

			(void)snprintf(sql, sizeof(sql),
			    "SELECT count(*) FROM %s WHERE"
			    " instr(CAST(%s AS BLOB), CAST(? AS BLOB)) > 0",
			    tables[i].name, tables[i].columns[k]);
			assert_ok(
			    db_get_int(db, &here, &e, sql, "s", text), &e);
			found += (size_t)here;
		}
	free(tables);
	return found;
}

/* All of them, on the heap. */
static struct row_flip *
row_flips(struct db *db, size_t *n_out)
{
	size_t n;
	struct table *tables = tables_read(db, &n);
	struct list l = { .db = db };

	for (size_t i = 0; i < n; i++) {
		if (tables[i].rows == 0)
			fail_msg(
			    "the scene has no row in table %s", tables[i].name);
		add_table(&l, &tables[i]);
	}
	free(tables);
	*n_out = l.n;
	return l.items;
}

/* ---- doing one ---- */

/* The row's place as a condition: WHERE (key) = (SELECT key ... OFFSET at). */
static void
where(const struct table *t, char *out, size_t cap)
{
	(void)snprintf(out, cap,
	    "(%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET ?)", t->order,
	    t->order, t->name, t->order);
}

/* One bit of a value; of bytes the one in the middle. */
static bool
flip_value(struct db *db, const struct table *t, const struct row_flip *f)
{
	char sql[1200], place[1000], bytes[70000];
	struct db_stmt *q;
	size_t len = 0;
	int64_t number = 0;
	char kind;
	bool row, done;
	struct err e = { 0 };

	where(t, place, sizeof(place));
	(void)snprintf(sql, sizeof(sql),
	    "SELECT %s, typeof(%s) FROM %s WHERE %s", f->column, f->column,
	    t->name, place);
	assert_ok(db_query(db, &q, &e, sql, "i", f->at), &e);
	assert_ok(db_step(q, &row, &e), &e);
	assert_true(row);
	kind = db_col_text(q, 1, NULL)[0];
	if (kind == 'i') {
		number = db_col_int(q, 0) ^ 1;
	} else if (kind == 'b' || kind == 't') {
		const void *from = db_col_blob(q, 0, &len);

		if (len > sizeof(bytes))
			len = 0; /* the longest are cut instead */
		else if (len > 0)
			memcpy(bytes, from, len);
		if (len == 0)
			bytes[len++] = '1';
		else
			bytes[len / 2] = (char)(bytes[len / 2] ^ 1);
	}
	db_done(q);
	(void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s WHERE %s",
	    t->name, f->column,
	    kind == 't'       ? "CAST(? AS TEXT)"
	        : kind == 'n' ? "1"
	                      : "?",
	    place);
	if (kind == 'n')
		done = db_exec(db, &e, sql, "i", f->at) == ERR_OK;
	else if (kind == 'i')
		done = db_exec(db, &e, sql, "ii", number, f->at) == ERR_OK;
	else
		done = db_exec(db, &e, sql, "bi", bytes, len, f->at) == ERR_OK;
	return done && db_changes(db) == 1;
}

/* The content of two rows, which is all but the key. */
static bool
swap_rows(struct db *db, const struct table *t)
{
	char sql[4000], set[2400] = "", differ[2400] = "";
	int64_t n = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->is_key[i])
			continue;
		append(set, sizeof(set), "%s%s = swap_other.%s",
		    set[0] == '\0' ? "" : ", ", t->columns[i], t->columns[i]);
		append(differ, sizeof(differ), "%sa.%s IS NOT b.%s",
		    differ[0] == '\0' ? "" : " OR ", t->columns[i],
		    t->columns[i]);
	}
	if (set[0] == '\0')
		return false;
	(void)snprintf(sql, sizeof(sql),
	    "CREATE TEMP TABLE swap_two AS SELECT *, row_number() OVER"
	    " (ORDER BY %s) AS swap_no FROM %s ORDER BY %s LIMIT 2",
	    t->order, t->name, t->order);
	assert_ok(db_run(db, sql, &e), &e);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM swap_two a, swap_two b"
	    " WHERE a.swap_no = 1 AND b.swap_no = 2 AND (%s)",
	    differ);
	assert_ok(db_get_int(db, &n, &e, sql, ""), &e);
	if (n == 0)
		return false;
	for (int i = 1; i <= 2; i++) {
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE %s SET %s FROM swap_two AS swap_other WHERE"
		    " swap_other.swap_no = %d AND (%s) = (SELECT %s FROM"
		    " swap_two WHERE swap_no = %d)",
		    t->name, set, i, t->order, t->order, 3 - i);
		if (strstr(t->order, ",") == NULL)
			(void)snprintf(sql, sizeof(sql),
			    "UPDATE %s SET %s FROM swap_two AS swap_other"
			    " WHERE swap_other.swap_no = %d AND %s.%s ="
			    " (SELECT %s FROM swap_two WHERE swap_no = %d)",
			    t->name, set, i, t->name, t->order, t->order,
			    3 - i);
		if (db_run(db, sql, &e) != ERR_OK)
			return false;
	}
	return true;
}

bool
row_flip_do(struct db *db, const struct row_flip *f)
{
	struct table t = { 0 };
	char sql[1200], place[1000];
	struct err e = { 0 };

	(void)snprintf(t.name, sizeof(t.name), "%s", f->table);
	assert_ok(db_run(db,
	              "PRAGMA foreign_keys = OFF;"
	              "PRAGMA ignore_check_constraints = ON",
	              &e),
	    &e);
	table_read(db, &t);
	if (f->column[0] == '*')
		return swap_rows(db, &t);
	if (f->column[0] != '\0')
		return flip_value(db, &t, f);
	where(&t, place, sizeof(place));
	(void)snprintf(
	    sql, sizeof(sql), "DELETE FROM %s WHERE %s", t.name, place);
	return db_exec(db, &e, sql, "i", f->at) == ERR_OK &&
	    db_changes(db) == 1;
}

static const struct row_exempt *
exempt_find(const struct row_exempt *list, size_t n, const struct row_flip *f)
{
	char place[24];

	(void)snprintf(place, sizeof(place), "#%lld", (long long)f->at);
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].table, f->table) == 0 &&
		    (list[i].column == NULL ||
		        strcmp(list[i].column, f->column) == 0) &&
		    (list[i].key == NULL || strcmp(list[i].key, f->key) == 0 ||
		        strcmp(list[i].key, place) == 0))
			return &list[i];
	return NULL;
}

void
row_flips_check(struct db *db, row_said *said_of, void *scene,
    const struct row_exempt *list, size_t n)
{
	size_t flips_n, bad = 0, done = 0;
	struct row_flip *flips = row_flips(db, &flips_n);
	bool *is_used = calloc(n, sizeof(*is_used));
	char said[ROW_SAID_MAX];

	assert_non_null(is_used);
	db_close(db);
	for (size_t i = 0; i < flips_n; i++) {
		const struct row_exempt *x = exempt_find(list, n, &flips[i]);

		if (!said_of(scene, &flips[i], said))
			continue;
		done++;
		if (said[0] != '\0')
			continue;
		if (x != NULL) {
			is_used[x - list] = true;
			continue;
		}
		print_message("%s: not found\n", flips[i].said);
		bad++;
	}
	print_message("%zu of %zu kinds of damage were done\n", done, flips_n);
	assert_true(done > 100);
	for (size_t i = 0; i < n; i++)
		if (!is_used[i]) {
			print_message("%s %s is found: take it off the list\n",
			    list[i].table, list[i].why);
			bad++;
		}
	assert_int_equal(bad, 0);
	free(is_used);
	free(flips);
}
