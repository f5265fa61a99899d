/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_WAITING_H
#define CLIENT_WAITING_H

#include "client/client.h"

/*
 * waiting -- how long somebody has waited since an advocate was asked for, by
 * what is on this device (common/core/intake.h).  The notes are open.
 */

/* Put one line of "waiting" (schema/cli.md) about a record of a type that
 * becomes cases into out.  Errors of the store; ERR_NOMEM. */
enum err_code waited_put(struct client *c, const struct schema_type *type,
    const struct record *r, json_t *out, struct err *e) ERR_CHECKED;

#endif
