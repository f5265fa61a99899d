/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_ALLOC_H
#define FAULT_ALLOC_H

#include <stdbool.h>

/*
 * alloc -- allocations that are refused, counted, and told apart by who asks.
 *
 * This program's malloc stands before the C library's, for shared libraries
 * too.  A sanitizer brings its own: there what is linked into the program
 * itself asks here first (the linker's --wrap), and blocks are not counted.
 *
 *   alloc_fail; alloc_switch(true), the work, alloc_switch(false).
 */

/* Refuse the n-th allocation from now (0: the next one), and all after it if
 * for_good; negative: refuse none.  Counts begin anew, switched off. */
void alloc_fail(long n, bool for_good);
/* Ask before each allocation that is counted, the n-th (0: the first) since
 * alloc_fail, whether it is refused.  Nothing is counted while it is asked.
 * NULL: nobody is. */
enum alloc_answer { ALLOC_GRANT, ALLOC_REFUSE, ALLOC_REFUSE_ALL };
typedef enum alloc_answer alloc_ask_fn(long n);
void alloc_ask(alloc_ask_fn *ask);
/* Only the thread that switched it on is refused anything, or counted. */
void alloc_switch(bool on);
bool alloc_has_failed(void);
/* How many were asked for while it was switched on. */
long alloc_count(void);
/* How many more blocks are not freed now than at the first such question, of
 * all threads; 0 under a sanitizer. */
long alloc_live(void);

#endif
