/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder is kept just before a child's first change of it: bytes in memory
 * that both share, and a second name for every file, since the parent has open
 * what a child may remove or replace.
 */
#include "tests/prove/alone.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/prove/disk.h"
#include "tests/prove/torture.h"

#define ENTRIES_MAX 256
#define BYTES_MAX ((size_t)256 << 20) /* only what is used is there */
#define FDS_MAX 64
#define FOLDER_MODE 0700

struct entry {
	char path[FILE_PATH_MAX];
	bool is_folder;
	size_t at, len; /* of its bytes */
};
/* What is kept, by whoever came to it. */
struct shared {
	bool is_kept;
	size_t n, used;
	struct entry entries[ENTRIES_MAX];
	unsigned char bytes[BYTES_MAX];
};

static struct {
	bool is_on, is_child, pretends;
	pid_t pid; /* that all are told */
	char folder[FILE_PATH_MAX], second[FILE_PATH_MAX];
	unsigned long changes;
	off_t stands[FDS_MAX]; /* descriptors, -1: it stands nowhere */
	struct shared *shared;
} alone;

static void
must(bool is_done)
{
	if (!is_done) {
		perror("alone");
		abort();
	}
}

static void
path_of(char *out, const char *folder, const char *name)
{
	must(file_join(out, folder, name));
}

/* The second name of the i-th file. */
static void
second_name(char *out, size_t i)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%zu", i);
	path_of(out, alone.second, number);
}

/* ---- keep ---- */

static void
keep_bytes(struct entry *entry)
{
	struct shared *s = alone.shared;
	const int fd = open(entry->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	must(fd >= 0);
	entry->at = s->used;
	while ((n = read(fd, s->bytes + s->used, BYTES_MAX - s->used)) > 0)
		s->used += (size_t)n;
	must(n == 0 && close(fd) == 0);
	entry->len = s->used - entry->at;
}

static void
keep_entry(const char *path)
{
	struct shared *s = alone.shared;
	struct entry *entry = &s->entries[s->n];
	char second[FILE_PATH_MAX];
	struct stat st;

	must(s->n < ENTRIES_MAX && lstat(path, &st) == 0);
	*entry = (struct entry){ .is_folder = S_ISDIR(st.st_mode) };
	(void)snprintf(entry->path, sizeof(entry->path), "%s", path);
	if (S_ISREG(st.st_mode)) {
		second_name(second, s->n);
		must(link(path, second) == 0);
		keep_bytes(entry);
	} else if (!entry->is_folder) {
		return; /* a socket */
	}
	s->n++;
}

typedef void entry_fn(const char *path);

/* Parents first, or last. */
static void
each_entry(const char *folder, entry_fn *each, bool parents_first)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;
	char path[FILE_PATH_MAX];
	struct stat st;

	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		path_of(path, folder, d->d_name);
		if (parents_first)
			each(path);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			each_entry(path, each, parents_first);
		if (!parents_first)
			each(path);
	}
	(void)closedir(dir);
}

void
alone_keep(void)
{
	struct shared *s = alone.shared;

	if (alone.folder[0] == '\0' || s->is_kept)
		return;
	s->n = 0;
	s->used = 0;
	each_entry(alone.folder, keep_entry, true);
	s->is_kept = true;
}

/* A file or folder is about to be changed. */
static bool
before_change(void)
{
	bool was_on;
	const int error = errno;

	if (alone.pretends)
		return false;
	was_on = torture_pause();
	if (alone.is_child)
		alone_keep();
	alone.changes++;
	errno = error;
	if (was_on)
		torture_resume();
	return true;
}

/* ---- undo ---- */

/* Also one that nobody kept. */
static void
remove_new(const char *path)
{
	const struct shared *s = alone.shared;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->entries[i].path, path) == 0)
			return;
	must(remove(path) == 0);
}

