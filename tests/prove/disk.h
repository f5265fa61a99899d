/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_DISK_H
#define PROVE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * disk -- writes down everything that this program does to the files under one
 * folder, in order, so that any power cut can be played afterwards; and makes
 * a disk fail.
 *
 * This program's open, write, fsync, rename and the like stand before the C
 * library's: the product and SQLite are as they always are, on real files, and
 * nothing knows that it is watched.  SQLite's shared memory file ("-shm") is
 * made anew after a crash and is left out.  One recording at a time, from one
 * thread.
 *
 *   disk_record(folder) ... disk_mark(n) ... log = disk_record_end()
 *   crash_image.h plays it; disk_log_free.
 */
enum disk_op {
	DISK_WRITE = 1,   /* data at offset of a file */
	DISK_RESIZE,      /* file has this length now */
	DISK_SYNC,        /* file's bytes and length are durable */
	DISK_SYNC_LOST,   /* file's bytes since the last sync never will be */
	DISK_CREATE,      /* name is this new, empty file */
	DISK_RENAME,      /* name becomes name_to */
	DISK_REMOVE,      /* name is gone */
	DISK_FOLDER,      /* name is a new folder */
	DISK_FOLDER_SYNC, /* names in this folder are durable */
	DISK_MARK         /* the program told somebody something: a number */
};

struct disk_event {
	enum disk_op op;
	size_t file;         /* of all but names and marks: 0, 1, 2 ... */
	uint64_t number;     /* WRITE: offset; RESIZE: length; MARK */
	unsigned char *data; /* WRITE */
	size_t len;
	char *name, *name_to; /* relative to the folder; "" is the folder */
};

/* A file that was there before. */
struct disk_file {
	char *name;
	unsigned char *data;
	size_t len;
};

struct disk_log {
	struct disk_event *events;
	size_t n;
	struct disk_file *files; /* files 0 .. n_files-1 */
	size_t n_files;
	char **folders; /* that were there before, parents first; not "" */
	size_t n_folders;
};

void disk_record(const char *folder);
void disk_mark(uint64_t number);
/* What is done meanwhile is not written down, and nothing of it fails. */
void disk_pause(bool on);
struct disk_log *disk_record_end(void);
void disk_log_free(struct disk_log *log);

/* What a call that the disk may fail does. */
enum disk_call {
	DISK_CALL_WRITE = 0,
	DISK_CALL_SYNC, /* of a file or a folder */
	DISK_CALL_OPEN, /* what is there */
	DISK_CALL_MAKE, /* a file or a folder */
	DISK_CALL_TRUNCATE,
	DISK_CALL_NAME, /* renamed, removed */
	DISK_CALLS
};

/* While recording, let the n-th call from now (0: the next one) fail with this
 * errno; and all after it, if for_good.  A negative n: none does. */
void disk_fail(long n, int error, bool for_good);

/* How a disk fails at a kind of call (disk_fail.c). */
struct disk_fault {
	const char *word, *event;
	enum disk_call of;
	int error; /* EIO, or ENOSPC: a write is short and the rest of it fails;
	            * for good, all that needs room does */
	/* As Linux does: a sync of a file that fails takes what it should have
	 * written with it.  Whoever reads goes on seeing it; the next sync has
	 * nothing left to write, and succeeds. */
	bool drops;
};
#define DISK_FAULTS 8
extern const struct disk_fault disk_faults[DISK_FAULTS];
/* The same with the n-th call of its kind. */
void disk_fail_as(const struct disk_fault *f, long n, bool for_good);

/* How many calls of a kind there were since disk_record, disk_fail or
 * disk_fail_as; whether one was made to fail, and after how many events of the
 * log. */
long disk_calls(enum disk_call kind);
bool disk_has_failed(void);
size_t disk_failed_at(void);

/* Ask before each call that writes, makes, renames or removes something, in any
 * folder, recording or not: false means that it is to be said to have worked,
 * and not done.  NULL: nobody is asked. */
typedef bool disk_ask_fn(void);
void disk_on_change(disk_ask_fn *ask);

#endif
