/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of a device's disk fails, or finds it full, once or from then on,
 * while it saves, syncs, opens again and is killed; then the power goes.
 * Whoever asked for something that was not done was told so with an error of
 * the disk; what was told to be saved is there, what went to the office is too,
 * and everything adds up.
 */
#include "tests/prove/crash_device_fault.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "tests/prove/crash_store.h"
#include "tests/prove/crash_walk.h"
#include "tests/support/device.h"

#define STEPS 10
#define PEOPLE_MAX 8
#define SAVES_MAX 32
#define TRIPS_MAX 20
/* A disk's failing is drawn again where the work did not get to it. */
#define DRAWS_MAX 4
/* No run of fewer points need meet them all. */
#define ALL_FROM 150

/* Marks: what is said in the upper half, a number in the lower. */
enum mark_kind { MARK_BEGUN, MARK_SAVED, MARK_SENT, MARK_RECEIPTED };

struct scene {
	struct small_office *office;
	struct device here, peer;
	struct id people[PEOPLE_MAX];
	size_t n_people;
	struct crash_save saves[SAVES_MAX];
	size_t n_saves;
	struct rng rng;
	struct prove *prove;
	bool was_refused;
	const char *bad; /* what was wrong while it worked, or NULL */
	struct crash_told told;
};

static void
mark(enum mark_kind kind, uint64_t number)
{
	disk_mark((uint64_t)kind << 32 | number);
}

/* False when it was done; else the error must be one that says so. */
static bool
refused(struct scene *s, enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return false;
	s->was_refused = true;
	if (!disk_has_failed())
		s->bad = "it was refused before the disk failed";
	else if (code != ERR_IO)
		s->bad = "a disk that failed is told as another error";
	else if (e->msg[0] == '\0')
		s->bad = "a disk that failed is told without a word";
	return true;
}

/* ---- the work ---- */

/* As a command does: alone, where the disk has no room for company. */
static bool
opened(struct scene *s)
{
	struct device *d = &s->here;
	enum err_code code;
	struct err e;

	if (d->store != NULL)
		return true;
	code = device_store_open(d->folder.path, &d->key, &d->store, &e);
	if (code == ERR_IO)
		code = device_store_open_alone(
		    d->folder.path, &d->key, &d->store, &e);
	return !refused(s, code, &e);
}

static void
do_save(struct scene *s, const struct id *person)
{
	struct crash_save *a = &s->saves[s->n_saves++];
	struct edit edit = { .path = person == NULL ? "full_name"
		                                    : "preferred_name" };
	struct save_result result;
	enum err_code code;
	json_t *words;
	struct err e;

	*a = (struct crash_save){ .is_new = person == NULL };
	(void)snprintf(a->text, sizeof(a->text), "Text %zu", s->n_saves);
	if (person != NULL)
		a->person = *person;
	mark(MARK_BEGUN, s->n_saves);
	edit.now = words = json_string(a->text);
	code = device_store_save(
	    s->here.store, person, "person", &edit, 1, NULL, &result, &e);
	json_decref(words);
	if (refused(s, code, &e))
		return;
	a->is_saved = true;
	a->person = result.id;
	a->counter = result.counter;
	mark(MARK_SAVED, s->n_saves);
	if (person == NULL)
		s->people[s->n_people++] = result.id;
	save_result_fini(&result);
}

static void
do_new(struct scene *s)
{
	if (s->n_people < PEOPLE_MAX)
		do_save(s, NULL);
}

static void
do_edit(struct scene *s)
{
	if (s->n_people > 0)
		do_save(s, &s->people[rng_below(&s->rng, s->n_people)]);
}

/* One request and its answer; true: ask again. */
static bool
exchange(struct scene *s, bool full, struct sync_progress *p)
{
	struct device_store *store = s->here.store;
	const uint64_t asked = clock_mono_ms();
	struct store_status status;
	struct sync_request r;
	struct sync_answer a;
	enum err_code code;
	struct err e;

	sync_request_init(&r);
	if (refused(s, device_store_sync_request(store, full, &r, &e), &e)) {
		sync_request_fini(&r);
		return false;
	}
	for (size_t i = 0; i < r.n_batches; i++)
		mark(MARK_SENT, r.batches[i].to);
	small_office_answer(
	    s->office, device_store_identity(store)->device, &r, 0, &a);
	code =
	    device_store_sync_answer(store, &a, asked, clock_mono_ms(), p, &e);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	if (refused(s, code, &e))
		return false;
	if (!refused(s, device_store_status(store, &status, &e), &e))
		mark(MARK_RECEIPTED, status.receipted);
	return p->more;
}

static void
do_sync(struct scene *s)
{
	struct sync_progress p = { .more = true };
	unsigned trips = 0;

	while (exchange(s, p.resend_full, &p))
		if (++trips == TRIPS_MAX) {
			s->bad = "syncing does not come to an end";
			return;
		}
}

/* Somebody else writes, so that a sync has something to pull. */
static void
do_peer(struct scene *s)
{
	(void)device_new_person(&s->peer, "Other");
	(void)small_office_sync(s->office, s->peer.store);
	do_sync(s);
}

static void
do_reopen(struct scene *s)
{
	device_store_close(s->here.store);
	s->here.store = NULL;
	(void)opened(s);
}

/* The process is killed: what it wrote is seen by the next one, also what a
 * sync that failed has dropped. */
