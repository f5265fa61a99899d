/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_DEVICE_ENTRY_H
#define CENTRAL_DEVICE_ENTRY_H

#include "daemon/central/store/office_store.h"

/*
 * device_entry -- what the engine's journal says of devices and of commands to
 * them, so that verify can hold their rows against it.
 *
 * Every entry that makes or changes a device's row is about
 * "<device> [<code> ]<digest>": SHA-256, in hex, over user, label, state,
 * signing key, certificates, and the times of enrolment and of the
 * certificates' end, as the row is after it; the last such entry counts.
 * Entries of older versions have no digest: then no column is compared.  A
 * command's entry is about "<device> <no> <issued> <expires>".
 */
#define DEVICE_ENTRY_CAP (ID_TEXT_LEN + 1 + 4 + 1 + 64 + 1)
/* code: the enrolment code that the device came with, or NULL. */
void device_entry(const struct office_device *d, const char *code,
    char out[static DEVICE_ENTRY_CAP]);
/* The digest at the end of such an object; "" without one. */
const char *device_entry_digest(const char *object);

#define COMMAND_ENTRY_CAP (ID_TEXT_LEN + 3 * 21 + 1)
void command_entry(
    const struct office_command *c, char out[static COMMAND_ENTRY_CAP]);

#endif
