/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of the office's disk fails, or finds it full, once or from then on,
 * while it receives and applies; the disk is mended, or the power goes, and the
 * office starts again.  What it gave a receipt for is there with the same link,
 * everything adds up, and what it gave none for is received when it is sent
 * again.
 */
#include "tests/prove/crash_fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/sys/json.h"
#include "tests/prove/crash_walk.h"
#include "tests/prove/office_adds_up.h"
#include "tests/support/engine_world.h"

#define PUSHES 3
#define CHANGES_A_PUSH 2
/* Of the calls of a work every so many-th is made to fail, another for each
 * seed. */
#define CALLS_STRIDE 7
/* A disk's failing is drawn again where the work did not get to it. */
#define DRAWS_MAX 4
/* No run of fewer points need meet them all. */
#define ALL_FROM 300

struct scene {
	struct world w;
	struct dev d;
	struct crash_disk *base; /* the office before the work */
	struct prove *prove;
	uint64_t told; /* highest counter that a receipt came for */
};

static const struct fault {
	int error;
	bool lasts;
	const char *word;
} faults[] = { { EIO, false, "EIO" }, { EIO, true, "EIO for good" },
	{ ENOSPC, false, "ENOSPC" }, { ENOSPC, true, "ENOSPC for good" } };

/* A request may fail in any way but one: a receipt for another link. */
static const char *
try_push(struct scene *s)
{
	struct sync_request r;
	struct sync_answer got;
	struct answer a;
	json_t *json = NULL;
	const char *bad = NULL;
	struct err e;

	dev_request(&s->d, &r);
	r.pull = false;
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	a = dev_send(&s->d, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	sync_request_fini(&r);
	if (a.status != 200) {
		answer_end(&a);
		return NULL;
	}
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &got, &e), &e);
	for (size_t i = 0; i < got.n_receipts && bad == NULL; i++) {
		const struct receipt *one = &got.receipts[i];

		if (one->counter > s->d.n_journal ||
		    !hash32_equal(one->link, s->d.links[one->counter - 1]))
			bad = "a receipt is for another link";
		else if (one->counter > s->told)
			s->told = one->counter;
	}
	disk_mark(s->told);
	json_decref(json);
	sync_answer_fini(&got);
	answer_end(&a);
	return bad;
}

static const char *
work(struct scene *s)
{
	const size_t all = s->d.n_journal;
	const char *bad = NULL;

	for (size_t i = 1; i <= PUSHES && bad == NULL; i++) {
		s->d.n_journal = i * CHANGES_A_PUSH;
		bad = try_push(s);
		s->d.receipted = s->told;
	}
	s->d.n_journal = all;
	return bad;
}

static const char *
receipted_is_here(const struct scene *s, struct engine *g)
{
	struct office_store *store = engine_store(g);
	struct intake_change c;
	const char *bad = NULL;
	struct err e;

	if (store_begin_read(store, &e) != ERR_OK)
		return "it cannot be read";
	for (uint64_t n = 1; n <= s->told && bad == NULL; n++) {
		if (store_intake_get(store, s->d.id, n, &c, &e) != ERR_OK)
			bad = "what has a receipt is gone";
		else if (!hash32_equal(c.link, s->d.links[n - 1]))
			bad = "the office holds another link than it signed";
		if (bad == NULL)
			intake_change_fini(&c);
	}
	store_rollback(store);
	return bad;
}

/* From the office as it was, with a disk that `arm` makes fail. */
static const char *
work_again(struct scene *s, void (*arm)(const void *arg), const void *arg)
{
	struct rng unused = rng_make(0);
	const char *bad;

	engine_close(s->w.g);
	s->w.g = NULL;
	crash_image(s->base, CRASH_KEPT, &unused, s->w.folder.path);
	s->told = 0;
	s->d.receipted = 0;
	disk_record(s->w.folder.path);
	world_restart(&s->w);
	arm(arg);
	bad = work(s);
	return bad;
}

/* The disk is mended, and the office starts again. */
static const char *
goes_on(struct scene *s)
{
	const char *bad;

	world_restart(&s->w);
	bad = receipted_is_here(s, s->w.g);
	if (bad == NULL) { /* P5: sent again, all of it */
		s->d.receipted = s->told;
		bad = try_push(s);
	}
	if (bad == NULL && s->told < s->d.n_journal)
		bad = "what had no receipt is not received again";
	return bad != NULL ? bad : office_adds_up(s->w.g);
}

/* ---- at every place, mended ---- */

struct any_call {
	const struct fault *fault;
	long n;
};

static void
arm_any(const void *arg)
{
	const struct any_call *c = arg;

	disk_fail(c->n, c->fault->error, c->fault->lasts);
}

/* *met_out: the work got to its n-th call. */
static const char *
fail_at(struct scene *s, const struct fault *f, long n, bool *met_out)
{
	const struct any_call call = { f, n };
	const char *bad = work_again(s, arm_any, &call);

	*met_out = disk_has_failed();
	disk_log_free(disk_record_end());
	return bad != NULL ? bad : goes_on(s);
}

