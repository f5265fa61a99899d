/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power goes while something rare is done to a data folder: it is made, its
 * passphrase changes, it is enrolled again, renewed, upgraded, wiped, or takes
 * in receipts that came while it was locked.  At every moment a passphrase that
 * its user knows opens it, nothing saved is lost, what was told stands, and
 * nothing that anybody wrote lies there to be read.
 */
#include "tests/prove/crash_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/prove/folder.h"

/* The longest comes last. */
static const struct folder_work *const works[] = { &folder_lost, &folder_wipe,
	&folder_passphrase, &folder_renewal, &folder_upgrade, &folder_receipts,
	&folder_again, &folder_enrolling };

/* ---- nothing readable ---- */

static int
find_words(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct buf b;
	struct err e;
	int found = 0;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	buf_init(&b, (size_t)64 * 1024 * 1024);
	if (file_load(path, &b, &e) == ERR_OK && b.len > 0)
		found = memmem(b.ptr, b.len, FOLDER_MARKER,
		            sizeof(FOLDER_MARKER) - 1) != NULL;
	buf_fini(&b);
	return found;
}

/* ---- one work ---- */

struct walked {
	struct folder *f;
	const struct folder_work *work;
};

static void
start(void *arg, const char *home)
{
	const struct walked *w = arg;
	struct device_store *store = NULL;

	if (device_store_open(home, &w->f->page_key, &store, NULL) == ERR_OK)
		device_store_close(store);
}

static const char *
check(void *arg, const char *home)
{
	const struct walked *w = arg;

	if (nftw(home, find_words, 8, FTW_PHYS) != 0)
		return "what was written can be read without a key";
	return w->work->check(w->f, home);
}

static void
walk_one(struct prove *p, uint64_t seed, const struct folder_work *work)
{
	struct folder f = { .prove = p,
		.rng = rng_make(seed),
		.office = small_office_new(),
		.home = check_folder_new() };
	struct walked walked = { .f = &f, .work = work };
	const struct crash_work crash = { .prove = p,
		.seed = seed,
		.name = work->name,
		.arg = &walked,
		.last_mark = &f.told,
		.start = start,
		.check = check };
	struct disk_log *log;

	small_office_device(f.office, FOLDER_MARKER, &f.identity);
	device_identity_init(&f.fresh);
	receipt_init(&f.receipt);
	seal_key_make(&f.recovery);
	seal_key_make(&f.recovery_new);
	if (work->before != NULL)
		work->before(&f);
	disk_record(f.home.path);
	work->work(&f);
	folder_close(&f);
	log = disk_record_end();
	prove_event(p, work->event);
	prove_changes(p, FOLDER_SAVES);
	crash_walk(&crash, log);
	disk_log_free(log);
	receipt_fini(&f.receipt);
	device_identity_fini(&f.identity);
	device_identity_fini(&f.fresh);
	check_folder_end(&f.home);
	small_office_free(f.office);
}

void
crash_folder(struct prove *p, uint64_t seed)
{
	for (size_t i = 0;
	     i < sizeof(works) / sizeof(works[0]) && !prove_is_done(p); i++)
		walk_one(p, seed, works[i]);
}
