/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of the disk fails while a device opens its notes and saves: each call
 * in turn, once and from then on, with each error that such a call plausibly
 * has.  A save that said it was done must be there at the next start, one that
 * said it was not is there whole or not at all, and the notes go on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/core/path.h"
#include "tests/prove/crash_image.h"
#include "tests/prove/prove.h"
#include "tests/support/device.h"

#define SAVES 3
#define TEXT_ROOM 256

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

struct scene {
	struct device device;
	struct id person; /* saved before anything failed */
	struct check_folder folder;
	struct crash_disk *base; /* the data folder as it was before */
	struct prove *prove;
	uint64_t seed;
};

/* What the saves said: the ids of those that were done, and how many were
 * tried. */
struct told {
	struct id done[SAVES];
	size_t n_done, n_tried;
};

static bool
try_save(struct device_store *store, const struct id *record, const char *path,
    const char *text, struct id *out)
{
	json_t *value = json_string(text);
	const struct edit edit = { .path = path, .now = value };
	struct save_result saved;
	struct err e;
	const enum err_code code = device_store_save(
	    store, record, "person", &edit, 1, NULL, &saved, &e);

	json_decref(value);
	if (code != ERR_OK)
		return false;
	*out = saved.id;
	save_result_fini(&saved);
	return true;
}

/* The work: what of it fails, fails. */
static void
work(const struct scene *s, struct told *told)
{
	struct device_store *store = NULL;
	char text[TEXT_ROOM];
	struct err e;

	if (device_store_open(s->folder.path, &s->device.key, &store, &e) !=
	    ERR_OK)
		return;
	for (size_t i = 0; i < SAVES; i++) {
		(void)snprintf(text, sizeof(text), "Saved %zu", i);
		told->n_tried++;
		if (try_save(store, NULL, "full_name", text,
		        &told->done[told->n_done]))
			told->n_done++;
	}
	device_store_close(store);
}

/* ---- what must hold after it ---- */

static const char *
is_whole(
    const struct scene *s, struct device_store *store, const struct told *told)
{
	struct verify_result v;
	struct record_view view;
	struct id other;
	struct err e;

	if (device_store_verify(store, &v, &e) != ERR_OK)
		return "it cannot be verified";
	if (!v.ok)
		return "it does not add up";
	if (v.written < 1 + told->n_done)
		return "a change that was saved is gone";
	if (v.written > 1 + told->n_tried)
		return "it has changes that nobody made";
	for (size_t i = 0; i < told->n_done; i++) {
		if (device_store_get(store, told->done[i], &view, &e) != ERR_OK)
			return "a saved person is gone";
		record_view_fini(&view);
	}
	if (!try_save(store, &s->person, "preferred_name", "After", &other))
		return "nothing can be saved any more";
	return NULL;
}

static const char *
check(const struct scene *s, const struct told *told)
{
	struct device_store *store = NULL;
	const char *bad;
	struct err e;

	if (device_store_open(s->folder.path, &s->device.key, &store, &e) !=
	    ERR_OK)
		return "it does not open";
	bad = is_whole(s, store, told);
	device_store_close(store);
	return bad;
}

/* ---- a seed ---- */

/* False when the work ended before its n-th call. */
static bool
fail_at(const struct scene *s, const struct fault *f, long n, bool for_good)
{
	struct rng rng = rng_make(s->seed);
	struct told told = { .n_done = 0 };
	const char *bad;
	bool has_failed;

	crash_image(s->base, CRASH_KEPT, &rng, s->folder.path);
	disk_record(s->folder.path);
	disk_fail(n, f->error, for_good);
	work(s, &told);
	has_failed = disk_has_failed();
	disk_log_free(disk_record_end());
	if (!has_failed)
		return false;
	bad = check(s, &told);
	prove_point(s->prove, f->word);
	prove_changes(s->prove, told.n_tried);
	prove_event(s->prove, told.n_done == SAVES ? "rode over" : "refused");
	if (bad != NULL)
		prove_violation(s->prove, s->seed, "%s at call %ld%s: %s",
		    f->word, n, for_good ? " and all after it" : "", bad);
	return true;
}

static void
fail_everywhere(const struct scene *s)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		for (int lasts = 0; lasts <= (faults[i].may_last ? 1 : 0);
		     lasts++)
			for (long n = 0; !prove_is_done(s->prove); n++)
				if (!fail_at(s, &faults[i], n, lasts == 1))
					break;
}

void
syscall_seed(struct prove *p, uint64_t seed)
{
	struct scene s = { .prove = p, .seed = seed };
	struct small_office *office = small_office_new();
	struct disk_log *log;

	device_start(office, "Ama", &s.device);
	s.person = device_new_person(&s.device, "Betty");
	device_store_close(s.device.store);
	s.device.store = NULL;
	disk_record(s.device.folder.path);
	log = disk_record_end();
	s.base = crash_disk_new(log, 0, NULL);
	s.folder = check_folder_new();
	fail_everywhere(&s);
	check_folder_end(&s.folder);
	crash_disk_free(s.base);
	disk_log_free(log);
	device_end(&s.device);
	small_office_free(office);
}
