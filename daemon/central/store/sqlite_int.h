/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SQLITE_INT_H
#define CENTRAL_SQLITE_INT_H

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

/* Read what we stored ourselves: damage there is ERR_CORRUPT. */
enum err_code sqlite_stored_json(
    const void *bytes, size_t len, json_t **out, struct err *e) ERR_CHECKED;
/* A receipt out of columns 0 (signed) and 1 (sig): read the way a device reads
 * one, out of its signed bytes. */
enum err_code sqlite_receipt_row(
    struct db_stmt *q, struct receipt *out, struct err *e) ERR_CHECKED;

#endif
