/* SPDX-License-Identifier: Apache-2.0 */
#include "common/store/wipe.h"

#include "common/base/file.h"
#include "common/store/keyslot.h"

static const char *const files[] = { "notes.db", "notes.db-wal", "notes.db-shm",
	"notes.db-journal" };

enum err_code
device_wipe(const char *home, struct err *e)
{
	char path[FILE_PATH_MAX];
	enum err_code code;

	if (!file_join(path, home, "slots"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	code = keyslot_erase(path, e);
	for (size_t i = 0;
	     i < sizeof(files) / sizeof(files[0]) && code == ERR_OK; i++) {
		if (!file_join(path, home, files[i]))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
		code = file_remove(path, e);
	}
	return code;
}

bool
device_is_wiped(const char *home)
{
	char slots[FILE_PATH_MAX], outside[FILE_PATH_MAX];

	return file_join(slots, home, "slots") &&
	    file_join(outside, home, "outside/office.json") &&
	    !file_exists(slots) && file_exists(outside);
}
