/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "tests/sim/plan.h"
#include "tests/sim/trace.h"

/*
 * run -- one schedule from the first step to the last comparison.
 */
struct run_result {
	struct run_counts counts;
	bool is_violated;
	char violation[600];
	struct hash32 trace;
};
void run_plan(
    const struct plan *p, FILE *story, FILE *history, struct run_result *out);

#endif
