/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_EDITOR_H
#define CLIENT_EDITOR_H

#include "client/client.h"

/*
 * editor -- a text written at the terminal: in $VISUAL or $EDITOR on a file in
 * memory, or line by line.
 */

/* Append what the person wrote for the field, beginning with `old` (or NULL).
 * The notes are closed and the key given back while the editor is open, and
 * opened again after it.  ERR_INVALID when nothing was written. */
enum err_code editor_write(struct client *c, const struct schema_field *field,
    const char *old, struct buf *out, struct err *e) ERR_CHECKED;

#endif
