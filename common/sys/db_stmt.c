/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements: the cache by text, bindings whose failure waits for db_step,
 * and columns that cannot fail because db_step has made them ready.
 */
#include <assert.h>
#include <stdarg.h>

#include "common/sys/db_int.h"

/* FNV-1a, 64 bits; the texts are ours, so nobody chooses collisions. */
static uint64_t
hash_text(const char *s)
{
	uint64_t h = 14695981039346656037U;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211U;
	return h;
}

/* The slot that holds this text, or the free one where it belongs. */
static struct db_stmt **
find_slot(struct db *db, const char *sql, uint64_t hash)
{
	for (size_t i = hash % DB_SLOTS;; i = (i + 1) % DB_SLOTS) {
		struct db_stmt *s = db->slots[i];

		if (s == NULL ||
		    (s->hash == hash && strcmp(sqlite3_sql(s->raw), sql) == 0))
			return &db->slots[i];
	}
}

static enum err_code
stmt_new(struct db *db, const char *sql, bool keep, struct db_stmt **out,
    struct err *e)
{
	struct db_stmt *s = calloc(1, sizeof(*s));
	const char *rest = "";
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	s->db = db;
	rc = sqlite3_prepare_v3(db->raw, sql, -1,
	    keep ? SQLITE_PREPARE_PERSISTENT : 0, &s->raw, &rest);
	if (rc != SQLITE_OK) {
		free(s);
		return db_fail(db, rc, e);
	}
	assert(s->raw != NULL && *rest == '\0' && "one whole statement");
	*out = s;
	return ERR_OK;
}

static enum err_code
prepare(struct db *db, const char *sql, struct db_stmt **out, struct err *e)
{
	uint64_t hash = hash_text(sql);
	struct db_stmt **slot = find_slot(db, sql, hash), *s = *slot;
	bool keep = s == NULL && db->cached_n < DB_SLOTS * 3 / 4;

	if (s == NULL || s->in_use) {
		enum err_code code = stmt_new(db, sql, keep, &s, e);

		if (code != ERR_OK)
			return code;
		assert(s != NULL);
		s->hash = hash;
		s->cached = keep;
		if (keep) {
			*slot = s;
			db->cached_n++;
		}
	}
	s->in_use = true;
	s->ended = false;
	s->bad = 0;
	db->in_use++;
	*out = s;
	return ERR_OK;
}

static void
stmt_free(struct db_stmt *s)
{
	(void)sqlite3_finalize(s->raw); /* repeats the last step's error */
	free(s);
}

void
db_done(struct db_stmt *s)
{
	if (s == NULL)
		return;
	assert(s->in_use);
	s->in_use = false;
	s->db->in_use--;
	if (!s->cached) {
		stmt_free(s);
		return;
	}
	(void)sqlite3_reset(s->raw); /* repeats the last step's error */
	(void)sqlite3_clear_bindings(s->raw);
}

void
db_stmt_free_all(struct db *db)
{
	assert(db->in_use == 0 && "every statement is done before db_close");
	for (size_t i = 0; i < DB_SLOTS; i++)
		if (db->slots[i] != NULL) {
			stmt_free(db->slots[i]);
			db->slots[i] = NULL;
		}
	db->cached_n = 0;
}

static void
bound(struct db_stmt *s, int rc)
{
	assert(rc != SQLITE_RANGE && rc != SQLITE_MISUSE);
	if (s->bad == 0)
		s->bad = rc;
}

static void
bind_int(struct db_stmt *s, int i, int64_t v)
{
	bound(s, sqlite3_bind_int64(s->raw, i, v));
}

