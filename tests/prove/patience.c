/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/patience.h"

#include <stdlib.h>
#include <unistd.h>

/* What really hangs is to be told within some minutes. */
#define TIMES_MOST 8U

unsigned
patience_of(unsigned idle)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double load = 0;
	unsigned times;

	if (processors < 1 || getloadavg(&load, 1) != 1)
		return idle;
	times = (unsigned)(load / (double)processors) + 1;
	return idle * (times < TIMES_MOST ? times : TIMES_MOST);
}
