/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions, the schema's history, and the copy of a whole database.
 */
#include <assert.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/db_int.h"

/* Room for "ROLLBACK TO " and a savepoint's name. */
#define SAVEPOINT_SQL_MAX 64

/* Begin, and where memory is said to be short once more: nothing is done yet,
 * and it may be what a page that was read before had no memory for.  The cipher
 * tells nobody then but who reads the next page; beginning again opens the
 * file again (db_heal). */
static enum err_code
begin_twice(struct db *db, enum err_code (*begin)(struct db *db, struct err *e),
    struct err *e)
{
	enum err_code code;

	assert(!db_in_transaction(db) || db->undo_pending);
	code = begin(db, e);
	if (code == ERR_NOMEM)
		code = begin(db, e);
	db->has_begun = code == ERR_OK;
	return code;
}

static enum err_code
begin_write(struct db *db, struct err *e)
{
	return db_exec(db, e, "BEGIN IMMEDIATE", "");
}

enum err_code
db_begin(struct db *db, struct err *e)
{
	return begin_twice(db, begin_write, e);
}

/* A statement that is not kept: of a PRAGMA only preparing it has effect. */
static enum err_code
run_now(struct db *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db->raw, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc, e);
}

static enum err_code
begin_unsynced(struct db *db, struct err *e)
{
	enum err_code code = db_heal(db, e);

	if (code == ERR_OK && !db->is_relaxed)
		code = run_now(db, "PRAGMA synchronous = NORMAL", e);
	if (code != ERR_OK)
		return code;
	db->is_relaxed = true;
	return run_now(db, "BEGIN IMMEDIATE", e);
}

enum err_code
db_begin_unsynced(struct db *db, struct err *e)
{
	return begin_twice(db, begin_unsynced, e);
}

enum err_code
db_forget(struct db *db, struct err *e)
{
	int64_t busy = 0;
	enum err_code code =
	    db_get_int(db, &busy, e, "PRAGMA wal_checkpoint(TRUNCATE)", "");

	if (code == ERR_OK && busy != 0)
		code = err_set(e, ERR_BUSY, 0, "the database is in use");
	return code;
}

/* The moment is that of the first read. */
static enum err_code
begin_read(struct db *db, struct err *e)
{
	enum err_code code = db_exec(db, e, "BEGIN DEFERRED", "");
	int64_t n;

	if (code == ERR_OK)
		code = db_get_int(
		    db, &n, e, "SELECT count(*) FROM sqlite_schema", "");
	if (code != ERR_OK)
		db_rollback(db);
	return code;
}

enum err_code
db_begin_read(struct db *db, struct err *e)
{
	return begin_twice(db, begin_read, e);
}

enum err_code
db_commit(struct db *db, struct err *e)
{
	enum err_code code;

	assert(db->has_begun);
	code = db_exec(db, e, "COMMIT", "");
	if (code != ERR_OK)
		return code;
	db->has_begun = false;
	db_log_shorten(db);
	return ERR_OK;
}

void
db_rollback(struct db *db)
{
	db->has_begun = false;
	if (db_in_transaction(db))
		(void)sqlite3_step(db->rollback); /* seen below */
	(void)sqlite3_reset(db->rollback);
	/* Without any memory even this can fail. */
	db->undo_pending = db_in_transaction(db);
}

/* What failed before was taken for nothing by whoever asked for it. */
static enum err_code
lost(const struct db *db, struct err *e)
{
	if (db->doubt.code == ERR_OK)
		return err_set(e, ERR_IO, 0,
		    "the transaction was given up: the disk or memory failed");
	if (e != NULL)
		*e = db->doubt;
	return db->doubt.code;
}

enum err_code
db_undo(struct db *db, struct err *e)
{
	enum err_code code;

	if (db->has_begun && !db_in_transaction(db))
		return lost(db, e);
	code = db_heal(db, e);
	if (code != ERR_OK)
		return code;
	if (db->is_relaxed && !db_in_transaction(db)) {
		code = run_now(db, "PRAGMA synchronous = FULL", e);
		db->is_relaxed = code != ERR_OK;
	}
	return code;
}

bool
db_in_transaction(struct db *db)
{
	return sqlite3_get_autocommit(db->raw) == 0;
}

