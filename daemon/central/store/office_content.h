/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_OFFICE_CONTENT_H
#define CENTRAL_OFFICE_CONTENT_H

#include "daemon/central/store/office_store.h"

/*
 * office_content -- the files beside records, in the office's store: each once,
 * by its hash.  As with office_store.h, all happens inside a transaction.
 *
 * Pieces come from a device in order (store_content_add), apart from those of
 * every other device; when they are all there and their hash is right, they
 * become the file (store_content_settle) and what others had begun goes.
 */

/* A file that is here whole. */
struct office_content {
	struct hash32 sha256;
	uint64_t size;
	struct id upload; /* the device whose pieces they are */
};
/* ERR_NOTFOUND: it is not here, or not all of it. */
enum err_code store_content_get(struct office_store *s,
    const struct hash32 *sha256, struct office_content *out,
    struct err *e) ERR_CHECKED;
/* How much of it the device has sent. */
enum err_code store_content_have(struct office_store *s,
    const struct hash32 *sha256, struct id upload, uint64_t *out,
    struct err *e) ERR_CHECKED;
/* A piece that follows those: at is what store_content_have gave. */
struct content_piece {
	const struct hash32 *sha256;
	struct id upload;
	uint64_t at;
	const void *bytes;
	size_t len;
};
enum err_code store_content_add(struct office_store *s,
    const struct content_piece *p, struct err *e) ERR_CHECKED;
/* The hash of what the device sent.  ERR_CORRUPT: a piece of it is missing. */
enum err_code store_content_hash(struct office_store *s,
    const struct hash32 *sha256, struct id upload, struct hash32 *out,
    struct err *e) ERR_CHECKED;
enum err_code store_content_settle(struct office_store *s,
    const struct office_content *c, struct err *e) ERR_CHECKED;
/* Throw away what the device sent of it. */
enum err_code store_content_undo(struct office_store *s,
    const struct hash32 *sha256, struct id upload, struct err *e) ERR_CHECKED;
/* Append bytes of a whole file from there on, at most so many. */
enum err_code store_content_read(struct office_store *s,
    const struct office_content *c, uint64_t at, size_t most, struct buf *out,
    struct err *e) ERR_CHECKED;
/* It goes, also where it is here in part; what is not here is fine. */
enum err_code store_content_remove(struct office_store *s,
    const struct hash32 *sha256, struct err *e) ERR_CHECKED;
typedef bool (*store_content_each)(void *arg, const struct office_content *c);
enum err_code store_contents(struct office_store *s, store_content_each each,
    void *arg, struct err *e) ERR_CHECKED;

#endif
