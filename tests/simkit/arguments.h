/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_ARGUMENTS_H
#define SIMKIT_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * arguments -- what tools/simulate and tools/prove say of a command line that
 * they cannot do: one sentence on standard error, with the tool's name before
 * it.
 */

/* The largest number that is taken: what is added up of two is one too. */
#define ARGUMENT_MAX UINT64_C(1000000000000000000)

/* Say it (printf; no full stop).  False, for who gives that back. */
bool argument_wrong(const char *tool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct argument_range {
	uint64_t least, most;
};

/* The whole number that `text` (NULL: nothing) gives for an option, in decimal
 * digits alone; false, and it is said, where it is none or out of range. */
bool argument_number(const char *tool, const char *option, const char *text,
    struct argument_range range, uint64_t *out);

#endif
