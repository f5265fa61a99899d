/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SPOOL_INT_H
#define STORE_SPOOL_INT_H

#include "common/base/buf.h"
#include "common/store/spool.h"

/*
 * spool_int -- the bytes of a spool, as spool.h lays them out; no file is
 * touched here.  Appending gives ERR_NOMEM, or ERR_INVALID past the cap of
 * *out.
 */
#define SPOOL_HEAD_LEN 32
#define SPOOL_MARK_LEN 4 /* what a frame begins with */
/* By so much a frame is longer than its payload. */
#define SPOOL_FRAME_EXTRA (16 + HASH32_LEN)

/* A spool is read whole: it holds what was written since the last contact, at
 * most some weeks of notes. */
#define SPOOL_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* Append a head with an identity of its own. */
enum err_code spool_head_add(
    const struct spool *s, struct buf *out, struct err *e) ERR_CHECKED;

/* Append a frame. */
enum err_code spool_frame_add(const struct spool *s, uint64_t number,
    struct crypto_part payload, struct buf *out, struct err *e) ERR_CHECKED;
/* Does a frame, whole or not, begin at these SPOOL_MARK_LEN bytes? */
bool spool_is_mark(const struct spool *s, const void *bytes);

/* Call back for the frames in a whole file, as spool_read does.  *end_out is
 * where the last whole one ends; end_out and each may be NULL.  ERR_NEWER,
 * ERR_CORRUPT: the head is of a later program, or of no spool of this
 * device's. */
enum err_code spool_walk(const struct spool *s, const struct buf *bytes,
    uint64_t after, spool_each each, void *arg, size_t *end_out,
    struct err *e) ERR_CHECKED;

#endif
