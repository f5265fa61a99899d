/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/prove/torture_int.h"

#define CASES_MAX 256
#define PLACES_MAX 65536 /* tried of one piece of work in one go */
#define LARGE_RUN 100    /* places asked of each on average */

static const struct torture_case *const tables[] = { torture_device,
	torture_answer, torture_keys, torture_office, torture_console,
	torture_shared, torture_net };

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

enum role { COUNT, TRY, LOOK };

/* The wait status of a process that does one of the three. */
static int
in_a_process(enum role role, const struct torture_case *c,
    const struct torture_fault *f, struct torture_told *told)
{
	int status = -1;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		switch (role) {
		case COUNT:
			torture_count(c, f, told);
		case TRY:
			torture_try(c, f, told);
		case LOOK:
			torture_look(c, told);
		}
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
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
	struct torture_told *told = w->told;
	const long place = told->places[told->at];
	char before[80] = "";

	if (told->unseen > 0)
		(void)snprintf(before, sizeof(before),
		    ", or one of the %zu places tried before it", told->unseen);
	prove_violation(w->p, w->seed, "%s: %s%s: %s", w->c->name,
	    w->f->name(place), before, bad);
	told->unseen = 0;
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
		told->unseen = 0;
	}
}

static void
try_places(const struct piece *w)
{
	struct torture_told *told = w->told;

	while (told->at < told->n) {
		const int status = in_a_process(TRY, w->c, w->f, told);

		if (status == 0)
			break;
		if (WIFEXITED(status) && WEXITSTATUS(status) == TORTURE_BAD) {
			violation(w, told->bad);
		} else {
			take_death(w, status);
		}
		if (told->results[told->at] == TORTURE_NOTHING)
			told->results[told->at] = TORTURE_REFUSED;
		told->at++;
		told->is_tried = false;
	}
	for (size_t i = 0; i < told->n; i++)
		point(w, i);
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

/* n of all places there are, from the seed-th on in an order that spreads
 * them: strides of about the golden ratio. */
static void
choose(long *out, size_t n, uint64_t all, uint64_t from, uint64_t step)
{
	uint64_t stride = all * 618 / 1000 + 1;

	while (divisor(stride, all) != 1)
		stride++;
	for (size_t i = 0; i < n; i++)
		out[i] = (long)((from + i * step) % all * stride % all);
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

static void
run_piece(struct prove *p, uint64_t seed, const struct torture_fault *f,
    const struct torture_case *c, uint64_t most)
{
	struct torture_told *told = shared(sizeof(*told) + most);
	struct piece w = { p, seed, c, f, told };
	const char *place = getenv("PROVE_PLACE");
	long *places = NULL;

	stage_start(c);
	if (count_piece(p, seed, c, f, told)) {
		const uint64_t all = (uint64_t)told->n_places;

		told->n = (size_t)(most < all ? most : all);
		places = calloc(told->n, sizeof(*places));
		if (places == NULL)
			abort();
		choose(places, told->n, all, seed, prove_jobs(p));
		if (place != NULL)
			places[0] = strtol(place, NULL, 10);
		told->places = places;
		told->results = (uint8_t *)(told + 1);
		try_places(&w);
	}
	c->stage->end();
	free(places);
	(void)munmap(told, sizeof(*told) + most);
}

/* ---- all of them ---- */

/* Which there are: those whose work has places for what fails. */
static void
list_all(const struct torture_fault *f)
{
	const char *only = getenv("PROVE_ONLY");

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct torture_case *c = tables[t]; c->name != NULL;
		     c++) {
			if ((f->is_memory ? c->is_spread : c->is_pure) ||
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

void
torture_seed(struct prove *p, uint64_t seed, const struct torture_fault *f)
{
	const uint64_t asked = prove_left(p);

	if (cases.n == 0)
		list_all(f);
	if (cases.all == 0 && asked > cases.n * LARGE_RUN)
		count_all(p, seed, f);
	for (size_t i = 0; i < cases.n && !prove_is_done(p); i++) {
		const uint64_t n = share(i, asked);

		if (n > 0)
			run_piece(p, seed, f, cases.list[i],
			    n < PLACES_MAX ? n : PLACES_MAX);
	}
}
