/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DISK_INT_H
#define SIM_DISK_INT_H

#include "tests/sim/disk.h"

/*
 * disk_int -- what the disk's files share: the list of memory files.
 */
#define DISK_PATH_MAX 200
#define DISK_SHM_LOCKS 8
#define DISK_SHM_REGIONS 4

struct disk_file {
	struct disk_file *next;
	char path[DISK_PATH_MAX];
	uint8_t *data;
	size_t len, room;
	uint8_t *sure; /* as of the last sync, while somebody may lose the
	                  rest; or NULL */
	size_t sure_len;
	const struct disk_process *sure_of; /* whose power that is */
	/* Which content this is, and which was sure. */
	uint64_t stamp, sure_stamp;
	unsigned handles; /* open */
	/* Locks on the file: how many hold SHARED, who holds more. */
	unsigned shared;
	const void *reserved, *pending, *exclusive;
	/* Shared memory of the write-ahead log; gone with the last handle. */
	void *region[DISK_SHM_REGIONS];
	unsigned shm_shared[DISK_SHM_LOCKS];
	const void *shm_exclusive[DISK_SHM_LOCKS];
};

struct disk_file *disk_find(const char *path);
struct disk_file *disk_make(const char *path);
void disk_drop(struct disk_file *f);
/* Its content is another from now on. */
void disk_stamp(struct disk_file *f);
/* Room for len bytes; aborts without memory. */
void disk_grow(struct disk_file *f, size_t len);
/* Keep what is sure before it changes; it is all sure. */
void disk_keep_sure(const struct disk_process *p, struct disk_file *f);
void disk_is_sure(struct disk_file *f);
/* One more sync of this process: false when it is dead. */
bool disk_may_sync(struct disk_process *p);
/* One more write of this process: false when it is dead. */
bool disk_may_write(struct disk_process *p);
struct disk_process *disk_running(void);

#endif
