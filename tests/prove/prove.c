/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/prove KIND [--from S] [--count N] [--jobs J] [--lies N]: as
 * schema/cli.md says.
 *
 * The seeds are dealt to a process each, which tell what they did in one line
 * through a pipe; the sum is the last line of standard output.
 */
#include "tests/prove/prove.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/sys/crypto_hash.h"
#include "common/sys/log.h"
#include "tests/simkit/arguments.h"

#define USAGE                                                                  \
	"usage: tools/prove KIND [--from SEED] [--count N] [--jobs J]\n"       \
	"                        [--lies N] [--every N]\n"                     \
	"--lies N: one sync in N does nothing, and the run must find out\n"    \
	"--every N: of the places of a seed, every N-th\n"                     \
	"--count 0: every place there is (memory, cut)\n"                      \
	"kinds: crash-device crash-central memory syscall cut kill programs"   \
	" sequences planted traced"
#define JOBS_MAX 64
#define SEEDS_SHOWN 16

enum exit_status { DONE = 0, FAILED = 1, BAD_USAGE = 2 };

struct prove {
	uint64_t asked; /* of this process; if is_all by its seeds */
	bool is_all;
	uint64_t from, jobs;
	unsigned lies;
	uint64_t every;
	uint64_t executed, changes, violations;
	json_t *seeds, *faults, *events;
	struct hash32 trace; /* over what was tried, in order */
};

struct options {
	const struct prove_kind *kind;
	uint64_t from, count, jobs, lies, every;
};

bool
prove_is_done(const struct prove *p)
{
	return (!p->is_all && p->executed >= p->asked) ||
	    (p->lies > 0 && p->violations > 0);
}

bool
prove_is_all(const struct prove *p)
{
	return p->is_all;
}

void
prove_asked(struct prove *p, uint64_t n)
{
	p->asked += n;
}

uint64_t
prove_from(const struct prove *p)
{
	return p->from;
}

uint64_t
prove_left(const struct prove *p)
{
	if (p->is_all)
		return UINT64_MAX;
	return prove_is_done(p) ? 0 : p->asked - p->executed;
}

uint64_t
prove_jobs(const struct prove *p)
{
	return p->jobs;
}

unsigned
prove_lies(const struct prove *p)
{
	return p->lies;
}

uint64_t
prove_every(const struct prove *p)
{
	return p->every;
}

static void
count_one(json_t *counts, const char *name, json_int_t more)
{
	const json_int_t n = json_integer_value(json_object_get(counts, name));

	if (json_object_set_new(counts, name, json_integer(n + more)) != 0)
		abort();
}

void
prove_point(struct prove *p, const char *fault)
{
	const struct crypto_part parts[] = {
		crypto_part(p->trace.b, HASH32_LEN),
		crypto_part_str(fault),
	};

	p->trace = crypto_sha256_parts(parts, 2);
	p->executed++;
	count_one(p->faults, fault, 1);
}

void
prove_fault(struct prove *p, const char *fault)
{
	count_one(p->faults, fault, 1);
}

void
prove_changes(struct prove *p, uint64_t n)
{
	p->changes += n;
}

void
prove_event(struct prove *p, const char *event)
{
	count_one(p->events, event, 1);
}

void
prove_must(struct prove *p, const char *event)
{
	count_one(p->events, event, 0);
}

