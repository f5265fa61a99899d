/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sys/pki.h"
#include "tests/prove/torture_int.h"

#define CASES_MAX 256
#define SPARE 8       /* one place in so many more than were counted */
#define LARGE_RUN 100 /* places asked of each on average */

static const struct torture_case *const tables[] = { torture_device,
	torture_answer, torture_keys, torture_office, torture_console,
	torture_shared, torture_net, torture_holder, torture_command };

static struct {
	const struct torture_case *list[CASES_MAX];
	uint64_t places[CASES_MAX];
	size_t n;
	uint64_t all;
} cases;

static void *
shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

enum role { COUNT, TRY, WALK, LOOK };

/* A process that does one of them. */
static pid_t
process(enum role role, const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid > 0)
		return pid;
	switch (role) {
	case COUNT:
		torture_count(c, f, told);
	case TRY:
		torture_try(c, f, told);
	case WALK:
		torture_walk(c, f, told);
	case LOOK:
		torture_look(c, told);
	}
	abort();
}

/* Its wait status, when it ends, or stops itself. */
static int
status_of(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		abort();
	return status;
}

static int
in_a_process(enum role role, const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told)
{
	const int status = status_of(process(role, c, f, told));

	f->arm(-2);
	return status;
}

static void
stage_start(const struct torture_case *c)
{
	c->stage->start();
	c->stage->open();
	if (c->prepare != NULL)
		c->prepare();
	c->stage->shut();
	if (c->stage->keep != NULL)
		c->stage->keep();
}

/* ---- one piece of work ---- */

struct piece {
	struct prove *p;
	uint64_t seed;
	const struct torture_case *c;
	const struct torture_fault *f;
	struct torture_told *told;
};

static void
violation(const struct piece *w, const char *bad)
{
	prove_violation(w->p, w->seed, "%s: %s: %s", w->c->name,
	    w->f->name(w->told->places[w->told->at]), bad);
}

static void
point(const struct piece *w, size_t i)
{
	static const char *const events[] = { NULL, "refused", "rode over",
		"ended on purpose" };
	const char *event = events[w->told->results[i]];

	if (event == NULL)
		return;
	prove_point(w->p, w->f->kind(w->told->places[i]));
	prove_event(w->p, event);
	prove_event(w->p, w->c->name);
}

/* The process died at a place. */
static void
take_death(const struct piece *w, int status)
{
	struct torture_told *told = w->told;

	if (WIFEXITED(status) && WEXITSTATUS(status) == TORTURE_ASSERT) {
		violation(w, "an assertion does not hold");
	} else if (!WIFSIGNALED(status)) {
		violation(w, "what is asked of it afterwards fails");
	} else if (WTERMSIG(status) == SIGALRM) {
		violation(w, "it hangs");
	} else if (WTERMSIG(status) != SIGABRT || !told->is_tried) {
		violation(w, "the program crashed");
	} else {
		/* All may have been done before it: nobody goes on from
		 * there. */
		told->results[told->at] = TORTURE_ENDED;
		status = in_a_process(LOOK, w->c, w->f, told);
		if (WIFEXITED(status) && WEXITSTATUS(status) == TORTURE_BAD)
			violation(w, told->bad);
		else if (status != 0)
			violation(w, "what it left crashes the program");
	}
}

/* The process that tried the place `at` ended so. */
static void
take_status(const struct piece *w, int status)
{
	struct torture_told *told = w->told;

	if (WIFEXITED(status) && WEXITSTATUS(status) == TORTURE_BAD)
		violation(w, told->bad);
	else
		take_death(w, status);
	if (told->results[told->at] == TORTURE_NOTHING)
		told->results[told->at] = TORTURE_REFUSED;
}

/* Each place of one process after the other, and a new one after a death. */
static void
try_places(const struct piece *w)
{
	struct torture_told *told = w->told;

	while (told->at < told->n) {
		const int status = in_a_process(TRY, w->c, w->f, told);

		if (status == 0)
			break;
		take_status(w, status);
		told->at++;
		told->is_tried = false;
	}
}

/* Each place of one process that is forked there. */
static void
walk_places(const struct piece *w)
{
	struct torture_told *told = w->told;
	const pid_t pid = process(WALK, w->c, w->f, told);
	int status;

	while ((status = status_of(pid)), WIFSTOPPED(status)) {
		take_status(w, told->status);
		if (kill(pid, SIGCONT) != 0)
			abort();
	}
	if (status == 0)
		return;
	prove_violation(w->p, w->seed,
	    "%s: it cannot be walked to its end (%d): %s", w->c->name, status,
	    told->bad);
}