static void
fail_everywhere(struct scene *s, uint64_t seed)
{
	const size_t n_faults = sizeof(faults) / sizeof(faults[0]);
	bool met = true;

	for (long n = (long)(seed % CALLS_STRIDE);
	     met && !prove_is_done(s->prove); n += CALLS_STRIDE)
		for (size_t i = 0; i < n_faults && met; i++) {
			const char *bad = fail_at(s, &faults[i], n, &met);

			if (!met)
				break;
			prove_point(s->prove, faults[i].word);
			prove_event(
			    s->prove, s->told > 0 ? "rode over" : "refused");
			if (bad != NULL)
				prove_violation(s->prove, seed,
				    "%s at call %ld of the office's disk: %s",
				    faults[i].word, n, bad);
		}
}

/* ---- a kind of call, and then the power goes ---- */

struct kind_of_call {
	const struct disk_fault *fault;
	bool for_good;
	long n; /* negative: it does not fail */
};

static void
arm_kind(const void *arg)
{
	const struct kind_of_call *c = arg;

	disk_fail_as(c->fault, c->n, c->for_good);
}

static void
take_mark(void *arg, uint64_t mark)
{
	struct scene *s = arg;

	s->told = mark;
}

static const char *
check(void *arg, const char *folder)
{
	struct scene *s = arg;
	const struct engine_options o = { .data = folder, .key = &s->w.key };
	struct engine *g = NULL;
	const char *bad;
	struct err e;

	if (engine_open(&o, &g, &e) != ERR_OK)
		return "it does not open";
	bad = receipted_is_here(s, g);
	while (bad == NULL && engine_work(g) == 0)
		continue;
	if (bad == NULL)
		bad = office_adds_up(g);
	engine_close(g);
	return bad;
}

/* Mended, or with the power gone; true when the disk failed. */
static bool
fail_kind(struct scene *s, uint64_t seed, const struct kind_of_call *c)
{
	const struct crash_work walked = { .prove = s->prove,
		.seed = seed,
		.name = "receiving and applying",
		.arg = s,
		.told = take_mark,
		.check = check };
	const char *bad = work_again(s, arm_kind, c);
	const bool has_failed = disk_has_failed();
	const size_t failed_at = disk_failed_at();
	struct disk_log *log = disk_record_end();

	if (has_failed) {
		prove_event(s->prove, c->fault->event);
		prove_event(s->prove, s->told > 0 ? "rode over" : "refused");
		prove_point(s->prove, c->fault->word);
		if (bad == NULL)
			bad = goes_on(s);
		if (bad != NULL)
			prove_violation(s->prove, seed,
			    "%s%s at call %ld of the office's disk: %s",
			    c->fault->word, c->for_good ? " and on" : "", c->n,
			    bad);
		s->told = 0;
		crash_walk_failed(&walked, log, failed_at, c->fault->word);
	}
	disk_log_free(log);
	return has_failed;
}

/* At a call that the seed draws of those that the work has. */
static void
fail_somewhere(struct scene *s, uint64_t seed, size_t fault, bool for_good)
{
	struct rng r = rng_make(seed * 1000003 + 2 * fault + for_good);
	struct kind_of_call c = { &disk_faults[fault], for_good, -1 };
	long calls;

	(void)fail_kind(s, seed, &c);
	calls = disk_calls(c.fault->of);
	if (calls > 0 && prove_left(s->prove) >= ALL_FROM)
		prove_must(s->prove, c.fault->event);
	for (unsigned i = 0; i < DRAWS_MAX && calls > 0; i++) {
		c.n = (long)rng_below(&r, (uint64_t)calls);
		if (fail_kind(s, seed, &c))
			break;
	}
}

static void
fail_each_kind(struct scene *s, uint64_t seed)
{
	for (size_t i = 0; i < DISK_FAULTS; i++)
		for (unsigned k = 0; k < 2 && !prove_is_done(s->prove); k++)
			fail_somewhere(s, seed, i, k == 1);
}

/* ---- a seed ---- */

static void
with_scene(
    struct prove *p, uint64_t seed, void (*run)(struct scene *s, uint64_t seed))
{
	struct scene s = { .prove = p };
	struct disk_log *log;

	world_start(&s.w);
	dev_start(&s.d, &s.w, world_add_user(&s.w, "Ama"), DEVICE_ACTIVE);
	world_forget_users(&s.w); /* writes down how the device came */
	while (s.d.n_journal < (size_t)PUSHES * CHANGES_A_PUSH)
		(void)dev_person(&s.d, "Person");
	engine_close(s.w.g);
	s.w.g = NULL;
	disk_record(s.w.folder.path);
	log = disk_record_end();
	s.base = crash_disk_new(log, 0, NULL);
	run(&s, seed);
	prove_changes(p, s.d.n_journal);
	crash_disk_free(s.base);
	disk_log_free(log);
	dev_end(&s.d);
	world_end(&s.w);
}

void
crash_fault(struct prove *p, uint64_t seed)
{
	with_scene(p, seed, fail_everywhere);
}

void
crash_fault_kinds(struct prove *p, uint64_t seed)
{
	if (prove_lies(p) == 0)
		with_scene(p, seed, fail_each_kind);
}
