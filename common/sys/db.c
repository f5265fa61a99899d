/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening: the key, and the proof that the file is ours and opens with it.  The
 * order matters: SQLCipher wants the key before any statement that reads, and
 * plain SQLite ignores a key without a word.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/sys/db_int.h"

/* "x'" 64 hex digits "'": anything else would pass for a passphrase. */
#define RAW_KEY_LEN (2 + ENC_HEX_LEN(SECRET_KEY_LEN) + 1)

static const char plain_header[] = "SQLite format 3";

static enum err_code
fail_io(struct db *db, int rc, struct err *e)
{
	int sys = sqlite3_system_errno(db->raw);

	if (rc == SQLITE_IOERR_NOMEM)
		return err_set(e, ERR_NOMEM, rc, "out of memory");
	/* EFBIG: the limit on file sizes, or the file system's own. */
	if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
		return err_set(e, ERR_IO, rc, "the disk is full");
	return err_set(e, ERR_IO, rc, "the disk failed: %s",
	    sys != 0 ? strerror(sys) : sqlite3_errstr(rc));
}

static enum err_code
translate(struct db *db, int rc, struct err *e)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_set(e, ERR_NOMEM, rc, "out of memory");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return err_set(e, ERR_BUSY, rc,
		    "another program is writing to the database");
	case SQLITE_FULL:
		return err_set(e, ERR_IO, rc, "the disk is full");
	case SQLITE_IOERR:
		return fail_io(db, rc, e);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return err_set(e, ERR_IO, rc,
		    "the database cannot be opened for this: %s",
		    sqlite3_errmsg(db->raw));
	case SQLITE_CORRUPT:
		return err_set(e, ERR_CORRUPT, rc, "the database is damaged");
	case SQLITE_NOTADB:
		return err_set(
		    e, ERR_AUTH, rc, "the key does not open the database");
	case SQLITE_ERROR:
		/* What is wrong with our SQL has words; the cipher, when it
		 * finds no memory, has none. */
		if (strcmp(sqlite3_errmsg(db->raw),
		        sqlite3_errstr(SQLITE_ERROR)) == 0)
			return err_set(e, ERR_NOMEM, rc, "out of memory");
		return err_set(
		    e, ERR_INVALID, rc, "%s", sqlite3_errmsg(db->raw));
	default:
		return err_set(
		    e, ERR_INVALID, rc, "%s", sqlite3_errmsg(db->raw));
	}
}

/* What the disk last said of the file or its log, or 0. */
static int
last_errno(struct db *db)
{
	static const int pointers[] = { SQLITE_FCNTL_FILE_POINTER,
		SQLITE_FCNTL_JOURNAL_POINTER };
	int error = 0;

	for (size_t i = 0; i < 2 && error == 0; i++) {
		sqlite3_file *file = NULL;

		if (sqlite3_file_control(db->raw, "main", pointers[i], &file) !=
		        SQLITE_OK ||
		    file->pMethods == NULL ||
		    file->pMethods->xFileControl(
		        file, SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK)
			error = 0;
	}
	return error;
}

/* May it be that nothing works any more until the file is opened again? */
static bool
is_doubtful(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_IO || code == ERR_CORRUPT ||
	    code == ERR_AUTH;
}

/* The cipher takes what it could not read for damage, and gives up for good. */
enum err_code
db_fail(struct db *db, int rc, struct err *e)
{
	struct err why = { 0 };
	enum err_code code = translate(db, rc, &why);
	const bool is_damage = code == ERR_CORRUPT || code == ERR_AUTH;
	const int error = is_damage ? last_errno(db) : 0;

	if (is_damage &&
	    (db->doubt.code == ERR_IO || db->doubt.code == ERR_NOMEM)) {
		why = db->doubt;
		code = why.code;
	} else if (error != 0) {
		code = err_set(
		    &why, ERR_IO, rc, "the disk failed: %s", strerror(error));
	}
	if (code == ERR_IO)
		db->log_in_doubt = true;
	if (db->doubt.code == ERR_OK && is_doubtful(code))
		db->doubt = why;
	if (e != NULL)
		*e = why;
	return code;
}

enum err_code
db_run(struct db *db, const char *sql, struct err *e)
{
	enum err_code code = db_undo(db, e);
	int rc;

	if (code != ERR_OK)
		return code;
	rc = sqlite3_exec(db->raw, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc, e);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->raw);
}

int64_t
db_last_rowid(struct db *db)
{
	return sqlite3_last_insert_rowid(db->raw);
}

