/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate --from S --count N [--jobs N] [--seconds S] [--history FILE]
 *          [--story] [--no-shrink] [--save FILE] | --replay FILE ...
 *
 * Seeds S to S+N-1, each a schedule.  The last line of standard output is the
 * JSON object of schema/cli.md; what failed, its smallest form and its story
 * are on standard error, and with --save the smallest form in a file, which
 * --replay tries again.  Exit: 0 if nothing was violated and everything that a
 * run is for occurred, 1 if not, 2 for a wrong call.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/base/enc.h"
#include "tests/simkit/arguments.h"
#include "tests/simkit/plan_file.h"
#include "tests/simkit/shrink.h"
#include "tests/simkit/workers.h"

/* From so many schedules on a run in which something never occurred has
 * failed; fewer are for looking at a seed again. */
#define COMPLETE_FROM 300
#define SHRINK_TRIALS 250

struct options {
	struct job job;
	bool story, no_shrink, replay;
	const char *history, *save;
};

#define USAGE                                                                  \
	"usage: tools/simulate [--stores] [--today N] --from S --count N\n"    \
	"                      [--jobs N] [--seconds S] [--history FILE]\n"    \
	"                      [--story] [--no-shrink] [--save FILE]\n"        \
	"       tools/simulate [--stores] --replay FILE ...\n"

#define TOOL "tools/simulate"

/* What the options that take a number begin with. */
static bool
option_number(int c, struct options *o)
{
	static const struct argument_range any = { 0, ARGUMENT_MAX },
	                                   some = { 1, ARGUMENT_MAX },
	                                   few = { 1, WORKERS_MAX };
	uint64_t n = 0;

	switch (c) {
	case 'f':
		return argument_number(
		    TOOL, "--from", optarg, any, &o->job.from);
	case 'c':
		return argument_number(
		    TOOL, "--count", optarg, some, &o->job.count);
	case 's':
		if (!argument_number(TOOL, "--seconds", optarg, some, &n))
			return false;
		o->job.budget_s = (double)n;
		return true;
	default:
		if (!argument_number(TOOL, "--jobs", optarg, few, &n))
			return false;
		o->job.workers = (unsigned)n;
		return true;
	}
}

static bool
option_take(int c, char **argv, struct options *o)
{
	switch (c) {
	case 't':
		o->story = true;
		return true;
	case 'n':
		o->no_shrink = true;
		return true;
	case 'r':
		o->replay = true;
		return true;
	case 'h':
		o->history = optarg;
		return true;
	case 'o':
		o->save = optarg;
		return true;
	case ':':
		return argument_wrong(
		    TOOL, "%s takes a value", argv[optind - 1]);
	case '?':
		return argument_wrong(TOOL,
		    "%s is no option; --help tells which there are",
		    argv[optind - 1]);
	default:
		return option_number(c, o);
	}
}

static bool
options_read(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 's' },
		{ "history", required_argument, NULL, 'h' },
		{ "story", no_argument, NULL, 't' },
		{ "no-shrink", no_argument, NULL, 'n' },
		{ "save", required_argument, NULL, 'o' },
		{ "replay", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .job = { .from = 1, .count = 1, .workers = 2 } };
	while ((c = getopt_long(argc, argv, ":", known, NULL)) != -1)
		if (!option_take(c, argv, o))
			return false;
	if (o->history != NULL)
		o->job.workers = 1;
	if (o->replay && optind == argc)
		return argument_wrong(TOOL, "--replay takes one plan or more");
	if (!o->replay && optind < argc)
		return argument_wrong(TOOL,
		    "\"%s\" is too much; --help tells the options",
		    argv[optind]);
	return true;
}

/* What a run is for has to occur in it. */
static bool
is_complete(const struct options *o, const struct totals *t)
{
	bool all = true;

	if (t->executed == 0) {
		(void)fprintf(stderr, "nothing was executed\n");
		return false;
	}
	/* A worker that could not be begun, or a schedule in which too little
	 * happened. */
	if (t->executed < o->job.count && o->job.budget_s <= 0) {
		(void)fprintf(stderr, "%llu of %llu schedules count\n",
		    (unsigned long long)t->executed,
		    (unsigned long long)o->job.count);
		return false;
	}
	if (t->executed < COMPLETE_FROM)
		return true;
	for (unsigned i = 0; i < simulation.n_faults; i++)
		if (t->counts.faults[i] == 0) {
			(void)fprintf(stderr, "never occurred: fault %s\n",
			    simulation.fault_words[i]);
			all = false;
		}
	for (unsigned i = 0; i < simulation.n_events; i++)
		if (t->counts.events[i] == 0) {
			(void)fprintf(stderr, "never occurred: %s\n",
			    simulation.event_words[i]);
			all = false;
		}
	return all;
}

