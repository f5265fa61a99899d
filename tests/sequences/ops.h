/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_OPS_H
#define SEQUENCES_OPS_H

#include "tests/sequences/play.h"

/* A sequence that is being played. */
struct play {
	struct world *w;
	struct play_cut cut;
	bool was_cut;
	uint64_t done[SIDE_N];  /* durable steps of processes that are over */
	uint64_t since[SIDE_N]; /* where those of the present ones begin */
	bool is_told;           /* the last operation is known to be done */
	struct id newest;       /* note that the device wrote last */
	bool has_newest;
};

/* The machine whose disk the cut is in; steps are counted from here on. */
void play_arm(struct play *p);
/* After anything that ran: was the machine cut?  It is up again. */
bool play_after(struct play *p);

/* Start the office's process anew; steps go on being counted. */
void play_office_up(struct play *p);

/* The i-th operation, until its person knows that it is done: what was cut is
 * looked at and done again. */
void play_do(struct play *p, enum play_op op, unsigned i);

/* Let a device sync until the office has answered. */
void play_sync(struct play *p, struct sim_device *d);

#endif
