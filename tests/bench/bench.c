/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
clock_ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		abort();
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

double
bench_now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

double
bench_cpu_ms(void)
{
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID);
}

void
bench_add(struct bench_times *t, double ms)
{
	if (t->n == t->room) {
		size_t room = t->room == 0 ? 1024 : t->room * 2;
		double *more = realloc(t->ms, room * sizeof(*more));

		if (more == NULL)
			abort();
		t->ms = more;
		t->room = room;
	}
	t->ms[t->n++] = ms;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_quantile(struct bench_times *t, double q)
{
	if (t->n == 0)
		abort();
	qsort(t->ms, t->n, sizeof(*t->ms), by_size);
	return t->ms[(size_t)(q * (double)(t->n - 1) + 0.5)];
}

void
bench_times_fini(struct bench_times *t)
{
	free(t->ms);
	*t = (struct bench_times){ 0 };
}

/* One line of /proc/self/status, in kB there. */
static double
status_mb(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t len = strlen(name);
	char line[256];
	double mb = NAN;

	if (f == NULL)
		return mb;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			mb = strtod(line + len + 1, NULL) / 1024;
	(void)fclose(f); /* it was only read */
	return mb;
}

double
bench_peak_mb(void)
{
	return status_mb("VmHWM");
}

double
bench_resident_mb(void)
{
	return status_mb("VmRSS");
}

void
bench_figure(const char *name, const char *unit, double ours, double limit)
{
	(void)printf("{\"name\":\"%s\",\"unit\":\"%s\",\"ours\":%.6g,"
	             "\"limit\":%.6g}\n",
	    name, unit, ours, limit);
	(void)fflush(stdout);
}

void
bench_figure_alone(const char *name, const char *unit, double ours)
{
	(void)printf("{\"name\":\"%s\",\"unit\":\"%s\",\"ours\":%.6g,"
	             "\"limit\":null}\n",
	    name, unit, ours);
	(void)fflush(stdout);
}

size_t
bench_count(int argc, char **argv, size_t usual)
{
	char *end;
	unsigned long long n;

	if (argc < 2)
		return usual;
	errno = 0;
	n = strtoull(argv[1], &end, 10);
	if (argc > 2 || errno != 0 || *end != '\0' || n == 0 || n > 1000000) {
		(void)fprintf(stderr, "usage: %s [COUNT]\n", argv[0]);
		exit(2);
	}
	return (size_t)n;
}
