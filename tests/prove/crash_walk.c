/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/crash_walk.h"

#include "tests/support/check.h"

#define LOSSES_MAX 3

/* Of so many images after a first and a second loss one is started under a
 * recording, which has some hundred places. */
static const uint64_t again_of[LOSSES_MAX] = { 1, 97, 389 };

struct walk {
	const struct crash_work *work;
	unsigned losses; /* of power, with this one */
	uint64_t images; /* so far; begins anywhere */
	struct rng rng;
	const char *folder;
};

static void walk_log(const struct crash_work *work, const struct disk_log *log,
    unsigned losses, uint64_t seed);

/* How a place counts: the first loss by what the disk held. */
static const char *
word_of(unsigned losses, enum crash_kind kind)
{
	return losses == 1 ? crash_kind_word(kind)
	    : losses == 2  ? "again"
	                   : "third";
}

/* The start is recorded, and cut in its turn. */
static void
start_again(struct walk *w)
{
	const struct crash_work *work = w->work;
	const uint64_t seed = rng_below(&w->rng, UINT32_MAX);
	struct disk_log *log;

	disk_record(w->folder);
	work->start(work->arg, w->folder);
	log = disk_record_end();
	prove_event(work->prove, "starts cut");
	walk_log(work, log, w->losses + 1, seed);
	disk_log_free(log);
}

static void
lose(
    struct walk *w, const struct crash_disk *d, enum crash_kind kind, size_t at)
{
	const struct crash_work *work = w->work;
	const char *bad;

	crash_image(d, kind, &w->rng, w->folder);
	prove_point(work->prove, word_of(w->losses, kind));
	if (work->start != NULL && w->losses < LOSSES_MAX &&
	    w->images++ % again_of[w->losses] == 0)
		start_again(w);
	bad = work->check(work->arg, w->folder);
	if (bad != NULL)
		prove_violation(work->prove, work->seed,
		    "%s: power lost after %zu steps of the disk (%s, loss "
		    "%u): %s",
		    work->name, at, crash_kind_word(kind), w->losses, bad);
}

/* All that the disk may hold after a first loss; of a later one a guess. */
static void
lose_here(struct walk *w, const struct crash_disk *d, size_t at)
{
	if (w->losses > 1) {
		lose(
		    w, d, (enum crash_kind)rng_below(&w->rng, CRASH_KINDS), at);
		return;
	}
	for (unsigned k = 0; k < CRASH_KINDS && !prove_is_done(w->work->prove);
	     k++) {
		lose(w, d, (enum crash_kind)k, at);
		if (!crash_disk_is_unsure(d))
			break;
	}
}

static void
tell(const struct crash_work *work, uint64_t mark)
{
	if (work->last_mark != NULL)
		*work->last_mark = mark;
	else
		work->told(work->arg, mark);
}

static void
walk_log(const struct crash_work *work, const struct disk_log *log,
    unsigned losses, uint64_t seed)
{
	struct check_folder folder = check_folder_new();
	struct walk w = { .work = work,
		.losses = losses,
		.images = seed,
		.folder = folder.path };
	struct rng lies = rng_make(seed);
	struct crash_disk *d = crash_disk_new(
	    log, losses == 1 ? prove_lies(work->prove) : 0, &lies);
	uint64_t mark = UINT64_MAX;

	for (size_t at = 1; crash_disk_step(d, &mark); at++) {
		if (mark != UINT64_MAX && losses == 1)
			tell(work, mark);
		mark = UINT64_MAX;
		if (prove_is_done(work->prove))
			break;
		w.rng = rng_make(seed * 1000003 + at);
		lose_here(&w, d, at);
	}
	crash_disk_free(d);
	check_folder_end(&folder);
}

void
crash_walk(const struct crash_work *work, const struct disk_log *log)
{
	walk_log(work, log, 1, work->seed);
}

/* So many places between a failure and the end, on average. */
#define BETWEEN_OF 4

void
crash_walk_failed(const struct crash_work *work, const struct disk_log *log,
    size_t failed_at, const char *fault)
{
	const size_t after = log->n - failed_at;
	struct check_folder folder = check_folder_new();
	struct rng r = rng_make(work->seed * 1000003 + failed_at);
	struct crash_disk *d = crash_disk_new(log, 0, NULL);
	uint64_t mark = UINT64_MAX;

	for (size_t at = 1; crash_disk_step(d, &mark); at++) {
		const enum crash_kind kind =
		    (enum crash_kind)rng_below(&r, CRASH_KINDS);
		const char *bad;

		if (mark != UINT64_MAX)
			tell(work, mark);
		mark = UINT64_MAX;
		if (at < failed_at ||
		    (at > failed_at && at < log->n &&
		        rng_below(&r, after) >= BETWEEN_OF))
			continue;
		if (prove_is_done(work->prove))
			break;
		crash_image(d, kind, &r, folder.path);
		prove_point(work->prove, fault);
		bad = work->check(work->arg, folder.path);
		if (bad != NULL)
			prove_violation(work->prove, work->seed,
			    "%s: %s after %zu steps of the disk, power lost "
			    "after %zu (%s): %s",
			    work->name, fault, failed_at, at,
			    crash_kind_word(kind), bad);
	}
	crash_disk_free(d);
	check_folder_end(&folder);
}
