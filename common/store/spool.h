/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * spool -- an append-only file of small frames, each durable when its append
 * returns: one write and one fdatasync, where a file for each frame would
 * need two syncs and a rename.
 *
 * A frame, offsets on the left, numbers big-endian:
 *    0   4  magic, "vbe1" or "vbr1"
 *    4   4  length n of the payload
 *    8   8  number (a counter; rises from frame to frame)
 *   16   n  payload
 *  16+n 32  SHA-256 of all before it
 * A torn last frame (power cut) fails its hash: readers stop there, and the
 * next append overwrites it.  Damage before the last frame is ERR_CORRUPT.
 * Processes take turns with flock; a spool holds no descriptor between calls.
 */
#define SPOOL_PAYLOAD_MAX ((size_t)8 * 1024 * 1024)

struct spool {
	char path[1024];
	char magic[5];
	/* The file as the last append here left it, which ended with a whole
	 * frame: while it is still that, the next one need not look for the
	 * end.  All zero: not known. */
	struct spool_end {
		uint64_t device, inode, bytes;
		int64_t changed_s, changed_ns;
	} end;
};

/* ERR_INVALID when folder and name are too long. */
enum err_code spool_make(struct spool *s, const char *folder, const char *name,
    const char *magic, struct err *e) ERR_CHECKED;

/* The first append here, and one after somebody else wrote, reads the whole
 * file to find its end; others cost the same however long the file is. */
enum err_code spool_append(struct spool *s, uint64_t number,
    const void *payload, size_t len, struct err *e) ERR_CHECKED;

/* Call back for every frame with a number above `after`, in order; payload is
 * borrowed for the call; false stops. */
typedef bool (*spool_each)(
    void *arg, uint64_t number, const void *payload, size_t len);
enum err_code spool_read(const struct spool *s, uint64_t after, spool_each each,
    void *arg, struct err *e) ERR_CHECKED;

/* Number of the last whole frame, 0 when there is none. */
enum err_code spool_last(
    const struct spool *s, uint64_t *out, struct err *e) ERR_CHECKED;

/* Let frames up to a number go.  The file is rewritten (durably, as
 * file_save) when nothing is left or more than half of its bytes can go. */
enum err_code spool_drop(
    const struct spool *s, uint64_t upto, struct err *e) ERR_CHECKED;

#endif
