/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_RUN_H
#define CORESIM_RUN_H

#include "tests/coresim/world.h"

/*
 * run -- one schedule from the first step to the last comparison, in an arena
 * of its own.  Some are run once more with other clocks: it must end alike
 * (I16).
 */
void run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out);

#endif