/* Make an empty file that only its owner reads, unless there is one.  The
 * file must not be opened when it exists: closing it again would end the
 * locks that another struct db of this process has on it. */
static enum err_code
create_file(const char *path, struct err *e)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	else if (errno != EEXIST)
		return err_set(e, ERR_IO, errno, "cannot create %s: %s", path,
		    strerror(errno));
	return ERR_OK;
}

/* Look at the file's first bytes through SQLite's own descriptor. */
static enum err_code
check_header(struct db *db, bool may_be_empty, struct err *e)
{
	char head[sizeof(plain_header)];
	sqlite3_file *file = NULL;
	sqlite3_int64 len = 0;
	int rc = sqlite3_file_control(
	    db->raw, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (rc == SQLITE_OK)
		rc = file->pMethods->xFileSize(file, &len);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, e);
	if (len == 0)
		return may_be_empty
		    ? ERR_OK
		    : err_set(e, ERR_CORRUPT, 0, "the database file is empty");
	if (len < (sqlite3_int64)sizeof(head))
		return err_set(
		    e, ERR_CORRUPT, 0, "the database file is cut short");
	rc = file->pMethods->xRead(file, head, sizeof(head), 0);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, e);
	if (memcmp(head, plain_header, sizeof(head)) == 0)
		return err_set(e, ERR_CORRUPT, 0,
		    "the database file is not encrypted, so it is not ours");
	return ERR_OK;
}

static enum err_code
give_key(struct db *db, const struct secret_key *key, struct err *e)
{
	char text[RAW_KEY_LEN + 1] = "x'";
	int rc;

	enc_hex(key->b, sizeof(key->b), text + 2);
	text[RAW_KEY_LEN - 1] = '\'';
	text[RAW_KEY_LEN] = '\0';
	rc = sqlite3_key(db->raw, text, RAW_KEY_LEN);
	secret_wipe(text, sizeof(text));
	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc, e);
}

/* The library must be SQLCipher 4 or later: it answers with its version. */
static enum err_code
check_cipher(struct db *db, struct err *e)
{
	struct db_stmt *s;
	enum err_code code = db_query(db, &s, e, "PRAGMA cipher_version", "");
	bool row;

	if (code != ERR_OK)
		return code;
	code = db_step(s, &row, e);
	if (code == ERR_OK &&
	    (!row || strtol(db_col_text(s, 0, NULL), NULL, 10) < 4))
		code = err_set(e, ERR_INVALID, 0,
		    "this program was built without SQLCipher 4");
	db_done(s);
	return code;
}

/* Switch to the write-ahead log.  SQLite does not wait for other processes
 * here as it does elsewhere, so this does. */
static enum err_code
use_wal(struct db *db, unsigned timeout_ms, struct err *e)
{
	uint64_t end_ms = clock_mono_ms() + timeout_ms;
	enum err_code code;

	do {
		struct db_stmt *s;
		bool row = false;

		code = db_query(db, &s, e, "PRAGMA journal_mode = WAL", "");
		if (code != ERR_OK)
			return code;
		code = db_step(s, &row, e);
		if (code == ERR_OK &&
		    (!row || strcmp(db_col_text(s, 0, NULL), "wal") != 0))
			code = err_set(e, ERR_IO, 0,
			    "the write-ahead log cannot be used in this "
			    "folder");
		db_done(s);
		if (code == ERR_BUSY)
			(void)usleep(5000); /* an early end does no harm */
	} while (code == ERR_BUSY && clock_mono_ms() < end_ms);
	return code;
}

