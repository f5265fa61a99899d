/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CUT_KINDS_H
#define PROVE_CUT_KINDS_H

#include "tests/prove/cut_world.h"

/*
 * cut_kinds -- the exchanges that `prove cut` cuts: what each has to do, how a
 * device tries it, and what it says of itself.
 */

/* What is put back before each cut, where the work can be done only once; else
 * every cut has new work on what is there. */
enum cut_fresh { CUT_FRESH_NOTHING, CUT_FRESH_DEVICE, CUT_FRESH_BOTH };

/* What a device and its office came to, in numbers. */
enum cut_fact {
	CUT_WENT,
	CUT_CHANGES,
	CUT_LOG,
	CUT_OUTCOMES,
	CUT_DEVICES,
	CUT_CAME_TO,
	CUT_RECEIPTS,
	CUT_OUTCOMES_HELD,
	CUT_OUTCOME_KINDS,
	CUT_RECORDS,
	CUT_PULLED,
	CUT_UNSENT,
	CUT_HELD,
	CUT_CONFLICTS,
	CUT_AGREES,
	CUT_WIPED,
	CUT_FILES,
	CUT_FACTS_N
};
struct cut_facts {
	uint64_t n[CUT_FACTS_N];
};
struct cut_kind;

/* As it is now; CUT_CAME_TO is left 0.  The device is unlocked or erased. */
struct cut_facts cut_facts_now(struct cut_world *w);
/* What happened between the two. */
struct cut_facts cut_facts_since(
    const struct cut_facts *before, const struct cut_facts *after);
/* Must it be the same whatever was cut? */
bool cut_fact_counts(enum cut_fact fact, const struct cut_kind *k);
/* In words, after a number. */
const char *cut_fact_word(enum cut_fact fact);

struct cut_kind {
	const char *word;
	enum cut_fresh fresh;
	/* Its tries are a locked device's; it is opened again to look. */
	bool is_locked;
	/* Each try is done by itself, and the office's log tells of each. */
	bool may_repeat;
	/* What there is besides an office and a device that has enrolled and
	 * never synced; may be NULL. */
	void (*make)(struct cut_world *w);
	/* The work of one cut; may be NULL. */
	void (*prepare)(struct cut_world *w);
	/* One try; true when the device takes it that all went through. */
	bool (*try)(struct cut_world *w);
	/* NULL, or what the device takes as done that the office has not done;
	 * may be NULL. */
	const char *(*is_false)(struct cut_world *w);
	/* One number more that the tries came to; may be NULL. */
	uint64_t (*came_to)(struct cut_world *w);
	/* Not 0 when there was something to do. */
	enum cut_fact work;
};

#define CUT_KINDS_N 16
extern const struct cut_kind cut_kinds[CUT_KINDS_N];

/* NULL, or what a device and the office falsely say of each other. */
const char *cut_is_false(const struct cut_kind *k, struct cut_world *w);

/* ---- cut_sync.c ---- */
void cut_make_first(struct cut_world *w); /* has synced */
void cut_make_push(struct cut_world *w);
void cut_make_pages(struct cut_world *w);
void cut_make_drop(struct cut_world *w);
void cut_make_repair(struct cut_world *w);
void cut_make_restored(struct cut_world *w);
void cut_prepare_push(struct cut_world *w);
void cut_prepare_delta(struct cut_world *w);
bool cut_try_sync(struct cut_world *w);

/* ---- cut_locked.c ---- */
void cut_make_wipe(struct cut_world *w);
void cut_prepare_courier(struct cut_world *w);
void cut_prepare_lock(struct cut_world *w);
void cut_prepare_wipe(struct cut_world *w);
bool cut_try_courier(struct cut_world *w);
const char *cut_courier_is_false(struct cut_world *w);
const char *cut_wipe_is_false(struct cut_world *w);
uint64_t cut_commands_waiting(struct cut_world *w);
bool cut_is_wiped(const struct cut_world *w);

/* ---- cut_calls.c ---- */
void cut_prepare_renew(struct cut_world *w);
bool cut_try_renew(struct cut_world *w);
uint64_t cut_renew_works(struct cut_world *w);
void cut_prepare_wait(struct cut_world *w);
bool cut_try_wait(struct cut_world *w);
bool cut_try_history(struct cut_world *w);

/* ---- cut_file.c ---- */
void cut_prepare_file(struct cut_world *w);
const char *cut_file_is_false(struct cut_world *w);

/* ---- cut_enrol.c ---- */
void cut_prepare_enrol(struct cut_world *w);
bool cut_try_enrol(struct cut_world *w);
const char *cut_enrol_is_false(struct cut_world *w);

#endif
