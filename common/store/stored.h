/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORED_H
#define STORE_STORED_H

#include <jansson.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/change.h"
#include "common/core/digest.h"
#include "common/core/protocol.h"
#include "common/core/receipt.h"
#include "common/core/record.h"
#include "common/sys/db.h"

/*
 * stored -- what the device's store and the office's keep in the same shape,
 * read and written by the same code: JSON in blobs, receipts, outcomes, the
 * sums of scopes, named values.  Tables: schema/sql.
 *
 * Everything here runs inside the caller's transaction.  What does not read
 * was written by this program and damaged since, so it is ERR_CORRUPT, never
 * ERR_MALFORMED: stop, and restore or repair.  Besides, all give the codes of
 * db.h and ERR_NOMEM.
 */

/* What a reader made for a peer's messages says of stored ones: ERR_MALFORMED
 * becomes ERR_CORRUPT, in *e as well; every other code stays. */
enum err_code stored_damage(enum err_code code, struct err *e) ERR_CHECKED;

/* Any JSON value, as a new reference. */
enum err_code stored_json(
    const void *bytes, size_t len, json_t **out, struct err *e) ERR_CHECKED;
/* A change in its full form; the caller ends it with change_fini. */
enum err_code stored_change(const void *bytes, size_t len, struct change *out,
    struct err *e) ERR_CHECKED;
/* A record; the caller ends it with record_fini. */
enum err_code stored_record(const void *bytes, size_t len, struct record *out,
    struct err *e) ERR_CHECKED;

/* The receipt of a row whose columns begin with signed, sig: read out of its
 * signed bytes, as when it came.  The caller ends it with receipt_fini. */
enum err_code stored_receipt(
    struct db_stmt *q, struct receipt *out, struct err *e) ERR_CHECKED;

/* The columns that stored_outcome reads, which a SELECT begins with. */
#define STORED_OUTCOME_COLUMNS "no, counter, kind, v_epoch, v_seq, reason, path"
enum err_code stored_outcome(
    struct db_stmt *q, struct outcome *out, struct err *e) ERR_CHECKED;

/* The sum of a scope's records; zero for a scope that has none. */
enum err_code stored_sum_get(struct db *db, const char *scope,
    struct digest *out, struct err *e) ERR_CHECKED;
/* Take one record's share out of the scope's sum and put another in; either
 * is NULL for nothing. */
enum err_code stored_sum_move(struct db *db, const char *scope,
    const struct hash32 *minus, const struct hash32 *plus,
    struct err *e) ERR_CHECKED;

/* Append the bytes of a named value to *out.  ERR_NOTFOUND when there is none,
 * ERR_INVALID when it is longer than the buffer's cap. */
enum err_code stored_meta_get(struct db *db, const char *name, struct buf *out,
    struct err *e) ERR_CHECKED;
/* Write it, over the one before. */
enum err_code stored_meta_put(struct db *db, const char *name,
    const void *value, size_t len, struct err *e) ERR_CHECKED;

#endif
