/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CLOSING_H
#define CORE_CLOSING_H

#include "common/core/change.h"
#include "common/core/erasure.h"

/*
 * closing -- a held change that a person at the office closed, as the office
 * tells it to its author's other devices (protocol.md, "A closing"):
 *
 *   {record, type, changes: [{device, counter, made_at, reason, words,
 *                             said: [[path, value], [path], ...]}, ...]}
 *
 * A path alone: the change left nothing there.  `said` is left out where it is
 * erased or had no room, `type` where the office has the record.
 */

/* What a change left at each of its paths, as `said`; new in *out.  What is
 * erased is not in it.  ERR_NOMEM. */
enum err_code closing_said(
    const struct change *c, json_t **out, struct err *e) ERR_CHECKED;
/* The same as people's programs get it, {path: value or null}; said NULL gives
 * an empty object.  ERR_NOMEM. */
enum err_code closing_said_paths(
    const json_t *said, json_t **out, struct err *e) ERR_CHECKED;
/* Has one entry of the list this form? */
bool closing_is(const json_t *v);
/* Take what an erasure covers out of a list of changes; true: there was some.
 */
bool closing_erase(json_t *changes, const struct erasure *z);

#endif
