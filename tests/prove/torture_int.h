/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_TORTURE_INT_H
#define PROVE_TORTURE_INT_H

#include <stdint.h>

#include "common/core/digest.h"
#include "tests/prove/torture.h"

/*
 * torture_int -- between who deals out the places (torture.c) and who tries
 * them in a process that may die (torture_try.c).
 */
enum torture_result {
	TORTURE_NOTHING = 0, /* the place was not come to */
	TORTURE_REFUSED,     /* an error was told */
	TORTURE_RODE_OVER,   /* success in spite of it */
	TORTURE_ENDED        /* the program ended on purpose */
};

/* Shared with the process that tries. */
struct torture_told {
	const long *places; /* to try, n of them, which the process inherits */
	size_t n, at;       /* the next one */
	bool is_tried;      /* the place `at` may have failed by now */
	/* So many places before it failed without anybody having looked at
	 * what they left: the disk is not put back meanwhile. */
	size_t unseen;
	bool has_states;
	struct hash32 before, after; /* states: nothing done, all done */
	long n_places;               /* of undisturbed work */
	uint8_t *results;            /* one for each place, shared too */
	char bad[512];               /* "" or the promise that does not hold */
};

/* What is left behind is looked at once for so many places that memory was
 * refused at, where an error must leave all as it was: each adds to it. */
#define TORTURE_PILE 16

/* Exit statuses of the process. */
enum { TORTURE_DONE = 0, TORTURE_BAD = 3, TORTURE_ASSERT = 4 };

/* In a new process, which ends with the call: run the work undisturbed and
 * fill in states and places; try all places from `at` on; look at what an end
 * on purpose at the place `at` left. */
_Noreturn void torture_count(const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told);
_Noreturn void torture_try(const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told);
_Noreturn void torture_look(
    const struct torture_case *c, struct torture_told *told);

#endif
