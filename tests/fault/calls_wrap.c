/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the C library: files, memory and processes.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fault/calls_real.h"

#define EXECL_MAX 16 /* words of one */

/* ---- files ---- */

static mode_t
mode_of(int flags, va_list ap)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t)va_arg(ap, int)
	                                            : 0;
}

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		REAL(int, #name, const char *, int, ...);                      \
		va_list ap;                                                    \
		mode_t mode;                                                   \
                                                                               \
		va_start(ap, flags);                                           \
		mode = mode_of(flags, ap);                                     \
		va_end(ap);                                                    \
		return fails(CALL_OPEN) ? -1 : real(path, flags, mode);        \
	}
OPEN(open)
OPEN(open64)

int
openat(int at, const char *path, int flags, ...)
{
	REAL(int, "openat", int, const char *, int, ...);
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return fails(CALL_OPEN) ? -1 : real(at, path, flags, mode);
}

ssize_t
read(int fd, void *out, size_t len)
{
	REAL(ssize_t, "read", int, void *, size_t);
	const ssize_t n = part(CALL_READ, len);

	return n < 0 ? n : real(fd, out, (size_t)n);
}

#define PREAD(name)                                                            \
	ssize_t name(int fd, void *out, size_t len, off_t at)                  \
	{                                                                      \
		REAL(ssize_t, #name, int, void *, size_t, off_t);              \
		const ssize_t n = part(CALL_READ, len);                        \
                                                                               \
		return n < 0 ? n : real(fd, out, (size_t)n, at);               \
	}
PREAD(pread)
PREAD(pread64)

ssize_t
write(int fd, const void *data, size_t len)
{
	REAL(ssize_t, "write", int, const void *, size_t);
	const ssize_t n =
	    is_for_people(fd) ? (ssize_t)len : part(CALL_WRITE, len);

	return n < 0 ? n : real(fd, data, (size_t)n);
}

#define PWRITE(name)                                                           \
	ssize_t name(int fd, const void *data, size_t len, off_t at)           \
	{                                                                      \
		REAL(ssize_t, #name, int, const void *, size_t, off_t);        \
		const ssize_t n = part(CALL_WRITE, len);                       \
                                                                               \
		return n < 0 ? n : real(fd, data, (size_t)n, at);              \
	}
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	REAL(ssize_t, "writev", int, const struct iovec *, int);

	return !is_for_people(fd) && fails(CALL_WRITE) ? -1 : real(fd, v, n);
}

#define ONE_INT(name, kind)                                                    \
	int name(int fd)                                                       \
	{                                                                      \
		REAL(int, #name, int);                                         \
                                                                               \
		return fails(kind) ? -1 : real(fd);                            \
	}
ONE_INT(fsync, CALL_SYNC)
ONE_INT(fdatasync, CALL_SYNC)

#define RESIZE(name)                                                           \
	int name(int fd, off_t len)                                            \
	{                                                                      \
		REAL(int, #name, int, off_t);                                  \
                                                                               \
		return fails(CALL_RESIZE) ? -1 : real(fd, len);                \
	}
RESIZE(ftruncate)
RESIZE(ftruncate64)

int
rename(const char *from, const char *to)
{
	REAL(int, "rename", const char *, const char *);

	return fails(CALL_NAME) ? -1 : real(from, to);
}

int
link(const char *from, const char *to)
{
	REAL(int, "link", const char *, const char *);

	return fails(CALL_NAME) ? -1 : real(from, to);
}

int
unlink(const char *path)
{
	REAL(int, "unlink", const char *);

	return fails(CALL_NAME) ? -1 : real(path);
}

int
unlinkat(int at, const char *path, int flags)
{
	REAL(int, "unlinkat", int, const char *, int);

	return fails(CALL_NAME) ? -1 : real(at, path, flags);
}

int
mkdir(const char *path, mode_t mode)
{
	REAL(int, "mkdir", const char *, mode_t);

	return fails(CALL_NAME) ? -1 : real(path, mode);
}

int
flock(int fd, int how)
{
	REAL(int, "flock", int, int);

	return fails(CALL_LOCK) ? -1 : real(fd, how);
}

/* Locks alone: to give one up does not fail. */
static bool
takes_lock(int command, const void *arg)
{
	return (command == F_SETLK || command == F_SETLKW) && arg != NULL &&
	    ((const struct flock *)arg)->l_type != F_UNLCK;
}

#define FCNTL(name)                                                            \
	int name(int fd, int command, ...)                                     \
	{                                                                      \
		REAL(int, #name, int, int, ...);                               \
		va_list ap;                                                    \
		void *arg;                                                     \
                                                                               \
		va_start(ap, command);                                         \
		arg = va_arg(ap, void *);                                      \
		va_end(ap);                                                    \
		return takes_lock(command, arg) && fails(CALL_LOCK)            \
		    ? -1                                                       \
		    : real(fd, command, arg);                                  \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

/* Files alone: memory is another test's. */
// NOLINTBEGIN(bugprone-macro-parentheses): it is a function's name
#define MMAP(name)                                                             \
	void *name(                                                            \
	    void *at, size_t len, int prot, int flags, int fd, off_t offset)   \
	{                                                                      \
		REAL(void *, #name, void *, size_t, int, int, int, off_t);     \
                                                                               \
		return fd >= 0 && fails(CALL_MAP)                              \
		    ? MAP_FAILED                                               \
		    : real(at, len, prot, flags, fd, offset);                  \
	}
MMAP(mmap)
MMAP(mmap64)
// NOLINTEND(bugprone-macro-parentheses)

/* ---- the rest ---- */

ssize_t
getrandom(void *out, size_t len, unsigned flags)
{
	REAL(ssize_t, "getrandom", void *, size_t, unsigned);

	return fails(CALL_RANDOM) ? -1 : real(out, len, flags);
}

int
memfd_create(const char *name, unsigned flags)
{
	REAL(int, "memfd_create", const char *, unsigned);

	return fails(CALL_MEMFD) ? -1 : real(name, flags);
}

int
mlock(const void *at, size_t len)
{
	REAL(int, "mlock", const void *, size_t);

	return fails(CALL_PIN) ? -1 : real(at, len);
}

pid_t
fork(void)
{
	REAL(pid_t, "fork", void);

	return fails(CALL_FORK) ? -1 : real();
}

int
execve(const char *path, char *const argv[], char *const env[])
{
	REAL(int, "execve", const char *, char *const *, char *const *);

	return fails(CALL_EXEC) ? -1 : real(path, argv, env);
}

int
execv(const char *path, char *const argv[])
{
	REAL(int, "execv", const char *, char *const *);

	return fails(CALL_EXEC) ? -1 : real(path, argv);
}

int
execl(const char *path, const char *first, ...)
{
	REAL(int, "execv", const char *, char *const *);
	char *argv[EXECL_MAX] = { NULL };
	va_list ap;

	/* Its words are the caller's, and constant until they are another
	 * program's. */
	(void)memcpy(argv, &first, sizeof(first));
	va_start(ap, first);
	for (size_t n = 0; argv[n] != NULL && n < EXECL_MAX - 2; n++)
		argv[n + 1] = va_arg(ap, char *);
	va_end(ap);
	return fails(CALL_EXEC) ? -1 : real(path, argv);
}
