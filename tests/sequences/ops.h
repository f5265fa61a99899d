/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_OPS_H
#define SEQUENCES_OPS_H

#include "tests/sequences/play.h"

#define TRIES_MAX 6 /* of what was cut, or not answered */

/* A sequence that is being played. */
struct play {
	struct world *w;
	const struct play_plan *plan;
	bool was_cut;
	bool is_dying; /* the machine that was cut is not up again yet */
	struct play_cut cut;
	uint64_t done[SIDE_N];  /* durable steps of processes that are over */
	uint64_t since[SIDE_N]; /* where those of the present ones begin */
	bool is_told;           /* the last operation is known to be done */
	bool is_synced;         /* the sync that it begins with is done */
	struct id newest;       /* note that the device wrote last */
	bool has_newest;
};

/* Steps of this machine so far, with the one under way. */
uint64_t play_steps(const struct play *p, enum play_side side);
/* False: it is neither the device's nor the office's. */
bool play_side_of(const struct play *p, const struct disk_process *process,
    enum play_side *out);
/* For disk_on_sync. */
disk_dies branch_dies;
/* After anything that ran: was the machine cut?  It is up again. */
bool play_after(struct play *p);

/* Start the office's process anew; steps go on being counted. */
void play_office_up(struct play *p);

/* The i-th operation, until its person knows that it is done: what was cut is
 * looked at and done again. */
void play_do(struct play *p, enum play_op op, unsigned i);

/* An operation of the office's, until it is answered. */
void play_at_the_office(struct play *p, enum play_op op);

/* Let a device sync until the office has answered. */
void play_sync(struct play *p, struct sim_device *d);

#endif
