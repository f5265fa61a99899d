/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_OUTSIDE_INT_H
#define STORE_OUTSIDE_INT_H

#include "common/store/outside.h"

/*
 * outside_int -- how enrolment and renewal write outside/office.json.
 */

/* Write it, durably and whole; makes the folder. */
enum err_code outside_save(const char *home, const struct outside_office *o,
    struct err *e) ERR_CHECKED;

#endif
