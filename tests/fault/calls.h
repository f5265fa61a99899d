/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_CALLS_H
#define FAULT_CALLS_H

#include <stdbool.h>

/*
 * calls -- system calls that fail, each kind with the errors that it plausibly
 * has, and reads and writes that are short.
 *
 * A shared library that stands before the C library: linked into a program, or
 * preloaded into one of the real ones (LD_PRELOAD).  What fails is written in
 * memory that processes share: fault_calls_share makes it, what is forked from
 * here has it too, and a program that finds FAULT_CALLS_ENV in its environment
 * takes it from the file of that name.  Calls are numbered over all of
 * them, those of each kind apart.
 *
 *   fault_calls_share; fault_calls_arm(-1), on, work, off, fault_calls_places;
 *   then for each place fault_calls_arm, on, work, off.
 */
#define FAULT_CALLS_ENV "VISITBOOK_FAULT_CALLS"

/* Make the shared memory, as a file of this name; aborts on failure. */
void fault_calls_share(const char *path);
/* Fail at this place; -1: nowhere, and write down which calls there are; -2:
 * nowhere.  It is off then. */
void fault_calls_arm(long place);
void fault_calls_on(bool on);
/* It is the calls of preloaded programs that are numbered and fail, not those
 * of this one. */
void fault_calls_in_programs(bool yes);
/* This process, forked from the one that made the shared memory, is one of the
 * programs from now on. */
void fault_calls_take_part(void);
bool fault_calls_has_failed(void);
/* Assertions that did not hold in any of the programs. */
long fault_calls_asserted(void);
/* Of the calls written down: every one fails with every error of its kind,
 * once and, where an error lasts, from then on in all calls that have it. */
long fault_calls_places(void);
/* For people: "write 12: ENOSPC from then on", which is the 12th of its kind;
 * good until the next call.  To look at one again where calls are not made in
 * the same order each time: FAULT_CALLS_PLACE in the environment is this text,
 * and stands for every place. */
#define FAULT_CALLS_PLACE "PROVE_CALL"
const char *fault_calls_name(long place);
/* The error's word, a literal: "ENOSPC", "short". */
const char *fault_calls_word(long place);

#endif
