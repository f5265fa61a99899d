/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power goes while the office receives and applies: at every place of the
 * work, with everything that the disk may hold then, its folder is opened as
 * at the next start.  What it gave a receipt for must be there with the same
 * link (P1, P3), comes to its outcome, and everything must add up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prove/crash_fault.h"
#include "tests/prove/crash_office.h"
#include "tests/prove/crash_walk.h"
#include "tests/prove/office_adds_up.h"
#include "tests/support/engine_world.h"

#define STEPS 10
#define DEVICES 2

/* How far each device's journal had a receipt before the power went. */
struct told {
	uint64_t receipted[DEVICES];
};

struct scene {
	struct world w;
	struct dev devs[DEVICES];
	struct rng rng;
	struct prove *prove;
	struct told told;
};

/* ---- the work ---- */

static void
mark_receipts(struct scene *s)
{
	for (size_t i = 0; i < DEVICES; i++)
		disk_mark((uint64_t)i << 32 | s->devs[i].receipted);
	prove_event(s->prove, "receipts");
}

static void
work(struct scene *s)
{
	for (size_t i = 0; i < STEPS; i++) {
		struct dev *d = &s->devs[rng_below(&s->rng, DEVICES)];
		char name[32];

		(void)snprintf(name, sizeof(name), "Person %zu", i);
		(void)dev_person(d, name);
		if (rng_below(&s->rng, 2) == 0)
			(void)dev_case(d, dev_person(d, "Second"));
		if (rng_below(&s->rng, 3) == 0)
			dev_sync(d);
		else
			dev_push(d);
		mark_receipts(s);
	}
}

/* ---- what must hold after a crash ---- */

static const char *
receipted_is_here(
    const struct scene *s, struct office_store *store, const struct told *told)
{
	for (size_t i = 0; i < DEVICES; i++) {
		const struct dev *d = &s->devs[i];
		struct office_device known;
		struct intake_change c;
		bool is_same;
		struct err e;

		if (told->receipted[i] == 0)
			continue;
		if (store_device_get(store, d->id, &known, &e) != ERR_OK ||
		    known.counter < told->receipted[i])
			return "what has a receipt is gone";
		if (store_intake_get(
		        store, d->id, told->receipted[i], &c, &e) != ERR_OK)
			return "a change that has a receipt cannot be read";
		is_same = memcmp(c.link.b, d->links[told->receipted[i] - 1].b,
		              HASH32_LEN) == 0;
		intake_change_fini(&c);
		if (!is_same)
			return "the office holds another link than it signed";
	}
	return NULL;
}

/* Everything received comes to its outcome, and all adds up. */
static const char *
office_is_whole(struct engine *g)
{
	while (engine_work(g) == 0)
		continue;
	return office_adds_up(g);
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
	if (store_begin_read(engine_store(g), &e) != ERR_OK) {
		engine_close(g);
		return "it cannot be read";
	}
	bad = receipted_is_here(s, engine_store(g), &s->told);
	store_rollback(engine_store(g));
	if (bad == NULL)
		bad = office_is_whole(g);
	if (bad == NULL)
		prove_event(s->prove, "outcomes");
	engine_close(g);
	return bad;
}

/* ---- a seed ---- */

static void
take_mark(void *arg, uint64_t mark)
{
	struct scene *s = arg;

	s->told.receipted[mark >> 32] = mark & UINT32_MAX;
}

static void
start(void *arg, const char *folder)
{
	const struct scene *s = arg;
	const struct engine_options o = { .data = folder, .key = &s->w.key };
	struct engine *g = NULL;

	if (engine_open(&o, &g, NULL) != ERR_OK)
		return;
	while (engine_work(g) == 0)
		continue;
	engine_close(g);
}

static void
everyday(struct prove *p, uint64_t seed)
{
	struct scene s = { .rng = rng_make(seed), .prove = p };
	const struct crash_work walked = { .prove = p,
		.seed = seed,
		.name = "receiving and applying",
		.arg = &s,
		.told = take_mark,
		.start = start,
		.check = check };
	struct disk_log *log;

	world_start(&s.w);
	for (size_t i = 0; i < DEVICES; i++)
		dev_start(&s.devs[i], &s.w,
		    world_add_user(&s.w, i == 0 ? "Ama" : "Joe"),
		    DEVICE_ACTIVE);
	world_forget_users(&s.w); /* writes down how its devices came */
	engine_close(s.w.g);
	s.w.g = NULL;
	disk_record(s.w.folder.path);
	world_restart(&s.w);
	work(&s);
	log = disk_record_end();
	for (size_t i = 0; i < DEVICES; i++)
		prove_changes(p, s.devs[i].n_journal);
	crash_walk(&walked, log);
	disk_log_free(log);
	for (size_t i = 0; i < DEVICES; i++)
		dev_end(&s.devs[i]);
	world_end(&s.w);
}

/* Whoever deals the seeds by twos meets all kinds, each after a disk that
 * fails. */
void
crash_central_seed(struct prove *p, uint64_t seed)
{
	crash_fault_kinds(p, seed);
	if (seed / 2 % 2 == 0)
		everyday(p, seed);
	else if (seed / 4 % 2 == 0)
		crash_office(p, seed);
	else
		crash_fault(p, seed);
}
