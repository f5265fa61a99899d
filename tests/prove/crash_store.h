/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_STORE_H
#define PROVE_CRASH_STORE_H

#include "common/store/device_store.h"

/*
 * crash_store -- what must hold of a device's store after a power cut: what it
 * told somebody before is there (P1, P8), and what is there adds up (P3).
 */

/* One save that was asked for: of a new person's name, or of what one is
 * called. */
struct crash_save {
	struct id person;
	bool is_new, is_saved;
	uint64_t counter; /* if is_saved */
	char text[32];
};

/* What was said before the power went. */
struct crash_told {
	uint64_t begun; /* saves that were asked for */
	uint64_t saved; /* up to and with the last that was told to be saved */
	/* Counters: what went to the office, what has its receipt. */
	uint64_t sent, receipted;
};

/* NULL, or what does not hold of the store in this folder, which is opened, and
 * takes one more save; good until the next call.  Of the saves those that were
 * begun are read. */
const char *crash_store_check(const char *folder, const struct secret_key *key,
    const struct crash_save *saves, const struct crash_told *told);

#endif
