/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * file -- whole files and descriptors.
 *
 * file_save is the one way to replace a file: temporary file in the same
 * folder, fsync, rename, fsync of the folder, so that after a power cut the
 * old bytes or the new ones are there, never neither.  Files are created with
 * mode 0600, folders with 0700.
 */

/* Append the whole file to *out, whose cap bounds it.  ERR_NOTFOUND if there
 * is none, ERR_INVALID if it is longer than the cap, ERR_IO. */
enum err_code file_load(
    const char *path, struct buf *out, struct err *e) ERR_CHECKED;

/* Replace path by len bytes, durably.  ERR_IO: the old file is intact. */
enum err_code file_save(
    const char *path, const void *data, size_t len, struct err *e) ERR_CHECKED;

/* Put the complete file at from in the place of to, durably: its bytes are
 * synced first.  Both are on one file system. */
enum err_code file_rename(
    const char *from, const char *to, struct err *e) ERR_CHECKED;

/* Remove path and fsync its folder; a missing file is success. */
enum err_code file_remove(const char *path, struct err *e) ERR_CHECKED;

/* fsync the folder that holds path: what has a name in it keeps it.  ERR_IO. */
enum err_code file_sync_names(const char *path, struct err *e) ERR_CHECKED;

/* Make a folder (and its parents) with mode 0700, durably; existing is
 * success. */
enum err_code file_make_folder(const char *path, struct err *e) ERR_CHECKED;

bool file_exists(const char *path);

/* Append everything up to end of file from fd to *out (cap bounds it). */
enum err_code file_read_all(int fd, struct buf *out, struct err *e) ERR_CHECKED;

/* Write exactly len bytes, riding over EINTR and short counts. */
enum err_code file_write_all(
    int fd, const void *data, size_t len, struct err *e) ERR_CHECKED;

/* From now on a write beyond the limit on file sizes is an error that says
 * that the disk is full, where the signal (SIGXFSZ) would end the program.
 * Called first in main; programs that are started inherit it. */
void file_limits_are_errors(void);

/* Join folder and name into out; false if it does not fit. */
#define FILE_PATH_MAX 1024
bool file_join(
    char out[static FILE_PATH_MAX], const char *folder, const char *name);

#endif
