/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files as SQLite sees them.  Locks are kept as a machine would keep them,
 * since two engines may have one store open; nobody ever waits for one, because
 * one thing happens at a time.
 *
 * The product refuses a database whose first bytes are those of plain SQLite
 * (common/sys/db.c).  Simulated pages are plain, so the one read that looks for
 * that, of sixteen bytes at offset 0, is given others.
 */
#include "tests/sim/disk_int.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/rng.h"

#define HEADER_BYTES 16
#define REGION_BYTES ((size_t)32 * 1024)

struct handle {
	sqlite3_file base;
	struct disk_file *file;
	struct disk_process *process;
	int lock;
	bool is_deleted_on_close;
	unsigned shm_shared, shm_exclusive; /* bit for each lock held */
};

static struct handle *
of(sqlite3_file *f)
{
	return (struct handle *)f;
}

static int
disk_unlock(sqlite3_file *f, int level)
{
	struct handle *h = of(f);
	struct disk_file *d = h->file;

	if (h->lock <= level)
		return SQLITE_OK;
	if (d->reserved == h)
		d->reserved = NULL;
	if (d->pending == h)
		d->pending = NULL;
	if (d->exclusive == h)
		d->exclusive = NULL;
	if (level == SQLITE_LOCK_NONE)
		d->shared--;
	h->lock = level;
	return SQLITE_OK;
}

static int
disk_lock(sqlite3_file *f, int level)
{
	struct handle *h = of(f);
	struct disk_file *d = h->file;

	if (h->lock >= level)
		return SQLITE_OK;
	if (h->lock == SQLITE_LOCK_NONE) {
		if (d->pending != NULL || d->exclusive != NULL)
			return SQLITE_BUSY;
		d->shared++;
		h->lock = SQLITE_LOCK_SHARED;
	}
	if (level >= SQLITE_LOCK_RESERVED) {
		if (d->reserved != NULL && d->reserved != h)
			return SQLITE_BUSY;
		d->reserved = h;
		h->lock = SQLITE_LOCK_RESERVED;
	}
	if (level == SQLITE_LOCK_EXCLUSIVE) {
		d->pending = h;
		if (d->shared > 1)
			return SQLITE_BUSY;
		d->exclusive = h;
		h->lock = SQLITE_LOCK_EXCLUSIVE;
	}
	return SQLITE_OK;
}

static int
disk_reserved(sqlite3_file *f, int *out)
{
	*out = of(f)->file->reserved != NULL;
	return SQLITE_OK;
}

/* ---- shared memory of the write-ahead log ---- */

static int
shm_map(sqlite3_file *f, int region, int bytes, int extend, void volatile **out)
{
	struct disk_file *d = of(f)->file;

	assert(region < DISK_SHM_REGIONS && (size_t)bytes <= REGION_BYTES);
	if (d->region[region] == NULL && extend != 0) {
		d->region[region] = calloc(1, REGION_BYTES);
		if (d->region[region] == NULL)
			return SQLITE_NOMEM;
	}
	*out = d->region[region];
	return SQLITE_OK;
}

static int
shm_unlock(struct handle *h, int from, int n, bool exclusive)
{
	for (int i = from; i < from + n; i++) {
		const unsigned bit = 1U << i;

		if (exclusive && (h->shm_exclusive & bit) != 0) {
			h->shm_exclusive &= ~bit;
			h->file->shm_exclusive[i] = NULL;
		} else if (!exclusive && (h->shm_shared & bit) != 0) {
			h->shm_shared &= ~bit;
			h->file->shm_shared[i]--;
		}
	}
	return SQLITE_OK;
}

static int
shm_lock(sqlite3_file *f, int from, int n, int flags)
{
	struct handle *h = of(f);
	struct disk_file *d = h->file;
	const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;

	if ((flags & SQLITE_SHM_UNLOCK) != 0)
		return shm_unlock(h, from, n, exclusive);
	for (int i = from; i < from + n; i++) {
		const bool mine = (h->shm_shared & (1U << i)) != 0;

		if (d->shm_exclusive[i] != NULL && d->shm_exclusive[i] != h)
			return SQLITE_BUSY;
		if (exclusive && d->shm_shared[i] > (mine ? 1U : 0U))
			return SQLITE_BUSY;
	}
	for (int i = from; i < from + n; i++) {
		const unsigned bit = 1U << i;

		if (exclusive) {
			d->shm_exclusive[i] = h;
			h->shm_exclusive |= bit;
		} else if ((h->shm_shared & bit) == 0) {
			d->shm_shared[i]++;
			h->shm_shared |= bit;
		}
	}
	return SQLITE_OK;
}

static void
shm_barrier(sqlite3_file *f)
{
	(void)f; /* one thread */
}

static int
shm_unmap(sqlite3_file *f, int delete)
{
	struct handle *h = of(f);

	(void)delete;
	(void)shm_unlock(h, 0, DISK_SHM_LOCKS, true);
	(void)shm_unlock(h, 0, DISK_SHM_LOCKS, false);
	return SQLITE_OK;
}

/* ---- bytes ---- */

