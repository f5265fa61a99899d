/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_ASKED_H
#define CLIENT_ASKED_H

#include "client/client.h"

/*
 * asked -- what a record is asked: by its type and its template before it may
 * be signed, and by the law's checklists at any time.
 */

/* The labels of what must be filled in before sign-off: a new array, empty
 * when all is. */
enum err_code asked_gaps(const struct client *c, const struct schema_type *type,
    const json_t *doc, json_t **out, struct err *e) ERR_CHECKED;

/* Was it begun with a template that this device does not have, so that only
 * its type can ask? */
bool asked_is_newer(
    const struct client *c, const struct schema_type *type, const json_t *doc);

/* What the checklists miss, as checklist_check gives it: a new array.  The
 * notes are open. */
enum err_code asked_warnings(struct client *c, const struct schema_type *type,
    struct id id, const json_t *doc, json_t **out, struct err *e) ERR_CHECKED;

/* "check": as check_to_json.  The notes are open. */
enum err_code asked_check(struct client *c, const struct schema_type *type,
    struct id id, const json_t *doc, json_t *out, struct err *e) ERR_CHECKED;

/* The documents of all records here of a type whose ref field names a record:
 * a new array, newest first.  Refs to colleagues are not followed.  The notes
 * are open. */
enum err_code asked_referring(struct client *c, const char *type,
    const char *field, const char *id, json_t **out, struct err *e) ERR_CHECKED;

#endif
