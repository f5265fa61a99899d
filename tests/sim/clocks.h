/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CLOCKS_H
#define SIM_CLOCKS_H

#include "tests/sim/world.h"
#include "tests/simkit/plan.h"

/*
 * clocks -- no clock decides anything (I16): one schedule in some sixteen is
 * run a second time with every clock wrong, and has to end alike but for the
 * times that it shows.  In both runs new ids tell the true time (seam.h), since
 * they put records in an order.
 */

/* Is it one of those?  Not where a process dies at its n-th write to the disk:
 * times that are longer in print make other writes. */
bool clocks_compares(const struct plan *p);

/* Every device is wrong by up to ten years either way, and the office by up to
 * half a year of whole weeks: its certificates are for some years, and on
 * Sundays it passes no conflict on. */
void clocks_shuffle(struct world *w);

/* What the office has in the end and what people heard of it, a line for each
 * record, with all times taken out; the caller's to free.  NULL: it is down. */
char *clocks_end(struct world *w);

/* Where the two are not alike, in a sentence; false if they are. */
bool clocks_differ(
    const char *first, const char *second, char *out, size_t size);

#endif
