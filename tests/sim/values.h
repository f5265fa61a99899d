/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_VALUES_H
#define SIM_VALUES_H

#include <stddef.h>

#include "common/sys/db.h"

/* values -- all that a store keeps, for who looks for words in it: `each` gets
 * every value of every column of every table.  What cannot be read is passed
 * over. */
typedef void values_each(
    void *arg, const char *table, const void *bytes, size_t len);
void values_of(struct db *db, values_each *each, void *arg);

#endif