static uint64_t
divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		const uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static int
by_number(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* n of all places there are, in their order: from the seed-th on in an order
 * that spreads them, strides of about the golden ratio. */
static void
choose(long *out, size_t n, uint64_t all, uint64_t from, uint64_t step)
{
	uint64_t stride = all * 618 / 1000 + 1;

	while (divisor(stride, all) != 1)
		stride++;
	for (size_t i = 0; i < n; i++)
		out[i] = (long)((from + i * step) % all * stride % all);
	qsort(out, n, sizeof(*out), by_number);
}

/* Which places are tried, at most so many: new; how many is in told. */
static long *
places_of(const struct prove *p, uint64_t seed, uint64_t most,
    struct torture_told *told)
{
	const uint64_t all = (uint64_t)told->n_places, every = prove_every(p);
	const char *place = getenv("PROVE_PLACE");
	long *places;

	told->n = (size_t)(most < all ? most : all);
	if (prove_is_all(p)) /* the work is not of the same length each time */
		told->n = (size_t)((all + all / SPARE + SPARE) / every + 1);
	places = calloc(told->n + 1, sizeof(*places));
	if (places == NULL)
		abort();
	if (prove_is_all(p))
		for (size_t i = 0; i < told->n; i++)
			places[i] =
			    (long)(i * every + (every % 2 == 0) * i % 2);
	else
		choose(places, told->n, all, seed, prove_jobs(p));
	if (place != NULL) {
		places[0] = strtol(place, NULL, 10);
		told->n = 1;
	}
	return places;
}

/* Do it undisturbed; false, and a violation, when it has no place to fail. */
static bool
count_piece(struct prove *p, uint64_t seed, const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told)
{
	const int status = in_a_process(COUNT, c, f, told);

	prove_must(p, c->name);
	if (status == 0 && told->n_places > 0)
		return true;
	prove_violation(p, seed, "%s: it cannot be tried (%d): %s", c->name,
	    status, told->bad);
	return false;
}

/* How many places a walk had to try. */
static uint64_t
asked_of(const struct prove *p, const struct torture_told *told)
{
	const uint64_t every = prove_every(p);

	return ((uint64_t)told->n_places + every - 1) / every;
}

static void
run_piece(struct prove *p, uint64_t seed, const struct torture_fault *f,
    const struct torture_case *c, uint64_t most)
{
	struct torture_told *told = shared(sizeof(*told));
	struct piece w = { p, seed, c, f, told };
	long *places = NULL;

	stage_start(c);
	if (count_piece(p, seed, c, f, told)) {
		places = places_of(p, seed, most, told);
		told->places = places;
		told->results = shared(told->n);
		if (f->is_memory)
			walk_places(&w);
		else
			try_places(&w);
		if (prove_is_all(p))
			prove_asked(p, asked_of(p, told));
		for (size_t i = 0; i < told->n; i++)
			point(&w, i);
		(void)munmap(told->results, told->n);
	}
	c->stage->end();
	free(places);
	(void)munmap(told, sizeof(*told));
}

/* ---- all of them ---- */

/* Which there are: those whose work has places for what fails. */
static void
list_all(bool is_memory)
{
	const char *only = getenv("PROVE_ONLY");
	struct err e;

	if (cases.n > 0)
		return;
	if (pki_start(&e) != ERR_OK) /* as every program that stays */
		abort();
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct torture_case *c = tables[t]; c->name != NULL;
		     c++) {
			if ((is_memory ? c->is_spread : c->is_pure) ||
			    (only != NULL && strcmp(only, c->name) != 0))
				continue;
			if (cases.n == CASES_MAX)
				abort();
			cases.list[cases.n++] = c;
		}
}

/* How many places every piece of work has, found by doing it. */
static void
count_all(struct prove *p, uint64_t seed, const struct torture_fault *f)
{
	struct torture_told *told = shared(sizeof(*told));

	for (size_t i = 0; i < cases.n; i++) {
		*told = (struct torture_told){ .n_places = 0 };
		stage_start(cases.list[i]);
		if (!count_piece(p, seed, cases.list[i], f, told))
			told->n_places = 0;
		cases.list[i]->stage->end();
		cases.places[i] = (uint64_t)told->n_places;
		cases.all += cases.places[i];
	}
	(void)munmap(told, sizeof(*told));
	(void)fprintf(stderr, "%llu places in %zu pieces of work\n",
	    (unsigned long long)cases.all, cases.n);
}

/* A small run tries as many of each; a large one as many as its size says. */
static uint64_t
share(size_t i, uint64_t asked)
{
	const uint64_t spread = asked > cases.n ? asked - cases.n : 0;
	uint64_t before = 0;

	if (cases.all == 0)
		return asked / cases.n + (i < asked % cases.n ? 1 : 0);
	for (size_t k = 0; k < i; k++)
		before += cases.places[k];
	return 1 + spread * (before + cases.places[i]) / cases.all -
	    spread * before / cases.all;
}

uint64_t
torture_pieces(bool is_memory)
{
	list_all(is_memory);
	return cases.n;
}

void
torture_seed(struct prove *p, uint64_t seed, const struct torture_fault *f)
{
	const uint64_t asked = prove_left(p);

	list_all(f->is_memory);
	if (prove_is_all(p)) {
		run_piece(p, seed, f, cases.list[seed - prove_from(p)], 0);
		return;
	}
	if (cases.all == 0 && asked > cases.n * LARGE_RUN)
		count_all(p, seed, f);
	for (size_t i = 0; i < cases.n && !prove_is_done(p); i++) {
		const uint64_t n = share(i, asked);

		if (n > 0)
			run_piece(p, seed, f, cases.list[i], n);
	}
}
