/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/*
 * path -- the name of one value inside a record.
 *
 *   ""                        the record itself
 *   "summary"                 a field (a group is one field, one value)
 *   "client_group/dementia"   a member of a set; its value is true or absent
 *   "statements/<row>"        a row; its value is an object
 *   "statements/<row>/text"   a column of a row
 *
 * Names are 1 to LIMIT_NAME_BYTES bytes of a-z 0-9 _ - (set members and row
 * ids may also have A-Z and '.').  A path is above another when it is a whole
 * leading part of it; "" is above every other.
 *
 * Values are jansson values; NULL is "absent" everywhere.  Empty text, an
 * empty set and an empty object are absent too: path_set stores none of them.
 * Field values in a doc: text, integer, true/false, object (group or rows),
 * array of strings sorted bytewise without repeats (set).
 */

/* ERR_MALFORMED unless text is a path. */
enum err_code path_check(const char *text, struct err *e) ERR_CHECKED;

/* The parts of a path that path_check accepts: copies, "" where absent.
 * n is the number of parts, 0 to 3. */
struct path_parts {
	char part[3][65];
	size_t n;
};
struct path_parts path_split(const char *path);

/* True if a is b or a is above b. */
bool path_covers(const char *a, const char *b);
/* True if one covers the other. */
bool path_related(const char *a, const char *b);

/* Borrow the value at path in doc; NULL if absent.  For a set's member the
 * value is true; path "" gives doc itself, or NULL when doc is empty. */
const json_t *path_get(const json_t *doc, const char *path);

/* Set the value at path (NULL or an empty value removes it), making and
 * removing rows and sets as needed.  value is copied deeply.  is_set_member
 * tells "field/<member>" of a set from a row of the same shape.
 * ERR_MALFORMED if the doc has a value of another shape in the way;
 * ERR_NOMEM.  doc is unchanged on failure. */
enum err_code path_set(json_t *doc, const char *path, const json_t *value,
    bool is_set_member, struct err *e) ERR_CHECKED;

/* True if the value counts as absent: NULL, "", [] or {}. */
bool path_is_absent(const json_t *value);
/* Deep equality, absent values being equal to each other. */
bool path_equal(const json_t *a, const json_t *b);

#endif
