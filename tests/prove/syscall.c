/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system call fails, with every error that its kind plausibly has, once
 * and from then on; reads and writes are short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fault/calls.h"
#include "tests/prove/torture.h"

static char shared_path[256];

static void
forget(void)
{
	(void)unlink(shared_path);
}

/* Once for a process of the run. */
static void
share(void)
{
	const char *tmp = getenv("TMPDIR");

	if (shared_path[0] != '\0')
		return;
	(void)snprintf(shared_path, sizeof(shared_path),
	    "%s/visitbook-calls-%ld", tmp == NULL ? "/tmp" : tmp,
	    (long)getpid());
	fault_calls_share(shared_path);
	if (setenv(FAULT_CALLS_ENV, shared_path, 1) != 0)
		abort();
}

void
syscall_seed(struct prove *p, uint64_t seed)
{
	static const struct torture_fault fault = { .word = "call",
		.arm = fault_calls_arm,
		.on = fault_calls_on,
		.has_failed = fault_calls_has_failed,
		.places = fault_calls_places,
		.name = fault_calls_name,
		.kind = fault_calls_word,
		.errors = TORTURE_ERR(ERR_IO) | TORTURE_ERR(ERR_BUSY) |
		    TORTURE_ERR(ERR_NOMEM) };

	share();
	torture_seed(p, seed, &fault);
	if (prove_is_done(p))
		forget();
}
