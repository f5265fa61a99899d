/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/front/front_int.h"

bool
rate_take(
    struct rates *r, struct rate_limit limit, uint64_t who, uint64_t now_ms)
{
	const size_t i = (size_t)(who % RATE_SLOTS);

	if (r->slots[i].who != who || r->slots[i].last_ms == 0) {
		r->slots[i].who = who;
		r->slots[i].tokens = limit.burst;
	} else if (now_ms > r->slots[i].last_ms) {
		r->slots[i].tokens += (double)(now_ms - r->slots[i].last_ms) /
		    1000.0 * limit.per_second;
		if (r->slots[i].tokens > limit.burst)
			r->slots[i].tokens = limit.burst;
	}
	r->slots[i].last_ms = now_ms == 0 ? 1 : now_ms;
	if (r->slots[i].tokens < 1.0)
		return false;
	r->slots[i].tokens -= 1.0;
	return true;
}
