/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_DEVICE_H
#define SUPPORT_DEVICE_H

#include "common/store/device_store.h"
#include "tests/support/check.h"
#include "tests/support/small_office.h"

/*
 * device -- a device of a small_office with a data folder and an open store,
 * and short words for what tests of the store do with it.  Everything here
 * fails the test when it does not succeed.
 */
struct device {
	struct check_folder folder;
	struct device_identity identity;
	struct secret_key key; /* page key of notes.db */
	struct device_store *store;
};

void device_start(struct small_office *o, const char *name, struct device *d);
/* Close the store (which may be NULL) and remove the folder. */
void device_end(struct device *d);

/* Save one text at path (NULL removes it); record NULL makes a new one.  End
 * the result with save_result_fini. */
struct save_result device_save_text(struct device *d, const struct id *record,
    const char *type, const char *path, const char *text);
struct id device_new_person(struct device *d, const char *name);
void device_edit_text(
    struct device *d, struct id person, const char *path, const char *text);

enum transport device_transport_of(struct device *d, struct id id);
/* The view has this text at path; NULL: nothing there. */
void assert_device_shows(
    struct device *d, struct id id, const char *path, const char *text);
/* device_store_verify finds nothing, and this many changes. */
void assert_device_verifies(struct device *d, uint64_t written);

#endif
