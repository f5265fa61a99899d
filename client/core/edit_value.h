/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_EDIT_VALUE_H
#define CLIENT_EDIT_VALUE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * edit_value -- a value out of the text that a person typed for it.
 *
 *   line, text   as typed, UTF-8
 *   date         2026-11-21, "today"
 *   time         2026-11-21T18:05:09.123Z (seconds may be left out);
 *                "2026-11-21 18:05" in the machine's time zone; "now"
 *   number       whole
 *   yes_no       yes, no, true, false
 *   code         one of the list; its label is understood too
 *   codes, refs  several, commas between; a member: yes or no
 *   ref          id
 *   rows, group, row   a JSON object
 */

/* *out is new; NULL for empty text, which is "absent".  ERR_INVALID: a
 * sentence for the person; ERR_NOMEM. */
enum err_code edit_value_parse(const struct schema_field *field,
    enum schema_part part, const char *text, size_t len, uint64_t now_ms,
    json_t **out, struct err *e) ERR_CHECKED;

#endif
