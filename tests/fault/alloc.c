/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static long left = -1; /* allocations before the one that fails; -1: none */
static long count;
static bool lasts, has_failed;
static _Thread_local bool is_on;
/* Counted from the first question on: who never asks does not pay for it. */
static atomic_bool is_asked;
static atomic_long live;
static alloc_ask_fn *asked;

void
alloc_fail(long n, bool for_good)
{
	left = n;
	count = 0;
	lasts = for_good;
	has_failed = false;
	is_on = false;
}

void
alloc_ask(alloc_ask_fn *ask)
{
	asked = ask;
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

long
alloc_count(void)
{
	return count;
}

long
alloc_live(void)
{
	atomic_store(&is_asked, true);
	return atomic_load(&live);
}

/* The next one is refused from now on if who is asked says so. */
static void
ask(void)
{
	enum alloc_answer answer;

	is_on = false;
	answer = asked(count);
	is_on = true;
	if (answer == ALLOC_GRANT)
		return;
	left = 0;
	lasts = answer == ALLOC_REFUSE_ALL;
}

static bool
fails(void)
{
	if (!is_on)
		return false;
	if (asked != NULL)
		ask();
	count++;
	if (left < 0)
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	has_failed = true;
	errno = ENOMEM;
	if (!lasts)
		left = -1;
	return true;
}

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's and the C library's
#ifdef __SANITIZE_ADDRESS__

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t len)
{
	return fails() ? NULL : __real_calloc(n, len);
}

void *
__wrap_realloc(void *p, size_t len)
{
	return fails() ? NULL : __real_realloc(p, len);
}

#else

/* The C library's own names for what is replaced here. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *p, size_t len);
void __libc_free(void *p);

static bool
is_counted(const void *p)
{
	return p != NULL &&
	    atomic_load_explicit(&is_asked, memory_order_relaxed);
}

static void *
counted(void *p)
{
	if (is_counted(p))
		(void)atomic_fetch_add(&live, 1);
	return p;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : counted(__libc_malloc(n));
}

void *
calloc(size_t n, size_t len)
{
	return fails() ? NULL : counted(__libc_calloc(n, len));
}

void *
realloc(void *p, size_t len)
{
	const bool was_counted = is_counted(p);
	void *grown;

	if (p == NULL)
		return malloc(len);
	if (len > 0 && fails())
		return NULL;
	grown = __libc_realloc(p, len);
	if (len == 0 && grown == NULL && was_counted)
		(void)atomic_fetch_sub(&live, 1);
	return grown;
}

void
free(void *p)
{
	if (is_counted(p))
		(void)atomic_fetch_sub(&live, 1);
	__libc_free(p);
}

#endif
// NOLINTEND(bugprone-reserved-identifier)
