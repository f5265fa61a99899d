/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing the slot file.  A crash between writing and renaming leaves a whole
 * file of slots beside it, as file_save names them ("keys.1234.tmp"), which
 * must go too.  On flash the overwriting may reach other cells than those
 * that were written; that an old file needs its passphrase is the guarantee
 * then.
 */
#include "common/store/keyslot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/store/keyslot_int.h"

static const char tmp_end[] = ".tmp";

/* Overwrite in place, and remove; a missing file is success. */
static enum err_code
erase_one(const char *path, struct err *e)
{
	uint8_t noise[KEYSLOT_FILE_LEN];
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err_code code;

	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot open %s: %s", path,
		    strerror(errno));
	rng_fill(noise, sizeof(noise));
	code = file_write_all(fd, noise, sizeof(noise), e);
	if (code == ERR_OK && fsync(fd) != 0)
		code = err_set(e, ERR_IO, errno, "cannot sync %s: %s", path,
		    strerror(errno));
	(void)close(fd); /* fsync has told */
	return code == ERR_OK ? file_remove(path, e) : code;
}

/* True for "NAME.anything.tmp". */
static bool
is_leftover(const char *entry, const char *name)
{
	size_t len = strlen(entry), name_len = strlen(name);

	return len > name_len + sizeof(tmp_end) &&
	    strncmp(entry, name, name_len) == 0 && entry[name_len] == '.' &&
	    strcmp(entry + len - (sizeof(tmp_end) - 1), tmp_end) == 0;
}

enum err_code
keyslot_erase(const char *path, struct err *e)
{
	char folder[FILE_PATH_MAX], victim[FILE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const struct dirent *entry;
	enum err_code code = ERR_OK;
	DIR *dir;
	int n;

	n = snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	if (n < 0 || n >= (int)sizeof(folder))
		return err_set(e, ERR_INVALID, 0, "path is too long");
	dir = opendir(folder);
	if (dir == NULL && errno == ENOENT)
		return ERR_OK;
	if (dir == NULL)
		return err_set(e, ERR_IO, errno, "cannot open folder %s: %s",
		    folder, strerror(errno));
	while (code == ERR_OK && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, name) != 0 &&
		    !is_leftover(entry->d_name, name))
			continue;
		if (!file_join(victim, folder, entry->d_name))
			code = err_set(e, ERR_INVALID, 0, "path is too long");
		else
			code = erase_one(victim, e);
	}
	(void)closedir(dir); /* it was read only */
	return code;
}
