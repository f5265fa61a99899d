/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_NETWORK_H
#define CORESIM_NETWORK_H

#include "tests/coresim/office.h"
#include "tests/coresim/world.h"

/*
 * network -- requests and answers under way: they arrive, or not, twice, late,
 * in another order, cut or with a wrong byte (which their receiver sees, since
 * both are signed, and passes over).
 */
struct place {
	uint64_t epoch, floor, link; /* the log's link at the floor */
	uint64_t position;
	unsigned position_record;
};

struct request {
	unsigned identity;
	unsigned slot; /* where the answer goes: copies have one identity */
	uint64_t nonce;
	bool is_courier; /* envelopes of a locked or revoked device: no pull */
	bool has_cursor;
	struct place cursor;
	uint64_t outcome_no, written;
	/* The batch: n changes from `from` on. */
	unsigned claimed; /* whose it says it is */
	uint64_t from;
	size_t n;
	const struct said **changes;
	struct hash32 before, link;
	uint64_t sig;
	/* Records wanted whole. */
	unsigned wanted[RECORDS_MAX];
	unsigned n_wanted;
};

struct entry {
	unsigned record;
	bool is_drop, is_whole;
	const struct state *state;
	uint64_t own;
	json_t *own_held; /* or NULL */
};

struct answer {
	unsigned slot;
	uint64_t nonce, epoch;
	struct received received;
	bool has_cursor, is_last;
	struct place cursor;
	struct version floor; /* of deltas */
	struct entry *entries;
	size_t n;
	uint64_t outcome_no;
	/* What the user of a complete pull is to have: what the digest tells.
	 */
	uint64_t digest;
	/* With the last page, of each record: has each of the device's changes
	 * there an end in this epoch, and one that put it in? */
	bool *is_ended;
};

void network_open(struct world *w);
/* Send; how it goes is the faults' affair. */
void network_send(struct world *w, struct request *r);
/* What arrives until then, arrives. */
void network_pass(struct world *w, uint64_t ms);

/* Machines and links that are down. */
void network_node_down(struct world *w, unsigned when);
void network_cut(struct world *w, unsigned slot, bool requests, uint64_t ms);
void network_calm(struct world *w);

/* When a node dies that has a request before it. */
enum node_death {
	DEATH_NOT,
	DEATH_BEFORE,   /* the commit */
	DEATH_APPLYING, /* received, nothing applied */
	DEATH_REPLYING
};

#endif