static int
disk_close(sqlite3_file *f)
{
	struct handle *h = of(f);
	struct disk_file *d = h->file;

	(void)shm_unmap(f, 0);
	(void)disk_unlock(f, SQLITE_LOCK_NONE);
	if (--d->handles > 0)
		return SQLITE_OK;
	for (size_t i = 0; i < DISK_SHM_REGIONS; i++) {
		free(d->region[i]);
		d->region[i] = NULL;
	}
	if (h->is_deleted_on_close)
		disk_drop(d);
	return SQLITE_OK;
}

static int
disk_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
	const struct disk_file *d = of(f)->file;
	const size_t want = (size_t)n, from = (size_t)at;
	size_t has = from < d->len ? d->len - from : 0;

	if (has > want)
		has = want;
	if (has > 0)
		memcpy(out, d->data + from, has);
	if (has < want) {
		memset((uint8_t *)out + has, 0, want - has);
		return SQLITE_IOERR_SHORT_READ;
	}
	if (from == 0 && want == HEADER_BYTES)
		memset(out, 0x5a, want);
	return SQLITE_OK;
}

static int
disk_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	struct handle *h = of(f);
	const size_t end = (size_t)at + (size_t)n;

	if (!disk_may_write(h->process))
		return SQLITE_IOERR_WRITE;
	disk_keep_sure(h->process, h->file);
	disk_stamp(h->file);
	if (end > h->file->len)
		disk_grow(h->file, end);
	memcpy(h->file->data + at, data, (size_t)n);
	return SQLITE_OK;
}

static int
disk_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	struct handle *h = of(f);

	if (!disk_may_write(h->process))
		return SQLITE_IOERR_TRUNCATE;
	disk_keep_sure(h->process, h->file);
	disk_stamp(h->file);
	if ((size_t)len < h->file->len)
		h->file->len = (size_t)len;
	return SQLITE_OK;
}

static int
disk_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	if (!disk_may_sync(of(f)->process))
		return SQLITE_IOERR_FSYNC;
	disk_is_sure(of(f)->file);
	return SQLITE_OK;
}

static int
disk_size(sqlite3_file *f, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)of(f)->file->len;
	return SQLITE_OK;
}

static int
disk_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
disk_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}

static int
disk_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = { .iVersion = 2,
	.xClose = disk_close,
	.xRead = disk_read,
	.xWrite = disk_write,
	.xTruncate = disk_truncate,
	.xSync = disk_sync,
	.xFileSize = disk_size,
	.xLock = disk_lock,
	.xUnlock = disk_unlock,
	.xCheckReservedLock = disk_reserved,
	.xFileControl = disk_control,
	.xSectorSize = disk_sector,
	.xDeviceCharacteristics = disk_traits,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap };

/* ---- the VFS ---- */

static int
vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags,
    int *flags_out)
{
	static unsigned temporary;
	struct handle *h = of(f);
	char name[DISK_PATH_MAX];

	(void)v;
	memset(h, 0, sizeof(*h));
	if (path == NULL) {
		(void)snprintf(
		    name, sizeof(name), DISK_ROOT "temporary-%u", ++temporary);
		path = name;
	}
	if ((flags & SQLITE_OPEN_CREATE) == 0 && !disk_exists(path))
		return SQLITE_CANTOPEN;
	h->file = disk_make(path);
	h->file->handles++;
	h->process = disk_running();
	h->is_deleted_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
	h->base.pMethods = &methods;
	if (flags_out != NULL)
		*flags_out = flags;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *v, const char *path, int sync)
{
	struct disk_file *f = disk_find(path);

	(void)v;
	(void)sync;
	if (f == NULL)
		return SQLITE_IOERR_DELETE_NOENT;
	if (!disk_may_write(disk_running()))
		return SQLITE_IOERR_DELETE;
	if (f->handles == 0)
		disk_drop(f);
	else {
		f->len = 0;
		disk_stamp(f);
	}
	return SQLITE_OK;
}

static int
vfs_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
	const struct disk_file *f = disk_find(path);

	(void)v;
	*out = f != NULL && (flags != SQLITE_ACCESS_EXISTS || f->len > 0);
	return SQLITE_OK;
}

static int
vfs_full(sqlite3_vfs *v, const char *path, int n, char *out)
{
	(void)v;
	(void)snprintf(out, (size_t)n, "%s", path);
	return SQLITE_OK;
}

static int
vfs_random(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	rng_fill(out, (size_t)n);
	return n;
}

static int
vfs_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int
vfs_time(sqlite3_vfs *v, sqlite3_int64 *out)
{
	(void)v;
	/* Milliseconds since noon of 24 November 4714 BC. */
	*out = (sqlite3_int64)clock_unix_ms() + 210866760000000LL;
	return SQLITE_OK;
}

static int
vfs_error(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	(void)n;
	(void)out;
	return 0;
}

void
disk_start(void)
{
	static sqlite3_vfs vfs = { .iVersion = 2,
		.szOsFile = sizeof(struct handle),
		.mxPathname = DISK_PATH_MAX,
		.zName = "simulated",
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xGetLastError = vfs_error,
		.xCurrentTimeInt64 = vfs_time };
	int rc = sqlite3_vfs_register(&vfs, 1);

	assert(rc == SQLITE_OK);
	(void)rc;
}