static enum err_code
configure(struct db *db, const struct db_options *opt, bool wal, struct err *e)
{
	unsigned busy_ms =
	    opt->busy_timeout_ms != 0 ? opt->busy_timeout_ms : DB_BUSY_MS;
	char sql[512];
	enum err_code code;
	int64_t n;

	(void)sqlite3_extended_result_codes(db->raw, 1);
	(void)sqlite3_busy_timeout(db->raw, (int)busy_ms);
	(void)sqlite3_db_config(
	    db->raw, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	/* ATTACH ... KEY '' would write plain text. */
	(void)sqlite3_db_config(
	    db->raw, SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0, (int *)NULL);
	(void)sqlite3_db_config(
	    db->raw, SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0, (int *)NULL);
	(void)snprintf(sql, sizeof(sql),
	    "%s %s PRAGMA cache_size = -%u; PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA query_only = %s;",
	    opt->memory_security ? "PRAGMA cipher_memory_security = ON;" : "",
	    /* Before the first read, or the index is shared already. */
	    opt->alone ? "PRAGMA locking_mode = EXCLUSIVE;" : "",
	    opt->cache_kib != 0 ? opt->cache_kib : DB_CACHE_KIB,
	    opt->read_only ? "ON" : "OFF");
	code = check_cipher(db, e);
	if (code == ERR_OK)
		code = db_run(db, sql, e);
	/* The first read: it fails under a wrong key. */
	if (code == ERR_OK)
		code = db_get_int(
		    db, &n, e, "SELECT count(*) FROM sqlite_schema", "");
	if (code == ERR_OK && wal && !opt->read_only)
		code = use_wal(db, busy_ms, e);
	if (code == ERR_OK &&
	    sqlite3_prepare_v3(db->raw, "ROLLBACK", -1,
	        SQLITE_PREPARE_PERSISTENT, &db->rollback, NULL) != SQLITE_OK)
		code = db_fail(db, sqlite3_errcode(db->raw), e);
	return code == ERR_OK ? db_log_look(db, e) : code;
}

enum err_code
db_open_raw(
    const struct db_options *opt, bool wal, struct db **out, struct err *e)
{
	int flags =
	    opt->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	struct db *db = NULL;
	enum err_code code;
	int rc;

	code = db_set_up_library(e);
	if (code == ERR_OK && opt->create)
		code = create_file(opt->path, e);
	if (code != ERR_OK)
		return code;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	rc = sqlite3_open_v2(
	    opt->path, &db->raw, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK && db->raw == NULL)
		code = err_set(e, ERR_NOMEM, rc, "out of memory");
	else if (rc != SQLITE_OK && sqlite3_system_errno(db->raw) == ENOENT)
		code = err_set(e, ERR_NOTFOUND, rc, "there is no such file");
	else if (rc != SQLITE_OK)
		code = db_fail(db, rc, e);
	if (code == ERR_OK)
		code = check_header(db, opt->create, e);
	if (code == ERR_OK)
		code = give_key(db, opt->key, e);
	if (code == ERR_OK)
		code = configure(db, opt, wal, e);
	if (code != ERR_OK) {
		(void)err_wrap(e, opt->path);
		db_close(db);
		return code;
	}
	*out = db;
	return ERR_OK;
}

/* Check whose file it is; a file without tables becomes ours. */
static enum err_code
check_application(struct db *db, const struct db_options *opt, struct err *e)
{
	char sql[64];
	int64_t id, tables;
	enum err_code code =
	    db_get_int(db, &id, e, "PRAGMA application_id", "");

	if (code == ERR_OK && id == opt->application_id)
		return ERR_OK;
	if (code == ERR_OK)
		code = db_get_int(
		    db, &tables, e, "SELECT count(*) FROM sqlite_schema", "");
	if (code != ERR_OK)
		return code;
	if (id != 0 || tables != 0 || opt->read_only)
		return err_set(e, ERR_CORRUPT, 0,
		    "%s: the database is of another kind (application_id "
		    "%08llx)",
		    opt->path, (unsigned long long)id);
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d",
	    opt->application_id);
	return db_run(db, sql, e);
}

/* Open, prove the key and check whose it is. */
static enum err_code
open_checked(const struct db_options *opt, struct db **out, struct err *e)
{
	struct db *db = NULL;
	enum err_code code = db_open_raw(opt, true, &db, e);

	if (code != ERR_OK)
		return code;
	assert(db != NULL);
	code = check_application(db, opt, e);
	/* The log has been made or found by now.  SQLite syncs its name too,
	 * and does not say when that fails: the file would be written over from
	 * a log that a power cut takes away. */
	if (code == ERR_OK && !opt->read_only)
		code = file_sync_names(opt->path, e);
	if (code != ERR_OK)
		db_close(db);
	else
		*out = db;
	return code;
}

enum err_code
db_open(const struct db_options *opt, struct db **out, struct err *e)
{
	struct db *db = NULL;
	enum err_code code;

	assert(opt->key != NULL && opt->application_id != 0);
	assert(!(opt->create && opt->read_only));
	code = open_checked(opt, &db, e);
	/* Memory that runs out inside the cipher looks like a wrong key:
	 * do not send the user to look for another passphrase. */
	if (code == ERR_AUTH || code == ERR_CORRUPT)
		code = open_checked(opt, &db, e);
	if (code != ERR_OK)
		return code;
	assert(db != NULL);
	code = db_remember(db, opt, e);
	if (code != ERR_OK)
		db_close(db);
	else
		*out = db;
	return code;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	if (db->rollback != NULL)
		db_rollback(db);
	db_shut(db);
	free(db->path);
	secret_wipe(&db->key, sizeof(db->key));
	free(db);
}
