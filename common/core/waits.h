/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WAITS_H
#define CORE_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/change.h"

/*
 * waits -- what makes a change wait for another that is held: its base uses it,
 * or its record does not exist yet (architecture, "Journal, receipts").  The
 * caller knows which earlier changes of the record are held.
 */

/* Does an op of c contain the held change of a journal of c's author?  What its
 * author had before their eyes has every own change up to base.own, so it does
 * if that reaches the held one and both are about the same path, or one above
 * or beneath it; and it does if it edits the side that the held one is in its
 * author's own view (base.side). */
bool waits_on(const struct change *c, const struct change *held);

/* The highest counter of the device's journal that an op of c contains: no
 * held change above it can be one that c waits on. */
uint64_t waits_reach(const struct change *c, struct id device);

/* A change that makes a record has seen nothing of it. */
bool waits_is_creation(const struct change *c);

#endif
