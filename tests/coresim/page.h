/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_PAGE_H
#define CORESIM_PAGE_H

#include "tests/coresim/network.h"

/*
 * page -- what a pull brings its user: what changed above the floor, what came
 * into view whole, and what went.
 */
void page_fill(struct world *w, const struct request *r, struct answer *a);

/* The sum over all that the user sees: a number for (record, version) each. */
uint64_t page_digest(const struct world *w, unsigned user);
uint64_t page_share(unsigned record, const struct state *s);

#endif
