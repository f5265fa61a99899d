/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_ALLOC_H
#define PROVE_ALLOC_H

#include <stdbool.h>

/*
 * alloc -- memory that is refused.  This program's malloc stands before the C
 * library's; a sanitizer brings its own, so there nothing is ever refused and
 * alloc_can_fail is false.
 */
bool alloc_can_fail(void);

/* Refuse the n-th allocation from now (0: the next one) that is made while
 * alloc_switch is on, and all after it if for_good. */
void alloc_fail(long n, bool for_good);
void alloc_switch(bool on);
/* Whether one was refused. */
bool alloc_has_failed(void);

#endif
