/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SHOWN_H
#define CORE_SHOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * shown -- what a device shows its user: what the office told of a record,
 * with the device's own changes on top that are not contained in it, by the
 * rules that the office applies (architecture, "Data model").
 *
 * A device's lives are numbered from 1: one more each time that a folder which
 * was found to be a copy becomes a device of its own.
 */

/* Own changes on top have no version of the office's yet.  They get one of an
 * epoch that no office reaches, which sorts after every real one, and one for
 * each life of the folder; it is never sent: a base names versions of what the
 * office told. */
#define SHOWN_EPOCH ((uint64_t)1 << 52)

/* Is own change `counter` in what the office told?  own is the last own counter
 * contained in it, own_held the array of those below it that are held (or
 * NULL). */
bool shown_contains(uint64_t own, const json_t *own_held, uint64_t counter);

/* Put own work on top.  The user sees their own words even where the office
 * will hold them: what is the office's to say is applied, and another value of
 * what is set once is a side beside the one that stands (CONFLICT_BESIDE).
 * Where the change does not go in at all the view stays as it was. */
enum err_code shown_apply(const struct schema *schema, struct record *view,
    const struct change *c, uint64_t life, struct err *e) ERR_CHECKED;

/* The same for who keeps both: what is shown then is a new record in *next_out,
 * and *view stays. */
enum err_code shown_next(const struct schema *schema, const struct record *view,
    const struct change *c, uint64_t life, struct record *next_out,
    struct err *e) ERR_CHECKED;

/* What the author of a new op has before their eyes at path: every version that
 * the office told (told; NULL: it told nothing) and every own change that the
 * view shows there.  side: the conflict side that is edited, or NULL: another's
 * words contain no own change, and an own side those up to the one that wrote
 * it. */
struct change_base shown_base(const struct record *told,
    const struct record *view, struct id device, const char *path,
    const char *side);

/* The version of the path's value for who decides (change_resolve.current): the
 * highest that the office gave to what the view has there, or never.  Own work
 * on top has none; it counts as seen by its author anyway. */
struct version shown_version(const struct record *view, const char *path);

#endif
