/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "common/core/checklist.h"

/*
 * check -- what a record still needs to be signed, and what the law's
 * checklists miss in it: on a device and at the office alike.
 */

/* The labels of what its type and its template ask for before it may be
 * signed and it does not have: a new array, empty when all is there.  day is
 * today, "2026-11-21".  ERR_NOMEM. */
enum err_code check_gaps(const struct schema *s, const struct schema_type *type,
    const json_t *doc, const char *day, json_t **out,
    struct err *e) ERR_CHECKED;

/* Put "gaps" (none of what is signed or is never signed), "warnings" and
 * "template_newer" (schema/cli.md, "check"): begun with a template that this
 * schema does not have, so only its type can ask.  Errors as of
 * checklist_check. */
enum err_code check_to_json(
    const struct checklist_of *of, json_t *out, struct err *e) ERR_CHECKED;

/* The code of the nation that the service's record (NULL: there is none)
 * names; NULL when it names none. */
const char *check_nation(const struct schema *s, const json_t *service);

#endif
