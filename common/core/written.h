/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WRITTEN_H
#define CORE_WRITTEN_H

#include <jansson.h>

#include "common/core/record.h"

/*
 * written -- who wrote what stands in a record, and by how much the clock may
 * have been off that told when: as the objects of schema/cli.md, the same from
 * a device and from the office.
 *
 * A time is always told as the device had it; nothing is put right in silence.
 * All fail with ERR_NOMEM alone.
 */

/* By how much at least, in whole seconds rounded up: what the device had last
 * learned of the office's clock, and how far the time lies ahead of now_ms, the
 * office's clock as well as it is known. */
uint64_t written_uncertainty_s(
    uint64_t made_at, int64_t clock_offset, uint64_t now_ms);

/* Put by, device, counter, at, clock_offset, uncertainty_s and version. */
enum err_code written_put(json_t *out, const struct setter *s, uint64_t now_ms,
    struct err *e) ERR_CHECKED;

/* Put "written", the last change of the record as above (null: nothing has set
 * it), and "uncertain", each change of what stands that was written by a clock
 * a minute or more off, as above and with "paths". */
enum err_code written_to_json(const struct record *r, uint64_t now_ms,
    json_t *out, struct err *e) ERR_CHECKED;

#endif
