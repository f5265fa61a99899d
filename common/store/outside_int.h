/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_OUTSIDE_INT_H
#define STORE_OUTSIDE_INT_H

#include "common/base/file.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"

/*
 * outside_int -- how enrolment and renewal write outside/office.json.
 */

/* Write it, durably and whole; makes the folder.  ERR_IO: what was there
 * before is there still.  ERR_INVALID: the path is too long.  ERR_NOMEM. */
enum err_code outside_save(const char *home, const struct outside_office *o,
    struct err *e) ERR_CHECKED;
/* The same out of what a device is (store_open.c). */
enum err_code outside_identity(const char *home,
    const struct device_identity *i, struct err *e) ERR_CHECKED;

/* A file of this name in outside's folder; false: the path is too long. */
bool outside_path(
    const struct outside *o, const char *name, char out[static FILE_PATH_MAX]);

#endif
