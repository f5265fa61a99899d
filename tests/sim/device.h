/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "tests/sim/world.h"

/*
 * device -- a machine with a data folder: booted unlocked or locked, it saves
 * and syncs until it is halted or its process dies.
 */

/* Open the folder: unlocked, or (is_locked) what is readable then. */
void device_boot(struct sim_device *d);
/* Close everything, in whatever state; calls under way are dropped. */
void device_halt(struct sim_device *d);
void device_lock(struct sim_device *d);
void device_unlock(struct sim_device *d);
/* Begin a sync (locked: hand over envelopes), unless one is under way. */
void device_sync(struct sim_device *d);
/* After anything that ran on it: a dead process is halted and started again
 * on what is on the disk. */
void device_after(struct sim_device *d);
/* Sees own changes that are on the disk and that no save told of (a crash came
 * between), and remembers every link. */
void device_note_journal(struct sim_device *d);
/* From here on it goes by a journal that has so many of the changes of the one
 * until now, which is kept. */
void device_new_life(struct sim_device *d, size_t n_links);
/* Free what is remembered of its journals. */
void device_forget(struct sim_device *d);

#endif
