/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files, spools, and the few descriptors that the product opens itself
 * (making a database's file, copying a backup), all on the simulated disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/store/spool.h"
#include "tests/sim/disk.h"
#include "tests/sim/seam.h"
#include "tests/sim/seam_wrap.h"

static enum err_code
failed(struct err *e, const char *path)
{
	return err_set(e, ERR_IO, EIO, "%s: the machine stopped", path);
}

bool
__wrap_file_exists(const char *path)
{
	return disk_exists(path);
}

enum err_code
__wrap_file_load(const char *path, struct buf *out, struct err *e)
{
	if (!disk_exists(path))
		return err_set(e, ERR_NOTFOUND, ENOENT, "no file %s", path);
	(void)disk_load(path, out);
	return buf_check(out, e);
}

enum err_code
__wrap_file_save(const char *path, const void *data, size_t len, struct err *e)
{
	return disk_save(path, data, len) ? ERR_OK : failed(e, path);
}

enum err_code
__wrap_file_rename(const char *from, const char *to, struct err *e)
{
	return disk_rename(from, to) ? ERR_OK : failed(e, from);
}

enum err_code
__wrap_file_remove(const char *path, struct err *e)
{
	return disk_delete(path) ? ERR_OK : failed(e, path);
}

/* A file has its name as soon as it is made. */
enum err_code
__wrap_file_sync_names(const char *path, struct err *e)
{
	(void)path;
	(void)e;
	return ERR_OK;
}

enum err_code
__wrap_file_make_folder(const char *path, struct err *e)
{
	(void)path; /* folders are names only */
	(void)e;
	return ERR_OK;
}

enum err_code
__wrap_setup_folder_remove(const char *path, struct err *e)
{
	char folder[FILE_PATH_MAX + 2];

	(void)e;
	(void)snprintf(folder, sizeof(folder), "%s/", path);
	disk_remove(folder);
	return ERR_OK;
}

/* ---- spools: frames of number (8), length (4) and payload ---- */

struct frame {
	uint64_t number;
	uint32_t len;
};

enum err_code
__wrap_spool_append(struct spool *s, uint64_t number, const void *payload,
    size_t len, struct err *e)
{
	const struct frame head = { .number = number, .len = (uint32_t)len };
	struct buf b;
	bool ok;

	buf_init(&b, SPOOL_PAYLOAD_MAX + sizeof(head));
	ok = buf_add(&b, &head, sizeof(head)) && buf_add(&b, payload, len) &&
	    disk_append(s->path, b.ptr, b.len);
	buf_fini(&b);
	return ok ? ERR_OK : failed(e, s->path);
}

enum err_code
__wrap_spool_read(const struct spool *s, uint64_t after, bool synced,
    spool_each each, void *arg, struct err *e)
{
	struct buf b;
	struct frame f;

	(void)synced;
	(void)e;
	buf_init(&b, (size_t)256 * 1024 * 1024);
	(void)disk_load(s->path, &b);
	for (size_t at = 0; at + sizeof(f) <= b.len; at += sizeof(f) + f.len) {
		memcpy(&f, b.ptr + at, sizeof(f));
		if (f.number > after &&
		    !each(arg, f.number, b.ptr + at + sizeof(f), f.len))
			break;
	}
	buf_fini(&b);
	return ERR_OK;
}

static bool
take_last(void *arg, uint64_t number, const void *payload, size_t len)
{
	(void)payload;
	(void)len;
	*(uint64_t *)arg = number;
	return true;
}

static enum err_code
last_of(const struct spool *s, uint64_t *out, struct err *e)
{
	*out = 0;
	return __wrap_spool_read(s, 0, false, take_last, out, e);
}

enum err_code
__wrap_spool_last(struct spool *s, uint64_t *out, struct err *e)
{
	return last_of(s, out, e);
}

/* Nobody else has it open: one thing happens at a time. */
enum err_code
__wrap_spool_hold(struct spool *s, struct err *e)
{
	(void)s;
	(void)e;
	return ERR_OK;
}

void
__wrap_spool_release(struct spool *s)
{
	(void)s;
}

uint64_t
__wrap_spool_held_last(const struct spool *s)
{
	uint64_t last = 0;

	return last_of(s, &last, NULL) == ERR_OK ? last : 0;
}

static bool
keep(void *arg, uint64_t number, const void *payload, size_t len)
{
	const struct frame head = { .number = number, .len = (uint32_t)len };

	return buf_add(arg, &head, sizeof(head)) && buf_add(arg, payload, len);
}

enum err_code
__wrap_spool_drop(const struct spool *s, uint64_t upto, struct err *e)
{
	struct buf b;
	bool ok;

	if (!disk_exists(s->path))
		return ERR_OK;
	buf_init(&b, (size_t)256 * 1024 * 1024);
	ok = __wrap_spool_read(s, upto, false, keep, &b, e) == ERR_OK &&
	    disk_save(s->path, b.ptr, b.len);
	buf_fini(&b);
	return ok ? ERR_OK : failed(e, s->path);
}

/* ---- descriptors ---- */

#define FD_BASE 100000
#define FD_MAX 16

static char opened[FD_MAX][200];

int
__wrap_open(const char *path, int flags, ...)
{
	unsigned mode;
	va_list list;

	va_start(list, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(list, unsigned) : 0;
	va_end(list);
	if (strncmp(path, DISK_ROOT, strlen(DISK_ROOT)) != 0)
		return __real_open(path, flags, mode);
	if ((flags & O_CREAT) == 0 && !disk_exists(path)) {
		errno = ENOENT;
		return -1;
	}
	if ((flags & O_EXCL) != 0 && disk_exists(path)) {
		errno = EEXIST;
		return -1;
	}
	if ((flags & (O_CREAT | O_TRUNC)) != 0 && !disk_save(path, "", 0)) {
		errno = EIO;
		return -1;
	}
	for (int i = 0; i < FD_MAX; i++)
		if (opened[i][0] == '\0') {
			(void)snprintf(
			    opened[i], sizeof(opened[i]), "%s", path);
			return FD_BASE + i;
		}
	errno = EMFILE;
	return -1;
}

int
__wrap_close(int fd)
{
	if (fd < FD_BASE)
		return __real_close(fd);
	opened[fd - FD_BASE][0] = '\0';
	return 0;
}

int
__wrap_fsync(int fd)
{
	return fd < FD_BASE ? __real_fsync(fd) : 0;
}

/* All at the first call; the next finds the end. */
ssize_t
__wrap_copy_file_range(
    int in, void *at_in, int out, void *at_out, size_t len, unsigned flags)
{
	struct buf b, there;
	ssize_t n;

	(void)at_in;
	(void)at_out;
	(void)flags;
	buf_init(&b, len);
	buf_init(&there, len);
	(void)disk_load(opened[in - FD_BASE], &b);
	(void)disk_load(opened[out - FD_BASE], &there);
	n = there.len == b.len ? 0 : (ssize_t)b.len;
	if (n > 0 && !disk_save(opened[out - FD_BASE], b.ptr, b.len))
		n = -1;
	buf_fini(&b);
	buf_fini(&there);
	return n;
}