static void
do_kill(struct scene *s)
{
	static const char *const names[] = { "notes.db", "notes.db-wal" };
	char path[2][FILE_PATH_MAX];
	struct buf kept[2];
	struct err e;

	disk_pause(true);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&kept[i], (size_t)64 * 1024 * 1024);
		assert_true(file_join(path[i], s->here.folder.path, names[i]));
		assert_ok(file_load(path[i], &kept[i], &e), &e);
	}
	device_store_close(s->here.store);
	s->here.store = NULL;
	for (size_t i = 0; i < 2; i++) {
		assert_ok(file_save(path[i], kept[i].ptr, kept[i].len, &e), &e);
		buf_fini(&kept[i]);
	}
	disk_pause(false);
	prove_event(s->prove, "kills");
	(void)opened(s);
}

static void
do_draft(struct scene *s)
{
	json_t *draft = json_pack("{s:s}", "summary", "not cut yet");
	struct err e;

	(void)refused(
	    s, device_store_draft_put(s->here.store, "note", draft, &e), &e);
	json_decref(draft);
}

static void
work(struct scene *s)
{
	static void (*const steps[])(struct scene *) = { do_new, do_edit,
		do_edit, do_sync, do_peer, do_reopen, do_kill, do_draft };
	static void (*const last[])(struct scene *) = { do_new, do_sync,
		do_edit, do_kill, do_sync, do_edit, do_reopen, do_edit };

	for (size_t i = 0; i < STEPS; i++)
		if (opened(s))
			steps[rng_below(
			    &s->rng, sizeof(steps) / sizeof(steps[0]))](s);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		if (opened(s))
			last[i](s);
	device_store_close(s->here.store);
	s->here.store = NULL;
}

/* ---- what must hold after the power went ---- */

static const char *
check(void *arg, const char *folder)
{
	const struct scene *s = arg;

	return crash_store_check(folder, &s->here.key, s->saves, &s->told);
}

static void
take_mark(void *arg, uint64_t number)
{
	struct scene *s = arg;
	uint64_t *const told[] = {
		[MARK_BEGUN] = &s->told.begun,
		[MARK_SAVED] = &s->told.saved,
		[MARK_SENT] = &s->told.sent,
		[MARK_RECEIPTED] = &s->told.receipted,
	};

	*told[number >> 32] = number & UINT32_MAX;
}

/* ---- a seed ---- */

struct failing {
	struct prove *prove;
	uint64_t seed;
	const struct disk_fault *fault;
	bool for_good;
	long n;     /* negative: it does not fail */
	long calls; /* of the fault's kind, when nothing failed */
};

static void
look(const struct failing *f, struct scene *s, const struct disk_log *log)
{
	const struct crash_work walked = { .prove = f->prove,
		.seed = f->seed,
		.name = "saving and syncing",
		.arg = s,
		.told = take_mark,
		.check = check };

	prove_event(f->prove, f->fault->event);
	prove_event(f->prove, s->was_refused ? "refused" : "rode over");
	prove_changes(f->prove, s->n_saves);
	if (s->bad != NULL)
		prove_violation(f->prove, f->seed, "%s%s, call %ld: %s",
		    f->fault->word, f->for_good ? " and on" : "", f->n, s->bad);
	crash_walk_failed(&walked, log, disk_failed_at(), f->fault->word);
}

/* The work, all of it from the beginning; true when its disk failed. */
static bool
try_once(struct failing *f)
{
	struct scene s = { .rng = rng_make(f->seed), .prove = f->prove };
	struct disk_log *log;
	bool has_failed;

	s.office = small_office_new();
	device_start(s.office, "Ama", &s.here);
	device_start(s.office, "Joe", &s.peer);
	/* An office has a history before its devices ask for it. */
	(void)device_new_person(&s.peer, "First");
	(void)small_office_sync(s.office, s.peer.store);
	device_store_close(s.here.store);
	s.here.store = NULL;
	disk_record(s.here.folder.path);
	disk_fail_as(f->fault, f->n, f->for_good);
	work(&s);
	f->calls = disk_calls(f->fault->of);
	has_failed = disk_has_failed();
	log = disk_record_end();
	if (has_failed)
		look(f, &s, log);
	disk_log_free(log);
	device_end(&s.here);
	device_end(&s.peer);
	small_office_free(s.office);
	return has_failed;
}

/* At a call that the seed draws of those that the work has. */
static void
fail_somewhere(struct prove *p, uint64_t seed, size_t fault, bool for_good)
{
	struct rng r = rng_make(seed * 1000003 + 2 * fault + for_good);
	struct failing f = { .prove = p,
		.seed = seed,
		.fault = &disk_faults[fault],
		.for_good = for_good,
		.n = -1 };

	(void)try_once(&f);
	for (unsigned i = 0; i < DRAWS_MAX && f.calls > 0; i++) {
		f.n = (long)rng_below(&r, (uint64_t)f.calls);
		if (try_once(&f))
			break;
	}
}

void
crash_device_fault(struct prove *p, uint64_t seed)
{
	const bool all = prove_left(p) >= ALL_FROM;

	if (prove_lies(p) > 0)
		return;
	for (size_t i = 0; i < DISK_FAULTS; i++) {
		if (all)
			prove_must(p, disk_faults[i].event);
		for (unsigned k = 0; k < 2 && !prove_is_done(p); k++)
			fail_somewhere(p, seed, i, k == 1);
	}
}
