/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_DEVICE_CONTENT_H
#define STORE_DEVICE_CONTENT_H

#include "common/core/blob.h"
#include "common/store/device_store.h"

/*
 * device_content -- the files beside records: photos of letters, scans.
 *
 * They are in the encrypted database, in pieces, and come and go with their
 * record: device_store_attach saves both in one transaction, a drop and an
 * erasure take both.  A file is to be had when all of it is here and its hash
 * is right; what has come in part is nowhere shown.
 *
 * Sending and fetching is by pieces of at most LIMIT_BLOB_PIECE bytes
 * (daemon/sync/blobs.h).  Errors as in device_store.h.
 */

/* Save a new record and its file: durable when it returns, both or neither.
 * The edits say what the record says of the file; hash and size are checked
 * against it.  ERR_INVALID, also where the type has no file. */
struct content_file {
	const void *bytes; /* as it is kept; borrowed */
	size_t len;
};
enum err_code device_store_attach(struct device_store *s, const char *type,
    const struct edit *edits, size_t n_edits, const struct content_file *file,
    struct save_result *out, struct err *e) ERR_CHECKED;

/* What a record says of its file, and what is here of it. */
struct content_view {
	char sha256[BLOB_HASH_TEXT_LEN + 1];
	uint64_t size;
	uint64_t have;       /* bytes that are here */
	bool is_here;        /* all of it */
	bool is_wanted;      /* to be fetched at the next sync */
	bool is_with_office; /* the office has all of it */
};
/* ERR_NOTFOUND: the record is not here, or names no file. */
enum err_code device_content_view(struct device_store *s, struct id record,
    struct content_view *out, struct err *e) ERR_CHECKED;
/* Append the whole file.  ERR_NOTFOUND: it is not here, or not all of it;
 * ERR_CORRUPT: its hash is not that of the record. */
enum err_code device_content_read(struct device_store *s, struct id record,
    struct buf *out, struct err *e) ERR_CHECKED;
/* Ask for it: the next sync fetches it.  Nothing, where it is here. */
enum err_code device_content_want(
    struct device_store *s, struct id record, struct err *e) ERR_CHECKED;

/* Files that are not with the office yet, and their bytes. */
struct content_waiting {
	uint64_t n, bytes;
};
enum err_code device_content_waiting(struct device_store *s,
    struct content_waiting *out, struct err *e) ERR_CHECKED;

/* ---- for the sync ---- */

/* The next record, above `after` (NULL: the first), whose file is to be sent,
 * because the office has all that was written of the record and not the file,
 * or fetched.  ERR_NOTFOUND: no more. */
struct content_task {
	struct id record;
	char sha256[BLOB_HASH_TEXT_LEN + 1];
	uint64_t size;
	uint64_t have; /* of a file to be fetched: bytes that are here */
	bool is_fetch;
};
enum err_code device_content_next(struct device_store *s,
    const struct id *after, struct content_task *out,
    struct err *e) ERR_CHECKED;
/* Append what is sent next, from there on.  ERR_NOTFOUND: it has gone. */
enum err_code device_content_piece(struct device_store *s,
    const struct content_task *t, uint64_t at, struct buf *out,
    struct err *e) ERR_CHECKED;
/* The office said that it has all of it. */
enum err_code device_content_sent(struct device_store *s,
    const struct content_task *t, struct err *e) ERR_CHECKED;
/* Keep a fetched piece; *have_out is what is here then.  With the last one the
 * hash is compared: ERR_MALFORMED, and all of it is thrown away, if it is
 * another file.  ERR_NOTFOUND: it is not wanted any more. */
enum err_code device_content_take(struct device_store *s,
    const struct content_task *t, uint64_t at, const struct buf *bytes,
    uint64_t *have_out, struct err *e) ERR_CHECKED;

#endif
