/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_CONTENT_INT_H
#define STORE_STORE_CONTENT_INT_H

#include "common/core/erasure.h"
#include "common/store/device_content.h"
#include "common/store/store_int.h"

/*
 * store_content_int -- the files beside records, within the transactions of
 * others (schema/sql/device_10.sql).
 */

/* ERR_INVALID: the change names a file and there is none to keep with it. */
enum err_code content_admits(struct device_store *s, const struct change *c,
    const struct content_file *file, struct err *e) ERR_CHECKED;
/* Keep the file of a record that is being saved.  ERR_INVALID: it is not the
 * one that the record names. */
enum err_code content_put(struct device_store *s, const struct record *r,
    const struct content_file *file, struct err *e) ERR_CHECKED;
/* The record is no longer shown here: its file goes, unless the office has not
 * got it yet. */
enum err_code content_drop(
    struct device_store *s, struct id record, struct err *e) ERR_CHECKED;
/* What an erasure covers the name of goes, with the office or not. */
enum err_code content_erase(
    struct device_store *s, const struct erasure *z, struct err *e) ERR_CHECKED;
/* How much of a file is here; and append all of it, in order.  ERR_CORRUPT: a
 * piece is missing, or its hash is another. */
enum err_code content_have(struct device_store *s, const char *sha256,
    uint64_t *out, struct err *e) ERR_CHECKED;
enum err_code content_file(struct device_store *s, const char *sha256,
    struct buf *out, struct err *e) ERR_CHECKED;
/* As device_content_view, within a transaction. */
enum err_code content_view_in(struct device_store *s, struct id record,
    struct content_view *out, struct err *e) ERR_CHECKED;

/* For verify: every file that was attached here is, unless it went with its
 * record, and is the one that the record names; and there is nothing else.
 * What does not add up: why_out, "" if nothing.  (store_content_verify.c) */
enum err_code content_check(struct device_store *s, char *why_out, size_t cap,
    struct err *e) ERR_CHECKED;

#endif
