/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the file again beneath a struct db that is in use: the only way to
 * get the cipher to work once memory or the disk has failed it.
 */
#include <assert.h>
#include <stdlib.h>

#include "common/sys/db_int.h"

enum err_code
db_remember(struct db *db, const struct db_options *opt, struct err *e)
{
	assert(db->path == NULL);
	/* Whoever is alone with it would stand in its own way. */
	if (opt->alone)
		return ERR_OK;
	db->path = strdup(opt->path);
	if (db->path == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	db->key = *opt->key;
	db->opt = *opt;
	db->opt.path = db->path;
	db->opt.key = &db->key;
	db->opt.create = false;
	return ERR_OK;
}

void
db_shut(struct db *db)
{
	db_stmt_free_all(db);
	(void)sqlite3_finalize(db->rollback);
	/* Whoever opens it next finds the log. */
	if (db->log_in_doubt)
		(void)sqlite3_db_config(
		    db->raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	/* All committed work is on the disk; what may fail here is moving it
	 * from the log into the file, which the next open does. */
	(void)sqlite3_close(db->raw);
	db->rollback = NULL;
	db->raw = NULL;
}

/* The new connection is there before the old one goes: if it cannot be made,
 * all stays as it was, and the next statement tries. */
static enum err_code
open_again(struct db *db, struct err *e)
{
	struct db *fresh = NULL;
	enum err_code code = db_open_raw(&db->opt, true, &fresh, e);

	/* As in db_open: believe it when it comes twice. */
	if (code == ERR_AUTH || code == ERR_CORRUPT)
		code = db_open_raw(&db->opt, true, &fresh, e);
	/* A file that is gone is no row that is not there. */
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_IO, 0, "the database file is gone");
	if (code != ERR_OK)
		return code;
	assert(fresh != NULL);
	db_shut(db);
	db->raw = fresh->raw;
	db->rollback = fresh->rollback;
	db->undo_pending = false;
	db->is_relaxed = false;
	db->doubt = (struct err){ .code = ERR_OK };
	for (size_t i = 0; i < DB_SLOTS; i++)
		if ((db->slots[i] = fresh->slots[i]) != NULL)
			db->slots[i]->db = db;
	db->cached_n = fresh->cached_n;
	free(fresh);
	return db_log_look(db, e);
}

enum err_code
db_heal(struct db *db, struct err *e)
{
	if (db->undo_pending)
		db_rollback(db);
	if (db->in_use == 0 && db->opt.path != NULL &&
	    (db->undo_pending ||
	        (db->doubt.code != ERR_OK && !db_in_transaction(db))))
		return open_again(db, e);
	if (db->undo_pending)
		return err_set(e, ERR_NOMEM, 0,
		    "out of memory: a transaction is still to be undone");
	return ERR_OK;
}
