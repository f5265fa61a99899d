/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CRASH_FOLDER_H
#define PROVE_CRASH_FOLDER_H

#include "tests/prove/prove.h"

/* Every rare work on a data folder, once (crash_folder.c): part of
 * crash_device_seed. */
void crash_folder(struct prove *p, uint64_t seed);

#endif
