/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/sys/crypto_hash.h"

/*
 * spool -- an append-only file of small frames, each durable when its append
 * returns: one write and one fdatasync into room that the file has already,
 * so that the file system has nothing of its own to write down.
 *
 * Offsets on the left, numbers big-endian.  The head:
 *    0   4  "VBsp"
 *    4   1  version, 1; a file with a higher one is left alone (ERR_NEWER)
 *    5   1  kind, a letter
 *    6   2  0
 *    8  16  random: which file this is, should another take its name
 *   24   8  first bytes of SHA-256 of all before it
 * then frames:
 *    0   4  "vbf" and the kind
 *    4   4  length n of the payload
 *    8   8  number (a counter; rises from frame to frame)
 *   16   n  payload
 *  16+n 32  SHA-256 of the frame before it
 * then room: zeros, or what a torn frame left.  A torn last frame (power cut)
 * fails its hash: readers stop there, and the next append overwrites it.  A
 * last frame whose sync failed may stay whole for everybody to see until the
 * power goes: whoever writes behind it, or acts on it, writes it again first.
 * Damage before the last frame is ERR_CORRUPT.
 *
 * Processes take turns with flock: one appends or drops, or any number read.
 */
#define SPOOL_PAYLOAD_MAX ((size_t)8 * 1024 * 1024)
#define SPOOL_IDENTITY_LEN 32 /* the head, which no other file has */

struct spool {
	char path[1024];
	char kind;
	int fd; /* locked while held, else -1 */
	/* Where the file ended when that was last looked for or an append here
	 * moved it: in the file with this head, behind these bytes.  As long as
	 * nothing begins there it is still the end. */
	struct spool_end {
		uint8_t file[SPOOL_IDENTITY_LEN];
		uint8_t behind[SPOOL_IDENTITY_LEN];
		uint64_t at;     /* 0: not known */
		uint64_t number; /* of the last frame; 0: there is none */
		size_t last_len; /* of that frame's bytes, or 0 */
		bool is_synced;  /* all before `at` is on the disk */
	} end;
};

/* ERR_INVALID when folder and name are too long. */
enum err_code spool_make(struct spool *s, const char *folder, const char *name,
    char kind, struct err *e) ERR_CHECKED;

/* Keep every other process out until spool_release, so that something else
 * can be put in order with the appends.  Waits for the others. */
enum err_code spool_hold(struct spool *s, struct err *e) ERR_CHECKED;
void spool_release(struct spool *s); /* legal when it is not held */
/* Of one that is held: number of the last whole frame, 0 when there is none. */
uint64_t spool_held_last(const struct spool *s);

/* Append, held or not.  Where the end is not known yet, or somebody else wrote
 * since, the whole file is read to find it; else an append costs the same
 * however long the file is. */
enum err_code spool_append(struct spool *s, uint64_t number,
    const void *payload, size_t len, struct err *e) ERR_CHECKED;

/* Call back for every frame with a number above `after`, in order; payload is
 * borrowed for the call; false stops.  A process that was killed in an append,
 * or whose sync failed, leaves a frame that is not on the disk yet: `synced`
 * puts it there first, for who acts on it. */
typedef bool (*spool_each)(
    void *arg, uint64_t number, const void *payload, size_t len);
enum err_code spool_read(const struct spool *s, uint64_t after, bool synced,
    spool_each each, void *arg, struct err *e) ERR_CHECKED;

/* Number of the last whole frame, 0 when there is none.  Reads the whole file
 * the first time here, and after somebody else wrote; else it costs the same
 * however long the file is. */
enum err_code spool_last(
    struct spool *s, uint64_t *out, struct err *e) ERR_CHECKED;

/* Let frames up to a number go.  The file is rewritten (durably, as
 * file_save) when nothing is left or more than half of its bytes can go. */
enum err_code spool_drop(
    const struct spool *s, uint64_t upto, struct err *e) ERR_CHECKED;

#endif
