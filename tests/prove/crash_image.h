/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_IMAGE_H
#define PROVE_CRASH_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/rng.h"
#include "tests/prove/disk.h"

/*
 * crash_image -- what a disk may hold after the power went at any place of a
 * recording (disk.h).
 *
 * Strict, as POSIX allows and no file system guarantees better: bytes written
 * are sure to be there only after a sync of that file, names only after a sync
 * of their folder, and what is not sure may be there or not, in any subset,
 * torn.  (The way of CrashMonkey, OSDI 2018, and ALICE, OSDI 2014.)
 *
 *   crash_disk_new; crash_disk_step until it returns false; at any time
 *   crash_image, as often as one likes; crash_disk_free.
 */
enum crash_kind {
	CRASH_LOST = 0, /* nothing that was not sure is there */
	CRASH_KEPT,     /* all of it */
	CRASH_ORDERED,  /* of each file the first so many writes, the last torn;
	                   names likewise */
	CRASH_SUBSET,   /* any of the writes and names, any of them torn */
	CRASH_ZEROS,    /* as SUBSET, but lengths arrive before bytes: zeros */
	CRASH_KINDS
};
const char *crash_kind_word(enum crash_kind kind);

struct crash_disk;

/* log is borrowed for its life.  lies_of: of so many syncs of files one did
 * nothing (a lying disk), chosen by r; 0: the disk tells the truth. */
struct crash_disk *crash_disk_new(
    const struct disk_log *log, unsigned lies_of, struct rng *r);
void crash_disk_free(struct crash_disk *d);

/* Take the next event; false when there was none.  *mark_out is set when it
 * was a mark. */
bool crash_disk_step(struct crash_disk *d, uint64_t *mark_out);
/* True when something is not sure: otherwise all kinds give one image. */
bool crash_disk_is_unsure(const struct crash_disk *d);
/* How many syncs were lies so far. */
uint64_t crash_disk_lies(const struct crash_disk *d);

/* Make the image in a folder, from which everything is removed before. */
void crash_image(const struct crash_disk *d, enum crash_kind kind,
    struct rng *r, const char *folder);

#endif
