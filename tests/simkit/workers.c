/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/workers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One seed in so many is run twice, and its traces compared. */
#define RERUN_EVERY 100

/* What a worker shares with who started it. */
struct desk {
	struct totals totals;
	uint64_t next; /* offset of the seed to do next */
	bool is_done;
};

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
note_bad(struct totals *t, uint64_t seed)
{
	t->violations++;
	if (t->n_bad < BAD_SEEDS_MAX)
		t->bad[t->n_bad++] = seed;
}

static void
add_counts(struct run_counts *sum, const struct run_counts *one)
{
	sum->changes += one->changes;
	for (unsigned i = 0; i < simulation.n_faults; i++)
		sum->faults[i] += one->faults[i];
	for (unsigned i = 0; i < simulation.n_events; i++)
		sum->events[i] += one->events[i];
}

static void
add_size(struct run_size *least, struct run_size one)
{
	if (least->devices == 0 || one.changes < least->changes)
		least->changes = one.changes;
	if (least->devices == 0 || one.devices < least->devices)
		least->devices = one.devices;
}

/* What is not violated goes on to its end, and has to be long enough. */
static bool
is_counted(uint64_t seed, const struct run_result *r, struct totals *t)
{
	if (!r->is_violated && !run_is_filled(r->size)) {
		(void)fprintf(stderr,
		    "seed %llu: %llu changes on %u devices are too few to "
		    "count\n",
		    (unsigned long long)seed,
		    (unsigned long long)r->size.changes, r->size.devices);
		return false;
	}
	if (!r->is_violated)
		add_size(&t->least, r->size);
	return true;
}

/* In the same way: what has a history may have other hashes, and so another
 * order of what is named by them. */
static void
run_again(const struct plan *p, bool has_history, struct run_result *out)
{
	FILE *nowhere = has_history ? fopen("/dev/null", "we") : NULL;

	simulation.run(p, NULL, nowhere, out);
	if (nowhere != NULL)
		(void)fclose(nowhere);
}

static void
do_seed(uint64_t seed, bool twice, FILE *history, struct totals *t)
{
	const struct crypto_part number = crypto_part(&seed, sizeof(seed));
	struct run_result r, again;
	struct crypto_part parts[2] = { number };
	struct hash32 hash;
	struct plan p;

	plan_make(&p, seed);
	simulation.run(&p, NULL, history, &r);
	if (twice) {
		run_again(&p, history != NULL, &again);
		t->reruns++;
		if (!hash32_equal(r.trace, again.trace) && !r.is_violated) {
			r.is_violated = true;
			(void)snprintf(r.violation, sizeof(r.violation),
			    "replay: the second run went otherwise");
		}
	}
	plan_fini(&p);
	parts[1] = crypto_part(r.trace.b, sizeof(r.trace.b));
	hash = crypto_sha256_parts(parts, 2);
	digest_add(&t->trace, &hash);
	if (!is_counted(seed, &r, t))
		return;
	t->executed++;
	add_counts(&t->counts, &r.counts);
	if (r.is_violated) {
		(void)fprintf(stderr, "seed %llu: %s\n",
		    (unsigned long long)seed, r.violation);
		note_bad(t, seed);
	}
}

static void
worker(const struct job *job, unsigned no, double end, struct desk *desk)
{
	for (; desk->next < job->count; desk->next += job->workers) {
		if (end > 0 && seconds() > end)
			break;
		do_seed(job->from + desk->next,
		    (desk->next - no) / job->workers % RERUN_EVERY == 0,
		    job->history, &desk->totals);
	}
	desk->is_done = true;
}

static pid_t
start(const struct job *job, unsigned no, double end, struct desk *desk)
{
	pid_t pid = fork();

	if (pid == 0) {
		worker(job, no, end, desk);
		if (job->history != NULL)
			(void)fflush(job->history);
		_exit(0);
	}
	return pid;
}

static void
add_totals(struct totals *sum, const struct totals *one)
{
	sum->executed += one->executed;
	sum->violations += one->violations;
	sum->reruns += one->reruns;
	add_counts(&sum->counts, &one->counts);
	if (one->least.devices > 0)
		add_size(&sum->least, one->least);
	digest_add(&sum->trace, &one->trace.sum);
	for (size_t i = 0; i < one->n_bad && sum->n_bad < BAD_SEEDS_MAX; i++)
		sum->bad[sum->n_bad++] = one->bad[i];
}

void
work_all(const struct job *job, struct totals *out)
{
	const double end = job->budget_s > 0 ? seconds() + job->budget_s : 0;
	struct desk *desks = mmap(NULL, job->workers * sizeof(*desks),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[WORKERS_MAX];

	assert(desks != MAP_FAILED && job->workers <= WORKERS_MAX);
	for (unsigned i = 0; i < job->workers; i++) {
		desks[i].next = i;
		pids[i] = start(job, i, end, &desks[i]);
	}
	*out = (struct totals){ 0 };
	for (unsigned i = 0; i < job->workers; i++) {
		int status;

		while (waitpid(pids[i], &status, 0) == pids[i] &&
		    !desks[i].is_done) {
			(void)fprintf(stderr, "seed %llu: the program ended\n",
			    (unsigned long long)(job->from + desks[i].next));
			desks[i].totals.executed++;
			note_bad(&desks[i].totals, job->from + desks[i].next);
			desks[i].next += job->workers;
			pids[i] = start(job, i, end, &desks[i]);
		}
		add_totals(out, &desks[i].totals);
	}
	(void)munmap(desks, job->workers * sizeof(*desks));
}
