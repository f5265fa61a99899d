/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's store on encrypted SQLite: opening, transactions, named
 * values.  schema/sql/office_1.sql and later document the tables.
 */
#include "common/base/file.h"
#include "common/base/rng.h"
#include "daemon/central/store/office_walk.h"
#include "daemon/central/store/sqlite_int.h"
#include "schema/schema_sql.h"

#define OFFICE_APPLICATION_ID 0x56426f66 /* "VBof" */
#define OFFICE_CACHE_KIB 32768           /* the working set of a busy office */

static const struct db_migration migrations[] = {
	{ .sql = schema_office_1 },
	{ .sql = schema_office_2, .run = sqlite_conflicts_fill },
	{ .sql = schema_office_3 },
	{ .sql = schema_office_4 },
	{ .sql = schema_office_5 },
	{ .sql = schema_office_6 },
	{ .sql = schema_office_7 },
	{ .sql = schema_office_8 },
	/* Rows did not follow a conflict that was opened again. */
	{ .run = sqlite_conflicts_fill },
	{ .sql = schema_office_9 },
};

static enum err_code
open_path(const char *path, const struct secret_key *key, bool create,
    struct office_store **out, struct err *e)
{
	struct office_store *s = calloc(1, sizeof(*s));
	struct db_options options = { .path = path,
		.key = key,
		.application_id = OFFICE_APPLICATION_ID,
		.create = create,
		.cache_kib = OFFICE_CACHE_KIB };
	enum err_code code;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	(void)snprintf(s->path, sizeof(s->path), "%s", path);
	s->key = *key;
	code = body_codec_new(&s->codec, e);
	if (code == ERR_OK)
		code = db_open(&options, &s->db, e);
	if (code == ERR_OK)
		code = db_migrate(s->db, migrations,
		    sizeof(migrations) / sizeof(migrations[0]), e);
	if (code == ERR_OK)
		*out = s;
	else
		office_store_close(s);
	return code;
}

enum err_code
office_store_open(const char *data, const struct secret_key *key, bool create,
    struct office_store **out, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, data, "office.db"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (create && file_exists(path))
		return err_set(e, ERR_CONFLICT, 0,
		    "there is an office in %s already", data);
	return open_path(path, key, create, out, e);
}

enum err_code
office_store_scratch(const char *path, struct office_store **out, struct err *e)
{
	struct secret_key key;
	enum err_code code;

	if (file_exists(path))
		return err_set(e, ERR_CONFLICT, 0, "%s is in the way", path);
	rng_fill(key.b, sizeof(key.b));
	code = open_path(path, &key, true, out, e);
	secret_wipe(&key, sizeof(key));
	return code;
}

void
office_store_close(struct office_store *s)
{
	if (s == NULL)
		return;
	db_close(s->db);
	body_codec_free(s->codec);
	secret_wipe(&s->key, sizeof(s->key));
	free(s);
}

enum err_code
office_store_backup(struct office_store *s, const char *path, struct err *e)
{
	return db_backup(s->db, path, &s->key, e);
}

enum err_code
store_begin(struct office_store *s, struct err *e)
{
	return db_begin(s->db, e);
}

enum err_code
store_begin_read(struct office_store *s, struct err *e)
{
	return db_begin_read(s->db, e);
}

enum err_code
store_commit(struct office_store *s, struct err *e)
{
	return db_commit(s->db, e);
}

void
store_rollback(struct office_store *s)
{
	db_rollback(s->db);
}

bool
store_in_transaction(const struct office_store *s)
{
	return db_in_transaction(s->db);
}

enum err_code
store_mark(struct office_store *s, struct err *e)
{
	return db_savepoint(s->db, "mark", e);
}

enum err_code
store_mark_keep(struct office_store *s, struct err *e)
{
	return db_release(s->db, "mark", e);
}

enum err_code
store_mark_undo(struct office_store *s, struct err *e)
{
	return db_rollback_to(s->db, "mark", e);
}

enum err_code
store_meta_get(
    struct office_store *s, const char *name, struct buf *out, struct err *e)
{
	return stored_meta_get(s->db, name, out, e);
}

enum err_code
store_meta_put(struct office_store *s, const char *name, const void *value,
    size_t len, struct err *e)
{
	return stored_meta_put(s->db, name, value, len, e);
}
