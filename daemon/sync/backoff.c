/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/backoff.h"

struct backoff
backoff_make(uint32_t first_ms, uint32_t most_ms)
{
	return (struct backoff){ .first_ms = first_ms, .most_ms = most_ms };
}

uint32_t
backoff_fail(struct backoff *b, uint32_t random, uint32_t at_least_ms)
{
	/* 31 doublings of one millisecond are past any limit. */
	const unsigned doublings = b->failures < 31 ? b->failures : 31;
	uint64_t span = (uint64_t)b->first_ms << doublings;
	uint64_t delay;

	if (span > b->most_ms)
		span = b->most_ms;
	if (b->failures < 31)
		b->failures++;
	delay = span / 2 + random % (span / 2 + 1);
	return delay > at_least_ms ? (uint32_t)delay : at_least_ms;
}

void
backoff_reset(struct backoff *b)
{
	b->failures = 0;
}
