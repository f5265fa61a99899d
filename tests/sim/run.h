/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "tests/sim/trace.h"
#include "tests/simkit/plan.h"

/*
 * run -- one schedule from the first step to the last comparison.
 */
void run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out);

#endif