static void
print_counts(const struct totals *t)
{
	(void)printf("\"faults\":{");
	for (unsigned i = 0; i < simulation.n_faults; i++)
		(void)printf("%s\"%s\":%llu", i == 0 ? "" : ",",
		    simulation.fault_words[i],
		    (unsigned long long)t->counts.faults[i]);
	(void)printf("},\"events\":{");
	for (unsigned i = 0; i < simulation.n_events; i++)
		(void)printf("%s\"%s\":%llu", i == 0 ? "" : ",",
		    simulation.event_words[i],
		    (unsigned long long)t->counts.events[i]);
	(void)printf("},");
}

/* Processor time of the workers, which a busy machine does not stretch. */
static double
workers_cpu_s(void)
{
	struct rusage use;

	if (getrusage(RUSAGE_CHILDREN, &use) != 0)
		return 0;
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void
print_result(const struct options *o, const struct totals *t, double took_s)
{
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];

	enc_hex(t->trace.sum.b, HASH32_LEN, hex);
	(void)printf("{\"asked\":%llu,\"executed\":%llu,\"changes\":%llu,"
	             "\"violations\":%llu,\"seeds\":[",
	    (unsigned long long)o->job.count, (unsigned long long)t->executed,
	    (unsigned long long)t->counts.changes,
	    (unsigned long long)t->violations);
	for (size_t i = 0; i < t->n_bad; i++)
		(void)printf(
		    "%s%llu", i == 0 ? "" : ",", (unsigned long long)t->bad[i]);
	(void)printf("],");
	print_counts(t);
	(void)printf("\"least\":{\"changes\":%llu,\"devices\":%u},",
	    (unsigned long long)t->least.changes, t->least.devices);
	(void)printf("\"trace_sha256\":\"%s\",\"reruns\":%llu,"
	             "\"seconds\":%.1f,\"cpu_seconds\":%.2f}\n",
	    hex, (unsigned long long)t->reruns, took_s, workers_cpu_s());
}

static void
tell(uint64_t seed, bool smaller, const char *save)
{
	struct plan p;

	plan_make(&p, seed);
	if (smaller)
		shrink(&p, SHRINK_TRIALS);
	tell_story(&p, stderr);
	if (save != NULL && !plan_save(save, &p, "say what it showed"))
		(void)fprintf(stderr, "%s: cannot be written\n", save);
	plan_fini(&p);
}

/* Try plans that once failed; each is to pass. */
static int
replay(char **files)
{
	int failed = 0;

	for (; *files != NULL; files++) {
		char kind[TRIAL_KIND];
		struct plan p;

		if (!plan_load(*files, &p)) {
			(void)fprintf(stderr, "%s: not a plan\n", *files);
			return 2;
		}
		trial(&p, kind);
		(void)printf(
		    "%s: %s\n", *files, kind[0] == '\0' ? "passed" : kind);
		if (kind[0] != '\0') {
			tell_story(&p, stderr);
			failed++;
		}
		plan_fini(&p);
	}
	return failed > 0;
}

int
main(int argc, char **argv)
{
	struct timespec begin, end;
	struct options o;
	struct totals t;
	bool ok;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(USAGE, stdout) == EOF;
	if (!options_read(argc, argv, &o))
		return 2;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (o.history != NULL &&
	    (o.job.history = fopen(o.history, "we")) == NULL) {
		(void)fprintf(stderr, "%s: cannot be written\n", o.history);
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	if (!simulation.begin())
		return 1;
	if (o.replay)
		return replay(argv + optind);
	work_all(&o.job, &t);
	if (o.story)
		tell(o.job.from, false, o.save);
	else if (t.n_bad > 0)
		tell(t.bad[0], !o.no_shrink, o.save);
	ok = is_complete(&o, &t) && t.violations == 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	if (o.job.history != NULL && fclose(o.job.history) != 0)
		ok = false;
	print_result(&o, &t,
	    (double)(end.tv_sec - begin.tv_sec) +
	        (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	simulation.end();
	return ok ? 0 : 1;
}
