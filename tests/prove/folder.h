/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_FOLDER_H
#define PROVE_FOLDER_H

#include "common/base/file.h"
#include "tests/prove/crash_walk.h"
#include "tests/support/device.h"

/*
 * folder -- a data folder with key slots, as enrolment makes one, and rare
 * works on it that the power may interrupt (crash_folder.c).
 */
#define FOLDER_SAVES 3

struct folder {
	struct prove *prove;
	struct rng rng;
	struct small_office *office;
	struct device_identity identity, fresh; /* fresh: to enrol again with */
	struct secret_key dbkey, page_key;
	struct seal_key recovery, recovery_new;
	struct check_folder home;
	struct device_store *store; /* open while a work uses it */
	struct id people[FOLDER_SAVES];
	struct receipt receipt; /* of all that was saved, not taken in yet */
	uint64_t told;          /* the last mark */
};

/* One rare work. */
struct folder_work {
	const char *name, *event;
	void (*before)(struct folder *f); /* not recorded; may be NULL */
	void (*work)(struct folder *f);   /* recorded; marks 1, 2 ... */
	const char *(*check)(struct folder *f, const char *home);
};
extern const struct folder_work folder_enrolling, folder_passphrase,
    folder_wipe; /* folder_keys.c */
extern const struct folder_work folder_receipts, folder_again, folder_renewal,
    folder_upgrade;                          /* folder_notes.c */
extern const struct folder_work folder_lost; /* folder_lost.c */

/* The words in every text that is saved, and in no file to be read. */
#define FOLDER_MARKER "Plainly Readable"
#define FOLDER_OLD_WORDS "old words"

/* Make the folder as enrolment does when the office has answered. */
void folder_enrol(struct folder *f);
/* Make it, and save in it; none of it has a receipt. */
void folder_make(struct folder *f);
void folder_open(struct folder *f);
void folder_close(struct folder *f);
/* NULL when the notes open with this key, add up, show everything that
 * folder_make saved and take one more save. */
const char *folder_notes_whole(struct folder *f, const char *home);
/* NULL when every change without a receipt waits sealed, for this device. */
const char *folder_sealed_whole(
    const char *home, uint64_t receipted, uint64_t written);
/* Whether a passphrase opens the slots in a folder. */
bool folder_opens(
    const struct folder *f, const char *home, const char *passphrase);

#endif
