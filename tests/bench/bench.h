/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/*
 * bench -- times, quantiles and figures for the programs that tools/bench
 * runs.
 *
 * Absolute times say little on a machine that others share: each figure is
 * printed beside a limit, which is either the bare work that it cannot do
 * without, done in turns with it in the same run, or what it is meant to stay
 * below.
 */

/* Samples in milliseconds. */
struct bench_times {
	double *ms; /* owned */
	size_t n, room;
};
void bench_add(struct bench_times *t, double ms);
/* The q-quantile, 0 <= q <= 1, of at least one sample. */
double bench_quantile(struct bench_times *t, double q);
void bench_times_fini(struct bench_times *t);

double bench_now_ms(void);
/* Processor time of this process so far, all threads. */
double bench_cpu_ms(void);
/* Most memory that this process ever had resident, and what it has now. */
double bench_peak_mb(void);
double bench_resident_mb(void);

/* Print one figure, {"name","unit","ours","limit"}, as a line. */
void bench_figure(
    const char *name, const char *unit, double ours, double limit);
/* The same without anything to hold it to. */
void bench_figure_alone(const char *name, const char *unit, double ours);

/* The command line: PROGRAM [COUNT]; `usual` without one. */
size_t bench_count(int argc, char **argv, size_t usual);

#endif
