/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_OFFICE_H
#define BENCH_BENCH_OFFICE_H

#include "tests/bench/bench.h"
#include "tests/support/world_command.h"

/*
 * bench_office -- what measures an office's commands: an engine_world that is
 * not verified at its end (measure_verify does that).
 */

/* A main(): a new office, n of what is measured. */
int bench_office(void (*measure)(struct world *w, size_t n), size_t n);
/* Run a command, which must go well, and take its request; *ms_out is what it
 * took. */
json_t *bench_command(struct world *w, json_t *request, double *ms_out);

#endif
