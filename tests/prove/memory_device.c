/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocation is refused while a device works: each in turn, once and from
 * then on.  Each try is a process of its own, since cryptography that cannot go
 * on without memory ends the program on purpose (crypto.h); it may end in no
 * other way.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/prove/alloc.h"
#include "tests/prove/device_work.h"
#include "tests/prove/prove.h"

struct at {
	long n;
	bool for_good;
};

static void
arm(const void *arg)
{
	const struct at *at = arg;

	alloc_fail(at->n, at->for_good);
}

/* False when the work ended before its n-th allocation. */
static bool
fail_at(const struct device_work *w, struct device_told *told,
    const struct at *at, struct prove *p, uint64_t seed)
{
	const struct device_fault fault = { .arm = arm,
		.arg = at,
		.on = alloc_switch,
		.has_failed = alloc_has_failed };
	const int status = device_work_try(w, &fault, told);
	const char *bad = NULL;

	if (!told->has_failed)
		return false;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		prove_event(p, "ended on purpose");
	else if (status != 0)
		bad = "the program crashed";
	else if (told->n_done == DEVICE_WORK_SAVES)
		prove_event(p, "rode over");
	else
		prove_event(p, "refused");
	if (bad == NULL)
		bad = device_work_check(w, told);
	prove_point(p, at->for_good ? "for good" : "once");
	prove_changes(p, told->n_tried);
	if (bad != NULL)
		prove_violation(p, seed, "allocation %ld%s refused: %s", at->n,
		    at->for_good ? " and all after it" : "", bad);
	return true;
}

void
memory_seed(struct prove *p, uint64_t seed)
{
	struct device_told *told = device_told_new();
	struct device_work w;

	device_work_start(&w);
	for (int lasts = 0; lasts <= 1 && alloc_can_fail(); lasts++) {
		struct at at = { .for_good = lasts == 1 };

		while (!prove_is_done(p) && fail_at(&w, told, &at, p, seed))
			at.n++;
	}
	device_work_end(&w);
	device_told_free(told);
}
