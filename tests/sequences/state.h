/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_STATE_H
#define SEQUENCES_STATE_H

#include "tests/sequences/ops.h"

/* A name for all that decides how a play goes on between two operations: every
 * row of every store, every other file, which machine was cut (it was started
 * again), and what people know.  Equal names: it goes on alike, as far as
 * programs go by what they have stored.  False: this moment has no name, since
 * a store is closed. */
bool state_name(const struct play *p, struct hash32 *out);

#endif
