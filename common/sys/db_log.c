/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log beside the file, on a disk whose sync fails.
 *
 * A sync that fails takes what it should have written with it: Linux holds the
 * pages for written, whoever reads goes on seeing them, and the next sync
 * succeeds and leaves them out (Rebello et al., "Can Applications Recover from
 * fsync Failures?", USENIX ATC 2020).  SQLite writes a transaction whose sync
 * failed over with the next.  But commits that waited for no sync
 * (db_begin_unsynced), and all that is read back from the log when it is opened
 * after a crash, would leave a hole there, before which recovery stops: what
 * was committed and synced behind it would be gone after a power cut, and a
 * file that was written from that log would not be of one moment.
 *
 * So a log is in doubt from when it is opened with anything in it, and from
 * when the disk fails: before the next commit that waits for the disk, and
 * before the file is written from it, its frames are written again, as they are
 * seen, and synced.  Whoever has the log open when another process's sync fails
 * is told so by the own next sync (Linux does that once for each descriptor).
 */
#include <stdlib.h>
#include <string.h>

#include "common/sys/db_int.h"

/* As of SQLite's own hook. */
#define FRAMES_LONG 1000

/* https://www.sqlite.org/fileformat2.html#walformat */
#define HEAD_LEN 32
#define HEAD_PAGE_AT 8
#define HEAD_SALT_AT 16
#define FRAME_HEAD_LEN 24
#define FRAME_SALT_AT 8
#define SALT_LEN 8
#define PAGE_MAX 65536

/* NULL when there is none. */
static sqlite3_file *
log_file(struct db *db)
{
	sqlite3_file *log = NULL;
	const int rc = sqlite3_file_control(
	    db->raw, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

	return rc == SQLITE_OK && log->pMethods != NULL ? log : NULL;
}

/* Called after each commit; in it nothing may be done with the database. */
static int
note_length(void *arg, sqlite3 *raw, const char *name, int frames)
{
	struct db *db = arg;

	(void)raw;
	(void)name;
	db->log_frames = frames;
	return SQLITE_OK;
}

enum err_code
db_log_look(struct db *db, struct err *e)
{
	sqlite3_file *log = log_file(db);
	sqlite3_int64 len = 0;
	int rc = SQLITE_OK;

	(void)sqlite3_wal_hook(db->raw, note_length, db);
	if (log != NULL)
		rc = log->pMethods->xFileSize(log, &len);
	db->log_in_doubt = len > 0;
	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc, e);
}

/* So many frames, or all that begin as the head does: what is behind them is
 * left from before the log began anew. */
static int
write_frames(sqlite3_file *log, int frames, uint8_t *frame)
{
	uint8_t head[HEAD_LEN];
	uint32_t page = 0;
	int rc = log->pMethods->xRead(log, head, HEAD_LEN, 0), len;

	for (int i = 0; i < 4; i++)
		page = page << 8 | head[HEAD_PAGE_AT + i];
	if (rc == SQLITE_OK && page > PAGE_MAX)
		rc = SQLITE_CORRUPT;
	if (rc == SQLITE_OK)
		rc = log->pMethods->xWrite(log, head, HEAD_LEN, 0);
	len = FRAME_HEAD_LEN + (int)page;
	for (int i = 0; i < frames && rc == SQLITE_OK; i++) {
		const sqlite3_int64 at = HEAD_LEN + (sqlite3_int64)i * len;

		rc = log->pMethods->xRead(log, frame, len, at);
		/* What the kernel has let go of cannot be written again. */
		if (rc == SQLITE_OK &&
		    memcmp(frame + FRAME_SALT_AT, head + HEAD_SALT_AT,
		        SALT_LEN) != 0)
			rc = SQLITE_IOERR_READ;
		if (rc == SQLITE_OK)
			rc = log->pMethods->xWrite(log, frame, len, at);
	}
	return rc;
}

/* The frames that are committed, and none of a transaction that was refused;
 * nobody else writes. */
static int
write_again(struct db *db, int frames)
{
	sqlite3_file *log = log_file(db);
	uint8_t *frame;
	int rc;

	if (log == NULL)
		return SQLITE_OK;
	frame = malloc(FRAME_HEAD_LEN + PAGE_MAX);
	if (frame == NULL)
		return SQLITE_NOMEM;
	rc = frames <= 0 ? SQLITE_OK : write_frames(log, frames, frame);
	free(frame);
	return rc == SQLITE_OK ? log->pMethods->xSync(log, SQLITE_SYNC_NORMAL)
	                       : rc;
}

/* Columns: whether it could not be told, and the frames that are committed; -1
 * when there is no log. */
static int
take_frames(void *arg, int n, char **values, char **names)
{
	(void)names;
	if (n < 2 || values[0] == NULL || values[1] == NULL ||
	    strcmp(values[0], "0") != 0)
		return 1;
	*(int *)arg = (int)strtol(values[1], NULL, 10);
	return 0;
}

enum err_code
db_log_secure(struct db *db, struct err *e)
{
	int frames = 0, rc;

	if (!db->log_in_doubt)
		return ERR_OK;
	/* What others commit from here on is no matter of this doubt. */
	rc = sqlite3_exec(
	    db->raw, "PRAGMA wal_checkpoint(NOOP)", take_frames, &frames, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->raw, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, e);
	rc = write_again(db, frames);
	db_rollback(db);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, e);
	db->log_in_doubt = false;
	return ERR_OK;
}

void
db_log_shorten(struct db *db)
{
	int rc;

	if (db->log_frames < FRAMES_LONG || db_log_secure(db, NULL) != ERR_OK)
		return;
	db->log_frames = 0;
	rc = sqlite3_wal_checkpoint_v2(
	    db->raw, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		(void)db_fail(db, rc, NULL);
}

enum err_code
db_sync(struct db *db, struct err *e)
{
	sqlite3_file *log = log_file(db);
	int rc = SQLITE_OK;

	if (db->log_in_doubt)
		return db_log_secure(db, e);
	/* What a checkpoint took out of the log it has synced itself. */
	if (log != NULL)
		rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc, e);
}
