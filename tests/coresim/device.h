/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_DEVICE_H
#define CORESIM_DEVICE_H

#include "tests/coresim/network.h"
#include "tests/coresim/world.h"

/*
 * device -- a folder: its journal, what the office told, and what it shows.
 */
struct shown {
	const struct state *told; /* confirmed, or NULL */
	uint64_t own;             /* last own counter contained in it */
	json_t *own_held;         /* below it and held; or NULL */
	uint64_t epoch;           /* the office's when it told */
	bool is_dropped;
	const struct state *view; /* with own work on top; NULL: not shown */
};

struct staged {
	struct entry entry;
	struct version floor;
};

struct device {
	struct world *world;
	unsigned slot, identity, user;
	const struct said **journal;
	uint64_t n, room;
	struct shown *records; /* RECORDS_MAX */
	bool has_cursor;
	struct place cursor;
	uint64_t epoch; /* as last told */
	uint64_t receipted, receipted_epoch, intake;
	uint64_t expect; /* where the office wants to go on; 0: nowhere */
	uint64_t outcome_no;
	struct staged *staged;
	size_t n_staged, staged_room;
	unsigned wanted[RECORDS_MAX];
	unsigned n_wanted;
	uint64_t nonce; /* of the answer that is waited for; 0: of none */
	int64_t clock;
	bool is_locked;
	struct receipt_told *kept; /* while locked */
	size_t n_kept;
	/* What a page shows that was opened and not saved, and what the office
	 * had told of it then; or NULL. */
	const struct state *opened, *opened_told;
	bool is_copy; /* or copied: another has its identity */
	bool is_forked, is_revoked, is_left_out, is_quiet;
	struct device *backup, *before; /* copies; or NULL */
};

void devices_open(struct world *w);
/* Number, link and keep a change (its ops and record are set), and show it.
 * seen: what its author had before their eyes, or NULL; words: of each op, or
 * NULL. */
const struct said *device_saves(struct device *d, struct change *c,
    const struct state *seen, const unsigned *words);
void device_sync(struct device *d);
void device_takes(struct world *w, const struct answer *a);
void device_lock(struct device *d);
void device_unlock(struct device *d);
/* It stops, and starts again with what was durable. */
void device_crash(struct device *d);

struct device *device_copy(const struct device *d);
/* Go on from a copy; the slot stays. */
void device_become(struct device *d, const struct device *copy);

/* A change as it is kept; the same for the office's own. */
const struct said *said_make(struct world *w, unsigned identity,
    struct change *c, const struct seen *seen, const unsigned *words,
    struct hash32 before);
/* Into the story: what it says. */
void tell_ops(struct world *w, const struct said *s);
struct device *device_at(struct world *w, unsigned slot);
const char *world_device_name(const struct world *w, unsigned identity);

#endif
