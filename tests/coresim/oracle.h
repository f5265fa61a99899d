/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_ORACLE_H
#define CORESIM_ORACLE_H

#include "tests/coresim/device.h"
#include "tests/coresim/world.h"

/*
 * oracle -- what must hold, worked out from who had what before their eyes and
 * from what was granted, not from bases, versions and scopes.
 *
 * A claim is a value that somebody wrote and the office applied.  It stays
 * readable (as the value, in it, or as a side, ancestor or decision of a
 * conflict, in what was removed or in an addendum) until somebody who had seen
 * it leaves another one (I4).
 */
void oracle_open(struct world *w);
/* A person has saved it. */
void oracle_said(struct world *w, const struct said *s);
/* The office has applied it. */
void oracle_applied(struct world *w, const struct said *s,
    const struct state *before, const struct state *after,
    enum outcome_kind kind);
/* A person has closed a held change. */
void oracle_closed(struct world *w, const struct said *s);
/* The office goes on from an older state, or has taken one up. */
void oracle_went_back(struct world *w);
/* I10: is it the user's, and all words that are in it? */
void oracle_sent(struct world *w, unsigned user, const struct state *s);
/* A receipt was taken (I2, I9). */
void oracle_acknowledged(struct device *d, const struct receipt_told *r);
/* The device shows a record anew: own words are there (I3). */
void oracle_shown(struct device *d, unsigned record);
/* After all is calm (I2, I3, I6, I7, I8). */
void oracle_end(struct world *w);

#endif