static enum err_code
savepoint(struct db *db, const char *verb, const char *name, struct err *e)
{
	char sql[SAVEPOINT_SQL_MAX];
	int n = snprintf(sql, sizeof(sql), "%s \"%s\"", verb, name);

	assert(n > 0 && n < (int)sizeof(sql) && *name != '\0');
	assert(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
	assert(db->has_begun);
	return db_exec(db, e, sql, "");
}

enum err_code
db_savepoint(struct db *db, const char *name, struct err *e)
{
	return savepoint(db, "SAVEPOINT", name, e);
}

enum err_code
db_release(struct db *db, const char *name, struct err *e)
{
	return savepoint(db, "RELEASE", name, e);
}

enum err_code
db_rollback_to(struct db *db, const char *name, struct err *e)
{
	enum err_code code = savepoint(db, "ROLLBACK TO", name, e);

	return code == ERR_OK ? db_release(db, name, e) : code;
}

/* How many steps the file has had. */
static enum err_code
get_version(struct db *db, size_t known, int64_t *out, struct err *e)
{
	int64_t v;
	enum err_code code = db_get_int(db, &v, e, "PRAGMA user_version", "");

	if (code != ERR_OK)
		return code;
	if (v < 0)
		return err_set(e, ERR_CORRUPT, 0,
		    "the database has version %lld", (long long)v);
	if ((uint64_t)v > known)
		return err_set(e, ERR_NEWER, 0,
		    "the database was made by a newer version of Visitbook "
		    "(its step %lld, this one knows %zu); install that "
		    "version to go on",
		    (long long)v, known);
	*out = v;
	return ERR_OK;
}

/* Apply the next step, if one is left; *done_out says that none was. */
static enum err_code
migrate_one(struct db *db, const struct db_migration *steps, size_t n,
    bool *done_out, struct err *e)
{
	char sql[48];
	int64_t v = 0;
	enum err_code code = db_begin(db, e);

	if (code != ERR_OK)
		return code;
	/* Another process may have been quicker: ask again under the lock. */
	code = get_version(db, n, &v, e);
	if (code != ERR_OK || (uint64_t)v == n)
		goto out;
	if (steps[v].sql != NULL)
		code = db_run(db, steps[v].sql, e);
	if (code == ERR_OK && steps[v].run != NULL)
		code = steps[v].run(db, e);
	if (code != ERR_OK)
		goto out;
	(void)snprintf(
	    sql, sizeof(sql), "PRAGMA user_version = %lld", (long long)v + 1);
	code = db_run(db, sql, e);
	if (code == ERR_OK)
		code = db_commit(db, e);
out:
	db_rollback(db);
	if (code == ERR_OK)
		*done_out = (uint64_t)v == n;
	return code;
}

enum err_code
db_migrate(
    struct db *db, const struct db_migration *steps, size_t n, struct err *e)
{
	int64_t v = 0;
	enum err_code code = get_version(db, n, &v, e);
	bool done = (uint64_t)v == n;

	while (code == ERR_OK && !done)
		code = migrate_one(db, steps, n, &done, e);
	return code;
}

/* Copy every page of src into dst. */
static enum err_code
copy_pages(struct db *src, struct db *dst, struct err *e)
{
	sqlite3_backup *b =
	    sqlite3_backup_init(dst->raw, "main", src->raw, "main");
	int rc;

	if (b == NULL)
		return db_fail(dst, sqlite3_errcode(dst->raw), e);
	/* All in one step, which reads one moment of the source. */
	rc = sqlite3_backup_step(b, -1);
	if (sqlite3_backup_finish(b) != SQLITE_OK || rc != SQLITE_DONE)
		return db_fail(dst, rc, e);
	return ERR_OK;
}

enum err_code
db_backup(struct db *db, const char *path, const struct secret_key *key,
    struct err *e)
{
	char tmp[FILE_PATH_MAX];
	struct db_options opt = { .path = tmp, .key = key, .create = true };
	struct db *copy = NULL;
	enum err_code code;
	int n = snprintf(tmp, sizeof(tmp), "%s.%ld.tmp", path, (long)getpid());

	if (n < 0 || n >= (int)sizeof(tmp))
		return err_set(e, ERR_INVALID, 0, "path is too long");
	code = file_remove(tmp, e);
	if (code == ERR_OK)
		code = db_open_raw(&opt, false, &copy, e);
	if (code == ERR_OK)
		code = copy_pages(db, copy, e);
	db_close(copy);
	if (code == ERR_OK)
		code = file_rename(tmp, path, e);
	if (code != ERR_OK)
		(void)unlink(tmp); /* what stood at path is what counts */
	return code;
}
