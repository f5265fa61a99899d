/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_PLAN_FILE_H
#define SIMKIT_PLAN_FILE_H

#include <stdbool.h>

#include "tests/simkit/plan.h"

/*
 * plan_file -- a plan as a file, so that what once failed is tried for ever
 * (tests/regress/): the seed, and what was left of its faults and steps.
 *
 *   {"seed", "devices", "nodes", "faults": [word], "page_factor", "fills_up",
 *    "steps": [[word, dice, after_ms], ...], "why": what it showed}
 *
 * dice are 64 bits, written as texts.  False: it does not read or write.
 */
bool plan_load(const char *path, struct plan *out);
bool plan_save(const char *path, const struct plan *p, const char *why);

#endif
