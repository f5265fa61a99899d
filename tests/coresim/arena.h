/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_ARENA_H
#define CORESIM_ARENA_H

#include <stddef.h>

/*
 * arena -- the memory of one schedule: taken in small pieces, given back all at
 * once.  Between arena_start and arena_end malloc and its like in every object
 * that is linked here, and jansson's, take from it (the linker's --wrap);
 * nothing that is to live longer may be made in between.
 */
void arena_begin(void); /* once in a program */
void arena_start(void);
void arena_end(void);

/* n bytes of zeros, until arena_end. */
void *arena_zero(size_t n);

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

#endif
