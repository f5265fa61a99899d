/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_OBEY_H
#define SYNC_OBEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/device_command.h"
#include "common/store/outside.h"

/*
 * obey -- the office's commands to this device: believed, kept, carried out.
 *
 *   obey_take with the courier's answer, then obey_next while locked, after
 *   each time that the courier has handed over what there was.
 *
 * One at a time, in order: the next one comes when the office has heard that
 * the one before is done.  What is kept survives a power cut; carrying it out
 * twice is harmless, and a number that was carried out is never taken again.
 */

/* Take the first command that is new and ours.  What is signed by another key,
 * for another device, or out of date by the answer's time is left, and the log
 * says so.  ERR_NOMEM, and as outside_command_save. */
enum err_code obey_take(const struct outside *o,
    const struct commands_answer *a, struct err *e) ERR_CHECKED;

/* The number last carried out; 0: none, or it cannot be read. */
uint64_t obey_done(const struct outside *o);
/* Is there one to carry out? */
bool obey_waits(const struct outside *o);

/* Carry out what was taken.  The folder is locked: nothing has its key, and
 * nobody the database open.  A wipe waits while an envelope above `receipted`
 * is there, or a change that could not be sealed, or while the office is in
 * a later epoch than when it last held the whole journal.  *done_out: something
 * was done, which the office is to hear of. */
enum err_code obey_next(struct outside *o, const char *home, uint64_t receipted,
    bool *done_out, struct err *e) ERR_CHECKED;

#endif
