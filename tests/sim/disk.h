/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/sys/crypto_hash.h"

/*
 * disk -- the files of all simulated machines, in memory: whole files for who
 * reads and writes those, and a SQLite VFS (write-ahead log and shared memory
 * included) for databases, so that the product's own SQL runs on it.
 *
 * A folder of files can be taken as an image and put back: that is a backup,
 * a machine's state at a moment, or a clone.  A process (`disk_process`) does
 * the writing: it can be told to die after so many more writes, from which on
 * nothing that it writes arrives.  What it wrote before stays, as after a
 * kill; or it is told to die at a sync, and may lose all that was not synced.
 *
 * One simulation at a time in a real process.
 */
#define DISK_ROOT "/sim/"

struct disk_process {
	uint64_t writes;  /* so far */
	uint64_t dies_at; /* the write that is not done any more; 0: none */
	uint64_t syncs;   /* so far: of databases, and whole files, which are
	                     durable when they are written */
	uint64_t dies_at_sync; /* the sync that is not done any more; 0: none */
	bool loses; /* then what was not synced is lost, as when the power
	               goes */
	bool is_dead;
};
/* Ask at each sync whether the process dies there; `loses` may be set then, and
 * what was not sure before is only known of a process that has had it set all
 * along.  NULL: nobody is asked. */
typedef bool disk_dies(struct disk_process *p);
void disk_on_sync(disk_dies *dies);
/* Whose files are opened from now on, and who writes whole files; NULL:
 * nobody who dies. */
void disk_run(struct disk_process *p);

/* Register the VFS as SQLite's default; before the first database. */
void disk_start(void);
/* Remove everything below a folder ("/sim/d1/"), or all of it. */
void disk_remove(const char *folder);

/* A name for all that is on the disks, as it is (loses: as it is after a loss
 * of what this process had not made sure): equal names, equal bytes. */
struct hash32 disk_name(const struct disk_process *p, bool loses);
/* Every file; a stamp belongs to one content, for ever. */
typedef void disk_file_fn(
    void *arg, const char *path, const void *data, size_t len, uint64_t stamp);
void disk_each(disk_file_fn *each, void *arg);

struct disk_image;
/* Everything below folder, new. */
struct disk_image *disk_take(const char *folder);
/* Replace everything below folder by the image; no file of it is open. */
void disk_put(const char *folder, const struct disk_image *image);
void disk_image_free(struct disk_image *image);

/* Whole files; false: there is none, or the process is dead. */
bool disk_exists(const char *path);
bool disk_load(const char *path, struct buf *out);
bool disk_save(const char *path, const void *data, size_t len);
bool disk_append(const char *path, const void *data, size_t len);
bool disk_delete(const char *path);
bool disk_rename(const char *from, const char *to);

#endif
