/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEQUENCES_PLAY_H
#define SEQUENCES_PLAY_H

#include "tests/sim/world.h"

/*
 * play -- one short sequence of operations by a device, a colleague's device
 * and their office, in the simulation's world (tests/sim): the product's own
 * engine, stores, exchange and courier over a disk in memory.
 *
 * The power goes once, at a durable step (what waits for the disk: a sync, a
 * file saved whole, an envelope appended) of the device or of the office.  That
 * machine starts again; its person looks at what is shown and does again what
 * nothing told them was done, and the machines do what they do by themselves.
 * An hour later comes the next operation.
 */
enum play_op {
	OP_NEW,       /* a new note */
	OP_EDIT,      /* a person's name, as it is shown */
	OP_CLASH,     /* the same, after a colleague's that was not seen */
	OP_TEXT,      /* a paragraph more in a text that others write too */
	OP_SEALED,    /* a new note; locked, handed over sealed, unlocked */
	OP_SYNC,      /* until the office has answered */
	OP_COLLEAGUE, /* a colleague writes, and syncs */
	OP_DECIDE,    /* the first open conflict */
	OP_SIGN,      /* a note */
	OP_REMOVE,    /* the newest note of one's own */
	OP_REOPEN,    /* the notes are closed and opened */
	/* At the office; each is tried there until it is answered. */
	OP_OFFICE_DECIDE, /* the first open conflict */
	OP_GRANT,         /* a grant of this user ends, or begins again */
	OP_BACKUP,
	OP_RESTORE, /* it goes back to its last backup */
	OP_N
};
#define OP_OFFICE_FIRST OP_OFFICE_DECIDE
#define PLAY_OPS_MAX 3
const char *play_op_word(enum play_op op);

enum play_side { SIDE_DEVICE, SIDE_OFFICE, SIDE_N };

struct play_cut {
	enum play_side side;
	uint64_t step; /* the durable step that is not done; 1 is the first */
	bool loses;    /* and what was not sure then is lost */
};

/* Which cuts are played: known ones go on as one that is played. */
enum play_wanted { CUT_UNWANTED, CUT_KNOWN, CUT_WANTED };
struct play_plan {
	const enum play_op *ops;
	size_t n;
	enum play_wanted (*wanted)(
	    const struct play_plan *plan, const struct play_cut *cut);
	uint64_t number; /* for who wants */
	const struct known_cuts *known;
};

/* What came of a cut. */
enum branch_end {
	BRANCH_KNOWN,
	BRANCH_SAME_DISK,  /* as one before left it, nothing else moved */
	BRANCH_SAME_STATE, /* after an operation all was as after another cut */
	BRANCH_SAME_END,   /* the same, after the last operation */
	BRANCH_ENDED,      /* text: what there is when all is quiet */
	BRANCH_VIOLATED    /* text: what */
};
struct branch {
	struct play_cut cut;
	enum branch_end end;
	const char *text; /* borrowed until the next play */
	unsigned events[EVENT_N];
	uint64_t changes;
};

struct play_result {
	char *end; /* what there is when all is quiet (snapshot.h); owned */
	unsigned events[EVENT_N];
	bool is_violated;
	char violation[600];
	struct branch *branches; /* owned */
	size_t n_branches;
};

/* Undisturbed, and with each cut that the plan wants (branch.h).  With STORY in
 * the environment they are told on standard error. */
void play(const struct play_plan *plan, struct play_result *out);
void play_result_fini(struct play_result *r);

#endif
