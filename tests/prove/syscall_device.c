/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of the disk fails while a device works: each call in turn, once and
 * from then on, with each error that such a call plausibly has.
 */
#include <errno.h>

#include "tests/prove/device_work.h"
#include "tests/prove/prove.h"

static const struct fault {
	const char *word;
	int error;
	bool may_last; /* an interrupted call is tried again by its caller */
} faults[] = {
	{ "EIO", EIO, true },
	{ "ENOSPC", ENOSPC, true },
	{ "EDQUOT", EDQUOT, true },
	{ "EROFS", EROFS, true },
	{ "EMFILE", EMFILE, true },
	{ "ENOMEM", ENOMEM, true },
	{ "EINTR", EINTR, false },
};

struct at {
	int error;
	long n;
	bool for_good;
};

static void
arm(const void *arg)
{
	const struct at *at = arg;

	disk_fail(at->n, at->error, at->for_good);
}

/* False when the work ended before its n-th call. */
static bool
fail_at(const struct device_work *w, struct device_told *told,
    const struct at *at, const char *word, struct prove *p, uint64_t seed)
{
	const struct device_fault fault = {
		.arm = arm, .arg = at, .has_failed = disk_has_failed
	};
	const int status = device_work_try(w, &fault, told);
	const char *bad;

	if (!told->has_failed)
		return false;
	bad = status != 0 ? "the program crashed" : device_work_check(w, told);
	prove_point(p, word);
	prove_changes(p, told->n_tried);
	prove_event(
	    p, told->n_done == DEVICE_WORK_SAVES ? "rode over" : "refused");
	if (bad != NULL)
		prove_violation(p, seed, "%s at call %ld%s: %s", word, at->n,
		    at->for_good ? " and all after it" : "", bad);
	return true;
}

void
syscall_seed(struct prove *p, uint64_t seed)
{
	struct device_told *told = device_told_new();
	struct device_work w;

	device_work_start(&w);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		for (int lasts = 0; lasts <= (faults[i].may_last ? 1 : 0);
		     lasts++) {
			struct at at = { .error = faults[i].error,
				.for_good = lasts == 1 };

			while (!prove_is_done(p) &&
			    fail_at(&w, told, &at, faults[i].word, p, seed))
				at.n++;
		}
	device_work_end(&w);
	device_told_free(told);
}
