/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_DEVICE_WORK_H
#define PROVE_DEVICE_WORK_H

#include "tests/prove/crash_image.h"
#include "tests/support/device.h"

/*
 * device_work -- a little work of a device that may fail anywhere: its notes
 * are opened, saved to, brought to the office and closed.  And what must hold
 * afterwards, whatever failed: a save that said it was done is there, one that
 * said it was not is there whole or not at all, and the notes go on.
 *
 *   device_work_start; as often as one likes device_work_try and
 *   device_work_check; device_work_end.
 */
#define DEVICE_WORK_SAVES 3

struct device_work {
	struct small_office *office;
	struct device device;
	struct id person;           /* saved before anything failed */
	struct check_folder folder; /* where the work is done */
	struct disk_log *log;
	struct crash_disk *base; /* the data folder as it was before */
};

/* What was told: the ids of the saves that were done, how many were tried, and
 * whether the office's receipt was stored. */
struct device_told {
	struct id done[DEVICE_WORK_SAVES];
	size_t n_done, n_tried;
	bool has_synced, has_failed;
};

void device_work_start(struct device_work *w);
void device_work_end(struct device_work *w);
/* What fails in the work. */
struct device_fault {
	void (*arm)(const void *arg); /* before the work */
	const void *arg;
	void (*on)(bool on); /* the office's own part of a sync is left alone;
	                        may be NULL */
	bool (*has_failed)(void);
};
/* Do the work in a process of its own, from the folder as it was.  What fails
 * is passed over.  *told is shared with that process (device_told_new), and
 * told->has_failed says whether anything did.  Returns its wait status. */
int device_work_try(const struct device_work *w, const struct device_fault *f,
    struct device_told *told);
struct device_told *device_told_new(void);
void device_told_free(struct device_told *told);

/* NULL, or the promise that does not hold. */
const char *device_work_check(
    const struct device_work *w, const struct device_told *told);

#endif
