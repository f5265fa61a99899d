/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/shrink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What kind of failure it is: its words without any number or id. */
static void
kind_of(const char *violation, char out[static TRIAL_KIND])
{
	size_t n = 0;

	for (const char *p = violation; *p != '\0' && n < TRIAL_KIND - 1; p++)
		if (*p != '-' && strchr("0123456789", *p) == NULL)
			out[n++] = *p;
	out[n] = '\0';
}

static void
trial_child(const struct plan *p, int fd)
{
	char kind[TRIAL_KIND];
	struct run_result r;

	simulation.run(p, NULL, NULL, &r);
	kind_of(r.violation, kind);
	if (r.is_violated)
		(void)!write(fd, kind, strlen(kind));
	_exit(0);
}

void
trial(const struct plan *p, char out[static TRIAL_KIND])
{
	int fds[2], status = 0;
	ssize_t n;
	pid_t pid;

	out[0] = '\0';
	if (pipe(fds) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		/* What an assertion says is told by the story. */
		(void)!freopen("/dev/null", "w", stderr);
		trial_child(p, fds[1]);
	}
	(void)close(fds[1]);
	n = read(fds[0], out, TRIAL_KIND - 1);
	out[n > 0 ? n : 0] = '\0';
	(void)close(fds[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid &&
	    (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		(void)snprintf(out, TRIAL_KIND, "crash");
}

/* The plan without n steps from `at` on. */
static struct plan
without(const struct plan *p, size_t at, size_t n)
{
	struct plan less = *p;

	less.steps = malloc((p->n_steps + 1) * sizeof(*less.steps));
	if (less.steps == NULL)
		abort();
	memcpy(less.steps, p->steps, at * sizeof(*p->steps));
	memcpy(less.steps + at, p->steps + at + n,
	    (p->n_steps - at - n) * sizeof(*p->steps));
	less.n_steps = p->n_steps - n;
	return less;
}

/* Keep `less` in the place of p if it fails alike. */
static bool
keep(struct plan *p, struct plan *less, const char *as, unsigned *left)
{
	char found[TRIAL_KIND];

	if (*left == 0)
		return false;
	(*left)--;
	trial(less, found);
	if (strcmp(found, as) != 0)
		return false;
	if (less->steps != p->steps)
		plan_fini(p);
	*p = *less;
	return true;
}

static void
shrink_steps(struct plan *p, const char *as, unsigned *left)
{
	for (size_t chunk = p->n_steps / 2; chunk > 0 && *left > 0;
	     chunk /= 2) {
		for (size_t at = 0; at + chunk <= p->n_steps && *left > 0;) {
			struct plan less = without(p, at, chunk);

			if (!keep(p, &less, as, left)) {
				plan_fini(&less);
				at += chunk;
			}
		}
	}
}

void
shrink(struct plan *p, unsigned trials_max)
{
	unsigned left = trials_max;
	char as[TRIAL_KIND];

	trial(p, as);
	if (as[0] == '\0')
		return;
	for (unsigned f = 0; f < simulation.n_faults; f++) {
		struct plan less = *p;

		less.faults &= ~(UINT32_C(1) << f);
		if (less.faults != p->faults)
			(void)keep(p, &less, as, &left);
	}
	if (p->n_nodes > 1) {
		struct plan less = *p;

		less.n_nodes = 1;
		(void)keep(p, &less, as, &left);
	}
	if (p->fills_up) {
		struct plan less = *p;

		less.fills_up = false;
		(void)keep(p, &less, as, &left);
	}
	shrink_steps(p, as, &left);
}

void
tell_story(const struct plan *p, FILE *out)
{
	int status;
	pid_t pid;

	(void)fprintf(out,
	    "seed %llu: %u devices, %u nodes, %zu steps, faults:",
	    (unsigned long long)p->seed, p->n_devices, p->n_nodes, p->n_steps);
	for (unsigned f = 0; f < simulation.n_faults; f++)
		if ((p->faults & (UINT32_C(1) << f)) != 0)
			(void)fprintf(out, " %s", simulation.fault_words[f]);
	(void)fprintf(out, "\n");
	(void)fflush(out);
	pid = fork();
	if (pid == 0) {
		struct run_result r;

		simulation.run(p, out, NULL, &r);
		(void)fflush(out);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
}
