/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_CALLS_REAL_H
#define FAULT_CALLS_REAL_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/fault/calls_int.h"

/*
 * calls_real -- what every call that stands before the C library's begins with.
 */

/* `real` is the call behind this one. */
#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL)                                                      \
	real = (type(*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, name)

/* True when the call fails; errno says with what. */
static inline bool
fails(enum call_kind kind)
{
	const int error = fault_calls_now(kind);

	if (error <= 0)
		return false;
	errno = error;
	return true;
}

/* How much of len a call moves; -1 when it fails. */
static inline ssize_t
part(enum call_kind kind, size_t len)
{
	const int error = fault_calls_now(kind);

	if (error > 0) {
		errno = error;
		return -1;
	}
	return (ssize_t)(error == FAULT_SHORT && len > 1 ? len / 2 : len);
}

/* Standard error is for people. */
static inline bool
is_for_people(int fd)
{
	return fd == STDERR_FILENO;
}

#endif
