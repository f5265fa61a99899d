/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores are read as rows, since where a power cut leaves them on the disk (in
 * the write-ahead log, or not) is no difference to who opens them.  Left out is
 * the index for searching, which is made from what is compared, with the same
 * words in it however often it was written.
 */
#include "tests/sequences/state.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/store_int.h"
#include "common/sys/db_int.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/sim/disk_int.h"
#include "tests/sim/office.h"

#define STORES 3
#define TABLES_MAX 64

static bool
ends_in(const char *text, const char *end)
{
	const size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* ---- the rows of a store ---- */

static void
add_value(struct crypto_hasher *h, sqlite3_stmt *q, int i)
{
	const int type = sqlite3_column_type(q, i);
	const int64_t number = sqlite3_column_int64(q, i);
	const void *bytes = sqlite3_column_blob(q, i);
	const int len = sqlite3_column_bytes(q, i);

	crypto_hasher_add(h, &type, sizeof(type));
	if (type == SQLITE_INTEGER) {
		crypto_hasher_add(h, &number, sizeof(number));
		return;
	}
	crypto_hasher_add(h, &len, sizeof(len));
	if (len > 0)
		crypto_hasher_add(h, bytes, (size_t)len);
}

static void
add_rows(struct crypto_hasher *h, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		abort();
	while (sqlite3_step(q) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(q); i++)
			add_value(h, q, i);
	if (sqlite3_finalize(q) != SQLITE_OK)
		abort();
}

/* One statement for each table, NULL after the last; new. */
static char **
tables_of(sqlite3 *db)
{
	char **sql = calloc(TABLES_MAX + 1, sizeof(*sql));
	sqlite3_stmt *q = NULL;
	size_t n = 0;

	if (sql == NULL ||
	    sqlite3_prepare_v2(db,
	        "SELECT name FROM sqlite_schema WHERE type = 'table' AND"
	        " name NOT IN ('search', 'search_data', 'search_idx')"
	        " ORDER BY name",
	        -1, &q, NULL) != SQLITE_OK)
		abort();
	while (sqlite3_step(q) == SQLITE_ROW && n < TABLES_MAX)
		if (asprintf(&sql[n++], "SELECT * FROM \"%s\"",
		        (const char *)sqlite3_column_text(q, 0)) < 0)
			abort();
	(void)sqlite3_finalize(q);
	return sql;
}

static struct hash32
rows_of(sqlite3 *db, char *const *tables)
{
	struct crypto_hasher *h = crypto_hasher_new();
	struct hash32 hash;

	for (; *tables != NULL; tables++) {
		crypto_hasher_add(h, *tables, strlen(*tables));
		add_rows(h, db, *tables);
	}
	hash = crypto_hasher_take(h);
	crypto_hasher_free(h);
	return hash;
}

/* ---- what was read already, by the files' stamps ---- */

struct store_read {
	const char *path;
	char **tables;
	uint64_t stamps[2]; /* of the file and of its log */
	struct hash32 hash;
};
static struct store_read reads[STORES] = {
	{ .path = "/sim/office/office.db" },
	{ .path = "/sim/d0/notes.db" },
	{ .path = "/sim/d1/notes.db" },
};

static struct hash32
store_hash(struct store_read *r, sqlite3 *db)
{
	const struct disk_file *file = disk_find(r->path), *log;
	uint64_t stamps[2];
	char log_path[DISK_PATH_MAX];

	(void)snprintf(log_path, sizeof(log_path), "%s-wal", r->path);
	log = disk_find(log_path);
	if (file == NULL)
		abort();
	stamps[0] = file->stamp;
	stamps[1] = log == NULL ? 0 : log->stamp;
	if (r->tables == NULL)
		r->tables = tables_of(db);
	if (memcmp(stamps, r->stamps, sizeof(stamps)) != 0) {
		r->hash = rows_of(db, r->tables);
		memcpy(r->stamps, stamps, sizeof(stamps));
	}
	return r->hash;
}

/* ---- all other files ---- */

struct file_read {
	uint64_t stamp;
	struct hash32 hash;
};
#define FILES_KEPT 64

static struct hash32
file_hash(const void *data, size_t len, uint64_t stamp)
{
	static struct file_read kept[FILES_KEPT];
	struct file_read *k = &kept[stamp % FILES_KEPT];

	if (k->stamp != stamp)
		*k = (struct file_read){ stamp, crypto_sha256(data, len) };
	return k->hash;
}

static void
add_file(
    void *arg, const char *path, const void *data, size_t len, uint64_t stamp)
{
	struct hash32 hash;

	for (size_t i = 0; i < STORES; i++)
		if (strncmp(path, reads[i].path, strlen(reads[i].path)) == 0)
			return;
	/* A store that is closed leaves an empty log, or none. */
	if (len == 0 && ends_in(path, "-wal"))
		return;
	hash = file_hash(data, len, stamp);
	crypto_hasher_add(arg, path, strlen(path) + 1);
	crypto_hasher_add(arg, hash.b, HASH32_LEN);
}

bool
state_name(const struct play *p, struct hash32 *out)
{
	struct world *w = p->w;
	struct sim_node *n = &w->nodes[0];
	struct crypto_hasher *h;

	if (w->is_violated || n->engine == NULL ||
	    w->devices[0].store == NULL || w->devices[1].store == NULL)
		return false;
	h = crypto_hasher_new();
	sqlite3 *const dbs[STORES] = { engine_store(n->engine)->db->raw,
		w->devices[0].store->db->raw, w->devices[1].store->db->raw };
	for (size_t i = 0; i < STORES; i++) {
		const struct hash32 hash = store_hash(&reads[i], dbs[i]);

		crypto_hasher_add(h, hash.b, HASH32_LEN);
	}
	disk_each(add_file, h);
	crypto_hasher_add(h, &p->cut.side, sizeof(p->cut.side));
	crypto_hasher_add(h, w->grants, sizeof(w->grants));
	crypto_hasher_add(h, w->backup_grants, sizeof(w->backup_grants));
	crypto_hasher_add(h, &w->epoch, sizeof(w->epoch));
	crypto_hasher_add(h, &p->has_newest, sizeof(p->has_newest));
	crypto_hasher_add(h, p->newest.b, ID_LEN);
	*out = crypto_hasher_take(h);
	crypto_hasher_free(h);
	return true;
}
