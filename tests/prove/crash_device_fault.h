/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_DEVICE_FAULT_H
#define PROVE_CRASH_DEVICE_FAULT_H

#include "tests/prove/prove.h"

/* A device's disk fails or is full, and then the power goes: part of
 * crash_device_seed, and left out where the disk lies. */
void crash_device_fault(struct prove *p, uint64_t seed);

#endif
