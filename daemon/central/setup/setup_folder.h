/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SETUP_FOLDER_H
#define CENTRAL_SETUP_FOLDER_H

#include "common/base/err.h"

/*
 * setup_folder -- a folder that is filled under another name and gets its own
 * when it is whole.
 */

/* ERR_CONFLICT unless path is missing or an empty folder. */
enum err_code setup_folder_check(const char *path, struct err *e) ERR_CHECKED;

/* Remove what an interrupted run left; a missing folder is fine. */
enum err_code setup_folder_remove(const char *path, struct err *e) ERR_CHECKED;

/* Give the finished folder its name, durably.  ERR_CONFLICT: something is
 * there; ERR_IO. */
enum err_code setup_folder_finish(
    const char *from, const char *to, struct err *e) ERR_CHECKED;

#endif
