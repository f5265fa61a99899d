/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TITLE_H
#define CORE_TITLE_H

#include "common/base/buf.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * title -- a record's one line for people.
 *
 * A stored title names other records by id, and times as they are stored; both
 * are put into words when the line is read, so that a renamed person is right
 * everywhere at once, and a time is that of the place where it is read.
 */

/* Append the stored title; nothing where the type has none (or is NULL). */
void title_print(
    const struct schema_type *type, const struct record *r, struct buf *out);

/* Append the stored title of a record to out; nothing when it is not known. */
typedef enum err_code title_stored(
    void *arg, struct id id, struct buf *out, struct err *e);

/* Append a stored title with what it names in words, as far as it is known.
 * ERR_NOMEM, and what stored gives. */
enum err_code title_fill(const char *text, title_stored *stored, void *arg,
    struct buf *out, struct err *e) ERR_CHECKED;

/* The same of the record with this id; nothing is appended when it is not
 * known. */
enum err_code title_of(struct id id, title_stored *stored, void *arg,
    struct buf *out, struct err *e) ERR_CHECKED;

#endif
