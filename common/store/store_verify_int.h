/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_VERIFY_INT_H
#define STORE_STORE_VERIFY_INT_H

#include "common/store/store_int.h"

/*
 * store_verify_int -- what the files of device_store_verify share: the chain of
 * the journal and what the office signed (store_verify.c), and what was made
 * of it to be shown and searched (store_verify_view.c).
 */

/* Note what does not add up; only the first is kept. */
void verify_found(struct verify_result *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Every view that is to be here is here, as it is made now, and what the index
 * has of it is what it says. */
enum err_code verify_views(
    struct device_store *s, struct verify_result *v, struct err *e) ERR_CHECKED;

#endif
