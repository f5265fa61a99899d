/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_WALK_H
#define PROVE_CRASH_WALK_H

#include "tests/prove/crash_image.h"
#include "tests/prove/prove.h"

/*
 * crash_walk -- the power goes at every step of a recorded work, with
 * everything that the disk may hold then, and what is left is looked at.
 *
 * A share of the starts after it is recorded in turn and cut at every step too,
 * and a share of the starts after those: a second and a third loss of power
 * ("again", "third" among the faults).  What was told stays as it was.
 */
struct crash_work {
	struct prove *prove;
	uint64_t seed;
	const char *name; /* of the work, in sentences */
	void *arg;
	/* The work told somebody something before what follows: what takes the
	 * mark, or where the last one is kept. */
	void (*told)(void *arg, uint64_t mark);
	uint64_t *last_mark;
	/* What the machine does by itself when it starts again, whether that
	 * succeeds or not; NULL: nothing that could be cut. */
	void (*start)(void *arg, const char *folder);
	/* NULL, or the promise that does not hold in this folder. */
	const char *(*check)(void *arg, const char *folder);
};

void crash_walk(const struct crash_work *work, const struct disk_log *log);

/* The disk failed during the work, after so many steps of its log: the power
 * goes right then, at the end, and in between at places that the seed draws,
 * with one of all that the disk may hold. */
void crash_walk_failed(const struct crash_work *work,
    const struct disk_log *log, size_t failed_at, const char *fault);

#endif
