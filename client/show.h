/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_SHOW_H
#define CLIENT_SHOW_H

#include "client/client.h"

/*
 * show -- records in words: labels, code labels and titles in place of names,
 * codes and ids; by the schema alone.  The notes are open.
 */

/* Every field of a document of c->type that has a value, in the order of the
 * schema. */
void show_doc(struct client *c, const json_t *doc);

/* One value of a field (or NULL for a field of a newer schema). */
void show_value(struct client *c, const struct schema_field *field,
    const json_t *value, const char *indent);

#endif
