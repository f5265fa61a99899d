/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/alloc.h"

#include <stddef.h>

static long left = -1; /* allocations before the one that fails; -1: none */
static bool is_on, lasts, has_failed;

void
alloc_fail(long n, bool for_good)
{
	left = n;
	lasts = for_good;
	has_failed = false;
	is_on = false;
}

void
alloc_switch(bool on)
{
	is_on = on;
}

bool
alloc_has_failed(void)
{
	return has_failed;
}

#ifdef __SANITIZE_ADDRESS__

bool
alloc_can_fail(void)
{
	return false;
}

#else

/* The C library's own names for what is replaced here. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *p, size_t len);

bool
alloc_can_fail(void)
{
	return true;
}

static bool
fails(void)
{
	if (!is_on || left < 0)
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	has_failed = true;
	if (!lasts)
		left = -1;
	return true;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t len)
{
	return fails() ? NULL : __libc_calloc(n, len);
}

void *
realloc(void *p, size_t len)
{
	return fails() ? NULL : __libc_realloc(p, len);
}

#endif
