/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_WORKERS_H
#define SIMKIT_WORKERS_H

#include "common/core/digest.h"
#include "tests/simkit/plan.h"

/*
 * workers -- many seeds over several processes.  A worker that an assertion
 * ends is a violation of the seed that it was at, and another goes on.  A
 * schedule in which too little happened (simulation.h) is told, and not
 * counted.
 */
#define WORKERS_MAX 64
#define BAD_SEEDS_MAX 32

struct job {
	uint64_t from, count;
	unsigned workers;
	double budget_s; /* begin no schedule after this; 0: no end */
	FILE *history;   /* or NULL; then one worker */
};

struct totals {
	uint64_t executed, violations, reruns;
	struct run_counts counts;
	struct run_size least; /* of the schedules that count; each apart */
	uint64_t bad[BAD_SEEDS_MAX]; /* first ones of each worker */
	size_t n_bad;
	/* Sum over seeds of SHA-256(seed, trace): the same however many
	 * workers there were. */
	struct digest trace;
};

void work_all(const struct job *job, struct totals *out);

#endif
