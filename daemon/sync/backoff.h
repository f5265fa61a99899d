/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include <stdint.h>

/*
 * backoff -- how long to leave a network or an office alone after a failure:
 * twice as long each time up to a limit, and by chance somewhere in the upper
 * half of that, so that a hundred devices whose office went down do not all
 * come back in the same second.
 */
struct backoff {
	uint32_t first_ms; /* after the first failure, at most */
	uint32_t most_ms;  /* ever */
	unsigned failures; /* in a row */
};

struct backoff backoff_make(uint32_t first_ms, uint32_t most_ms);

/* One more failure: wait so long.  random: any 32 random bits.  at_least_ms:
 * what the other side asked for (0: nothing); kept even past most_ms. */
uint32_t backoff_fail(struct backoff *b, uint32_t random, uint32_t at_least_ms);

/* It worked, or something changed that makes a new attempt worth it. */
void backoff_reset(struct backoff *b);

#endif
