/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_ZIP_H
#define SYS_ZIP_H

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * zip -- compression with zstd, with or without a trained dictionary.
 *
 * What zip_pack writes is one zstd frame (RFC 8878) with the size of its
 * content and, if there is one, zstd's number of the dictionary; no checksum,
 * since what we send is signed or sealed.  zip_unpack reads any one frame and
 * nothing after it.
 *
 * A dictionary may be used by several threads at once.
 */
struct zip_dict;

/* A dictionary's name on the wire: the first 8 hex digits of the SHA-256 of
 * its file, so a changed file has another name. */
#define ZIP_DICT_ID_LEN 8

/* Make a dictionary from the bytes of a trained file, which are copied.
 * ERR_INVALID: they are not one.  ERR_NOMEM. */
enum err_code zip_dict_load(const void *bytes, size_t len,
    struct zip_dict **out, struct err *e) ERR_CHECKED;
/* NULL is legal. */
void zip_dict_free(struct zip_dict *dict);
/* Borrowed for the life of the dictionary; ZIP_DICT_ID_LEN digits. */
const char *zip_dict_id(const struct zip_dict *dict);

#define ZIP_LEVEL_MAX 19

/* Append the packed form of len bytes.  level 1 (quick) to ZIP_LEVEL_MAX
 * (small); dict may be NULL.  A dictionary is prepared once for each level
 * that it is used with.  ERR_NOMEM, ERR_INVALID past the buffer's cap. */
enum err_code zip_pack(int level, struct zip_dict *dict, const void *src,
    size_t len, struct buf *out, struct err *e) ERR_CHECKED;

/* Append what was packed, cap bytes at most.  Beside that the memory in use
 * stays below 8 MiB (the window that RFC 8878 asks every reader to take) or
 * twice the cap, whatever the bytes say.  ERR_MALFORMED: not a frame, packed
 * with another dictionary (or none, where one is given), cut, followed by more,
 * or larger than cap. ERR_NOMEM, ERR_INVALID past the buffer's cap.  *out keeps
 * its old length on failure. */
enum err_code zip_unpack(struct zip_dict *dict, const void *src, size_t len,
    size_t cap, struct buf *out, struct err *e) ERR_CHECKED;

#endif
