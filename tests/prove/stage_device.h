/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_STAGE_DEVICE_H
#define PROVE_STAGE_DEVICE_H

#include "tests/prove/crash_image.h"
#include "tests/prove/torture.h"
#include "tests/support/device.h"

/*
 * stage_device -- a device of a small office whose work fails, one of a
 * colleague, and what both know at the beginning: a person and a note on a
 * person.
 */

/* A folder as it was once, to be made so again. */
struct kept_folder {
	struct disk_log *log;
	struct crash_disk *disk;
};
void folder_keep_as_is(struct kept_folder *k, const char *path);
void folder_restore(const struct kept_folder *k, const char *path);
void folder_forget(struct kept_folder *k);

struct device_stage {
	struct small_office *office;
	struct device device, other; /* other: closed after prepare */
	struct id person, note;
	struct kept_folder kept;
	/* For works: an exchange that was made beforehand, and the like. */
	struct sync_request request;
	struct sync_answer answer;
	struct device_identity fresh;
	json_t *value;
};
extern struct device_stage stage_dev;

/* The store is open while the work is done; or nothing is. */
extern const struct torture_stage device_open, device_closed;

/* All that their works change. */
const char *stage_device_folder(void);

/* What can be seen of a store, as a stage's state. */
void stage_tell(struct device_store *s, struct buf *out);

/* Save one value at path of a record (NULL: a new one), which is taken. */
enum err_code stage_save(const struct id *record, const char *type,
    const char *path, json_t *value, struct err *e) ERR_CHECKED;

#endif
