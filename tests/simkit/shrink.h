/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_SHRINK_H
#define SIMKIT_SHRINK_H

#include "tests/simkit/plan.h"

/*
 * shrink -- a failing plan made small: steps, kinds of fault and nodes are
 * taken away as long as the same invariant breaks.  Every trial is a process of
 * its own, so a plan that ends the program by an assertion shrinks too.
 */

/* What kind of violation it is, "crash" when the program ends, or "" when all
 * is well. */
#define TRIAL_KIND 48
void trial(const struct plan *p, char out[static TRIAL_KIND]);

/* Make p smaller in place, in at most so many trials. */
void shrink(struct plan *p, unsigned trials_max);

/* Run it once more and tell it, with what it has left of steps and faults. */
void tell_story(const struct plan *p, FILE *out);

#endif
