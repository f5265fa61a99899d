/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/arena.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* The largest schedules take some ten megabytes; what is not touched costs
 * nothing. */
#define ARENA_BYTES ((size_t)512 * 1024 * 1024)
/* Pieces up to this come back by their size; larger ones at the end. */
#define SMALL_MAX ((size_t)1024)
#define GRAIN ((size_t)16)

/* Before each piece: its size.  In a free one, the next free one of its size
 * follows. */
struct head {
	size_t size;
};
struct link {
	struct head *next;
};

static struct {
	char *base, *at, *end;
	bool is_on;
	struct head *free[SMALL_MAX / GRAIN + 1];
} arena;

static bool
is_inside(const void *p)
{
	return (const char *)p >= arena.base && (const char *)p < arena.end;
}

static struct head *
head_of(void *p)
{
	return (struct head *)p - 1;
}

static struct link *
next_of(struct head *h)
{
	return (struct link *)(void *)(h + 1);
}

static void *
take(size_t n)
{
	const size_t size = n == 0 ? GRAIN : (n + GRAIN - 1) / GRAIN * GRAIN;
	struct head *h;

	if (size <= SMALL_MAX && arena.free[size / GRAIN] != NULL) {
		h = arena.free[size / GRAIN];
		arena.free[size / GRAIN] = next_of(h)->next;
		return h + 1;
	}
	h = (struct head *)(void *)arena.at;
	assert((size_t)(arena.end - arena.at) > size + sizeof(*h));
	arena.at += size + sizeof(*h);
	h->size = size;
	return h + 1;
}

static void
give_back(void *p)
{
	struct head *h = head_of(p);

	if (h->size > SMALL_MAX)
		return;
	next_of(h)->next = arena.free[h->size / GRAIN];
	arena.free[h->size / GRAIN] = h;
}

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void *
__wrap_malloc(size_t n)
{
	return arena.is_on ? take(n) : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = __wrap_malloc(n * size);

	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

void *
__wrap_realloc(void *p, size_t n)
{
	void *fresh;

	if (p == NULL)
		return __wrap_malloc(n);
	if (!is_inside(p))
		return __real_realloc(p, n);
	if (n <= head_of(p)->size)
		return p;
	fresh = take(n);
	memcpy(fresh, p, head_of(p)->size);
	give_back(p);
	return fresh;
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	assert(size == 0 || n <= SIZE_MAX / size);
	return __wrap_realloc(p, n * size);
}

void
__wrap_free(void *p)
{
	if (p == NULL)
		return;
	if (is_inside(p))
		give_back(p);
	else
		__real_free(p);
}

char *
__wrap_strdup(const char *s)
{
	const size_t n = strlen(s) + 1;
	char *copy = __wrap_malloc(n);

	if (copy != NULL)
		memcpy(copy, s, n);
	return copy;
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void
arena_begin(void)
{
	arena.base = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(arena.base != MAP_FAILED);
	arena.at = arena.base;
	arena.end = arena.base + ARENA_BYTES;
	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	/* The order of an object's members is not to depend on the day. */
	json_object_seed(1);
}

void
arena_start(void)
{
	arena.at = arena.base;
	memset(arena.free, 0, sizeof(arena.free));
	arena.is_on = true;
}

void
arena_end(void)
{
	arena.is_on = false;
}

void *
arena_zero(size_t n)
{
	void *p = take(n);

	memset(p, 0, n);
	return p;
}