static void
bind_text(struct db_stmt *s, int i, const char *text, size_t len)
{
	bound(s,
	    sqlite3_bind_text64(
	        s->raw, i, text, len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

static void
bind_null(struct db_stmt *s, int i)
{
	bound(s, sqlite3_bind_null(s->raw, i));
}

static void
bind_str(struct db_stmt *s, int i, const char *text)
{
	if (text == NULL)
		bind_null(s, i);
	else
		bind_text(s, i, text, strlen(text));
}

static void
bind_blob(struct db_stmt *s, int i, const void *data, size_t len)
{
	/* A NULL pointer would bind null, not a blob of no bytes. */
	bound(s,
	    sqlite3_bind_blob64(
	        s->raw, i, len == 0 ? "" : data, len, SQLITE_TRANSIENT));
}

static void
bind_id(struct db_stmt *s, int i, struct id id)
{
	struct id_text text = id_print(id);

	bind_text(s, i, text.s, ID_TEXT_LEN);
}

/* Give every text of the row its NUL now, which may allocate, so that reading
 * a column later cannot fail and pass for null. */
static bool
make_row_ready(struct db_stmt *s)
{
	int n = sqlite3_data_count(s->raw);

	for (int i = 0; i < n; i++) {
		int type = sqlite3_column_type(s->raw, i);

		if (type == SQLITE_TEXT &&
		    sqlite3_column_text(s->raw, i) == NULL)
			return false;
		if (type == SQLITE_BLOB &&
		    sqlite3_column_blob(s->raw, i) == NULL &&
		    sqlite3_column_bytes(s->raw, i) > 0)
			return false;
	}
	return true;
}

/* What begins to write, and waits for the disk when it has. */
static bool
is_first_write(const struct db_stmt *s)
{
	return !s->db->is_relaxed && !db_in_transaction(s->db) &&
	    sqlite3_stmt_readonly(s->raw) == 0 &&
	    sqlite3_stmt_busy(s->raw) == 0;
}

enum err_code
db_step(struct db_stmt *s, bool *row_out, struct err *e)
{
	enum err_code code;
	int rc;

	assert(s->in_use && !s->ended);
	code = db_undo(s->db, e);
	if (code == ERR_OK && s->db->log_in_doubt && is_first_write(s))
		code = db_log_secure(s->db, e);
	if (code != ERR_OK)
		return code;
	rc = s->bad != 0 ? s->bad : sqlite3_step(s->raw);
	if (rc == SQLITE_ROW && !make_row_ready(s))
		rc = SQLITE_NOMEM;
	s->ended = rc != SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(s->db, rc, e);
	*row_out = rc == SQLITE_ROW;
	return ERR_OK;
}

int64_t
db_col_int(struct db_stmt *s, int i)
{
	return sqlite3_column_int64(s->raw, i);
}

const char *
db_col_text(struct db_stmt *s, int i, size_t *len_out)
{
	const char *text = (const char *)sqlite3_column_text(s->raw, i);

	if (len_out != NULL)
		*len_out = (size_t)sqlite3_column_bytes(s->raw, i);
	return text;
}

const void *
db_col_blob(struct db_stmt *s, int i, size_t *len_out)
{
	const void *data = sqlite3_column_blob(s->raw, i);

	*len_out = (size_t)sqlite3_column_bytes(s->raw, i);
	return data != NULL ? data : "";
}

bool
db_col_is_null(struct db_stmt *s, int i)
{
	return sqlite3_column_type(s->raw, i) == SQLITE_NULL;
}

enum err_code
db_col_id(struct db_stmt *s, int i, struct id *out, struct err *e)
{
	size_t len;
	const char *text = db_col_text(s, i, &len);
	struct id id;

	if (text == NULL || len != ID_TEXT_LEN || !id_parse(text, &id))
		return err_set(e, ERR_CORRUPT, 0, "a stored %s is not an id",
		    sqlite3_column_name(s->raw, i));
	*out = id;
	return ERR_OK;
}

enum err_code
db_col_bytes(struct db_stmt *s, int i, void *out, size_t len, struct err *e)
{
	size_t got;
	const void *data = db_col_blob(s, i, &got);

	if (sqlite3_column_type(s->raw, i) != SQLITE_BLOB || got != len)
		return err_set(e, ERR_CORRUPT, 0,
		    "a stored %s is not of %zu bytes",
		    sqlite3_column_name(s->raw, i), len);
	memcpy(out, data, len);
	return ERR_OK;
}

/* The analyzer loses sight of a va_list behind a pointer. */
/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
/* Bind one parameter from *ap; arguments are read in the order of db.h. */
static void
bind_one(struct db_stmt *s, int i, char letter, va_list *ap)
{
	const void *p;

	switch (letter) {
	case 'i':
		bind_int(s, i, va_arg(*ap, int64_t));
		break;
	case 's':
		bind_str(s, i, va_arg(*ap, const char *));
		break;
	case 't':
		p = va_arg(*ap, const char *);
		bind_text(s, i, p, va_arg(*ap, size_t));
		break;
	case 'b':
		p = va_arg(*ap, const void *);
		bind_blob(s, i, p, va_arg(*ap, size_t));
		break;
	case 'd':
		bind_id(s, i, va_arg(*ap, struct id));
		break;
	case 'n':
		bind_null(s, i);
		break;
	default:
		assert(!"a letter that db.h lists");
	}
}

/* NOLINTEND(clang-analyzer-valist.Uninitialized) */

/* Prepare, and bind what fmt says. */
static enum err_code
query(struct db *db, const char *sql, const char *fmt, va_list *ap,
    struct db_stmt **out, struct err *e)
{
	struct db_stmt *s = NULL;
	enum err_code code = db_undo(db, e);

	if (code == ERR_OK)
		code = prepare(db, sql, &s, e);
	if (code != ERR_OK)
		return code;
	assert(strlen(fmt) == (size_t)sqlite3_bind_parameter_count(s->raw));
	for (int i = 0; fmt[i] != '\0'; i++)
		bind_one(s, i + 1, fmt[i], ap);
	*out = s;
	return ERR_OK;
}

enum err_code
db_query(struct db *db, struct db_stmt **out, struct err *e, const char *sql,
    const char *fmt, ...)
{
	enum err_code code;
	va_list ap;

	va_start(ap, fmt);
	code = query(db, sql, fmt, &ap, out, e);
	va_end(ap);
	return code;
}

enum err_code
db_exec(struct db *db, struct err *e, const char *sql, const char *fmt, ...)
{
	struct db_stmt *s = NULL;
	enum err_code code;
	bool row = true;
	va_list ap;

	va_start(ap, fmt);
	code = query(db, sql, fmt, &ap, &s, e);
	va_end(ap);
	while (code == ERR_OK && row)
		code = db_step(s, &row, e);
	db_done(s);
	return code;
}

/* *out has a row, or has ended and stays as it was. */
static enum err_code
first_row(
    struct db_stmt *s, const char *missing, struct db_stmt **out, struct err *e)
{
	bool row = false;
	enum err_code code = db_step(s, &row, e);

	if (code == ERR_OK && !row)
		code = err_set(e, ERR_NOTFOUND, 0, "%s", missing);
	if (code == ERR_OK)
		*out = s;
	else
		db_done(s);
	return code;
}

enum err_code
db_query_one(struct db *db, struct db_stmt **out, struct err *e,
    const char *missing, const char *sql, const char *fmt, ...)
{
	struct db_stmt *s = NULL;
	enum err_code code;
	va_list ap;

	va_start(ap, fmt);
	code = query(db, sql, fmt, &ap, &s, e);
	va_end(ap);
	return code == ERR_OK ? first_row(s, missing, out, e) : code;
}

enum err_code
db_get_int(struct db *db, int64_t *out, struct err *e, const char *sql,
    const char *fmt, ...)
{
	struct db_stmt *s = NULL;
	enum err_code code;
	va_list ap;

	va_start(ap, fmt);
	code = query(db, sql, fmt, &ap, &s, e);
	va_end(ap);
	if (code == ERR_OK)
		code = first_row(s, "no such row", &s, e);
	if (code != ERR_OK)
		return code;
	*out = db_col_int(s, 0);
	db_done(s);
	return ERR_OK;
}
