/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the C library's calls.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/prove/disk_int.h"

#define FDS_MAX 4096
#define IS_FOLDER SIZE_MAX

/* What an open descriptor is, while recording. */
struct fd_entry {
	bool is_known;
	size_t file; /* or IS_FOLDER */
	char *folder;
};

static struct {
	struct fd_entry fds[FDS_MAX];
	disk_ask_fn *ask; /* disk_on_change */
} state;

/* ---- who is asked before a change ---- */

void
disk_on_change(disk_ask_fn *ask)
{
	state.ask = ask;
}

/* Whoever is asked may change things without being asked. */
static bool
may_change(void)
{
	disk_ask_fn *const ask = state.ask;
	bool may;

	if (ask == NULL)
		return true;
	state.ask = NULL;
	may = ask();
	state.ask = ask;
	return may;
}

/* ---- what stands before the C library ---- */

#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL)                                                      \
	real = (type(*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, name)

static struct fd_entry *
fd_entry(int fd)
{
	return disk_is_on() && fd >= 0 && fd < FDS_MAX && state.fds[fd].is_known
	    ? &state.fds[fd]
	    : NULL;
}

static void
fd_forget(int fd)
{
	if (fd < 0 || fd >= FDS_MAX)
		return;
	free(state.fds[fd].folder);
	state.fds[fd] = (struct fd_entry){ 0 };
}

/* "a/b/.." is "a"; new. */
static char *
folder_name(const char *name)
{
	char *text = disk_text(name);
	const size_t len = strlen(text);
	char *slash;

	if (len < 3 || strcmp(text + len - 3, "/..") != 0)
		return text;
	text[len - 3] = '\0';
	slash = strrchr(text, '/');
	*(slash == NULL ? text : slash) = '\0';
	return text;
}

static void
opened(int fd, const char *name, int flags, bool was_there)
{
	struct disk_name *n = disk_name_find(name);
	struct stat st;

	if (fd >= FDS_MAX || fstat(fd, &st) != 0)
		abort();
	fd_forget(fd);
	if (S_ISDIR(st.st_mode)) {
		state.fds[fd] = (struct fd_entry){ .is_known = true,
			.file = IS_FOLDER,
			.folder = folder_name(name) };
		return;
	}
	if (!was_there) {
		struct disk_event *ev = disk_event_add(DISK_CREATE);

		ev->file = disk_file_new();
		ev->name = disk_text(name);
		disk_name_put(name, ev->file);
		n = disk_name_find(name);
	} else if ((flags & O_TRUNC) != 0 && n != NULL) {
		disk_event_number(DISK_RESIZE, n->file, 0);
	}
	if (n != NULL)
		state.fds[fd] =
		    (struct fd_entry){ .is_known = true, .file = n->file };
}

static int
open_watched(const char *path, int flags, mode_t mode)
{
	REAL(int, "open", const char *, int, ...);
	const char *name = disk_below(path);
	const bool counts = (flags & O_CREAT) != 0;
	struct stat st;
	bool was_there;
	int fd;

	if ((flags & O_TRUNC) != 0 || (counts && access(path, F_OK) != 0))
		if (!may_change())
			flags &= ~(O_CREAT | O_TRUNC);
	if (name == NULL || disk_leaves_out(name))
		return real(path, flags, mode);
	was_there = stat(path, &st) == 0;
	if (disk_fails(
	        counts && !was_there ? DISK_CALL_MAKE : DISK_CALL_OPEN, NULL))
		return -1;
	fd = real(path, flags, mode);
	if (fd >= 0)
		opened(fd, name, flags, was_there);
	return fd;
}

static mode_t
mode_of(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 ? (mode_t)va_arg(ap, int) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return open_watched(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return open_watched(path, flags, mode);
}

int
close(int fd)
{
	REAL(int, "close", int);

	fd_forget(fd);
	return real(fd);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	REAL(ssize_t, "write", int, const void *, size_t);
	struct fd_entry *f = fd_entry(fd);
	ssize_t n;
	off_t at;

	if (fd > STDERR_FILENO && !may_change())
		return (ssize_t)len;
	if (f == NULL)
		return real(fd, data, len);
	if (disk_fails(DISK_CALL_WRITE, &len))
		return -1;
	at = lseek(fd, 0, SEEK_CUR);
	n = real(fd, data, len);
	if (n > 0)
		disk_event_write(f->file, (uint64_t)at, data, (size_t)n);
	return n;
}

static ssize_t
pwrite_watched(int fd, const void *data, size_t len, off_t at)
{
	REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
	struct fd_entry *f = fd_entry(fd);
	ssize_t n;

	if (!may_change())
		return (ssize_t)len;
	if (f != NULL && disk_fails(DISK_CALL_WRITE, &len))
		return -1;
	n = real(fd, data, len, at);
	if (f != NULL && n > 0)
		disk_event_write(f->file, (uint64_t)at, data, (size_t)n);
	return n;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite_watched(fd, data, len, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return pwrite_watched(fd, data, len, at);
}

/* From and to where the descriptors are. */
ssize_t
copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
    unsigned flags)
{
	REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t,
	    unsigned);
	struct fd_entry *f = fd_entry(out);
	const off_t from = lseek(in, 0, SEEK_CUR);
	const off_t to = lseek(out, 0, SEEK_CUR);
	unsigned char *data;
	ssize_t n;

	if (!may_change())
		return (ssize_t)len;
	if (f != NULL && disk_fails(DISK_CALL_WRITE, &len))
		return -1;
	n = real(in, in_at, out, out_at, len, flags);
	if (f == NULL || n <= 0)
		return n;
	data = malloc((size_t)n);
	if (data == NULL || in_at != NULL || out_at != NULL ||
	    pread(in, data, (size_t)n, from) != n)
		abort();
	disk_event_write(f->file, (uint64_t)to, data, (size_t)n);
	free(data);
	return n;
}

static int
resize_watched(int fd, off_t len)
{
	REAL(int, "ftruncate64", int, off_t);
	struct fd_entry *f = fd_entry(fd);
	int status;

	if (!may_change())
		return 0;
	if (f != NULL && disk_fails(DISK_CALL_TRUNCATE, NULL))
		return -1;
	status = real(fd, len);
	if (f != NULL && status == 0)
		disk_event_number(DISK_RESIZE, f->file, (uint64_t)len);
	return status;
}

int
ftruncate(int fd, off_t len)
{
	return resize_watched(fd, len);
}

int
ftruncate64(int fd, off_t len)
{
	return resize_watched(fd, len);
}

/* A sync is not asked of the real disk: the log says what it would keep. */
static int
sync_watched(int fd, int (*real)(int))
{
	struct fd_entry *f = fd_entry(fd);

	if (f == NULL)
		return real(fd);
	if (disk_fails(DISK_CALL_SYNC, NULL)) {
		const int error = errno;

		if (disk_drops() && f->file != IS_FOLDER)
			disk_event_number(DISK_SYNC_LOST, f->file, 0);
		errno = error;
		return -1;
	}
	if (f->file == IS_FOLDER)
		disk_event_name(DISK_FOLDER_SYNC, f->folder, NULL);
	else
		disk_event_number(DISK_SYNC, f->file, 0);
	return 0;
}

int
fsync(int fd)
{
	REAL(int, "fsync", int);

	return sync_watched(fd, real);
}

int
fdatasync(int fd)
{
	REAL(int, "fdatasync", int);

	return sync_watched(fd, real);
}

int
rename(const char *from, const char *to)
{
	REAL(int, "rename", const char *, const char *);
	const char *old = disk_below(from), *new = disk_below(to);
	int status;

	if (!may_change())
		return 0;
	if (old != NULL && new != NULL && disk_fails(DISK_CALL_NAME, NULL))
		return -1;
	status = real(from, to);
	if (old == NULL || new == NULL || status != 0)
		return status;
	disk_event_name(DISK_RENAME, old, new);
	disk_names_move(old, new);
	return status;
}

int
unlink(const char *path)
{
	REAL(int, "unlink", const char *);
	const char *name = disk_below(path);
	int status;

	if (!may_change())
		return 0;
	if (name == NULL || disk_leaves_out(name))
		return real(path);
	if (disk_fails(DISK_CALL_NAME, NULL))
		return -1;
	status = real(path);
	if (status == 0) {
		disk_event_name(DISK_REMOVE, name, NULL);
		disk_name_drop(name);
	}
	return status;
}

int
rmdir(const char *path)
{
	REAL(int, "rmdir", const char *);
	const char *name = disk_below(path);
	int status;

	if (!may_change())
		return 0;
	if (name != NULL && disk_fails(DISK_CALL_NAME, NULL))
		return -1;
	status = real(path);
	if (name != NULL && status == 0)
		disk_event_name(DISK_REMOVE, name, NULL);
	return status;
}

/* The C library's own would call the two without our seeing it. */
int
remove(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? rmdir(path)
	                                                    : unlink(path);
}

int
mkdir(const char *path, mode_t mode)
{
	REAL(int, "mkdir", const char *, mode_t);
	const char *name = disk_below(path);
	int status;

	if (!may_change())
		return 0;
	if (name != NULL && disk_fails(DISK_CALL_MAKE, NULL))
		return -1;
	status = real(path, mode);
	if (name != NULL && status == 0)
		disk_event_name(DISK_FOLDER, name, NULL);
	return status;
}

void
disk_fds_forget(void)
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		fd_forget(fd);
}
