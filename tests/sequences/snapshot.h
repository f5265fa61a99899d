/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_SNAPSHOT_H
#define SEQUENCES_SNAPSHOT_H

#include "tests/sim/world.h"

/* What the office holds and what each device shows, as text, new.  whole:
 * every byte of it, with log number, versions and times.  Else what a person
 * would read, without what another run may have differently: ids of what is
 * new, versions, times, and how often the office began anew. */
char *snapshot(struct world *w, bool whole);

#endif
