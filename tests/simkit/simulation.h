/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_SIMULATION_H
#define SIMKIT_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/rng.h"
#include "common/sys/crypto.h"

/*
 * simulation -- what is simulated, for the parts that both simulations share:
 * plans made of a seed and kept in files, many seeds over several processes,
 * shrinking, and the command line.
 *
 *   tests/coresim   the pure core, an office and its devices in memory
 *   tests/sim       the whole product over stores, on a disk in memory
 *
 * Each is a program that defines `simulation`: the words for its kinds of
 * fault, events and steps, and how one schedule is run.
 */
#define SIM_FAULTS_MAX 32
#define SIM_EVENTS_MAX 16

/* What a step needs of the plan's faults (n_faults: nothing), and how often it
 * comes beside the others. */
struct step_info {
	const char *word;
	unsigned needs;
	unsigned weight;
};

struct run_counts {
	uint64_t changes;
	uint64_t faults[SIM_FAULTS_MAX];
	uint64_t events[SIM_EVENTS_MAX];
};

/* A schedule counts with so much in it, at the least. */
#define SIM_CHANGES_MIN 20
#define SIM_WRITERS_MIN 3
struct run_size {
	uint64_t changes; /* made on devices: the office's own are none */
	unsigned devices; /* machines on which some of them were */
};
static inline bool
run_is_filled(struct run_size size)
{
	return size.changes >= SIM_CHANGES_MIN &&
	    size.devices >= SIM_WRITERS_MIN;
}

struct run_result {
	struct run_counts counts;
	struct run_size size;
	bool is_violated;
	char violation[600]; /* begins with the invariant: "I6: ..." */
	struct hash32 trace;
};

struct plan;
struct simulation {
	const char *const *fault_words, *const *event_words;
	const struct step_info *steps;
	unsigned n_faults, n_events, n_steps;
	unsigned devices_max, nodes_max;
	/* How much happens in a schedule. */
	unsigned (*devices_of)(struct rng *dice);
	size_t (*steps_of)(struct rng *dice, unsigned n_devices);
	size_t page_factor; /* of the plans that have small pages */
	/* What every schedule begins with; once in a program.  False, with a
	 * line on standard error: it cannot be made. */
	bool (*begin)(void);
	void (*end)(void);
	/* One schedule from the first step to the last comparison.  story and
	 * history may be NULL. */
	void (*run)(const struct plan *p, FILE *story, FILE *history,
	    struct run_result *out);
};
extern const struct simulation simulation;

#endif
