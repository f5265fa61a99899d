/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_DB_H
#define SYS_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/secret.h"

/*
 * db -- an encrypted SQLite database (SQLCipher 4 file format).
 *
 * db_open, db_migrate, then statements, alone or between db_begin and
 * db_commit; db_close.  A commit that returned ERR_OK is on the disk (WAL,
 * synchronous FULL), unless db_begin_unsynced began it.  Several processes may
 * have one file open; writers wait for each other up to the busy timeout.  A
 * struct db serves one thread at a time and does not survive a fork.
 *
 * Codes that any function here may give: ERR_BUSY (another process writes:
 * try again), ERR_IO (disk full or failing: the transaction is undone, tell
 * the user), ERR_CORRUPT (damaged pages: stop and restore), ERR_NOMEM,
 * ERR_INVALID (a constraint refused it, or our SQL is wrong; sys holds
 * SQLite's extended code).  Messages never hold stored values, but those of
 * a full-text search hold the words searched for.
 *
 * The cipher gives up for good when memory or the disk fails it once.  So
 * after ERR_NOMEM, ERR_IO, ERR_CORRUPT or ERR_AUTH the next statement outside
 * a transaction, with no other in use, opens the file again by itself; what was
 * committed stays.  When memory runs out inside the cipher, ERR_CORRUPT or
 * ERR_AUTH may come instead of ERR_NOMEM: believe them when they come twice.
 * The last page of a value of more than a page reads as zeros where the cipher
 * fails at it, and only who reads another page is told: such a value is text
 * that is parsed, or carries a hash.
 *
 * A sync that fails drops what it should have written, and the next one
 * succeeds without it: that is Linux.  So before the first commit that waits
 * for the disk after ERR_IO, or after an opening that found something in the
 * log, the log is written again (at most some megabytes), and a log that was
 * not is left beside the file when that is closed.
 *
 * What encryption does not notice: a page put back to an older copy of
 * itself, and the newest commits cut off the log file.  The journal's links
 * and the office's receipts are there for that.
 */
struct db;
struct db_stmt;

struct db_options {
	const char *path;
	const struct secret_key *key; /* the raw key; kept until db_close */
	int32_t application_id;       /* marks whose file it is; not 0 */
	bool create;                  /* make it (mode 0600) if missing */
	bool read_only;
	/* Nobody else may have it open meanwhile (ERR_BUSY), and the index of
	 * the log is kept in memory: so that it opens, for reading at least,
	 * where the disk has no room for that index beside the file.  It does
	 * not open again by itself. */
	bool alone;
	/* cipher_memory_security: pin SQLite's memory besides wiping what is
	 * freed (which is done without it too); for the whole process, for
	 * good.  With cached statements it costs next to nothing: medians of
	 * 3,000 durable commits of 1.4 KB were 0.056 ms with and without. */
	bool memory_security;
	unsigned cache_kib;       /* page cache; 0: DB_CACHE_KIB */
	unsigned busy_timeout_ms; /* wait for other writers; 0: DB_BUSY_MS */
};
/* With memory_security the cache has to stay below an ordinary user's limit
 * of pinned memory, 8 MiB, with room for statements beside it. */
#define DB_CACHE_KIB 4096
#define DB_BUSY_MS 5000

/* Open, prove the key by reading, and set every safety switch.
 * ERR_NOTFOUND: no file, and create is off.  ERR_AUTH: the key does not open
 * it (or the first page is damaged: the two look the same).  ERR_CORRUPT: an
 * unencrypted, empty or foreign file, or damaged pages. */
enum err_code db_open(
    const struct db_options *opt, struct db **out, struct err *e) ERR_CHECKED;

/* Undo an open transaction and close; every statement must be done before.
 * NULL is legal. */
void db_close(struct db *db);

/*
 * Statements.  db_query, db_step while rows come, db_done; or one of the short
 * forms.  Prepared statements stay cached in the database by their text, so
 * the same text again is cheap; texts that vary without end belong into
 * parameters, which are copied; one that cannot be bound fails in db_step.
 * Columns count from 0.  Each letter of fmt
 * binds the next parameter:
 *   i int64_t, s const char * or NULL, t const char * and size_t (text),
 *   b const void * and size_t (blob), d struct id (as its text), n null (no
 *   argument).
 * An int is not an int64_t to the compiler here: cast.
 */
enum err_code db_query(struct db *db, struct db_stmt **out, struct err *e,
    const char *sql, const char *fmt, ...) ERR_CHECKED;
/* *row_out says whether there is a row; without one the statement has ended
 * and takes only db_done. */
enum err_code db_step(
    struct db_stmt *s, bool *row_out, struct err *e) ERR_CHECKED;
