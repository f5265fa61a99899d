/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that fails or is full.
 */
#include <errno.h>

#include "tests/prove/disk_int.h"

const struct disk_fault disk_faults[DISK_FAULTS] = {
	{ "EIO, a write", "failed writes", DISK_CALL_WRITE, EIO, false },
	{ "EIO, a sync", "failed syncs", DISK_CALL_SYNC, EIO, false },
	{ "EIO, a sync that drops", "dropping syncs", DISK_CALL_SYNC, EIO,
	    true },
	{ "EIO, an open", "failed opens", DISK_CALL_OPEN, EIO, false },
	{ "EIO, a truncation", "failed truncations", DISK_CALL_TRUNCATE, EIO,
	    false },
	{ "EIO, a name", "failed names", DISK_CALL_NAME, EIO, false },
	{ "ENOSPC, a write", "short writes", DISK_CALL_WRITE, ENOSPC, false },
	{ "ENOSPC, a new name", "names without room", DISK_CALL_MAKE, ENOSPC,
	    false }
};

static struct {
	long n;            /* of all calls, or of a kind's; negative: none */
	enum disk_call of; /* DISK_CALLS: all */
	int error;
	bool for_good, is_full, drops;
	long calls[DISK_CALLS], all;
	bool has_failed, has_rest; /* has_rest: of a short write */
	size_t failed_at;
} state = { .n = -1, .of = DISK_CALLS };

static void
arm(enum disk_call of, long n, int error, bool for_good)
{
	for (unsigned i = 0; i < DISK_CALLS; i++)
		state.calls[i] = 0;
	state.all = 0;
	state.n = n;
	state.of = of;
	state.error = error;
	state.for_good = for_good;
	state.drops = false;
	state.is_full = of != DISK_CALLS && error == ENOSPC;
	state.has_failed = state.has_rest = false;
	state.failed_at = 0;
}

void
disk_fail(long n, int error, bool for_good)
{
	arm(DISK_CALLS, n, error, for_good);
}

void
disk_fail_as(const struct disk_fault *f, long n, bool for_good)
{
	arm(f->of, n, f->error, for_good);
	state.drops = f->drops;
}

long
disk_calls(enum disk_call kind)
{
	return state.calls[kind];
}

bool
disk_drops(void)
{
	return state.drops;
}

bool
disk_has_failed(void)
{
	return state.has_failed;
}

size_t
disk_failed_at(void)
{
	return state.failed_at;
}

/* After the first that failed. */
static bool
fails_again(enum disk_call kind)
{
	const bool needs_room =
	    kind == DISK_CALL_WRITE || kind == DISK_CALL_MAKE;
	const bool is_rest = state.has_rest && kind == DISK_CALL_WRITE;

	if (is_rest)
		state.has_rest = false;
	return is_rest || (state.for_good && (needs_room || !state.is_full));
}

static bool
strikes(enum disk_call kind, long nth, long all, size_t *len)
{
	if (!disk_is_on() || state.n < 0)
		return false;
	if (state.has_failed)
		return fails_again(kind);
	if (state.of == DISK_CALLS ? all != state.n
	                           : kind != state.of || nth != state.n)
		return false;
	state.has_failed = true;
	state.failed_at = disk_events();
	if (!state.is_full || len == NULL || *len < 2)
		return true;
	*len /= 2;
	state.has_rest = true;
	return false;
}

bool
disk_fails(enum disk_call kind, size_t *len)
{
	const bool fails = strikes(kind, state.calls[kind]++, state.all++, len);

	if (fails)
		errno = state.error;
	return fails;
}
