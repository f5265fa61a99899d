/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apart from check.c, so that only what runs groups of tests links it.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	pid_t owner; /* not a child that a test forked */
	unsigned begun, ended;
} groups;

static void __attribute__((constructor)) own(void)
{
	groups.owner = getpid();
}

static void __attribute__((destructor)) look_back(void)
{
	if (getpid() != groups.owner ||
	    (groups.ended > 0 && groups.ended == groups.begun))
		return;
	(void)fputs("the program ended before its tests did\n", stderr);
	_exit(EXIT_FAILURE);
}

void
check_begins(void)
{
	groups.begun++;
}

int
check_ended(int failed)
{
	groups.ended++;
	return failed;
}

void
check_plays_a_part(void)
{
	groups.owner = 0;
}