/* End the use of a statement; NULL is legal. */
void db_done(struct db_stmt *s);

/* Columns of the current row; pointers are borrowed until the next db_step or
 * db_done.  db_col_text ends with NUL and is NULL for null; len_out may be
 * NULL.  db_col_blob is never NULL. */
int64_t db_col_int(struct db_stmt *s, int i);
const char *db_col_text(struct db_stmt *s, int i, size_t *len_out);
const void *db_col_blob(struct db_stmt *s, int i, size_t *len_out);
bool db_col_is_null(struct db_stmt *s, int i);
/* ERR_CORRUPT when the column holds something else. */
enum err_code db_col_id(
    struct db_stmt *s, int i, struct id *out, struct err *e) ERR_CHECKED;
enum err_code db_col_bytes(
    struct db_stmt *s, int i, void *out, size_t len, struct err *e) ERR_CHECKED;

/* Short forms.  Run a statement to its end; rows are ignored. */
enum err_code db_exec(struct db *db, struct err *e, const char *sql,
    const char *fmt, ...) ERR_CHECKED;
/* db_query, and step to the first row; db_done follows.  Without a row it is
 * ERR_NOTFOUND with the message `missing`, and on failure nothing is left to
 * end. */
enum err_code db_query_one(struct db *db, struct db_stmt **out, struct err *e,
    const char *missing, const char *sql, const char *fmt, ...) ERR_CHECKED;
/* The first column of the first row; ERR_NOTFOUND without a row. */
enum err_code db_get_int(struct db *db, int64_t *out, struct err *e,
    const char *sql, const char *fmt, ...) ERR_CHECKED;
/* Run a script of statements without parameters. */
enum err_code db_run(struct db *db, const char *sql, struct err *e) ERR_CHECKED;

/* Rows changed by the last insert, update or delete; its row id. */
int64_t db_changes(struct db *db);
int64_t db_last_rowid(struct db *db);

/*
 * Transactions.  db_begin takes the write lock at once; db_begin_read makes
 * the reads that follow see one moment.  After db_commit, without a begin, or
 * when SQLite has already undone it all (disk full), db_rollback does
 * nothing: call it under every out: label.
 */
enum err_code db_begin(struct db *db, struct err *e) ERR_CHECKED;
enum err_code db_begin_read(struct db *db, struct err *e) ERR_CHECKED;
/* db_begin for a transaction whose commit does not wait for the disk: every
 * process sees it, and a killed process loses none of it, but until the next
 * commit of the usual kind, or db_sync, a power cut may undo it, together with
 * all that came after it.  For what is kept elsewhere too. */
enum err_code db_begin_unsynced(struct db *db, struct err *e) ERR_CHECKED;
/* Put every commit so far, of any process, on the disk.  ERR_IO. */
enum err_code db_sync(struct db *db, struct err *e) ERR_CHECKED;
/* Empty the log beside the file, so that nothing of what was overwritten or
 * deleted before stays in it; deleted content in the file itself is zeroed as
 * it goes (secure_delete).  Outside a transaction.  ERR_BUSY: somebody reads or
 * writes; try again, or close the database, which does it too. */
enum err_code db_forget(struct db *db, struct err *e) ERR_CHECKED;
/* ERR_BUSY leaves the transaction open. */
enum err_code db_commit(struct db *db, struct err *e) ERR_CHECKED;
void db_rollback(struct db *db);
bool db_in_transaction(struct db *db);
/* Savepoints within a transaction; name: lower-case letters and '_'.
 * db_rollback_to undoes to the savepoint and removes it. */
enum err_code db_savepoint(
    struct db *db, const char *name, struct err *e) ERR_CHECKED;
enum err_code db_release(
    struct db *db, const char *name, struct err *e) ERR_CHECKED;
enum err_code db_rollback_to(
    struct db *db, const char *name, struct err *e) ERR_CHECKED;

/* One step of the schema's history; steps are only ever added at the end. */
struct db_migration {
	const char *sql; /* a script, or NULL */
	/* Run after sql, in the same transaction; may be NULL. */
	enum err_code (*run)(struct db *db, struct err *e);
};
/* Apply the steps that the file lacks, each in a transaction together with
 * its number (user_version).  ERR_NEWER: the file has had more steps than n.
 * Processes that migrate at once take turns. */
enum err_code db_migrate(struct db *db, const struct db_migration *steps,
    size_t n, struct err *e) ERR_CHECKED;

/* Copy the whole database, as of one moment, to path under key, while others
 * go on reading and writing.  A file at path is replaced when the copy is
 * complete and on the disk, never before. */
enum err_code db_backup(struct db *db, const char *path,
    const struct secret_key *key, struct err *e) ERR_CHECKED;

#endif
