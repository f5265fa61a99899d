/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WAITING_H
#define CORE_WAITING_H

#include <jansson.h>

#include "common/base/err.h"

/*
 * waiting -- everybody who waits, as the office and a device tell it: lines of
 * which each has what intake_to_json puts into it, and "person", the id of whom
 * it is about (of what stands for them, common/core/same.h), or null.
 */

/* Put "waiting" into out (schema/cli.md): the lines by the day of their
 * receipt, who has waited longest first and what has no day before all, since
 * somebody has to look at it; and how many of them wait, are late, were given
 * to nobody, come after the decision; and of how many people those are that
 * wait. ERR_NOMEM. */
enum err_code waiting_put(
    const json_t *lines, json_t *out, struct err *e) ERR_CHECKED;

#endif
