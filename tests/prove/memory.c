/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation is refused, once and from then on.
 */
#include <stdio.h>

#include "tests/fault/alloc.h"
#include "tests/prove/torture.h"

/* Place 2n is the n-th allocation alone, 2n + 1 it and all after it. */
static void
arm(long place)
{
	alloc_fail(place < 0 ? -1 : place / 2, place % 2 == 1);
}

static long
places(void)
{
	return 2 * alloc_count();
}

static const char *
name(long place)
{
	static char text[96];

	(void)snprintf(text, sizeof(text),
	    "allocation %ld%s refused (place %ld)", place / 2,
	    place % 2 == 1 ? " and all after it" : "", place);
	return text;
}

static const char *
kind(long place)
{
	return place % 2 == 1 ? "for good" : "once";
}

void
memory_seed(struct prove *p, uint64_t seed)
{
	static const struct torture_fault fault = { .word = "allocation",
		.is_memory = true,
		.arm = arm,
		.on = alloc_switch,
		.has_failed = alloc_has_failed,
		.places = places,
		.name = name,
		.kind = kind,
		.errors = TORTURE_ERR(ERR_NOMEM) };

	torture_seed(p, seed, &fault);
}

uint64_t
memory_all(void)
{
	return torture_pieces(true);
}
