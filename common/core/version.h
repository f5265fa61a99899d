/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * version -- a place in the office's log: (epoch, seq), ordered by epoch and
 * then seq.  JSON form [epoch, seq]; {0, 0} means "never" and is left out of
 * JSON.  A path's version is that of the change that last set it; a record's
 * rises with every outcome that concerns it.
 */
struct version {
	uint64_t epoch; /* 1 at the start; raised by each restore */
	uint64_t seq;   /* 1, 2, 3 ... without gaps within the office's log */
};

/* -1, 0, 1 as a is before, the same as, or after b. */
int version_compare(struct version a, struct version b);
bool version_is_never(struct version v);
/* New reference, or NULL when out of memory. */
json_t *version_to_json(struct version v);
/* NULL json is "never"; ERR_MALFORMED for any other shape. */
enum err_code version_from_json(
    const json_t *json, struct version *out, struct err *e) ERR_CHECKED;

#endif
