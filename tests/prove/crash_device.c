/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power goes while a device saves, syncs and locks: at every place of the
 * work, with everything that the disk may hold then, its folder is opened as
 * at the next start.  What it told somebody before must be there (P1, P8), and
 * what is there must add up (P3).
 */
#include <stdio.h>

#include "tests/prove/crash_device_fault.h"
#include "tests/prove/crash_folder.h"
#include "tests/prove/crash_store.h"
#include "tests/prove/crash_walk.h"
#include "tests/support/device.h"

#define STEPS 14
#define PEOPLE_MAX 8
#define SAVES_MAX 64
#define MARK_RECEIPTED ((uint64_t)1 << 32)

struct scene {
	struct small_office *office;
	struct device here, peer;
	struct id people[PEOPLE_MAX];
	size_t n_people;
	struct crash_save saves[SAVES_MAX];
	size_t n_saves;
	struct rng rng;
	struct prove *prove;
	struct crash_told told;
};

static void
saved_add(struct scene *s, struct id person, bool is_new, const char *text)
{
	struct crash_save *one = &s->saves[s->n_saves++];

	*one = (struct crash_save){ .person = person,
		.is_new = is_new,
		.is_saved = true,
		.counter = s->n_saves };
	(void)snprintf(one->text, sizeof(one->text), "%s", text);
}

/* ---- the work ---- */

static void
do_new(struct scene *s)
{
	char text[32];
	struct id id;

	if (s->n_people == PEOPLE_MAX)
		return;
	(void)snprintf(text, sizeof(text), "Person %zu", s->n_saves);
	id = device_new_person(&s->here, text);
	disk_mark(s->n_saves + 1);
	saved_add(s, id, true, text);
	s->people[s->n_people++] = id;
	prove_event(s->prove, "saves");
}

static void
do_edit(struct scene *s)
{
	char text[32];
	struct id id;

	if (s->n_people == 0)
		return;
	id = s->people[rng_below(&s->rng, s->n_people)];
	(void)snprintf(text, sizeof(text), "Called %zu now", s->n_saves);
	device_edit_text(&s->here, id, "preferred_name", text);
	disk_mark(s->n_saves + 1);
	saved_add(s, id, false, text);
	prove_event(s->prove, "saves");
}

static void
do_sync(struct scene *s)
{
	struct store_status status;
	struct err e;

	(void)small_office_sync(s->office, s->here.store);
	assert_ok(device_store_status(s->here.store, &status, &e), &e);
	disk_mark(MARK_RECEIPTED | status.receipted);
	if (status.receipted > 0)
		prove_event(s->prove, "receipts");
}

/* Somebody else writes, so that a sync has something to pull. */
static void
do_peer(struct scene *s)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "Other %zu", s->n_saves);
	(void)device_new_person(&s->peer, text);
	(void)small_office_sync(s->office, s->peer.store);
	do_sync(s);
	prove_event(s->prove, "pulls");
}

static void
do_reopen(struct scene *s)
{
	struct err e;

	device_store_close(s->here.store);
	s->here.store = NULL;
	assert_ok(device_store_open(
	              s->here.folder.path, &s->here.key, &s->here.store, &e),
	    &e);
}

static void
do_draft(struct scene *s)
{
	json_t *draft = json_pack("{s:s}", "summary", "not cut yet");
	struct err e;

	assert_ok(device_store_draft_put(s->here.store, "note", draft, &e), &e);
	json_decref(draft);
}

static void
work(struct scene *s)
{
	static void (*const steps[])(struct scene *) = { do_new, do_edit,
		do_edit, do_edit, do_sync, do_peer, do_reopen, do_draft };

	do_new(s);
	for (size_t i = 0; i < STEPS; i++)
		steps[rng_below(&s->rng, sizeof(steps) / sizeof(steps[0]))](s);
	do_peer(s);
}

/* ---- a seed ---- */

static const char *
check(void *arg, const char *folder)
{
	const struct scene *s = arg;

	return crash_store_check(folder, &s->here.key, s->saves, &s->told);
}

/* After one save the next begins, until there is none. */
static void
told_saved(struct scene *s, uint64_t saved)
{
	s->told.saved = saved;
	s->told.begun = saved + (saved < s->n_saves);
}

static void
take_mark(void *arg, uint64_t mark)
{
	struct scene *s = arg;

	if (mark >= MARK_RECEIPTED)
		s->told.receipted = mark - MARK_RECEIPTED;
	else
		told_saved(s, mark);
}

static void
start(void *arg, const char *folder)
{
	const struct scene *s = arg;
	struct device_store *store = NULL;

	if (device_store_open(folder, &s->here.key, &store, NULL) == ERR_OK)
		device_store_close(store);
}

static void
everyday(struct prove *p, uint64_t seed)
{
	struct scene s = { .rng = rng_make(seed), .prove = p };
	const struct crash_work walked = { .prove = p,
		.seed = seed,
		.name = "saving and syncing",
		.arg = &s,
		.told = take_mark,
		.start = start,
		.check = check };
	struct disk_log *log;
	struct err e;

	s.office = small_office_new();
	device_start(s.office, "Ama", &s.here);
	device_start(s.office, "Joe", &s.peer);
	device_store_close(s.here.store);
	s.here.store = NULL;
	disk_record(s.here.folder.path);
	assert_ok(device_store_open(
	              s.here.folder.path, &s.here.key, &s.here.store, &e),
	    &e);
	work(&s);
	device_store_close(s.here.store);
	s.here.store = NULL;
	log = disk_record_end();
	prove_changes(p, s.n_saves);
	told_saved(&s, 0);
	crash_walk(&walked, log);
	disk_log_free(log);
	device_end(&s.here);
	device_end(&s.peer);
	small_office_free(s.office);
}

/* Whoever deals the seeds by twos meets both kinds, each after a disk that
 * fails. */
void
crash_device_seed(struct prove *p, uint64_t seed)
{
	crash_device_fault(p, seed);
	if (seed / 2 % 2 == 0)
		everyday(p, seed);
	else
		crash_folder(p, seed);
}
