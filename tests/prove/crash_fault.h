/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_FAULT_H
#define PROVE_CRASH_FAULT_H

#include "tests/prove/prove.h"

/* The office's disk fails or is full (crash_fault.c): part of
 * crash_central_seed. */
void crash_fault(struct prove *p, uint64_t seed);

#endif
