/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SEAM_H
#define SIM_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"

/*
 * seam -- where the simulated world takes the place of the machine's.
 *
 * The simulator links the product's own libraries.  The linker (--wrap, see
 * CMakeLists.txt) puts functions of seam_*.c in the place of those through
 * which the product reaches outside: random bytes, both clocks, whole files,
 * the log, HTTP; and of those that would only cost time: Ed25519 and HPKE
 * become keyed hashes (nobody in here breaks keys, and who forges uses a wrong
 * one), zstd runs at its lowest level, pages are not encrypted, and one
 * schema is read once.  SHA-256 is
 * real, since links, digests and ids are what is proved.  No line of the
 * product knows of this.
 */
struct seam {
	struct rng rng;         /* of the product's own random bytes */
	uint64_t now_ms;        /* true time, Unix ms */
	int64_t clock_offset;   /* of the machine that runs now */
	uint64_t clock_step_ms; /* its clock shows multiples of it; 0: of 1 */
	bool has_true_ids;      /* new ids tell the time of no clock, ... */
	struct rng ids;         /* ... and have random bytes of their own */
	size_t page_factor;     /* records weigh so much more: smaller pages */
	/* Counts what passes between machines, people and the network, so that
	 * who compares two moments knows whether anything did. */
	uint64_t turns;
	/* A line of the product's log, when somebody listens. */
	void (*log)(const char *line);
};
extern struct seam seam;

#endif
