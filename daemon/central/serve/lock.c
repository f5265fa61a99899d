/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One engine at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "daemon/central/serve/admin.h"

#define RETRY_NS 20000000L

enum err_code
engine_lock(const char *data, uint32_t wait_ms, int *fd_out, struct err *e)
{
	const uint64_t end = clock_mono_ms() + wait_ms;
	const struct timespec pause = { .tv_nsec = RETRY_NS };
	char path[FILE_PATH_MAX];
	int fd;

	if (!file_join(path, data, "engine.lock"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
		    ? err_set(
		          e, ERR_NOTFOUND, 0, "there is no office in %s", data)
		    : err_set(e, errno == EACCES ? ERR_AUTH : ERR_IO, errno,
		          "cannot open %s", path);
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		const int sys = errno;

		if (sys != EWOULDBLOCK && sys != EINTR) {
			(void)close(fd);
			return err_set(e, ERR_IO, sys, "cannot lock %s", path);
		}
		if (clock_mono_ms() >= end) {
			(void)close(fd);
			return err_set(e, ERR_BUSY, 0,
			    "another program has the office in %s open", data);
		}
		(void)nanosleep(&pause, NULL);
	}
	*fd_out = fd;
	return ERR_OK;
}