void
prove_violation(struct prove *p, uint64_t seed, const char *format, ...)
{
	const size_t n = json_array_size(p->seeds);
	const json_int_t last =
	    n == 0 ? -1 : json_integer_value(json_array_get(p->seeds, n - 1));
	va_list ap;

	p->violations++;
	if (n < SEEDS_SHOWN && last != (json_int_t)seed &&
	    json_array_append_new(p->seeds, json_integer((json_int_t)seed)) !=
	        0)
		abort();
	if (p->violations > SEEDS_SHOWN)
		return;
	(void)fprintf(stderr, "seed %llu: ", (unsigned long long)seed);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

/* ---- one process ---- */

static void
work(const struct options *o, uint64_t job, int out_fd)
{
	const uint64_t seeds = o->count == 0 ? o->kind->all() : UINT64_MAX;
	struct prove p = { .asked = o->count / o->jobs +
		    (job < o->count % o->jobs ? 1 : 0),
		.is_all = o->count == 0,
		.from = o->from,
		.jobs = o->jobs,
		.lies = (unsigned)o->lies,
		.every = o->every,
		.seeds = json_array(),
		.faults = json_object(),
		.events = json_object() };
	FILE *out = fdopen(out_fd, "w");
	char trace[2 * HASH32_LEN + 1];
	json_t *told;

	if (out == NULL)
		_exit(FAILED);
	for (uint64_t i = job; i < seeds && !prove_is_done(&p); i += o->jobs) {
		const uint64_t seed = o->from + i, before = p.executed;

		o->kind->seed(&p, seed);
		if (p.executed == before) {
			prove_violation(&p, seed, "it found nothing to break");
			break;
		}
	}
	enc_hex(p.trace.b, HASH32_LEN, trace);
	told = json_pack("{s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o}", "asked",
	    (json_int_t)p.asked, "executed", (json_int_t)p.executed, "changes",
	    (json_int_t)p.changes, "violations", (json_int_t)p.violations,
	    "trace_sha256", trace, "seeds", p.seeds, "faults", p.faults,
	    "events", p.events);
	if (told == NULL || json_dumpf(told, out, JSON_COMPACT) != 0 ||
	    fputc('\n', out) == EOF || fclose(out) != 0)
		_exit(FAILED);
	_exit(DONE);
}

/* ---- the sum ---- */

static json_int_t
sum_number(json_t *sum, const json_t *part, const char *name)
{
	count_one(sum, name, json_integer_value(json_object_get(part, name)));
	return json_integer_value(json_object_get(sum, name));
}

/* The sum's trace is one over those of the processes. */
static void
trace_add(json_t *sum, const json_t *part)
{
	const char *before =
	    json_string_value(json_object_get(sum, "trace_sha256"));
	const char *more =
	    json_string_value(json_object_get(part, "trace_sha256"));
	const struct crypto_part parts[] = {
		crypto_part_str(before == NULL ? "" : before),
		crypto_part_str(more == NULL ? "" : more),
	};
	const struct hash32 both = crypto_sha256_parts(parts, 2);
	char text[2 * HASH32_LEN + 1];

	enc_hex(both.b, HASH32_LEN, text);
	if (json_object_set_new(sum, "trace_sha256", json_string(text)) != 0)
		abort();
}

static void
sum_add(json_t *sum, json_t *part)
{
	static const char *const numbers[] = { "asked", "executed", "changes",
		"violations" };
	static const char *const counts[] = { "faults", "events" };
	const char *name;
	json_t *n;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sum_number(sum, part, numbers[i]);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_object_foreach(json_object_get(part, counts[i]), name, n)
		    count_one(json_object_get(sum, counts[i]), name,
		        json_integer_value(n));
	trace_add(sum, part);
	if (json_array_extend(json_object_get(sum, "seeds"),
	        json_object_get(part, "seeds")) != 0)
		abort();
}

/* What one process told; a process that told nothing is a violation. */
static void
sum_take(json_t *sum, int fd, pid_t pid)
{
	FILE *in = fdopen(fd, "r");
	json_t *part = in == NULL ? NULL : json_loadf(in, 0, NULL);
	int status = -1;

	if (in != NULL)
		(void)fclose(in);
	if (waitpid(pid, &status, 0) == pid && status == 0 && part != NULL) {
		sum_add(sum, part);
	} else {
		(void)fprintf(
		    stderr, "a process ended with status %d\n", status);
		count_one(sum, "violations", 1);
	}
	json_decref(part);
}

/* Whether the run did what it says: as many places as asked, and every event
 * that it must meet.  A liar is found or not; the run ends there. */
static bool
is_whole(const struct options *o, const json_t *sum)
{
	json_t *events = json_object_get(sum, "events");
	const char *name;
	json_t *n;

	if (o->lies > 0)
		return json_integer_value(json_object_get(sum, "executed")) > 0;
	json_object_foreach(events, name, n)
	{
		if (json_integer_value(n) > 0)
			continue;
		(void)fprintf(stderr, "the run never met: %s\n", name);
		return false;
	}
	for (size_t i = 0; i < PROVE_EVENTS_MAX && o->kind->events[i] != NULL;
	     i++)
		if (json_object_get(events, o->kind->events[i]) == NULL) {
			(void)fprintf(stderr, "the run never met: %s\n",
			    o->kind->events[i]);
			return false;
		}
	return json_integer_value(json_object_get(sum, "executed")) > 0 &&
	    json_integer_value(json_object_get(sum, "executed")) >=
	    json_integer_value(json_object_get(sum, "asked"));
}

static enum exit_status
run(const struct options *o)
{
	json_t *sum = json_pack("{s:i, s:i, s:i, s:i, s:[], s:{}, s:{}}",
	    "asked", 0, "executed", 0, "changes", 0, "violations", 0, "seeds",
	    "faults", "events");
	const time_t began = time(NULL);
	int fds[JOBS_MAX][2];
	pid_t pids[JOBS_MAX];
	enum exit_status status;
	bool found;

	if (sum == NULL)
		return FAILED;
	for (uint64_t i = 0; i < o->jobs; i++) {
		if (pipe(fds[i]) != 0 || (pids[i] = fork()) < 0)
			return FAILED;
		if (pids[i] == 0) {
			(void)close(fds[i][0]);
			work(o, i, fds[i][1]);
		}
		(void)close(fds[i][1]);
	}
	for (uint64_t i = 0; i < o->jobs; i++)
		sum_take(sum, fds[i][0], pids[i]);
	if (json_object_set_new(sum, "seconds",
	        json_integer((json_int_t)(time(NULL) - began))) != 0)
		return FAILED;
	found = json_integer_value(json_object_get(sum, "violations")) > 0;
	status = is_whole(o, sum) && found == (o->lies > 0) ? DONE : FAILED;
	if (json_dumpf(sum, stdout, JSON_COMPACT) != 0 ||
	    fputc('\n', stdout) == EOF)
		status = FAILED;
	json_decref(sum);
	return status;
}

/* ---- the command line ---- */

#define TOOL "tools/prove"

static const struct prove_kind *
kind_of(const char *word)
{
	for (const struct prove_kind *k = prove_kinds; k->word != NULL; k++)
		if (strcmp(word, k->word) == 0)
			return k;
	return NULL;
}

static bool
option_read(const char *word, const char *value, struct options *o)
{
	const struct {
		const char *word;
		struct argument_range range;
		uint64_t *to;
	} known[] = {
		{ "--from", { 0, ARGUMENT_MAX }, &o->from },
		{ "--count", { o->kind->all == NULL ? 1 : 0, ARGUMENT_MAX },
		    &o->count },
		{ "--jobs", { 1, JOBS_MAX }, &o->jobs },
		{ "--lies", { 0, UINT32_MAX }, &o->lies },
		{ "--every", { 1, ARGUMENT_MAX }, &o->every },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(word, known[i].word) == 0)
			return argument_number(
			    TOOL, word, value, known[i].range, known[i].to);
	return argument_wrong(
	    TOOL, "%s is no option; --help tells which there are", word);
}

static bool
options_read(int argc, char **argv, struct options *o)
{
	if (argc < 2) {
		(void)argument_wrong(
		    TOOL, "say what kind; --help tells which there are");
		return false;
	}
	o->kind = kind_of(argv[1]);
	if (o->kind == NULL) {
		(void)argument_wrong(TOOL,
		    "there is no kind \"%s\"; --help tells which there are",
		    argv[1]);
		return false;
	}
	for (int i = 2; i < argc; i += 2)
		if (!option_read(argv[i], argv[i + 1], o))
			return false;
	return true;
}

static bool
is_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct options o = { .from = 1, .count = 1000, .jobs = 2, .every = 1 };

	struct err e;
	int status;

	if (prove_plays(argc, argv, &status))
		return status;
	/* Thousands of folders: in memory, where there is such a place. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	if (is_help(argc, argv))
		return puts(USAGE) == EOF ? FAILED : DONE;
	if (log_start("error", &e) != ERR_OK || !options_read(argc, argv, &o))
		return BAD_USAGE;
	return (int)run(&o);
}
