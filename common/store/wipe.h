/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_WIPE_H
#define STORE_WIPE_H

#include <stdbool.h>

#include "common/base/err.h"

/*
 * wipe -- end a data folder's notes for good: the key slots are overwritten
 * and removed, then the database and its log.
 *
 * What lies outside stays: sealed envelopes, so that nothing finished is lost,
 * and the courier's key, so that they can be handed over.  The caller sees to
 * it that nothing has the database open, and that what is not sealed is not
 * needed.  Cut at any moment it can be begun again; from the first step on the
 * notes open with no passphrase.
 */

/* Success too where everything is gone already.  ERR_IO: something is left,
 * try again. */
enum err_code device_wipe(const char *home, struct err *e) ERR_CHECKED;
/* Was this folder wiped?  Then it has an outside, and no slots. */
bool device_is_wiped(const char *home);

#endif
