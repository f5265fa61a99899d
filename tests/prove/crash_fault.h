/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_FAULT_H
#define PROVE_CRASH_FAULT_H

#include "tests/prove/prove.h"

/* The office's disk fails or is full (crash_fault.c): parts of
 * crash_central_seed.  At places all over its work; or with each kind of call
 * once, the power going afterwards, which is left out where the disk lies. */
void crash_fault(struct prove *p, uint64_t seed);
void crash_fault_kinds(struct prove *p, uint64_t seed);

#endif
