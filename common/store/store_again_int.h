/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_AGAIN_INT_H
#define STORE_STORE_AGAIN_INT_H

#include "common/core/apply.h"
#include "common/store/store_int.h"

/*
 * store_again_int -- a folder's lives (schema/sql/device_2.sql), for the rest
 * of the store.
 */

/* Make what lies outside the database follow a new enrolment: nothing of the
 * old device waits there any more, since all of it was cut again. */
enum err_code again_follow(struct device_store *s, struct err *e) ERR_CHECKED;
/* ERR_BUSY when the folder became another device since this store was opened:
 * nothing may be written under the old id.  In a transaction. */
enum err_code again_check(struct device_store *s, struct err *e) ERR_CHECKED;

/* ---- store_past.c ---- */
/* Erase the words that lives which are over left on dropped records. */
enum err_code past_erase(struct device_store *s, struct err *e) ERR_CHECKED;
/* For verify: was each change above a fork cut again, and as what it was?  ""
 * in why_out if so, else which was not. */
enum err_code past_check_recuts(struct device_store *s, char *why_out,
    size_t why_cap, struct err *e) ERR_CHECKED;

#endif
