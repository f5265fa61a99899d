/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "common/base/err.h"

/*
 * status -- what the programs exit with: the table of schema/cli.md, which
 * scripts rely on, so that a number is never given another meaning.
 */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_NOT_FOUND = 3,
	STATUS_INVALID = 4,
	STATUS_LOCKED = 5,
	STATUS_UNREACHABLE = 6,
	STATUS_REFUSED = 7,
	STATUS_ANSWER = 8,
	STATUS_MISMATCH = 9,
	STATUS_NEWER = 10
};

/* What a code means to whoever called a program at a device.  (The office's
 * commands go by the words of their answers.) */
enum status status_of(enum err_code code);

#endif
