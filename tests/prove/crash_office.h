/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_OFFICE_H
#define PROVE_CRASH_OFFICE_H

#include "tests/prove/prove.h"

/* Every rare work on an office, once (crash_office.c): part of
 * crash_central_seed. */
void crash_office(struct prove *p, uint64_t seed);

#endif
