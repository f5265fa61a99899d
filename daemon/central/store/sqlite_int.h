/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SQLITE_INT_H
#define CENTRAL_SQLITE_INT_H

#include "common/store/stored.h"
#include "common/sys/db.h"
#include "daemon/central/store/office_store.h"

/*
 * sqlite_int -- what the files of the SQLite store share.
 */
struct office_store {
	struct db *db;
	char path[1024];
	struct secret_key key; /* for backups; wiped on close */
};

/* Keep the table of conflicts as the record says (sqlite_conflict.c). */
enum err_code sqlite_conflicts_put(
    struct db *db, const struct record *r, struct err *e) ERR_CHECKED;
/* Make it of every record: a step of the schema's history. */
enum err_code sqlite_conflicts_fill(struct db *db, struct err *e) ERR_CHECKED;

#endif
