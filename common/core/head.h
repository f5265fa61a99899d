/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_HEAD_H
#define CORE_HEAD_H

#include "common/sys/crypto.h"

/*
 * head -- the end of a chain as somebody wrote it down: how long it was, and
 * the link there.  A chain that is cut short, or was made anew, still adds up
 * in itself; compared with a head from outside it does not.
 */
struct head {
	uint64_t n; /* from 1 on */
	struct hash32 link;
};

/* "N:HASH", as verify prints the two.  ERR_INVALID, with a sentence. */
enum err_code head_parse(
    const char *text, struct head *out, struct err *e) ERR_CHECKED;

#endif
