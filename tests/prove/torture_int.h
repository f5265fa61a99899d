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

/* What can be looked at of a place that has failed. */
enum torture_outcome {
	TORTURE_OF_ERROR,
	TORTURE_OF_SUCCESS,
	TORTURE_OF_END,
	TORTURE_OUTCOMES
};

/* Shared with the process that tries. */
struct torture_told {
	const long *places; /* to try, n of them, which the process inherits */
	size_t n, at;       /* the next one */
	bool is_tried;      /* the place `at` may have failed by now */
	bool has_states;
	struct hash32 before, after; /* states: nothing done, all done */
	long n_places;               /* of undisturbed work */
	uint8_t *results;            /* one for each place, shared too */
	char bad[512];               /* "" or the promise that does not hold */
	/* torture_walk.c: how often each came of places that failed with the
	 * same bytes on the disk, which it left as they were, or changed. */
	unsigned long alike[TORTURE_OUTCOMES][2];
	int status; /* its wait status, when the one that walks stops */
};

/* Of places that failed with the same bytes on the disk, and ended alike, each
 * so many-th is looked at whole: what can be seen, and the same work again.
 * Those that left the disk as it was need it less often.  What is told, that
 * nothing crashes and that nothing is left allocated is looked at each time. */
#define TORTURE_ALIKE 32
#define TORTURE_CHANGED 4

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

/* In a new process, which ends with the call: do the work once, and in its
 * midst fork for each place one that fails there (places ascend).  It stops
 * itself (SIGSTOP) when one ended with told->status, with the folder as that
 * left it, and goes on with the next place when it is continued. */
_Noreturn void torture_walk(const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told);

/* Between torture_try.c and torture_walk.c.  Whose places fail in this
 * process; open what the work needs, on a disk as it was; see that what was
 * told is so; the promise that does not hold, and the end of the process. */
void torture_of(const struct torture_fault *f);
void torture_begin(const struct torture_case *c, bool hangs);
void torture_check(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, const struct err *e, enum err_code code,
    bool is_looked_at);
enum err_code torture_work(
    const struct torture_case *c, struct torture_told *told, struct err *e);
/* Blocks that nobody gave back.  What the thread keeps in the library of its
 * errors and of chance is no such, and depends on what came before. */
long torture_left(void);
void torture_check_leak(const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told, long before);
struct hash32 torture_state(
    const struct torture_case *c, struct torture_told *told);
_Noreturn void torture_is_bad(struct torture_told *told, const char *format,
    ...) __attribute__((format(printf, 2, 3)));

#endif
