/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_RECORD_STATE_H
#define CORESIM_RECORD_STATE_H

#include "tests/coresim/world.h"

/*
 * record_state -- from one state of a record to the next, by the core alone.
 */

/* What the change makes of the state (NULL: the record is not here yet); NULL
 * when it is held, or when the core cannot (which is a violation). */
const struct state *state_apply(struct world *w, const struct state *before,
    const struct said *s, const struct apply_context *ctx,
    struct apply_result *result);

/* What a device has that held `before` and gets what of `now` is above the
 * floor; `now` itself when they came out alike.  NULL: it does not fit. */
const struct state *state_merge(struct world *w, const struct state *before,
    const struct state *now, struct version floor);

/* A device's own change on top of what it shows (NULL: nothing yet). */
const struct state *state_show(struct world *w, const struct state *before,
    const struct said *s, uint64_t life);

/* Alike in all that their canonical forms tell; and in every byte of those. */
bool state_same(const struct state *a, const struct state *b);
bool state_prints_same(const struct state *a, const struct state *b);

#endif
