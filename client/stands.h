/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_STANDS_H
#define CLIENT_STANDS_H

#include "client/client.h"

/*
 * stands -- of two records of one person the one that stands for both, where
 * people at the office have found that they are one (schema_same).
 */

/* *out: the record that stands for this one, if that is here; else the record
 * itself.  The notes are open.  Costs nothing for a type without `same`. */
enum err_code stands_for(struct client *c, const struct schema_type *type,
    struct id id, struct id *out, struct err *e) ERR_CHECKED;

#endif
