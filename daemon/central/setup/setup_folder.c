/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/setup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"

enum err_code
setup_folder_check(const char *path, struct err *e)
{
	char db[FILE_PATH_MAX];
	const struct dirent *entry;
	bool is_empty = true;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return errno == ENOENT
		    ? ERR_OK
		    : err_set(e, ERR_IO, errno, "cannot look into %s", path);
	/* One thread, and a stream of our own. */
	while ((entry = readdir(dir)) != NULL) // NOLINT(concurrency-mt-unsafe)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			is_empty = false;
	(void)closedir(dir);
	if (is_empty)
		return ERR_OK;
	if (file_join(db, path, "office.db") && file_exists(db))
		return err_set(e, ERR_CONFLICT, 0,
		    "there is an office in %s already; nothing was changed",
		    path);
	return err_set(e, ERR_CONFLICT, 0,
	    "%s is not empty; give a new folder for the office", path);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

enum err_code
setup_folder_remove(const char *path, struct err *e)
{
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0 &&
	    errno != ENOENT)
		return err_set(e, ERR_IO, errno, "cannot remove %s", path);
	return ERR_OK;
}

static enum err_code
folder_sync(const char *path, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err_code code = ERR_OK;

	if (fd < 0 || fsync(fd) != 0)
		code = err_set(e, ERR_IO, errno, "cannot sync %s", path);
	if (fd >= 0)
		(void)close(fd);
	return code;
}

enum err_code
setup_folder_finish(const char *from, const char *to, struct err *e)
{
	char parent[FILE_PATH_MAX + 4];
	enum err_code code = folder_sync(from, e);

	if (code != ERR_OK)
		return code;
	if (rename(from, to) != 0)
		return err_set(e, errno == ENOTEMPTY ? ERR_CONFLICT : ERR_IO,
		    errno,
		    "cannot put the office at %s (a mount point cannot be it: "
		    "give a folder inside)",
		    to);
	(void)snprintf(parent, sizeof(parent), "%s/..", to);
	return folder_sync(parent, e);
}
