/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_PROVE_H
#define PROVE_PROVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/rng.h"

/*
 * prove -- runs that break the product in every place of one kind and look at
 * what is left (tools/prove).
 *
 * A kind runs one seed at a time: it works, breaks what it works on at every
 * place that the work has, and calls prove_point for each place it tried and
 * prove_violation for each after which a promise did not hold.
 */
struct prove;

typedef void prove_seed(struct prove *p, uint64_t seed);

/* The kinds of a program, ended by one without a word.  Each names what a run
 * must have met (events). */
#define PROVE_EVENTS_MAX 16
struct prove_kind {
	const char *word;
	prove_seed *seed;
	const char *events[PROVE_EVENTS_MAX];
	/* How many seeds, from prove_from on, are every place there is; NULL:
	 * nobody knows. */
	uint64_t (*all)(void);
};
extern const struct prove_kind prove_kinds[];
/* The program may be another's part, as what it plays starts it again: true
 * then, and its exit status. */
bool prove_plays(int argc, char *argv[], int *status_out);

prove_seed crash_device_seed, crash_central_seed, syscall_seed, memory_seed,
    cut_seed, kill_seed, programs_seed;
uint64_t memory_all(void), cut_all(void);

/* True when as many places as were asked for have been tried: the seed may
 * end early. */
bool prove_is_done(const struct prove *p);
/* How many more are asked for, and in how many processes the run is: seeds of
 * one process are so far apart. */
uint64_t prove_left(const struct prove *p);
uint64_t prove_jobs(const struct prove *p);
/* Every place is asked for: of a seed (each is one of kind->all) all of them.
 * The seed says how many it has found to try before it does. */
bool prove_is_all(const struct prove *p);
void prove_asked(struct prove *p, uint64_t n);
uint64_t prove_from(const struct prove *p);
/* Of so many syncs of files one is a lie; 0: the disk tells the truth. */
unsigned prove_lies(const struct prove *p);
/* Of the places of a seed only every so many-th is to be tried; 1: all. */
uint64_t prove_every(const struct prove *p);
/* One place was tried; fault says how it was broken (a literal). */
void prove_point(struct prove *p, const char *fault);
/* The same for who counts what is asked for in other units (sequences). */
void prove_fault(struct prove *p, const char *fault);
/* Changes made in the work that was broken. */
void prove_changes(struct prove *p, uint64_t n);
/* Something that the run must have met at least once (a literal): conflicts,
 * held changes and the like. */
void prove_event(struct prove *p, const char *event);
/* The run fails if it does not meet this event. */
void prove_must(struct prove *p, const char *event);
/* A promise did not hold: a sentence that says which, where. */
void prove_violation(struct prove *p, uint64_t seed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