static void
put_back(const struct entry *entry, size_t i)
{
	char second[FILE_PATH_MAX];
	struct stat st, of_second;
	int fd;

	if (entry->is_folder) {
		must(mkdir(entry->path, FOLDER_MODE) == 0 || errno == EEXIST);
		return;
	}
	second_name(second, i);
	fd = open(second, O_WRONLY | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &of_second) == 0);
	must(pwrite(fd, alone.shared->bytes + entry->at, entry->len, 0) ==
	    (ssize_t)entry->len);
	must(ftruncate(fd, (off_t)entry->len) == 0 && close(fd) == 0);
	if (lstat(entry->path, &st) == 0 && st.st_ino == of_second.st_ino)
		must(unlink(second) == 0);
	else
		must(rename(second, entry->path) == 0);
}

void
alone_undo(void)
{
	struct shared *s = alone.shared;

	disk_on_change(NULL);
	if (s->is_kept) {
		each_entry(alone.folder, remove_new, false);
		for (size_t i = 0; i < s->n; i++)
			put_back(&s->entries[i], i);
		s->is_kept = false;
	}
	disk_on_change(before_change);
	for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++)
		if (alone.stands[fd] >= 0)
			(void)lseek(fd, alone.stands[fd], SEEK_SET);
}

/* ---- life ---- */

void
alone_begin(const char *folder)
{
	alone.shared = mmap(NULL, sizeof(*alone.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	must(alone.shared != MAP_FAILED);
	if (folder != NULL) {
		must(snprintf(alone.folder, sizeof(alone.folder), "%s",
		         folder) < (int)sizeof(alone.folder));
		must(snprintf(alone.second, sizeof(alone.second), "%s.second",
		         folder) < (int)sizeof(alone.second));
		must(mkdir(alone.second, FOLDER_MODE) == 0 || errno == EEXIST);
	}
	alone.pid = getpid();
	alone.is_on = true;
	disk_on_change(before_change);
}

unsigned long
alone_changes(void)
{
	return alone.changes;
}

/* Without what the C library and others do at a fork: who forks may hold locks,
 * as the thread that it stays. */
pid_t
alone_fork(void)
{
	pid_t pid;

	for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++)
		alone.stands[fd] = lseek(fd, 0, SEEK_CUR);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	must(pid >= 0);
	if (pid == 0)
		alone.is_child = true;
	return pid;
}

void
alone_pretend(bool pretends)
{
	alone.pretends = pretends;
}

bool
alone_has_changed(void)
{
	return alone.shared->is_kept;
}

/* ---- what stands before the C library ---- */

#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL)                                                      \
	real = (type(*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, name)

pid_t
getpid(void)
{
	return alone.is_on ? alone.pid : (pid_t)syscall(SYS_getpid);
}

int
flock(int fd, int how)
{
	REAL(int, "flock", int, int);

	return alone.is_on ? 0 : real(fd, how);
}

/* A lock is got, and nobody else has one. */
static bool
is_got(int command, struct flock *lock)
{
	if (!alone.is_on)
		return false;
	if (command == F_GETLK)
		lock->l_type = F_UNLCK;
	return command == F_GETLK || command == F_SETLK || command == F_SETLKW;
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
		return is_got(command, arg) ? 0 : real(fd, command, arg);      \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

/* Memory of its own, which nobody can take away by making the file shorter. */
static void *
map_alone(void *at, size_t len, int prot, int fd, off_t offset)
{
	void *p = (void *)syscall(
	    SYS_mmap, at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, (off_t)0);

	if (p != MAP_FAILED)
		must(pread(fd, p, len, offset) >= 0);
	return p;
}

// NOLINTBEGIN(bugprone-macro-parentheses): it is a function's name
#define MMAP(name)                                                             \
	void *name(                                                            \
	    void *at, size_t len, int prot, int flags, int fd, off_t offset)   \
	{                                                                      \
		REAL(void *, #name, void *, size_t, int, int, int, off_t);     \
                                                                               \
		if (alone.is_on && fd >= 0 && (flags & MAP_SHARED) != 0)       \
			return map_alone(at, len, prot, fd, offset);           \
		return real(at, len, prot, flags, fd, offset);                 \
	}
MMAP(mmap)
MMAP(mmap64)
// NOLINTEND(bugprone-macro-parentheses)
