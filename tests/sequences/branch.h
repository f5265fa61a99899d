/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_BRANCH_H
#define SEQUENCES_BRANCH_H

#include "tests/sequences/ops.h"

/*
 * branch -- beside an undisturbed play, one for each cut of it.
 *
 * At a durable step that is to be cut this process forks: the child's machine
 * dies there, and the child plays on to the end.  Two cuts are played as one
 * where nothing tells them apart any more: at once, when they leave the same
 * bytes on every disk and nothing passed between machines, people and network
 * from the one to the other; and between two operations, when all that decides
 * how it goes on is the same (state.h).
 *
 * Between two operations nothing is under way, and clock and chance are the
 * same in each play, whatever was cut before; clocks show whole hours, so that
 * what is done again a minute later tells the same time.
 */

/* From now until branch_over, of this play; its plan says which cuts. */
void branch_begin(struct play *p);
/* The steps of looking are no steps. */
void branch_stop(void);
/* Between two operations, the number-th time. */
void branch_between(struct play *p, unsigned number);
/* Of a child: it ended so; it does not come back. */
_Noreturn void branch_ended(
    const struct play *p, enum branch_end end, const char *text);
/* All there were, new, of n; texts are borrowed until the next begins. */
struct branch *branch_over(size_t *n);

#endif
