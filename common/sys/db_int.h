/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_DB_INT_H
#define SYS_DB_INT_H

/*
 * db_int -- what the files of the db module share; nobody else includes it.
 */
#include <sqlite3.h>

#include "common/sys/db.h"

/* Cached statements live in a hash table with open addressing that nothing
 * is ever removed from.  The programs have some two hundred texts; beyond
 * three quarters of the table a statement lives for one use. */
#define DB_SLOTS 512

/*
 * Invariants: (1) in_use counts the statements between db_query and
 * db_done; (2) cached_n <= DB_SLOTS * 3 / 4, so a probe ends; (3) while
 * undo_pending, no statement runs: what it wrote would look committed and be
 * undone later; (4) is_relaxed outside a transaction ends before the next
 * statement, unless that is another db_begin_unsynced; (5) while doubt is
 * set, the next statement outside a transaction opens the file again, unless
 * another is in use; (6) while log_in_doubt, no commit waits for the disk, and
 * the file is not written from the log.
 */
struct db {
	sqlite3 *raw;           /* owned */
	sqlite3_stmt *rollback; /* owned; NULL until open is complete */
	bool undo_pending;      /* a rollback failed: it comes first */
	bool has_begun;         /* a transaction that nobody has ended yet */
	bool is_relaxed;        /* commits do not wait for the disk */
	bool log_in_doubt;      /* not all of the log need be on the disk */
	int log_frames;         /* in it after the last commit here */
	struct db_stmt *slots[DB_SLOTS];
	size_t cached_n;
	size_t in_use;
	struct err doubt; /* what failed first since it was opened */
	/* To open it again; opt.path is NULL when that is not done. */
	struct db_options opt;
	char *path; /* owned */
	struct secret_key key;
};

struct db_stmt {
	sqlite3_stmt *raw; /* owned */
	struct db *db;
	uint64_t hash; /* of the text */
	bool cached;   /* in db->slots */
	bool in_use;
	bool ended; /* db_step gave no row, or failed */
	int bad;    /* SQLite's code of the first failed binding, or 0 */
};

/* Set the library up, once in the process; what fails for want of memory is
 * tried again by the next call.  ERR_NOMEM. */
enum err_code db_set_up_library(struct err *e) ERR_CHECKED;

/* Turn SQLite's result into ours, with a sentence; what casts doubt on all
 * that follows is noted. */
enum err_code db_fail(struct db *db, int rc, struct err *e);

/* Before each statement: do what db_heal does, and let commits wait for the
 * disk again.  In a transaction that SQLite has given up, what made it do so:
 * nothing is done as if there had never been one. */
enum err_code db_undo(struct db *db, struct err *e) ERR_CHECKED;
/* Do a rollback that is pending, and open the file again if that is in doubt
 * and nothing stands in the way.  ERR_NOMEM if the rollback fails again, or
 * what db_open gives. */
enum err_code db_heal(struct db *db, struct err *e) ERR_CHECKED;

/* Keep what db_heal opens it with.  ERR_NOMEM. */
enum err_code db_remember(
    struct db *db, const struct db_options *opt, struct err *e) ERR_CHECKED;
/* Free its statements and close the file; no transaction is lost by it. */
void db_shut(struct db *db);

/* After opening: the log is in doubt if there is anything in it (db_log.c).
 * ERR_IO. */
enum err_code db_log_look(struct db *db, struct err *e) ERR_CHECKED;
/* Outside a transaction: if the log is in doubt, write it again, and sync it.
 * ERR_BUSY, ERR_IO, ERR_NOMEM: it is in doubt as before. */
enum err_code db_log_secure(struct db *db, struct err *e) ERR_CHECKED;
/* After a commit: write the file from a log that has become long. */
void db_log_shorten(struct db *db);

/* Free every cached statement; all are done. */
void db_stmt_free_all(struct db *db);

/* Open and prove the key, but change nothing in the file: what db_open and
 * db_backup's target share.  wal: switch to the write-ahead log. */
enum err_code db_open_raw(const struct db_options *opt, bool wal,
    struct db **out, struct err *e) ERR_CHECKED;

#endif
