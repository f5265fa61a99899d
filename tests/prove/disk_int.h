/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_DISK_INT_H
#define PROVE_DISK_INT_H

#include "tests/prove/disk.h"

/*
 * disk_int -- between the calls that are watched (disk_calls.c) and the log
 * that they are written into (disk.c), and what makes them fail (disk_fail.c).
 */

/* A file by the name that it has now. */
struct disk_name {
	char *name;
	size_t file;
};

bool disk_is_on(void);
/* The part of a path below the watched folder, "" for the folder itself; NULL
 * when it is not in it, or nothing is recorded. */
const char *disk_below(const char *path);
bool disk_leaves_out(const char *name);
/* NULL when no file has the name; good until the next change of a name. */
struct disk_name *disk_name_find(const char *name);
void disk_name_put(const char *name, size_t file);
void disk_name_drop(const char *name);
/* A file has another name, or a folder and all that is in it. */
void disk_names_move(const char *from, const char *to);
/* The number of a file that begins now. */
size_t disk_file_new(void);

/* A copy of s, the caller's. */
char *disk_text(const char *s);
struct disk_event *disk_event_add(enum disk_op op);
/* name_to may be NULL. */
void disk_event_name(enum disk_op op, const char *name, const char *name_to);
void disk_event_write(size_t file, uint64_t at, const void *data, size_t len);
void disk_event_number(enum disk_op op, size_t file, uint64_t number);

/* How many events there are. */
size_t disk_events(void);

/* True when this call is one that fails; errno is set.  Of a write, *len may
 * be less afterwards: a short one. */
bool disk_fails(enum disk_call kind, size_t *len);

/* Whether a sync that fails takes what it should have written with it. */
bool disk_drops(void);

/* Forget what descriptors are. */
void disk_fds_forget(void);

#endif
