/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_REAL_DEVICE_H
#define SUPPORT_REAL_DEVICE_H

#include "common/store/device_store.h"
#include "tests/support/engine_world.h"

/*
 * real_device -- a device's store and an engine_world's engine, with nothing
 * between them: what the two make of each other, and every byte that one sent.
 * Everything that fails here fails the test.
 */
struct real {
	struct dev dev; /* its row, keys and certificates at the office */
	struct check_folder folder;
	struct secret_key key;
	struct device_store *store;
	/* What the office sent it, as it is after unpacking, answer by
	 * answer. */
	struct buf heard;
	struct sync_progress last;     /* of the last round */
	unsigned sealed;               /* envelopes in the last request */
	void (*twist)(json_t *answer); /* changes each answer; NULL: as sent */
};
void real_start(struct real *r, struct world *w, struct id user);
void real_end(struct real *r);
/* A second machine goes on from a copy of the folder; both are one device to
 * the office.  End it before the first. */
void real_copy(struct real *of, struct real *copy);
void real_copy_end(struct real *copy);

/* A device's store alone, in a new folder, as its enrolment makes it. */
void real_store_start(const struct dev *d, struct check_folder *folder,
    struct secret_key *key, struct device_store **store);

/* Its folder is enrolled again, as another device of the same user. */
void real_again(struct real *r);

/* One request and its answer; true: there is more to ask. */
bool real_round(struct real *r);
/* A request that the office has had, and whose answer was lost. */
void real_lose(struct real *r, const struct sync_request *request);
/* Until there is no more; the number of rounds. */
unsigned real_sync(struct real *r);

/* Save one JSON text (' for ") at a path; record NULL makes a new one. */
struct id real_save(struct real *r, const struct id *record, const char *type,
    const char *path, const char *now);
/* A signed note of a case. */
struct id real_note(struct real *r, struct id of_case, const char *summary);
bool real_has(struct real *r, struct id id);
/* Its store's verify finds nothing. */
void real_verifies(struct real *r);
/* One number out of its database. */
int64_t real_number(struct real *r, const char *sql);
/* Is this anywhere in what the office sent it? */
bool real_heard(const struct real *r, const char *words);

/* Somebody closes a change that the office held. */
void world_close_held(struct world *w, struct id device, uint64_t counter,
    struct id actor, const char *why);

/* What two people confirmed: these words of a record go for good, and nothing
 * of them stays in the store's files.  path NULL: all that holds words. */
void world_erase(struct world *w, struct id record, const char *path);

/* A backup as the command makes it; the path is under the world's folder. */
void world_backup(struct world *w, const char *name);
/* Go on from it, as `restore` does, and let two people confirm who may see
 * what. */
void world_restore(struct world *w, const char *name);
/* The same without its knowing: the file is put in the store's place. */
void world_roll_back(struct world *w, const char *name);
/* Two people confirm who may see what. */
void world_confirm(struct world *w);

#endif
