/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SQLITE_INT_H
#define CENTRAL_SQLITE_INT_H

#include "common/core/body.h"
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
	struct body_codec *codec;
};

/* Bodies of changes and records as they are kept (sqlite_pack.c); *out is
 * empty before, and may hold LIMIT_RECORD_BYTES.  ERR_CORRUPT. */
enum err_code sqlite_pack(struct office_store *s, const struct buf *text,
    struct buf *out, struct err *e) ERR_CHECKED;
enum err_code sqlite_unpack(struct office_store *s, const void *bytes,
    size_t len, struct buf *out, struct err *e) ERR_CHECKED;

/* Keep the table of conflicts as the record says (sqlite_conflict.c). */
enum err_code sqlite_conflicts_put(
    struct db *db, const struct record *r, struct err *e) ERR_CHECKED;
/* Make it of every record: a step of the schema's history. */
enum err_code sqlite_conflicts_fill(struct db *db, struct err *e) ERR_CHECKED;

/* Forget what merging made of these paths of a record, and of those above and
 * beneath them (sqlite_erasure.c). */
enum err_code sqlite_merged_erase(struct office_store *s, struct id record,
    const json_t *paths, struct err *e) ERR_CHECKED;

#endif
