/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include <jansson.h>

#include "common/base/err.h"
#include "common/core/human.h"
#include "common/core/schema.h"

/*
 * fields -- "TYPE fields": what a record of a type may hold, for people and
 * scripts, on a device and at the office alike.
 */

/* Put "type" and "fields", an object each in the order of showing, into out;
 * columns and members stand behind the field that they are of, with paths such
 * as "phones/+/number" and "location/room".  ERR_NOMEM. */
enum err_code fields_to_json(
    const struct schema_type *type, json_t *out, struct err *e) ERR_CHECKED;

/* Tell that in words. */
void fields_tell(const struct human *h, const json_t *fields);

#endif
