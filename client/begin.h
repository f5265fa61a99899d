/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_BEGIN_H
#define CLIENT_BEGIN_H

#include "client/client.h"
#include "client/core/edits.h"

/*
 * begin -- a new record that begins with a template: --template NAME.
 *
 * begin_set before the values that the person gives, so that theirs stand;
 * begin_copy after them, because they say which records are copied from.
 */

/* What the template of today sets, and which it is.  Its rows are "+1", "+2"
 * and so on of their field.  Does nothing without the option.  ERR_INVALID:
 * there is no such template. */
enum err_code begin_set(
    struct client *c, struct edits *edits, struct err *e) ERR_CHECKED;
/* The rows that it copies from other records here. */
enum err_code begin_copy(
    struct client *c, struct edits *edits, struct err *e) ERR_CHECKED;

#endif
