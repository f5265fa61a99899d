/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

void
file_limits_are_errors(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGXFSZ, &ignore, NULL); /* fails only on misuse */
}

bool
file_join(char out[static FILE_PATH_MAX], const char *folder, const char *name)
{
	int n = snprintf(out, FILE_PATH_MAX, "%s/%s", folder, name);

	return n > 0 && n < FILE_PATH_MAX;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

enum err_code
file_read_all(int fd, struct buf *out, struct err *e)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno, "cannot read: %s",
			    strerror(errno));
		if (!buf_add(out, chunk, (size_t)n))
			return buf_check(out, e);
	}
}

enum err_code
file_load(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err_code code;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
		    errno, "cannot open %s: %s", path, strerror(errno));
	code = file_read_all(fd, out, e);
	(void)close(fd); /* nothing was written */
	return code == ERR_OK ? ERR_OK : err_wrap(e, path);
}

static enum err_code
write_failed(int sys, struct err *e)
{
	/* EFBIG: the limit on file sizes, or the file system's own. */
	if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
		return err_set(e, ERR_IO, sys, "the disk is full");
	return err_set(e, ERR_IO, sys, "cannot write: %s", strerror(sys));
}

enum err_code
file_write_all(int fd, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return write_failed(errno, e);
		p += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err_code
file_sync_names(const char *path, struct err *e)
{
	char folder[FILE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	int fd, failed;

	if (len >= sizeof(folder))
		return err_set(e, ERR_INVALID, 0, "path is too long");
	memcpy(folder, path, len);
	folder[len] = '\0';
	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else if (len == 0)
		(void)snprintf(folder, sizeof(folder), "/");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot open folder %s: %s",
		    folder, strerror(errno));
	failed = fsync(fd) != 0 ? errno : 0;
	(void)close(fd); /* nothing was written through it */
	if (failed != 0)
		return err_set(e, ERR_IO, failed, "cannot sync folder %s: %s",
		    folder, strerror(failed));
	return ERR_OK;
}

/* Write and fsync the temporary file. */
static enum err_code
write_synced(const char *tmp, const void *data, size_t len, struct err *e)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum err_code code;

	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot create %s: %s", tmp,
		    strerror(errno));
	code = file_write_all(fd, data, len, e);
	if (code == ERR_OK && fsync(fd) != 0)
		code = err_set(e, ERR_IO, errno, "cannot sync %s: %s", tmp,
		    strerror(errno));
	if (close(fd) != 0 && code == ERR_OK)
		code = err_set(e, ERR_IO, errno, "cannot close %s: %s", tmp,
		    strerror(errno));
	return code;
}

enum err_code
file_save(const char *path, const void *data, size_t len, struct err *e)
{
	char tmp[FILE_PATH_MAX];
	enum err_code code;
	int n = snprintf(tmp, sizeof(tmp), "%s.%ld.tmp", path, (long)getpid());

	if (n < 0 || n >= (int)sizeof(tmp))
		return err_set(e, ERR_INVALID, 0, "path is too long");
	code = write_synced(tmp, data, len, e);
	if (code == ERR_OK && rename(tmp, path) != 0)
		code = err_set(e, ERR_IO, errno, "cannot rename to %s: %s",
		    path, strerror(errno));
	if (code != ERR_OK) {
		(void)unlink(tmp); /* the old file is what counts */
		return code;
	}
	return file_sync_names(path, e);
}

enum err_code
file_rename(const char *from, const char *to, struct err *e)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC), failed;

	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot open %s: %s", from,
		    strerror(errno));
	failed = fsync(fd) != 0 ? errno : 0;
	(void)close(fd); /* nothing was written through it */
	if (failed == 0 && rename(from, to) != 0)
		failed = errno;
	if (failed != 0)
		return err_set(e, ERR_IO, failed, "cannot rename to %s: %s", to,
		    strerror(failed));
	return file_sync_names(to, e);
}

enum err_code
file_remove(const char *path, struct err *e)
{
	if (unlink(path) != 0) {
		if (errno == ENOENT)
			return ERR_OK;
		return err_set(e, ERR_IO, errno, "cannot remove %s: %s", path,
		    strerror(errno));
	}
	return file_sync_names(path, e);
}

/* What is put into a new folder is as sure as the folder's own name. */
static enum err_code
make_one(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0)
		return file_sync_names(path, e);
	return errno == EEXIST
	    ? ERR_OK
	    : err_set(e, ERR_IO, errno, "cannot make folder %s: %s", path,
	          strerror(errno));
}

enum err_code
file_make_folder(const char *path, struct err *e)
{
	char part[FILE_PATH_MAX];
	enum err_code code;
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return err_set(e, ERR_INVALID, 0, "path is empty or too long");
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		code = make_one(part, e);
		if (code != ERR_OK)
			return code;
		part[i] = i == len ? '\0' : '/';
	}
	return ERR_OK;
}
