/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_TORTURE_H
#define PROVE_TORTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "tests/prove/prove.h"

/*
 * torture -- named pieces of work, and something that fails at every place of
 * each.
 *
 * A piece of work stands on a stage: what has to be there before it, made once
 * and put back before every try.  Each place fails in a process that does
 * nothing else, which goes on afterwards as the program would.  What must hold:
 *
 *   - work that tells of success is done: the state is that of an undisturbed
 *     run; work that tells of an error (one that its header allows) left the
 *     state as it was, or did it whole where the piece says that this may be;
 *   - nothing crashes, nothing hangs, nothing is left allocated;
 *   - the same work then succeeds and ends in the state of an undisturbed run.
 *
 * Cryptography may end the program on purpose (crypto.h): then a new process
 * must find the same.
 */

struct torture_stage {
	/* Once for a piece of work; fails the program. */
	void (*start)(void);
	void (*end)(void);
	/* Once, after prepare and shut: keep the disk as it is now.  Before
	 * every try: make it so again.  Both may be NULL. */
	void (*keep)(void);
	void (*restore)(void);
	/* All that its works change, on the disk; NULL: they change nothing. */
	const char *(*folder)(void);
	/* Open what the work needs, before prepare and every try; close it. */
	void (*open)(void);
	void (*shut)(void);
	/* What can be seen from outside, in lines, in any order; ids, long
	 * numbers and hashes do not count.  A line that begins with "BAD" is a
	 * promise that does not hold.  May be NULL. */
	void (*state)(struct buf *out);
	/* Further codes that its works may tell when memory is refused. */
	unsigned errors;
	/* It is open while the work is done: after a failure half of the
	 * places look with what goes on, half once it was shut and opened. */
	bool is_open;
};

struct torture_case {
	const char *name;
	const struct torture_stage *stage;
	void (*prepare)(void); /* after start and open; or NULL */
	enum err_code (*work)(struct err *e);
	unsigned errors;  /* TORTURE_ERR of further codes that may be told */
	bool may_be_done; /* an error may come after all was done */
	bool has_steps;   /* it may be half done, in whole steps */
	bool is_pure;     /* it makes no system call that is tried */
	bool is_spread;   /* over processes: memory is not refused in it */
};
/* The members that every one has. */
#define TORTURE(n, s, p, w)                                                    \
	.name = (n), .stage = (s), .prepare = (p), .work = (w)
#define TORTURE_ERR(code) (1U << (unsigned)(code))

/* Tables of them, ended by a case without a name. */
extern const struct torture_case torture_device[], torture_answer[],
    torture_keys[], torture_office[], torture_console[], torture_shared[],
    torture_net[], torture_holder[], torture_command[];

/* In a work: what follows is not the product's, or is again.  Was it before
 * the pause? */
bool torture_pause(void);
void torture_resume(void);
bool torture_is_on(void);

/* What fails. */
struct torture_fault {
	const char *word; /* of one place: "allocation" */
	bool is_memory;   /* blocks are counted; pure work has places: place 2n
	                     is the n-th allocation once, 2n + 1 from then on */
	/* Before a work: fail at this place; -1: nowhere, and count places; -2:
	 * nowhere. */
	void (*arm)(long place);
	void (*on)(bool on);
	bool (*has_failed)(void);
	/* After work that was counted: how many places it has. */
	long (*places)(void);
	/* What to call the place, for people; valid until the next call. */
	const char *(*name)(long place);
	/* And the kind of fault (a literal). */
	const char *(*kind)(long place);
	unsigned errors; /* codes that it may be told as */
};

/* How many pieces of work there are for what fails: with all asked for
 * (prove_is_all) seed prove_from(p) + i is every place of the i-th. */
uint64_t torture_pieces(bool is_memory);
/* Try as many places as are asked for (prove_left), spread over all pieces of
 * work; the seed says which.  To look at one again: PROVE_ONLY and PROVE_PLACE
 * in the environment are the piece of work and the number of the place, with
 * --count 1 --jobs 1 (PROVE_CALL is a call's name: calls.h); with PROVE_STATES
 * the states are shown. */
void torture_seed(
    struct prove *p, uint64_t seed, const struct torture_fault *f);

#endif
