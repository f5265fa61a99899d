/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_FOLD_H
#define SYS_FOLD_H

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * fold -- a name as it is compared, by libunistring: small letters, without
 * accents, apostrophes and full stops, words apart by one space and nothing
 * around them.
 */

/* Append the folded form of a text, which is well-formed UTF-8.  ERR_NOMEM, or
 * ERR_INVALID when out has no room. */
enum err_code fold_name(
    const char *text, struct buf *out, struct err *e) ERR_CHECKED;

#endif
